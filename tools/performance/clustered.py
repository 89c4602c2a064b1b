"""How sure a figure is whose cases come in clusters: intervals from resampling whole clusters, with a seed.

    cases, their clusters ─→ clusters drawn with replacement ─→ the figure of each draw ─→ percentiles

What was decided on one day shares that day's market, so a day is drawn as a whole: resampling its cases one by one
would count the same luck many times and make the interval too narrow (Cameron, Gelbach and Miller, Review of
Economics and Statistics 90, 2008). Percentiles of few clusters are too narrow as well; their levels are moved
outwards as Hesterberg's expanded percentile interval has it (American Statistician 69, 2015, section 5.3):
Φ(√(n/(n-1)) · t quantile with n - 1 degrees of freedom) instead of the level itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence

import numpy as np
import numpy.typing as npt

from tools.domain.chain import FloatArray, IntArray
from tools.domain.errors import InputError
from tools.performance.intervals import RESAMPLES, Interval

Figure = Callable[[IntArray], float]
"""From places (k,) of drawn cases to a figure."""

Figures = Callable[[IntArray], Sequence[float]]
"""The same to several."""


def clustered_interval(
    figure: Figure,
    clusters: Sequence[Hashable],
    *,
    seed: int,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Interval:
    """The interval of a figure of n cases, each in one of `clusters` (n,); bounds `nan` for a single cluster.

    Draws in which the figure is `nan` say nothing and are left out.
    """
    (found,) = clustered_intervals(
        lambda places: (figure(places),), clusters, seed=seed, confidence=confidence, resamples=resamples
    )
    return found


def clustered_intervals(
    figures: Figures,
    clusters: Sequence[Hashable],
    *,
    seed: int,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> tuple[Interval, ...]:
    """The intervals of several figures of the same cases, from the same draws."""
    members = _members(clusters, confidence=confidence, resamples=resamples)
    estimates = figures(np.arange(len(clusters)))
    if len(members) < 2:
        return tuple(Interval(each, math.nan, math.nan, confidence) for each in estimates)
    random = np.random.default_rng(seed)
    drawn = (random.integers(0, len(members), size=len(members)) for _ in range(resamples))
    found = np.array([figures(np.concatenate([members[each] for each in places])) for places in drawn])
    return tuple(
        _enclosed(estimate, column, clusters=len(members), confidence=confidence)
        for estimate, column in zip(estimates, found.T, strict=True)
    )


def paired_bootstrap(
    diff: npt.ArrayLike,
    clusters: Sequence[Hashable],
    seed: int,
    *,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
) -> Interval:
    """The interval of the mean of paired differences `diff` (n,), all known, resampled by cluster."""
    gaps = np.asarray(diff, dtype=np.float64)
    if gaps.ndim != 1 or len(gaps) != len(clusters) or not np.isfinite(gaps).all():
        raise InputError("A paired difference needs a known value and a cluster for each case.")
    members = _members(clusters, confidence=confidence, resamples=resamples)
    estimate = float(gaps.mean())
    if len(members) < 2:
        return Interval(estimate, math.nan, math.nan, confidence)
    total = np.array([gaps[own].sum() for own in members])
    count = np.array([len(own) for own in members], dtype=np.float64)
    means = _means(total, count, np.random.default_rng(seed), resamples)
    return _enclosed(estimate, means, clusters=len(members), confidence=confidence)


def _means(total: FloatArray, count: FloatArray, random: np.random.Generator, resamples: int) -> FloatArray:
    weights = random.multinomial(len(total), np.full(len(total), 1 / len(total)), size=resamples)
    return np.asarray((weights @ total) / (weights @ count), dtype=np.float64)


def _members(clusters: Sequence[Hashable], *, confidence: float, resamples: int) -> list[IntArray]:
    """The places of each cluster's cases, in the order in which clusters first come."""
    if not len(clusters) or not 0 < confidence < 1 or resamples < 1:
        raise InputError("An interval needs cases, a confidence between 0 and 1, and at least one draw.")
    places: dict[Hashable, list[int]] = {}
    for place, cluster in enumerate(clusters):
        places.setdefault(cluster, []).append(place)
    return [np.array(own, dtype=np.int64) for own in places.values()]


def _enclosed(estimate: float, figures: FloatArray, *, clusters: int, confidence: float) -> Interval:
    from scipy.special import ndtr, stdtrit

    known = figures[~np.isnan(figures)]
    if math.isnan(estimate) or not len(known):
        return Interval(estimate, math.nan, math.nan, confidence)
    reach = math.sqrt(clusters / (clusters - 1)) * float(stdtrit(clusters - 1, (1 + confidence) / 2))
    tail = float(ndtr(-reach))
    low, high = np.quantile(known, [tail, 1 - tail])
    return Interval(estimate, float(low), float(high), confidence)
