"""The orders that end a trade: a gain costs little of its premium, whatever else ends it gets out."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.tools.portfolio.trades import short_call, strangle
from tools.books.load import shipped_book
from tools.books.manage import Close
from tools.desk.house import House
from tools.desk.ordering import exit_order
from tools.domain.order import OrderIntent
from tools.domain.trade import Trade
from tools.execution.price_walk import BUDGET
from tools.portfolio.exit_rules import ExitRule
from tools.portfolio.exits import ExitSignal, ExitState

BOOK = shipped_book("primary")
CENT = Decimal("0.01")


def ended(trade: Trade, *, bid: float, ask: float, by: ExitRule) -> OrderIntent:
    """The order where one unit is quoted `bid` to `ask` for who buys it back."""
    signal = ExitSignal(rule=by, state=ExitState.FIRED, value=1.0, threshold=0.5, text="")
    close = Close(trade=trade, signals=(signal,), legs=trade.closing_legs, mid=-(bid + ask) / 2, natural=-ask)
    return exit_order(close, book=BOOK, revision=1, house=House())


def test_a_gain_reaches_an_ask_a_tick_away() -> None:
    order = ended(short_call(110.0, credit=0.80), bid=0.13, ask=0.14, by=ExitRule.TAKE_PROFIT)
    assert (order.limit_price, order.floor_price) == (Decimal("-0.13"), Decimal("-0.15"))


def test_what_was_sold_for_little_is_waited_for() -> None:
    order = ended(short_call(110.0, credit=0.20), bid=0.05, ask=0.09, by=ExitRule.TAKE_PROFIT)
    assert order.floor_price == Decimal("-0.07")


def test_a_stop_gives_up_the_whole_spread() -> None:
    order = ended(short_call(110.0, credit=0.20), bid=0.55, ask=0.75, by=ExitRule.ADVERSE_STOP)
    assert (order.limit_price, order.floor_price) == (Decimal("-0.65"), Decimal("-0.75"))


@given(bid=st.integers(0, 400), spread=st.integers(1, 60), credit=st.integers(1, 900), legs=st.sampled_from([1, 2]))
def test_a_gain_costs_2_percent_of_its_premium_at_most_and_is_never_bought_for_nothing(
    bid: int, spread: int, credit: int, legs: int
) -> None:
    sold = (short_call(110.0, credit=credit / 100), strangle(credit=credit / 100))[legs - 1]
    order = ended(sold, bid=bid / 100, ask=(bid + spread) / 100, by=ExitRule.TAKE_PROFIT)
    mid, premium = Decimal(-(2 * bid + spread)) / 200, Decimal(credit) / 100
    assert order.floor_price <= order.limit_price < 0
    allowed = Decimal(repr(BUDGET)) * max(-mid, premium)
    assert order.floor_price >= min(mid - allowed, -order.tick)
