from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.portfolio.bookkeeping import AT, BOOK, contract, line
from tools.domain.cash import CashKind
from tools.portfolio.income import dividends, interest

FRIDAY, MONDAY = date(2018, 10, 19), date(2018, 10, 22)


def test_who_is_short_pays_the_dividend() -> None:
    lines = [line("SPY", 300, trade=""), line("SPY", -100), line("QQQ", 50), line(contract(280.0), -1)]
    paid = dividends(lines, payments={"SPY": 1.32283, "KO": 0.4}, ex_date=MONDAY, at=AT)
    assert [(each.amount, each.trade) for each in paid] == [(Decimal("396.85"), ""), (Decimal("-132.28"), "t")]
    assert {each.kind for each in paid} == {CashKind.DIVIDEND}
    assert paid[0].reference == "SPY 2018-10-22"


def test_interest_is_actual_over_365() -> None:
    (earned,) = interest({BOOK: Decimal(1_000_000)}, rate=0.0365, start=FRIDAY, end=MONDAY, at=AT)
    assert earned.amount == Decimal("300.05")  # 1,000,000 · (e^(0.0365·3/365) - 1)
    assert (earned.kind, earned.book) == (CashKind.INTEREST, BOOK)


def test_a_debit_costs_the_spread_and_a_rate_of_nothing_pays_nothing() -> None:
    cash = {"a": Decimal(-100_000), "b": Decimal(100_000), "c": Decimal(0)}
    paid = interest(cash, rate=0.01, start=FRIDAY, end=MONDAY, at=AT, spread=0.02)
    assert [(each.book, each.amount) for each in paid] == [("a", Decimal("-24.66")), ("b", Decimal("8.22"))]
    assert interest(cash, rate=0.0, start=FRIDAY, end=MONDAY, at=AT) == ()


@given(st.decimals(min_value=-1_000_000, max_value=1_000_000, places=2), st.floats(-0.01, 0.1), st.integers(1, 5))
def test_interest_has_the_sign_of_the_balance_and_of_the_rate(cash: Decimal, rate: float, days: int) -> None:
    for paid in interest({BOOK: cash}, rate=rate, start=FRIDAY, end=date(2018, 10, 19 + days), at=AT):
        assert (paid.amount > 0) == ((cash > 0) == (rate > 0))
        assert paid.amount == paid.amount.quantize(Decimal("0.01"))
