from __future__ import annotations

import numpy as np
import pytest

from tools.domain.errors import InputError
from tools.performance.drawdown import max_drawdown
from tools.performance.intervals import Resampling, block_places, interval, stationary_places
from tools.performance.returns import sharpe
from tools.performance.statistics import levels
from tools.performance.trades import win_rate


def mean(series: np.ndarray) -> float:
    return float(series.mean())


def yearly_sharpe(series: np.ndarray) -> float:
    return sharpe(returns=series, risk_free=0.0, per_year=252)


def deepest_fall(series: np.ndarray) -> float:
    return max_drawdown(levels=levels(series))


def independent(seed: int, length: int = 400) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.001, 0.01, length)


@pytest.mark.parametrize("resampling", list(Resampling))
def test_the_same_seed_gives_the_same_interval(resampling: Resampling) -> None:
    series = independent(1)
    one, same, other = (
        interval(series, yearly_sharpe, seed=seed, resampling=resampling, resamples=300) for seed in (7, 7, 8)
    )
    assert one == same
    assert one != other
    assert one.low < one.estimate < one.high
    assert one.estimate == yearly_sharpe(series)


def test_an_interval_of_independent_days_is_that_of_the_textbook() -> None:
    series = independent(2, 1_000)
    found = interval(series, mean, seed=1, mean_block=1, resamples=4_000)
    half = 1.96 * series.std() / 1_000**0.5
    assert found.high - found.low == pytest.approx(2 * half, rel=0.06)


def test_blocks_see_what_neighbours_share() -> None:
    """A month's shock on every day of it: single days make the interval far too narrow."""
    series = np.repeat(independent(3, 60), 21)
    single = interval(series, mean, seed=1, mean_block=1, resamples=600)
    for resampling in Resampling:
        blocks = interval(series, mean, seed=1, mean_block=42, resamples=600, resampling=resampling)
        assert blocks.high - blocks.low > 2.5 * (single.high - single.low)


def test_most_intervals_hold_the_truth() -> None:
    held = [
        found.low <= 0.001 <= found.high
        for found in (
            interval(independent(seed), mean, seed=seed, mean_block=5, resamples=300) for seed in range(200)
        )
    ]
    assert 0.88 <= np.mean(held) <= 0.99


def test_blocks_have_the_length_asked_for_and_stay_in_the_series() -> None:
    random = np.random.default_rng(4)
    places = stationary_places(random, length=500, mean_block=10, resamples=200)
    assert places.shape == (200, 500)
    assert places.min() >= 0
    assert places.max() == 499
    broken = np.diff(places, axis=1) % 500 != 1
    assert broken.mean() == pytest.approx(0.1, rel=0.05)
    whole = block_places(random, length=500, mean_block=7, resamples=50)
    assert whole.shape == (50, 500)
    assert ((np.diff(whole, axis=1) % 500 != 1).sum(axis=1) <= 500 // 7).all()


def test_any_measure_will_do() -> None:
    profits = np.where(np.random.default_rng(5).random(300) < 0.75, 1.0, -2.0)
    found = interval(profits, win_rate, seed=1, mean_block=3, resamples=500)
    assert 0.6 < found.low < found.estimate < found.high < 0.9
    assert interval(independent(6), deepest_fall, seed=1, resamples=200).high <= 0


def test_a_batch_more_or_less_changes_nothing_but_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    series = independent(8)
    whole = interval(series, mean, seed=1, resamples=100)
    monkeypatch.setattr("tools.performance.intervals.BATCH_CELLS", 1_000)
    parts = interval(series, mean, seed=1, resamples=100)
    assert parts.estimate == whole.estimate
    assert parts.low == pytest.approx(whole.low, abs=5e-4)


@pytest.mark.parametrize("wrong", [{"confidence": 1.0}, {"mean_block": 0}, {"resamples": 0}])
def test_what_makes_no_interval(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="An interval needs"):
        interval(independent(1), mean, seed=1, **wrong)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="An interval needs"):
        interval(np.array([]), mean, seed=1)
