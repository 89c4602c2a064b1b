"""Whether a stated confidence came true: calibration with an interval around every figure.

    confidence 0-1, won or not, day of decision ─┬→ too few outcomes: unknown, with what is needed
                                                 └→ Brier, its parts, calibration error, reliability table

A day is resampled as a whole, since the trades decided on it share its market. What the error comes to by chance
stands beside it: an interval of a calibration error never reaches 0, for a perfect forecaster no more than others.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray
from tools.performance.calibration import (
    BINS,
    Bin,
    error_by_chance,
    expected_calibration_error,
    murphy,
    reliability,
)
from tools.performance.clustered import clustered_intervals
from tools.performance.evidence import lacking
from tools.performance.intervals import Interval

RESAMPLES = 1000
PER_BIN = 10


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of `count` outcomes. `reliability` to `uncertainty` are Murphy's parts over the bins of `table`.

    base            share of the outcomes that were won
    skill           1 - Brier / uncertainty: above 0 where confidence says more than the base rate does
    error           expected calibration error; `error_by_chance` what 95 % of perfect forecasters stay below
    """

    count: int
    base: float
    brier: Interval
    reliability: Interval
    resolution: Interval
    uncertainty: Interval
    skill: Interval
    error: Interval
    error_by_chance: float
    table: tuple[Bin, ...]


def calibrate(p: FloatArray, won: Sequence[bool], days: Sequence[Hashable], *, seed: int) -> Calibration | str:
    """Of confidences `p` (n,) 0-1, or what is lacking, in words."""
    missing = lacking(won, days)
    if missing:
        return missing
    y, bins = np.array(won, dtype=np.float64), min(BINS, len(won) // PER_BIN)

    found = clustered_intervals(
        lambda places: _figures(p[places], y[places], bins), days, seed=seed, resamples=RESAMPLES
    )
    return Calibration(
        count=len(y),
        base=float(y.mean()),
        brier=found[0],
        reliability=found[1],
        resolution=found[2],
        uncertainty=found[3],
        skill=found[4],
        error=found[5],
        error_by_chance=error_by_chance(p, seed=seed, bins=bins),
        table=reliability(p, y, bins),
    )


def _figures(p: FloatArray, y: FloatArray, bins: int) -> tuple[float, ...]:
    parts = murphy(p, y, bins=bins)
    return (
        parts.brier,
        parts.reliability,
        parts.resolution,
        parts.uncertainty,
        parts.skill,
        expected_calibration_error(p, y, bins),
    )
