"""Chances against simulation, against each other, and at their ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from tools.domain.errors import InputError
from tools.pricing import european
from tools.pricing.probability import (
    deviation,
    expected_move,
    prob_above,
    prob_below,
    prob_between,
    prob_of_profit,
    prob_touch,
    straddle_move,
)

levels = st.floats(10, 1000)
deviations = st.floats(0.01, 2)


def test_a_short_put_makes_money_above_its_breakeven() -> None:
    """N(d2) at the breakeven: Hull's d2 with K = 96, F = 101, vol 20 %, half a year."""
    s = 0.2 * math.sqrt(0.5)
    d2 = (math.log(101 / 96) - s * s / 2) / s
    assert float(prob_above(level=96, forward=101, deviation=s)) == pytest.approx(norm.cdf(d2), rel=1e-14)


def test_the_chance_of_finishing_in_the_money_prices_a_digital() -> None:
    """-dC/dK = e^(-rT)·P(S_T > K)."""
    option = {"right": 1, "spot": 100, "years": 0.5, "rate": 0.04, "dividend_yield": 0.01, "vol": 0.25}
    low, high = (float(european.value(strike=105 + h, **option).price) for h in (-1e-3, 1e-3))
    digital = (low - high) / 2e-3 * math.exp(0.04 * 0.5)
    s, forward = deviation(vol=0.25, years=0.5), 100 * math.exp(0.03 * 0.5)
    assert float(prob_above(level=105, forward=forward, deviation=s)) == pytest.approx(digital, abs=1e-7)


@given(levels, levels, levels, deviations)
@settings(deadline=None)
def test_chances_add_up(a: float, b: float, forward: float, s: float) -> None:
    low, high = min(a, b), max(a, b)
    parts = prob_below(level=low, forward=forward, deviation=s) + prob_above(
        level=high, forward=forward, deviation=s
    )
    inside = prob_between(low=low, high=high, forward=forward, deviation=s)
    assert float(parts + inside) == pytest.approx(1, abs=1e-13)
    assert float(prob_between(low=high, high=low, forward=forward, deviation=s)) == 0 or low == high


def test_intervals_of_a_condor_and_a_straddle() -> None:
    s = 0.15
    condor = prob_of_profit(intervals=[(90, 110)], forward=100, deviation=s)
    straddle = prob_of_profit(intervals=[(0, 90), (110, math.inf)], forward=100, deviation=s)
    assert float(condor + straddle) == pytest.approx(1, abs=1e-14)
    assert prob_of_profit(intervals=[], forward=[100, 101], deviation=s).tolist() == [0, 0]


def test_ends_and_unknowns() -> None:
    assert prob_below(level=[0, -5, math.inf], forward=100, deviation=0.2).tolist() == [0, 0, 1]
    for unknown in ({"forward": math.nan}, {"deviation": math.nan}, {"deviation": 0.0}, {"forward": -1.0}):
        arguments = {"level": 100.0, "forward": 100.0, "deviation": 0.2} | unknown
        assert np.isnan(prob_below(**arguments))
    assert np.isnan(deviation(vol=0.2, years=-1))


def test_what_is_not_a_number_is_refused_and_what_is_masked_is_unknown() -> None:
    with pytest.raises(InputError, match="level must be real numbers"):
        prob_below(level="100", forward=100, deviation=0.2)
    with pytest.raises(InputError, match="vol must be real numbers"):
        expected_move(spot=100, vol=None, years=1)
    hidden = np.ma.masked_array([90.0, 110.0], [True, False])
    assert np.isnan(prob_touch(level=hidden, spot=100, forward=100, deviation=0.2)).tolist() == [True, False]


def test_expected_move_is_one_deviation() -> None:
    """SPX at 4,400 and 16 %: one day (1/252) moves about one percent, the desk's rule of 16."""
    assert float(expected_move(spot=4400, vol=0.16, years=1 / 252)) == pytest.approx(44, rel=0.01)


def test_the_straddle_tells_the_mean_move() -> None:
    """E|S_T - F| of a lognormal is 2F(2Φ(s/2) - 1); times √(π/2) it is about one deviation."""
    terms = {"spot": 100.0, "years": 0.25, "rate": 0.04, "dividend_yield": 0.01, "vol": 0.2}
    forward = 100 * math.exp(0.03 * 0.25)
    call, put = (european.value(right=right, strike=forward, **terms).price for right in (1, -1))
    move = float(straddle_move(call=call, put=put, rate=0.04, years=0.25))
    assert move == pytest.approx(2 * forward * (2 * norm.cdf(0.05) - 1), rel=1e-12)
    assert move * math.sqrt(math.pi / 2) == pytest.approx(forward * 0.1, rel=0.1**2 / 20)
    assert np.isnan(straddle_move(call=[-1.0, math.nan, 1.0], put=1.0, rate=0.0, years=[1, 1, -1])).all()


@given(levels, levels, deviations)
@settings(deadline=None)
def test_touching_is_likelier_than_finishing_beyond(level: float, spot: float, s: float) -> None:
    touch = float(prob_touch(level=level, spot=spot, forward=spot, deviation=s))
    beyond = prob_above if level > spot else prob_below
    assert touch >= float(beyond(level=level, forward=spot, deviation=s)) - 1e-13
    assert touch <= 1
    assert float(prob_touch(level=spot, spot=spot, forward=spot, deviation=s)) == pytest.approx(1)


@pytest.mark.parametrize(("level", "forward"), [(90, 100), (115, 100), (90, 104), (110, 96)])
def test_touch_against_simulation(level: float, forward: float) -> None:
    """A Brownian bridge between 64 points: exact crossing chance of each step, no discretisation bias."""
    rng = np.random.default_rng(7)
    s, steps, paths = 0.2, 64, 40_000
    mean = math.log(forward / 100) - s * s / 2
    moves = rng.normal(mean / steps, s / math.sqrt(steps), (paths, steps))
    path = np.concatenate([np.zeros((paths, 1)), np.cumsum(moves, axis=1)], axis=1)
    wall = math.log(level / 100)
    before, after = (wall - path[:, :-1]) * np.sign(wall), (wall - path[:, 1:]) * np.sign(wall)
    crossing = np.where((before <= 0) | (after <= 0), 1.0, np.exp(-2 * before * after * steps / s**2))
    simulated = 1 - np.prod(1 - crossing, axis=1).mean()
    found = float(prob_touch(level=level, spot=100, forward=forward, deviation=s))
    assert found == pytest.approx(simulated, abs=0.008)
