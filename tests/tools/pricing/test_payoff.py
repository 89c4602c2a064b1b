"""Profit at expiry of the structures the house trades, by hand, and its laws for any leg set."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.domain.contract import OptionContract, Right
from tools.domain.errors import InputError
from tools.domain.structure import Leg
from tools.pricing.payoff import payoff


def leg(right: Right, strike: float, quantity: int, expiry: date = date(2026, 12, 18)) -> Leg:
    contract = OptionContract(underlying="XLE", root="XLE", expiry=expiry, right=right, strike=strike)
    return Leg(contract=contract, quantity=quantity)


CALL, PUT = Right.CALL, Right.PUT
legs = st.lists(
    st.builds(leg, st.sampled_from([CALL, PUT]), st.integers(50, 150).map(float), st.sampled_from([-2, -1, 1, 2])),
    min_size=1,
    max_size=5,
)


def test_cash_secured_put() -> None:
    p = payoff(legs=[leg(PUT, 100, -1)], credit=2.0)
    assert p.breakevens == (98.0,)
    assert (p.max_profit, p.max_loss) == (200.0, 9800.0)
    assert p.profit_intervals == ((98.0, math.inf),)
    assert p.at([0, 98, 99, 100, 150]).tolist() == [-9800, 0, 100, 200, 200]


def test_covered_call() -> None:
    p = payoff(legs=[leg(CALL, 110, -1)], credit=2.0, shares=100, share_price=100)
    assert p.breakevens == (98.0,)
    assert (p.max_profit, p.max_loss) == (1200.0, 9800.0)


def test_put_credit_spread() -> None:
    p = payoff(legs=[leg(PUT, 90, -1), leg(PUT, 85, 1)], credit=0.6)
    assert p.breakevens == pytest.approx((89.4,))
    assert (p.max_profit, p.max_loss) == pytest.approx((60.0, 440.0))


def test_iron_condor() -> None:
    p = payoff(legs=[leg(PUT, 95, 1), leg(PUT, 100, -1), leg(CALL, 110, -1), leg(CALL, 115, 1)], credit=1.5)
    assert p.breakevens == (98.5, 111.5)
    assert (p.max_profit, p.max_loss) == (150.0, 350.0)
    assert p.profit_intervals == ((98.5, 111.5),)


def test_short_strangle_has_no_bound_above() -> None:
    p = payoff(legs=[leg(PUT, 90, -1), leg(CALL, 110, -1)], credit=3.0)
    assert p.breakevens == (87.0, 113.0)
    assert p.max_loss == math.inf


def test_long_straddle_profits_on_both_sides() -> None:
    p = payoff(legs=[leg(PUT, 100, 1), leg(CALL, 100, 1)], credit=-8.0)
    assert p.profit_intervals == ((0.0, 92.0), (108.0, math.inf))
    assert (p.max_profit, p.max_loss) == (math.inf, 800.0)


def test_a_spread_for_nothing_cannot_lose() -> None:
    p = payoff(legs=[leg(CALL, 100, 1), leg(CALL, 110, -1)])
    assert p.max_loss == 0
    assert p.profit_intervals == ((100.0, math.inf),)


def test_shares_alone() -> None:
    p = payoff(legs=[], shares=100, share_price=50)
    assert p.breakevens == (50.0,)
    assert (p.max_profit, p.max_loss) == (math.inf, 5000.0)


def test_a_share_is_a_call_less_a_put_and_the_strike() -> None:
    synthetic = payoff(legs=[leg(CALL, 80, 1), leg(PUT, 80, -1)], credit=0.0)
    shares = payoff(legs=[], shares=100, share_price=80)
    prices = np.linspace(0, 200, 41)
    assert synthetic.at(prices) == pytest.approx(shares.at(prices))
    assert np.isnan(shares.at(-1.0))


@settings(max_examples=60, deadline=None)
@given(legs, st.integers(-500, 500), st.sampled_from([0, 100, -100]))
def test_profit_is_the_sum_of_its_parts_and_changes_sign_only_at_breakevens(
    chosen: list[Leg], cents: int, shares: int
) -> None:
    p = payoff(legs=chosen, credit=cents / 100, shares=shares, share_price=100)
    prices = np.linspace(0.5, 300, 600)
    by_hand = float(cents) + shares * (prices - 100)
    for each in chosen:
        sign = each.contract.right.sign
        by_hand = by_hand + 100 * each.quantity * np.maximum(sign * (prices - each.contract.strike), 0)
    assert p.at(prices) == pytest.approx(by_hand, abs=1e-6)
    assert p.max_profit >= p.at(prices).max() - 1e-6
    assert p.max_loss >= -p.at(prices).min() - 1e-6
    inside = np.zeros(prices.shape, dtype=bool)
    for low, high in p.profit_intervals:
        inside |= (prices > low) & (prices < high)
    clear = np.abs(by_hand) > 1e-6
    assert np.array_equal(inside[clear], by_hand[clear] > 0)
    assert p.at(p.breakevens) == pytest.approx(np.zeros(len(p.breakevens)), abs=1e-6)


def test_unlike_legs_are_refused() -> None:
    with pytest.raises(InputError, match="one expiry"):
        payoff(legs=[leg(PUT, 100, -1), leg(PUT, 100, 1, date(2027, 1, 15))])
    with pytest.raises(InputError, match="at least one leg"):
        payoff(legs=[])
