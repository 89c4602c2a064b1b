"""Where the index stood on a day at its opening settlement and at midday, told from what the day's row holds.

    closes alone          a share of the day's move
    with high and low     a share of the move and of the range, on both sides of the last close
    with a genuine open   the open; midday from open, close and range

The weights are regressions: of SPY's opens on the third Fridays of 1998-2021 for the settlement (the index's own
opens repeat its last close in those years), and of Brownian days with 45 % of their variance before the bell for
midday (60,000 days of 390 minutes). Everything is of the day itself or before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

SPIKE = 0.0010  # SPY opens this much above its estimate on third Fridays, 1998-2021 (standard error 0.0004)
# Weights of log moves from the last close: that of the close, and the sum of those of high and low.
SETTLEMENT_OF_CLOSE = 0.45
SETTLEMENT_OF_RANGE = (-0.40, 0.75)
MIDDAY_OF_CLOSE = 0.70
MIDDAY_OF_RANGE = (-0.14, 0.74)  # these two with a high and a low that at least touch the last close
MIDDAY_OF_OPEN = (0.54, 0.46)  # open, close
MIDDAY_OF_ALL = (-0.24, -0.31, 0.77)  # open, close, high + low
YEAR = 252  # sessions in which an open must have shown that it is one
GENUINE = 0.12  # of the variance of close-to-close moves comes before a genuine open; SPY's is 0.35


@dataclass(frozen=True, slots=True, eq=False)
class RollDay:
    """Index levels of every session as if it were a roll day; `genuine` where the file's own open is used."""

    settlement: FloatArray
    midday: FloatArray
    genuine: BoolArray


def roll_day(*, close: FloatArray, open_: FloatArray, high: FloatArray, low: FloatArray) -> RollDay:
    """(sessions,) each; NaN in `open_`, `high` and `low` is unknown. The first session has only its close."""
    before = np.concatenate([close[:1], close[:-1]])
    moved, opened = np.log(close / before), np.log(open_ / before)
    span = np.log(np.maximum(high, before) / before) + np.log(np.minimum(low, before) / before)
    session = np.log(high / before) + np.log(low / before)
    genuine = genuine_opens(moved=moved, opened=opened)
    ranged = np.isfinite(span)
    own, day, both = MIDDAY_OF_ALL
    settlement = np.where(ranged, _sum(SETTLEMENT_OF_RANGE, moved, span), SETTLEMENT_OF_CLOSE * moved) + SPIKE
    midday = np.where(ranged, _sum(MIDDAY_OF_RANGE, moved, span), MIDDAY_OF_CLOSE * moved)
    with_open = np.where(ranged, own * opened + day * moved + both * session, _sum(MIDDAY_OF_OPEN, opened, moved))
    settlement, midday = np.where(genuine, opened, settlement), np.where(genuine, with_open, midday)
    settlement[0] = midday[0] = 0.0
    return RollDay(before * np.exp(settlement), before * np.exp(midday), genuine)


def genuine_opens(*, moved: FloatArray, opened: FloatArray) -> BoolArray:
    """Where the year so far shows that the opens are prices of their own and not the last close again."""
    known = np.isfinite(opened)
    night = np.where(known, opened, 0.0) ** 2
    day = np.where(known, moved - np.where(known, opened, 0.0), 0.0) ** 2
    nights, days, seen = (_over_year(values) for values in (night, day, known.astype(np.float64)))
    with np.errstate(invalid="ignore"):
        share = nights / (nights + days)
    return np.asarray(known & (seen == YEAR) & (share >= GENUINE), dtype=np.bool_)


def _over_year(values: FloatArray) -> FloatArray:
    """Sums over the last `YEAR` rows, this one included; fewer at the beginning."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    rows = np.arange(1, len(total))
    return np.asarray(total[rows] - total[np.maximum(rows - YEAR, 0)], dtype=np.float64)


def _sum(weights: tuple[float, float], first: FloatArray, second: FloatArray) -> FloatArray:
    return np.asarray(weights[0] * first + weights[1] * second, dtype=np.float64)
