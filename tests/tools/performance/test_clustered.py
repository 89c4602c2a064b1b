from __future__ import annotations

import math

import numpy as np
import pytest

from tools.domain.errors import InputError
from tools.performance.clustered import clustered_interval, paired_bootstrap
from tools.performance.intervals import interval


def days(count: int, each: int) -> list[int]:
    return [day for day in range(count) for _ in range(each)]


def sample(seed: int, *, count: int, each: int, shift: float = 0.0) -> np.ndarray:
    """Differences that share their day's luck: half of the variance is the day's."""
    random = np.random.default_rng(seed)
    return np.repeat(random.normal(shift, 1, count), each) + random.normal(0, 1, count * each)


def test_the_same_seed_gives_the_same_interval() -> None:
    diff = sample(1, count=20, each=4)
    one, same, other = (paired_bootstrap(diff, days(20, 4), seed) for seed in (7, 7, 8))
    assert one == same
    assert one != other
    assert one.estimate == pytest.approx(diff.mean())
    assert one.low < one.estimate < one.high


def test_a_cluster_is_one_draw_of_luck() -> None:
    """Ten copies of each case are no more evidence than one; an interval that draws cases believes they are."""
    diff = np.repeat(np.random.default_rng(2).normal(0, 1, 30), 10)
    clustered = paired_bootstrap(diff, days(30, 10), 3)
    alone = paired_bootstrap(diff[::10], list(range(30)), 3)
    naive = interval(diff, lambda drawn: float(drawn.mean()), seed=3, mean_block=1)
    assert (clustered.low, clustered.high) == pytest.approx((alone.low, alone.high))
    assert naive.high - naive.low < 0.45 * (clustered.high - clustered.low)


@pytest.mark.parametrize("count", [8, 25])
def test_covers_the_truth_as_often_as_it_says(count: int) -> None:
    """95 % of 300 samples, within what 300 samples can tell, with few clusters too."""
    held = 0
    for seed in range(300):
        found = paired_bootstrap(sample(seed, count=count, each=3), days(count, 3), seed, resamples=300)
        held += found.low <= 0 <= found.high
    assert 0.92 <= held / 300 <= 0.98


def test_any_figure_of_the_drawn_cases() -> None:
    values = sample(4, count=30, each=2, shift=1)
    mean = clustered_interval(lambda places: float(values[places].mean()), days(30, 2), seed=1)
    same = paired_bootstrap(values, days(30, 2), 1)
    assert mean.estimate == pytest.approx(same.estimate)
    assert (mean.low, mean.high) == pytest.approx((same.low, same.high), abs=0.1)


def test_one_cluster_tells_nothing_of_its_spread() -> None:
    found = paired_bootstrap([1.0, 2.0], ["monday", "monday"], 1)
    assert found.estimate == 1.5
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_what_has_no_interval_is_refused() -> None:
    for diff, clusters in (([], []), ([1.0], ["a", "b"]), ([math.nan], ["a"])):
        with pytest.raises(InputError):
            paired_bootstrap(diff, clusters, 1)
