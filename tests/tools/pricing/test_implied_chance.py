"""Chances of a smile: against distributions whose smiles are known; what contradicts itself is refused."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from tools.domain.errors import InputError
from tools.pricing import european, implied_vol
from tools.pricing.implied_chance import ImpliedChance, implied_chance
from tools.pricing.probability import prob_above, prob_below, prob_touch
from tools.pricing.smile import Smile, quoted_smile, smile

FloatArray = npt.NDArray[np.float64]
LEVELS = np.linspace(50.0, 160.0, 111)
YEARS = 0.5
# A. Vogt's parameters of one year, with butterfly arbitrage: Gatheral & Jacquier, Quantitative Finance 14 (2014).
VOGT = (-0.0410, 0.1331, 0.3060, 0.3586, 0.4153)


def svi(a: float, b: float, rho: float, m: float, sigma: float, *, forward: float, years: float) -> Smile:
    def vol(strike: FloatArray) -> FloatArray:
        k = np.log(strike / forward) - m
        return np.sqrt((a + b * (rho * k + np.sqrt(k * k + sigma * sigma))) / years)

    return smile(vol)


class Displaced:
    """S + shift is lognormal without drift: its smile falls, all its chances are known in closed form."""

    def __init__(self, shift: float, deviation: float) -> None:
        self.shift, self.deviation = shift, deviation

    def terms(self, level: FloatArray) -> dict[str, FloatArray | float]:
        return {"level": level + self.shift, "forward": 100.0 + self.shift, "deviation": self.deviation}

    def vol(self, strike: FloatArray) -> FloatArray:
        shifted = {
            "spot": 100.0 + self.shift,
            "strike": strike + self.shift,
            "vol": self.deviation / math.sqrt(YEARS),
        }
        right = np.where(strike > 100.0, 1.0, -1.0)
        price = european.value(right=right, years=YEARS, rate=0.0, dividend_yield=0.0, **shifted).price
        return implied_vol.european(
            right=right, price=price, spot=100.0, strike=strike, years=YEARS, rate=0.0, dividend_yield=0.0
        )


def chance_of(curve: Smile, *, forward: float = 100.0, years: float = YEARS) -> ImpliedChance:
    return implied_chance(smile=curve, forward=forward, years=years)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.05, 4.0), st.floats(0.01, 5.0), st.floats(90, 110))
def test_a_flat_smile_is_the_lognormal(vol: float, years: float, forward: float) -> None:
    chance = chance_of(smile(lambda strike: np.full(strike.shape, vol)), forward=forward, years=years)
    terms = {"level": LEVELS, "forward": forward, "deviation": vol * math.sqrt(years)}
    assert chance.reason == ""
    assert chance.arbitrage < 1e-12
    assert chance.below(LEVELS) == pytest.approx(prob_below(**terms), abs=1e-12)
    assert chance.above(LEVELS) == pytest.approx(prob_above(**terms), abs=1e-12)
    assert chance.touch(LEVELS, spot=100.0) == pytest.approx(prob_touch(**terms, spot=100.0), abs=1e-9)


def test_a_known_distribution_behind_a_skewed_smile() -> None:
    """Through the function to 1e-8, through quotes every five dollars to 1e-3."""
    market = Displaced(100.0, 0.12)
    exact = prob_below(**market.terms(LEVELS))
    chance = chance_of(smile(market.vol))
    assert market.vol(np.array([80.0, 100.0, 120.0]))[0] > 0.01 + market.vol(np.array([120.0]))[0]
    assert chance.below(LEVELS) == pytest.approx(exact, abs=1e-8)
    strikes = np.arange(40.0, 181.0, 5.0)
    quoted = chance_of(quoted_smile(strike=strikes[::-1], vol=market.vol(strikes)[::-1]))
    assert quoted.reason == ""
    assert quoted.below(LEVELS) == pytest.approx(exact, abs=1e-3)
    lognormal = prob_below(level=90.0, forward=100.0, deviation=0.24)
    assert abs(float(lognormal) - float(chance.below(90.0))) > 0.005


def test_the_chance_is_the_slope_of_puts() -> None:
    """Breeden & Litzenberger: a narrow put spread pays 1 where the spot ends below it."""
    curve = svi(0.02, 0.1, -0.5, 0.05, 0.2, forward=100.0, years=YEARS)
    h = 1e-3

    def put(strike: float) -> float:
        vol = float(curve.vol(np.array([math.log(strike)]))[0])
        v = european.value(right=-1, spot=100, strike=strike, years=YEARS, rate=0, dividend_yield=0, vol=vol)
        return float(v.price)

    for level in (70.0, 95.0, 100.0, 120.0):
        slope = (put(level + h) - put(level - h)) / (2 * h)
        assert float(chance_of(curve).below(level)) == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize(("shift", "most"), [(0.0, 1e-9), (30.0, 4e-4), (300.0, 8e-4)])
def test_touch_where_the_vol_moves_with_the_spot(shift: float, most: float) -> None:
    """The exact first passage of S + shift."""
    market = Displaced(shift, 0.2 * 100 / (100 + shift))
    exact = prob_touch(**market.terms(LEVELS), spot=100.0 + shift)
    chance = chance_of(smile(market.vol))
    error = np.abs(chance.touch(LEVELS, spot=100.0) - exact)
    assert np.max(error) < most
    beyond = np.where(LEVELS > 100, chance.above(LEVELS), chance.below(LEVELS))
    assert (chance.touch(LEVELS, spot=100.0) >= beyond).all()


def test_a_smile_that_ends_beyond_eight_deviations_is_next_to_certain_there() -> None:
    chance = chance_of(smile(lambda strike: np.where((strike > 20) & (strike < 500), 0.2, np.nan)))
    assert chance.below([19.0, 501.0]) == pytest.approx([0, 1], abs=1e-14)


def test_intervals_and_ends() -> None:
    chance = chance_of(svi(0.02, 0.1, -0.5, 0.05, 0.2, forward=100.0, years=YEARS))
    condor, straddle = chance.of_profit([(90, 110)]), chance.of_profit([(0, 90), (110, math.inf)])
    assert condor + straddle == pytest.approx(1, abs=1e-12)
    assert condor == pytest.approx(float(chance.between(90, 110)), abs=1e-15)
    assert chance.of_profit([]) == 0
    assert chance.below([0.0, -3.0, 1e-300, 1e300, math.inf]).tolist() == [0, 0, 0, 1, 1]
    assert np.isnan(chance.below(math.nan))
    assert np.isnan(chance.touch([math.nan, -1.0, 0.0, math.inf], spot=100.0)).all()
    assert float(chance.touch(100.0, spot=100.0)) == 1
    assert float(chance.between(110, 90)) == 0
    assert chance.below(LEVELS.reshape(3, 37)).shape == (3, 37)


def test_the_mean_move_is_the_straddle() -> None:
    curve = svi(0.02, 0.1, -0.5, 0.05, 0.2, forward=100.0, years=YEARS)
    vol = float(curve.vol(np.array([math.log(100.0)]))[0])
    terms = {"spot": 100.0, "strike": 100.0, "years": YEARS, "rate": 0.0, "dividend_yield": 0.0, "vol": vol}
    straddle = float(sum(european.value(right=right, **terms).price for right in (1, -1)))
    assert chance_of(curve).mean_move == pytest.approx(straddle, rel=1e-12)


def test_a_little_arbitrage_is_told_and_cut() -> None:
    chance = chance_of(svi(*VOGT, forward=100.0, years=1.0), years=1.0)
    assert chance.reason == ""
    assert 2e-4 < chance.arbitrage < 5e-4
    assert (np.diff(chance.below(np.geomspace(20, 1000, 400))) >= 0).all()


def test_a_smile_with_butterfly_arbitrage_gives_no_chance() -> None:
    """Butterflies around 100 are worth less than nothing: the middle strike's vol lies far above the others."""
    chance = chance_of(
        quoted_smile(strike=[80, 90, 95, 100, 105, 110, 120], vol=[0.2, 0.2, 0.2, 0.4, 0.2, 0.2, 0.2])
    )
    assert "arbitrage" in chance.reason
    assert chance.arbitrage > 0.002
    for unknown in (chance.below(90.0), chance.above(90.0), chance.touch(90.0, spot=100.0)):
        assert np.isnan(unknown)
    assert math.isnan(chance.of_profit([(90, 110)]))
    assert math.isnan(chance.of_profit([]))
    assert math.isnan(chance.mean_move)


def test_a_smile_too_steep_for_any_distribution_gives_no_chance() -> None:
    """Beyond total variance 2·|k| there is none (Lee, Mathematical Finance 14, 2004)."""
    steep = smile(lambda strike: np.sqrt(0.04 + 3.0 * np.abs(np.log(strike / 100.0))))
    assert chance_of(steep, years=1.0).reason


@pytest.mark.parametrize("wrong", [math.nan, 0.0, -0.2])
def test_a_vol_that_is_missing_or_not_positive_gives_no_chance(wrong: float) -> None:
    chance = chance_of(smile(lambda strike: np.where(strike < 80.0, wrong, 0.2)))
    assert "positive vol at a strike" in chance.reason
    assert np.isnan(chance.below(100.0))
    everywhere = chance_of(smile(lambda strike: np.full(strike.shape, wrong)))
    assert "at the forward" in everywhere.reason
    assert np.isnan(everywhere.above([90.0, 100.0])).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(0.05, 0.8), min_size=3, max_size=9), st.floats(0.02, 2.0))
def test_whatever_the_smile_chances_rise_within_0_and_1_or_are_refused(vols: list[float], years: float) -> None:
    strikes = np.linspace(70.0, 140.0, len(vols))
    chance = chance_of(quoted_smile(strike=strikes, vol=vols), years=years)
    levels = np.geomspace(20.0, 400.0, 300)
    below = chance.below(levels)
    if chance.reason:
        assert np.isnan(below).all()
        return
    assert chance.arbitrage <= 0.002
    assert (below >= 0).all()
    assert (below <= 1).all()
    assert (np.diff(below) > -0.002).all()
    touch = chance.touch(levels, spot=100.0)
    assert ((touch >= 0) & (touch <= 1)).all()


def test_quotes_between_and_beyond_strikes() -> None:
    strikes, vols = np.array([80.0, 90.0, 100.0, 110.0]), np.array([0.30, 0.25, 0.22, 0.21])
    curve = quoted_smile(strike=[*strikes, 95.0], vol=[*vols, math.nan])
    assert curve.vol(np.log(strikes)) == pytest.approx(vols, rel=1e-14)
    x = np.linspace(math.log(20), math.log(500), 4001)
    assert np.diff(curve.vol(x)).max() <= 0  # falling quotes, a falling smile
    middle = 0.5 * (x[1:] + x[:-1])
    assert curve.slope(middle) == pytest.approx(np.diff(curve.vol(x)) / np.diff(x), abs=1e-3)


@pytest.mark.parametrize(
    ("strikes", "vols", "words"),
    [
        ([90, 100], [0.2, 0.2], "at least 3"),
        ([90, 100, 110], [0.2, 0.2, math.nan], "at least 3"),
        ([90, 100, 110], [0.2, 0.0, 0.2], "positive"),
        ([-90, 100, 110], [0.2, 0.2, 0.2], "positive"),
        ([90, 100, 100], [0.2, 0.2, 0.2], "twice"),
        ([90, 100, 110], [0.2, 0.2], "one length"),
    ],
)
def test_quotes_that_make_no_smile(strikes: list[float], vols: list[float], words: str) -> None:
    with pytest.raises(InputError, match=words):
        quoted_smile(strike=strikes, vol=vols)


@pytest.mark.parametrize(("forward", "years"), [(0.0, 1.0), (math.nan, 1.0), (100.0, 0.0), (100.0, math.inf)])
def test_no_forward_or_no_time_is_refused(forward: float, years: float) -> None:
    with pytest.raises(InputError, match="positive forward"):
        chance_of(smile(lambda strike: np.full(strike.shape, 0.2)), forward=forward, years=years)


def test_lognormal_score() -> None:
    """Hull's N(-d2) with K = 96, F = 101, vol 20 %, half a year."""
    s = 0.2 * math.sqrt(0.5)
    chance = chance_of(smile(lambda strike: np.full(strike.shape, 0.2)), forward=101.0)
    assert float(chance.below(96)) == pytest.approx(ndtr((math.log(96 / 101) + s * s / 2) / s), rel=1e-12)
