"""Where a chart puts its ticks: round values, and as many days as fit."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray
from tools.performance.statistics import Days

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to pixels, linear; `low` lands on `start`, `high` on `end`."""

    low: float
    high: float
    start: float
    end: float

    def at(self, values: FloatArray | float) -> FloatArray:
        share = (np.asarray(values, dtype=np.float64) - self.low) / (self.high - self.low)
        return np.asarray(self.start + share * (self.end - self.start))


def round_ticks(low: float, high: float, *, most: int = 6) -> tuple[float, ...]:
    """Multiples of 1, 2, 2.5 or 5 times a power of ten that enclose a range; two at least."""
    if not high > low:
        pad = abs(low) * 0.05 or 1.0
        low, high = low - pad, high + pad
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(each * power for each in STEPS if each * power >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return tuple(round(place * step, 12) for place in range(first, last + 1))


def day_ticks(days: Days, *, most: int = 12) -> tuple[tuple[np.datetime64, str], ...]:
    """Begins of years where the window has several, else of months, each with its name."""
    years = np.unique(days.astype("datetime64[Y]"))[1:]
    if len(years) >= 2:
        kept = years[:: math.ceil(len(years) / most)]
        return tuple((each.astype("datetime64[D]"), str(each)) for each in kept)
    months = np.unique(days.astype("datetime64[M]"))[1:]
    kept = months[:: math.ceil(max(len(months), 1) / most)]
    return tuple((each.astype("datetime64[D]"), str(each)) for each in kept)
