"""Averages, strength, volatility rank and percentile against worked figures and laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools.data import technicals

PRICES = arrays(np.float64, st.integers(20, 60), elements=st.floats(1, 1000))

# Closes of the worked RSI table of StockCharts' ChartSchool, "Relative Strength Index (RSI)": first RSI 70.53,
# the next ones 66.32, 66.55, 69.41, 66.36.
CLOSES = np.array([
    44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931, 46.0328,
    45.6140, 46.2820, 46.2820, 46.0028, 46.0328, 46.4116, 46.2222,
])  # fmt: skip


@pytest.mark.parametrize(("days", "rsi"), [(15, 70.53), (16, 66.32), (17, 66.55), (18, 69.41), (19, 66.36)])
def test_relative_strength_of_the_worked_table(days: int, rsi: float) -> None:
    assert technicals.relative_strength(closes=CLOSES[:days]) == pytest.approx(rsi, abs=0.005)


@given(PRICES)
def test_relative_strength_mirrors_when_prices_do(closes: np.ndarray) -> None:
    up = technicals.relative_strength(closes=closes)
    down = technicals.relative_strength(closes=2000 - closes)
    assert up + down == pytest.approx(100, abs=1e-6)


def test_moving_average_is_of_the_last_days_only() -> None:
    assert technicals.moving_average(closes=np.arange(1.0, 26.0)) == pytest.approx(15.5)


def test_realised_volatility_of_a_steady_swing() -> None:
    """Daily log returns of ±1 % are 0.01·√252 a year."""
    closes = 100 * np.exp(np.cumsum([0.0] + [0.01, -0.01] * 15))
    assert technicals.realised_volatility(closes=closes) == pytest.approx(0.01 * math.sqrt(252), rel=1e-12)


def test_parkinson_of_a_constant_range() -> None:
    """A range of 2 % every day is 0.02 / √(4 ln 2) a day."""
    lows = np.full(30, 100.0)
    found = technicals.parkinson_volatility(highs=lows * math.exp(0.02), lows=lows)
    assert found == pytest.approx(0.02 / math.sqrt(4 * math.log(2)) * math.sqrt(252), rel=1e-12)


def test_range_estimators_agree_on_a_random_walk_with_gaps() -> None:
    """Half of the day's variance passes overnight: Parkinson sees the other half, Yang-Zhang and closes all."""
    steps = np.random.default_rng(11).standard_normal((4000, 400)) * 0.01 / math.sqrt(800)
    gaps = np.random.default_rng(12).standard_normal(4000) * 0.01 / math.sqrt(2)
    day = np.cumsum(steps, axis=1)
    start = np.cumsum(gaps + np.concatenate([[0.0], day[:-1, -1]]))
    opens, closes = np.exp(start), np.exp(start + day[:, -1])
    highs, lows = (np.exp(start + side) for side in (np.maximum(day.max(1), 0), np.minimum(day.min(1), 0)))
    whole = 0.01 * math.sqrt(252)
    prices = {"opens": opens, "highs": highs, "lows": lows, "closes": closes}
    assert technicals.yang_zhang_volatility(**prices, window=3900) == pytest.approx(whole, rel=0.04)
    assert technicals.realised_volatility(closes=closes, window=3900) == pytest.approx(whole, rel=0.04)
    parkinson = technicals.parkinson_volatility(highs=highs, lows=lows, window=3900)
    assert parkinson == pytest.approx(whole / math.sqrt(2), rel=0.05)


def test_a_gap_in_the_year_of_vols_is_unknown() -> None:
    vols = np.linspace(0.1, 0.2, 260)
    vols[100] = np.nan
    assert math.isnan(technicals.volatility_rank(vols=vols))
    assert math.isnan(technicals.volatility_percentile(vols=vols))


def test_rank_and_percentile_of_one_spike() -> None:
    """A year at 10-20 with one day at 60 puts 20 at rank 20 and percentile near 100 (spec A5)."""
    vols = np.concatenate([np.linspace(0.10, 0.19, 251), [0.60], [0.20]])
    assert technicals.volatility_rank(vols=vols) == pytest.approx(100 * (0.20 - vols[1]) / (0.60 - vols[1]))
    assert technicals.volatility_percentile(vols=vols) == pytest.approx(100 * 251 / 252)


@given(arrays(np.float64, 253, elements=st.floats(0.05, 2.0)))
def test_rank_and_percentile_stay_within_0_and_100(vols: np.ndarray) -> None:
    rank, percentile = technicals.volatility_rank(vols=vols), technicals.volatility_percentile(vols=vols)
    assert math.isnan(rank) or 0 <= rank <= 100
    assert 0 <= percentile <= 100


def test_beta_and_correlation_of_known_mixtures() -> None:
    market, own, other = np.random.default_rng(5).standard_normal((3, 40_000)) * 0.01
    beta = technicals.regression_beta(returns=1.3 * market + own, market=market, window=40_000)
    assert beta == pytest.approx(1.3, abs=0.02)
    pair = np.column_stack([market + own, market + other])
    assert technicals.average_correlation(returns=pair, window=40_000) == pytest.approx(0.5, abs=0.02)


def test_a_short_history_says_nothing() -> None:
    short = np.linspace(100.0, 101.0, 10)
    figures = (
        technicals.moving_average(closes=short),
        technicals.relative_strength(closes=short),
        technicals.realised_volatility(closes=short),
        technicals.parkinson_volatility(highs=short, lows=short),
        technicals.yang_zhang_volatility(opens=short, highs=short, lows=short, closes=short),
        technicals.volatility_rank(vols=short),
        technicals.volatility_percentile(vols=short),
        technicals.regression_beta(returns=short, market=short),
        technicals.average_correlation(returns=np.column_stack([short, short])),
    )
    assert all(math.isnan(figure) for figure in figures)
