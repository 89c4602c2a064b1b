"""How sure a measured figure is: intervals from resampling the series in blocks, with a seed.

    series ─→ resampled series (blocks of neighbours) ─→ the measure of each ─→ percentiles

Blocks keep what neighbouring days and overlapping trades have in common, which drawing single days would lose and
so make the interval too narrow. The stationary bootstrap (Politis and Romano 1994, JASA 89) draws blocks of
geometric length from a circle, `mean_block` on average; the block bootstrap (Künsch 1989; circular, Politis and
Romano 1992) draws blocks of that length. A month of sessions is the default, the life of most trades.

An interval tells what chance did to the sample. It cannot tell what the sample lacks: a crash that is not in the
history is in no resample of it either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tools.domain.chain import FloatArray, IntArray
from tools.domain.errors import InputError

MEAN_BLOCK = 21
RESAMPLES = 2000
BATCH_CELLS = 2_000_000  # how many numbers are resampled at once

Measure = Callable[[FloatArray], float]
"""From a series (n,) to a figure."""


class Resampling(StrEnum):
    STATIONARY = "stationary"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Interval:
    """`estimate` of the series itself; `low` and `high` enclose the share `confidence` of the resamples.

    `nan` where the measure is of the series, or of any resample.
    """

    estimate: float
    low: float
    high: float
    confidence: float


def interval(
    series: FloatArray,
    measure: Measure,
    *,
    seed: int,
    confidence: float = 0.95,
    resamples: int = RESAMPLES,
    mean_block: int = MEAN_BLOCK,
    resampling: Resampling = Resampling.STATIONARY,
) -> Interval:
    """The percentile interval of `measure` over a series (n,) in the order of time.

    `InputError` for an empty series, a confidence outside (0, 1) or a block shorter than 1.
    """
    if len(series) == 0 or not 0 < confidence < 1 or mean_block < 1 or resamples < 1:
        raise InputError(
            "An interval needs a series, a confidence between 0 and 1, and at least one block and draw."
        )
    random = np.random.default_rng(seed)
    draw = stationary_places if resampling is Resampling.STATIONARY else block_places
    batch = max(1, BATCH_CELLS // len(series))
    figures: list[float] = []
    for start in range(0, resamples, batch):
        places = draw(random, length=len(series), mean_block=mean_block, resamples=min(batch, resamples - start))
        figures.extend(measure(drawn) for drawn in series[places])
    tail = 100 * (1 - confidence) / 2
    low, high = np.percentile(figures, [tail, 100 - tail])
    return Interval(float(measure(series)), float(low), float(high), confidence)


def stationary_places(random: np.random.Generator, *, length: int, mean_block: int, resamples: int) -> IntArray:
    """Places (resamples, length) in a series: blocks begin anywhere and end with chance 1 / mean_block."""
    begins = random.random((resamples, length)) < 1.0 / mean_block
    begins[:, 0] = True
    starts = random.integers(0, length, size=(resamples, length))
    column = np.arange(length)
    begun = np.maximum.accumulate(np.where(begins, column, 0), axis=1)
    return np.asarray((np.take_along_axis(starts, begun, axis=1) + column - begun) % length, dtype=np.int64)


def block_places(random: np.random.Generator, *, length: int, mean_block: int, resamples: int) -> IntArray:
    """Places (resamples, length): whole blocks of `mean_block` from a circle, the last one cut off."""
    blocks = -(-length // mean_block)
    starts = random.integers(0, length, size=(resamples, blocks, 1))
    places = (starts + np.arange(mean_block)) % length
    return np.asarray(places.reshape(resamples, -1)[:, :length], dtype=np.int64)
