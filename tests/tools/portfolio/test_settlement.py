from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.portfolio.bookkeeping import BOOK, EXPIRY, at_close, by_symbol, contract, fill, funded, hold, line
from tools.domain.contract import OptionContract, Right
from tools.portfolio.settlement import End, settle_expired, settlement_value
from tools.portfolio.settlement_price import Basis, ExpiryPrices
from tools.portfolio.statement import Line

PRICES = st.integers(20_000, 40_000).map(lambda cents: cents / 100)
STRIKES = st.integers(200, 400).map(float)
QUANTITIES = st.integers(-5, 5).filter(bool)
PUT, CALL = contract(280.0), contract(280.0, Right.CALL)
NO_CASH = Decimal(0)


@settings(deadline=None)  # the first example opens the calendar
@given(
    PRICES,
    st.lists(st.tuples(STRIKES, st.sampled_from(Right), QUANTITIES), min_size=1, max_size=8),
    st.sampled_from(["SPY", "SPXW"]),
)
def test_settlement_moves_what_the_options_are_worth_and_nothing_else(
    price: float, rows: list[tuple[float, Right, int]], root: str
) -> None:
    """Cash and shares at the settlement price are what cash and options at their settlement value were."""
    underlying = "SPX" if root == "SPXW" else "SPY"
    contracts = [contract(strike, right, root=root) for strike, right, _ in rows]
    lines = [line(each, row[2], trade=str(i)) for i, (each, row) in enumerate(zip(contracts, rows, strict=True))]
    books = funded()
    hold(books, lines)
    marks = {each.occ: settlement_value(each, Decimal(repr(price))) for each in contracts}
    books.mark(marks)
    before = books.value
    settled = settle_expired(
        books.lines(), contracts=by_symbol(*contracts), prices=at_close(price, underlying=underlying), today=EXPIRY
    )
    books.enter(settled.entries)
    books.mark({"SPY": price})
    assert books.value == before
    assert not settled.unsettled
    assert {each.price for each in settled.ended} == {Decimal(repr(price)).quantize(Decimal("0.01"))}
    assert all(not each.trade and each.symbol == "SPY" for each in books.lines())
    for each in lines:  # a trade ends with what its option was worth, delivered or not
        assert books.trade(BOOK, each.trade).pnl == each.quantity * 100 * marks[each.symbol]


def test_a_put_that_is_assigned_buys_the_shares_at_its_strike() -> None:
    books = funded("30000")
    books.fill(fill(PUT.occ, -1, "2.50", commission="0.65"), book=BOOK, multiplier=100, trade="t")
    settled = settle_expired(
        books.lines(), contracts=by_symbol(PUT), prices=at_close(275.0), today=EXPIRY, fee=Decimal("5")
    )
    books.enter(settled.entries)
    assert [(each.end, each.value, each.basis) for each in settled.ended] == [(End.ASSIGNED, 5, Basis.CLOSE)]
    assert books.cash == Decimal("30000") + 250 - Decimal("0.65") - 28_000 - 5
    (held,) = books.account().positions
    assert (held.symbol, held.quantity, held.average_price, held.book) == ("SPY", 100, 280.0, BOOK)
    assert books.trade(BOOK, "t").pnl == Decimal("250") - 500 - Decimal("5.65")
    books.mark({"SPY": 275.0})
    assert books.trade(BOOK, "").assignments == 500
    assert books.trade(BOOK, "").unrealised == -500


@pytest.mark.parametrize(
    ("what", "quantity", "price", "end", "shares"),
    [
        (PUT, 2, 275.0, End.EXERCISED, -200),
        (PUT, -2, 275.0, End.ASSIGNED, 200),
        (CALL, 2, 285.0, End.EXERCISED, 200),
        (CALL, -2, 285.0, End.ASSIGNED, -200),
        (CALL, -2, 280.01, End.ASSIGNED, -200),
        (CALL, -2, 280.0, End.WORTHLESS, 0),
        (CALL, -2, 280.004, End.WORTHLESS, 0),
        (PUT, -2, 280.01, End.WORTHLESS, 0),
    ],
)
def test_who_is_exercised(what: OptionContract, quantity: int, price: float, end: End, shares: int) -> None:
    settled = settle_expired(
        [line(what, quantity)], contracts=by_symbol(what), prices=at_close(price), today=EXPIRY
    )
    assert [each.end for each in settled.ended] == [end]
    delivered = [each.fill for each in settled.entries.postings if each.fill.symbol == "SPY"]
    assert [each.quantity for each in delivered] == ([shares] if shares else [])
    assert all(each.price == 280 for each in delivered)


@settings(deadline=None)  # the first example opens the calendar
@given(PRICES, st.sampled_from(["SPY", "SPXW", "SPX"]))
def test_a_box_pays_its_width(price: float, root: str) -> None:
    legs = {
        contract(250.0, Right.CALL, root=root): 1, contract(300.0, Right.CALL, root=root): -1,
        contract(250.0, Right.PUT, root=root): -1, contract(300.0, Right.PUT, root=root): 1,
    }  # fmt: skip
    underlying = next(iter(legs)).underlying
    books = funded()
    hold(books, [line(each, quantity) for each, quantity in legs.items()])
    prices = {(underlying, EXPIRY): ExpiryPrices(opening_settlement=price, close=price)}
    books.enter(settle_expired(books.lines(), contracts=by_symbol(*legs), prices=prices, today=EXPIRY).entries)
    books.mark({"SPY": price})
    assert books.value == 105_000
    if price not in {250.0, 300.0}:
        assert books.cash == 105_000
        assert not list(books.lines())


@settings(deadline=None)  # the first example opens the calendar
@given(PRICES)
def test_a_conversion_pays_its_strike(price: float) -> None:
    books = funded("0")
    hold(books, [line("SPY", 100, trade=""), line(PUT, 1), line(CALL, -1)])
    contracts = by_symbol(PUT, CALL)
    books.enter(settle_expired(books.lines(), contracts=contracts, prices=at_close(price), today=EXPIRY).entries)
    books.mark({"SPY": price})
    assert books.value == 28_000
    assert (books.cash == 28_000) == (price != 280.0)


def test_morning_and_evening_series_of_one_day_settle_apart_and_all_legs_of_each_together() -> None:
    morning = [contract(2800.0, right, root="SPX") for right in Right]
    evening = [contract(2800.0, right, root="SPXW") for right in Right]
    prices = {("SPX", EXPIRY): ExpiryPrices(opening_settlement=2775.0, close=2768.0, earlier_close=2769.0)}
    settled = settle_expired(
        [line(each, -1) for each in (*morning, *evening)],
        contracts=by_symbol(*morning, *evening), prices=prices, today=EXPIRY,
    )  # fmt: skip
    found = {(each.line.symbol[:4], each.price, each.basis) for each in settled.ended}
    assert found == {("SPX1", Decimal(2775), Basis.OPENING_SETTLEMENT), ("SPXW", Decimal(2768), Basis.CLOSE)}
    assert sorted(each.value for each in settled.ended) == [0, 0, 25, 32]
    assert [each.fill.at.hour for each in settled.entries.postings] == [9, 9, 16, 16]


def test_where_the_opening_settlement_is_unknown_a_stand_in_is_named() -> None:
    put = contract(2800.0, root="SPX")
    for known, basis in (
        (ExpiryPrices(opening_settlement=2771.0, opening=2775.0), Basis.OPENING_SETTLEMENT),
        (ExpiryPrices(opening=2775.0, close=2768.0), Basis.OPENING),
        (ExpiryPrices(close=2768.0, earlier_close=2769.0), Basis.EARLIER_CLOSE),
    ):
        settled = settle_expired(
            [line(put, -1)], contracts=by_symbol(put), prices={("SPX", EXPIRY): known}, today=EXPIRY
        )
        assert [each.basis for each in settled.ended] == [basis]


def test_what_cannot_be_settled_stays_and_says_why() -> None:
    adjusted = contract(280.0, root="SPY1", underlying="SPY")
    lines = [line(PUT, -1), line(adjusted, -1), Line(BOOK, "t", "QQQ181019P00100000", -1, 100), line("SPY", 5)]
    settled = settle_expired(lines, contracts=by_symbol(PUT, adjusted), prices={}, today=EXPIRY)
    assert settled.ended == ()
    assert [reason.split()[0] for reason in settled.unsettled.values()] == ["no", "what", "its"]
    assert settled.entries.postings == ()


def test_an_option_settles_on_its_session_and_not_before() -> None:
    saturday = contract(280.0, expiry=date(2014, 10, 18))  # listed until 2015, traded until the Friday
    friday = date(2014, 10, 17)
    prices = {("SPY", saturday.expiry): ExpiryPrices(close=275.0)}
    for today, ended in ((date(2014, 10, 16), 0), (friday, 1), (date(2014, 10, 20), 1)):
        settled = settle_expired([line(saturday, -1)], contracts=by_symbol(saturday), prices=prices, today=today)
        assert len(settled.ended) == ended
    assert settled.entries.postings[0].fill.at.date() == friday
