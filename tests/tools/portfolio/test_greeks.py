"""What is held has the Greeks of its chain's quotes, to the same digits for everybody who asks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.tools.portfolio.samples import CLOCK
from tests.tools.portfolio.trades import CALL, PUT, market, market_day, option
from tools.domain.account import Account, Position
from tools.portfolio.greeks import account_greeks, held_greeks
from tools.portfolio.positions import read_positions
from tools.portfolio.quoting import row_of
from tools.pricing.quotes import quote_greeks
from tools.risk.profile import OvernightGap

HELD = tuple(option(PUT, strike).occ for strike in range(80, 100))
CALLS = tuple(option(CALL, strike).occ for strike in range(101, 112))


def test_order_and_repetition_change_no_digit() -> None:
    day = market_day()
    first = held_greeks(HELD, day, clock=CLOCK)
    again = held_greeks((*reversed(HELD), *HELD[:3], "XOM"), market_day(), clock=CLOCK)
    assert first == again
    assert first.keys() == set(HELD)


def test_what_else_was_asked_about_before_changes_no_digit() -> None:
    day = market_day()
    for few in (HELD[3:4], HELD[2:9], CALLS):
        held_greeks(few, day, clock=CLOCK)
    assert held_greeks(HELD, day, clock=CLOCK) == held_greeks(HELD, market_day(), clock=CLOCK)


def test_a_family_does_not_feel_another() -> None:
    both = held_greeks((*HELD, *CALLS), market_day(), clock=CLOCK)
    assert both == held_greeks(HELD, market_day(), clock=CLOCK) | held_greeks(CALLS, market_day(), clock=CLOCK)


def test_they_are_those_of_the_chain() -> None:
    day = market_day()
    whole, found = quote_greeks(day.chains["XOM"], clock=CLOCK), held_greeks(HELD, day, clock=CLOCK)
    row = row_of(day.chains["XOM"], option(PUT, 90))
    assert found[option(PUT, 90).occ].delta == whole.delta[row]
    assert found[option(PUT, 90).occ].theta == whole.theta_day[row]


def test_positions_and_trades_read_the_same_digits() -> None:
    day = market_day()
    book = Account(cash=0.0, positions=tuple(Position(symbol=each, quantity=-1, price=None) for each in HELD))
    exposures = read_positions(book, day, clock=CLOCK, gap=OvernightGap()).exposures
    greeks = account_greeks(book, day, clock=CLOCK)
    spot = day.chains["XOM"].spot
    assert [each.dollar_delta for each in exposures] == [greeks[symbol].delta * -100 * spot for symbol in HELD]


def test_what_is_filled_adjusted_or_not_listed_is_not_priced() -> None:
    chain = market()
    filled = replace(chain, filled=chain.strike == 90)
    asked = (option(PUT, 90).occ, option(PUT, 91).occ, option(PUT, 69).occ, option(PUT, 90, root="XOM1").occ)
    assert held_greeks(asked, market_day(filled), clock=CLOCK).keys() == {option(PUT, 91).occ}
    adjusted = replace(chain, root=np.full(len(chain), "XOM1"))
    assert held_greeks(asked, market_day(adjusted), clock=CLOCK) == {}
