from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from tests.tools.portfolio.bookkeeping import BOOK, EXPIRY, by_symbol, contract, funded, hold, line
from tools.domain.contract import OptionContract, Right
from tools.portfolio.early_assignment import Carry, Close, EarlyAssigned, early_assignments, gain_of_exercise
from tools.portfolio.settlement import End
from tools.pricing import american

THURSDAY, FRIDAY = date(2018, 9, 20), date(2018, 9, 21)
CALL, PUT = contract(280.0, Right.CALL), contract(300.0)


def asked(
    what: OptionContract, mark: float | None, close: Close, *, quantity: int = -2, day: date = THURSDAY,
    carry: Carry = Carry.NEXT_SESSION, rate: float = 0.02,
) -> EarlyAssigned:  # fmt: skip
    marks = {} if mark is None else {what.occ: mark}
    return early_assignments(
        [line(what, quantity)], contracts=by_symbol(what), closes={"SPY": close}, marks=marks, rate=rate,
        session=day, carry=carry,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("mark", "close", "quantity", "assigned"),
    [
        (11.30, Close(290.0, 1.32), -2, True),  # time value 1.30 is less than the dividend
        (11.32, Close(290.0, 1.32), -2, False),
        (11.00, Close(290.0), -2, False),  # nothing goes ex tomorrow: interest speaks for waiting
        (1.20, Close(279.0, 1.32), -2, False),  # out of the money
        (11.30, Close(290.0, 1.32), 2, False),  # ours to exercise, and sold instead
    ],
)
def test_a_call_is_taken_for_the_dividend(mark: float, close: Close, quantity: int, assigned: bool) -> None:
    assert bool(asked(CALL, mark, close, quantity=quantity).ended) == assigned


@pytest.mark.parametrize(
    ("mark", "close", "day", "assigned"),
    [
        (20.01, Close(280.0), THURSDAY, True),  # 300 · 0.02 / 365 = 0.0164 a day
        (20.02, Close(280.0), THURSDAY, False),
        (20.04, Close(280.0), FRIDAY, True),  # three days to Monday: 0.0493
        (20.01, Close(280.0, 1.32), THURSDAY, False),  # the put pays more once the dividend has gone
        (19.90, Close(280.0), THURSDAY, True),  # a mark below parity has no time value
    ],
)
def test_a_put_is_exercised_for_the_interest(mark: float, close: Close, day: date, assigned: bool) -> None:
    assert bool(asked(PUT, mark, close, day=day).ended) == assigned


def test_interest_to_expiry_assigns_puts_that_still_have_time_value() -> None:
    days = (EXPIRY - THURSDAY).days
    assert gain_of_exercise(PUT, Close(280.0), rate=0.02, days=days) == pytest.approx(0.4763, abs=1e-4)
    assert not asked(PUT, 20.40, Close(280.0)).ended
    assert asked(PUT, 20.40, Close(280.0), carry=Carry.EXPIRY).ended
    assert not asked(PUT, 20.00, Close(280.0), rate=0.0).ended


@pytest.mark.parametrize(("rate", "days"), [(0.05, 30), (0.05, 7), (0.02, 45), (0.01, 30)])
def test_the_rule_finds_where_the_american_price_is_its_exercise(rate: float, days: int) -> None:
    """Marks of the exact price: the put is assigned up to two per cent above the free boundary, never below it."""
    spot = np.arange(240.0, 301.0)
    price = american.value(
        right=-1, spot=spot, strike=300.0, years=days / 365, rate=rate, dividend_yield=0.0, vol=0.18
    ).price
    assigned = [
        bool(asked(PUT, float(m), Close(float(s)), rate=rate).ended) for s, m in zip(spot, price, strict=True)
    ]
    boundary = spot[price - (300.0 - spot) < 1e-6].max()
    highest = spot[assigned].max()
    assert all(assigned[: int(boundary) - 239])
    assert boundary <= highest <= 1.02 * boundary


def test_what_is_unknown_is_not_assigned_but_told() -> None:
    assert len(asked(PUT, None, Close(280.0)).unknown) == 1
    assert len(asked(PUT, float("nan"), Close(280.0)).unknown) == 1
    assert len(asked(PUT, 20.0, Close(float("nan"))).unknown) == 1
    assert asked(PUT, None, Close(310.0)).unknown == ()


def test_only_american_options_with_time_left_are_asked() -> None:
    index = contract(3000.0, root="SPXW")
    assert early_assignments(
        [line(index, -1)], contracts=by_symbol(index), closes={"SPX": Close(2700.0)}, marks={index.occ: 300.0},
        rate=0.05, session=THURSDAY,
    ).ended == ()  # fmt: skip
    assert asked(PUT, 20.0, Close(280.0), day=EXPIRY).ended == ()
    assert len(asked(PUT, 20.0, Close(280.0), day=date(2018, 10, 18)).ended) == 1


def test_the_shares_change_hands_at_the_strike_before_the_ex_date() -> None:
    books = funded("0")
    hold(books, [line("SPY", 200, trade=""), line(CALL, -2)])
    found = asked(CALL, 11.30, Close(290.0, 1.32))
    books.enter(found.entries)
    assert [each.end for each in found.ended] == [End.ASSIGNED]
    assert books.cash == 56_000
    assert not list(books.lines())
    assert books.trade(BOOK, "t").pnl == Decimal(-2_000)
    assert {posting.fill.at.date() for posting in found.entries.postings} == {THURSDAY}
