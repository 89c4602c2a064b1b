"""Where the index stood at the instants of a roll day, told from what the day's row holds.

    settlement  at the opening bell (SOQ), against which the old options settle
    morning     shortly before 11:00, from which the new strikes are chosen
    midday      between 11:30 and 13:30, when the new options trade

    closes alone          a share of the day's move
    with high and low     a share of the move and of the range
    with a genuine open   the open is the settlement; the rest from open, close and range

The weights are regressions over Brownian days of 390 minutes with 45 % of their variance before the bell, which is
the share of SPY's on the third Fridays of 1998-2021. Everything is of the day itself or before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Weights:
    """Of log moves from the last close: that of the open, of the close, and the sum of those of high and low.

    `ranged` without an open is for a high and a low that at least touch the last close.
    """

    close: float
    ranged: tuple[float, float]
    opened: tuple[float, float]
    whole: tuple[float, float, float]


SETTLEMENT = Weights(close=0.45, ranged=(-0.41, 0.75), opened=(1.0, 0.0), whole=(1.0, 0.0, 0.0))
MORNING = Weights(close=0.58, ranged=(-0.36, 0.83), opened=(0.76, 0.24), whole=(0.17, -0.36, 0.59))
MIDDAY = Weights(close=0.70, ranged=(-0.14, 0.74), opened=(0.54, 0.46), whole=(-0.24, -0.31, 0.77))
SPIKE = 0.0010  # SPY opened this much above its estimate on the third Fridays of 1998-2021 (standard error 0.0004)
YEAR = 252  # sessions in which an open must have shown that it is one
GENUINE = 0.12  # of the variance of close-to-close moves comes before a genuine open; SPY's is 0.35


@dataclass(frozen=True, slots=True, eq=False)
class RollDay:
    """(sessions,) index levels as if each were a roll day; `genuine` where the file's open is the settlement."""

    settlement: FloatArray
    morning: FloatArray
    midday: FloatArray
    genuine: BoolArray


def roll_day(*, close: FloatArray, open_: FloatArray, high: FloatArray, low: FloatArray) -> RollDay:
    """(sessions,) each; NaN in `open_`, `high` and `low` is unknown. The first session has only its close."""
    before = np.concatenate([close[:1], close[:-1]])
    moves = _Moves(
        closed=np.log(close / before),
        opened=np.log(open_ / before),
        session=np.log(high / before) + np.log(low / before),
        touching=np.log(np.maximum(high, before) / before) + np.log(np.minimum(low, before) / before),
    )
    genuine = genuine_opens(moved=moves.closed, opened=moves.opened)
    at = [_estimate(weights, moves, genuine) for weights in (SETTLEMENT, MORNING, MIDDAY)]
    at[0] = np.where(genuine, at[0], at[0] + SPIKE)
    for each in at:
        each[0] = 0.0
    settlement, morning, midday = (before * np.exp(each) for each in at)
    return RollDay(settlement, morning, midday, genuine)


def genuine_opens(*, moved: FloatArray, opened: FloatArray) -> BoolArray:
    """Where the year so far shows that the opens are prices of their own and not the last close again."""
    known = np.isfinite(opened)
    night = np.where(known, opened, 0.0)
    day = np.where(known, moved - night, 0.0)
    nights, days, seen = (_over_year(values) for values in (night**2, day**2, known.astype(np.float64)))
    with np.errstate(invalid="ignore"):
        share = nights / (nights + days)
    return np.asarray(known & (seen == YEAR) & (share >= GENUINE), dtype=np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class _Moves:
    """Logs from the last close; `session` and `touching` are high and low, as they are and at least touching it."""

    closed: FloatArray
    opened: FloatArray
    session: FloatArray
    touching: FloatArray


def _estimate(weights: Weights, moves: _Moves, genuine: BoolArray) -> FloatArray:
    ranged = np.isfinite(moves.touching)
    (move, span), (start, end), (opened, closed, both) = weights.ranged, weights.opened, weights.whole
    without = np.where(ranged, move * moves.closed + span * moves.touching, weights.close * moves.closed)
    whole = opened * moves.opened + closed * moves.closed + both * np.where(ranged, moves.session, 0.0)
    with_open = np.where(ranged, whole, start * moves.opened + end * moves.closed)
    return np.where(genuine, with_open, without)


def _over_year(values: FloatArray) -> FloatArray:
    """Sums over the last `YEAR` rows, this one included; fewer at the beginning."""
    total = np.concatenate([[0.0], np.cumsum(values)])
    rows = np.arange(1, len(total))
    return np.asarray(total[rows] - total[np.maximum(rows - YEAR, 0)], dtype=np.float64)
