"""How far stated probabilities can be trusted: Brier score and its parts, calibration error, reliability.

    probabilities p, outcomes y ─┬→ brier ─→ murphy: reliability - resolution + uncertainty (+ within)
                                 └→ equal-mass bins ─→ reliability (one line each) ─→ expected_calibration_error
                                                                    error_by_chance: what luck alone would show

Everywhere `p` (n,) are probabilities 0-1 of an event and `y` (n,) whether it came, 0 or 1. Equal probabilities
share a bin, so that the order of the rows never matters; `InputError` for anything that is not like this. How
sure any of it is, `wilson` and `clustered_interval` tell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.domain.chain import FloatArray, IntArray
from tools.domain.errors import InputError
from tools.performance.clustered import clustered_interval, paired_bootstrap
from tools.performance.proportion import wilson

__all__ = [
    "BINS",
    "Bin",
    "Murphy",
    "brier",
    "clustered_interval",
    "error_by_chance",
    "expected_calibration_error",
    "murphy",
    "paired_bootstrap",
    "reliability",
    "wilson",
]

BINS = 10
DRAWS = 1000


@dataclass(frozen=True, slots=True)
class Murphy:
    """Brier = reliability - resolution + uncertainty + within.

    reliability  mean squared gap between what was said and how often it came, 0 is best
    resolution   how far the groups' frequencies lie from the base rate, larger is better
    uncertainty  base rate · (1 - base rate): the Brier score of always saying the base rate
    within       what probabilities that differ inside a group add; 0 where groups are of equal probabilities
    """

    reliability: float
    resolution: float
    uncertainty: float
    within: float

    @property
    def brier(self) -> float:
        return self.reliability - self.resolution + self.uncertainty + self.within

    @property
    def skill(self) -> float:
        """1 - Brier / uncertainty: above 0 where it beats the base rate; `nan` where all came or none did."""
        return 1 - self.brier / self.uncertainty if self.uncertainty > 0 else float("nan")


@dataclass(frozen=True, slots=True)
class Bin:
    """One bin of a reliability plot: what was said on average and how often it came, with Wilson's 95 %."""

    count: int
    said: float
    came: float
    low: float
    high: float


def brier(p: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Mean of (p - y)², 0 best and 1 worst (Brier, Monthly Weather Review 78, 1950, halved for two classes)."""
    said, came = _checked(p, y)
    return float(np.mean((said - came) ** 2))


def murphy(p: npt.ArrayLike, y: npt.ArrayLike, *, bins: int | None = None) -> Murphy:
    """Murphy's partition (J. Applied Meteorology 12, 1973) by equal probabilities, or by equal-mass `bins`.

    With bins the two terms of Stephenson, Coelho and Jolliffe (Weather and Forecasting 23, 2008) stand in
    `within`, so that the parts always add up to the Brier score.
    """
    said, came = _checked(p, y)
    group = np.unique(said, return_inverse=True)[1] if bins is None else _bins(said, bins)
    count = np.bincount(group).astype(np.float64)
    mean, often = (np.bincount(group, weights=column) / count for column in (said, came))
    share, base = count / len(said), float(came.mean())
    apart = said - mean[group]
    return Murphy(
        reliability=float(np.sum(share * (mean - often) ** 2)),
        resolution=float(np.sum(share * (often - base) ** 2)),
        uncertainty=base * (1 - base),
        within=float(np.mean(apart**2) - 2 * np.mean(apart * (came - often[group]))),
    )


def reliability(p: npt.ArrayLike, y: npt.ArrayLike, bins: int = BINS) -> tuple[Bin, ...]:
    """The lines of a reliability table, lowest probabilities first; bins that ties leave empty are left out."""
    said, came = _checked(p, y)
    group = _bins(said, bins)
    lines = []
    for each in range(int(group.max()) + 1):
        own = group == each
        chance = wilson(int(came[own].sum()), int(own.sum()))
        lines.append(Bin(int(own.sum()), float(said[own].mean()), chance.estimate, chance.low, chance.high))
    return tuple(lines)


def expected_calibration_error(p: npt.ArrayLike, y: npt.ArrayLike, bins: int = BINS) -> float:
    """Mean over the cases of |said - came| of their equal-mass bin (Naeini et al., AAAI 2015; Nguyen and O'Connor,
    EMNLP 2015, for equal mass). Above 0 by luck alone: see `error_by_chance`.
    """
    said, came = _checked(p, y)
    return _error(_bins(said, bins), said, came)


def error_by_chance(
    p: npt.ArrayLike, *, seed: int, bins: int = BINS, quantile: float = 0.95, draws: int = DRAWS
) -> float:
    """The calibration error that probabilities which are exactly right stay below in `quantile` of the cases.

    Outcomes drawn from the probabilities themselves (consistency resampling: Bröcker and Smith, Weather and
    Forecasting 22, 2007). An error above it is miscalibration and not luck.
    """
    said, _ = _checked(p, np.zeros(np.shape(p)))
    group, random = _bins(said, bins), np.random.default_rng(seed)
    found = [_error(group, said, (random.random(len(said)) < said).astype(np.float64)) for _ in range(draws)]
    return float(np.quantile(found, quantile))


def _error(group: IntArray, said: FloatArray, came: FloatArray) -> float:
    return float(np.abs(np.bincount(group, weights=said - came)).sum() / len(said))


def _bins(said: FloatArray, bins: int) -> IntArray:
    """The bin (n,) of each probability by its middle rank: as many cases in each as ties let, numbered from 0."""
    if bins < 1:
        raise InputError(f"{bins} bins hold no probabilities; give at least 1.")
    _, place, count = np.unique(said, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - count / 2
    wanted = np.floor(bins * middle / len(said)).astype(np.int64)
    return np.asarray(np.unique(wanted, return_inverse=True)[1][place], dtype=np.int64)


def _checked(p: npt.ArrayLike, y: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
    said, came = np.asarray(p, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if said.ndim != 1 or said.shape != came.shape or not len(said):
        raise InputError("Calibration needs one outcome for each probability, and at least one of them.")
    if not (((said >= 0) & (said <= 1)).all() and ((came == 0) | (came == 1)).all()):
        raise InputError(
            "Calibration needs probabilities from 0 to 1 and outcomes of 0 or 1, none of them unknown."
        )
    return said, came
