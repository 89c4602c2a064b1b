"""Every row of one file in the house's columns, before anything was judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.domain.contract import ExerciseStyle

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class ChainRows:
    """Columns of one length; NaN, null and "" mean that the file does not say.

    underlying, root  ticker and option root, coded text (`coded`)
    quoted_day        the day the quote is of, Date; quoted_at the instant (Datetime[μs], UTC) where stated
    expiry            Date; `right` +1 call, -1 put, 0 unknown
    strike … spot     money per share; volume and open_interest contracts; iv decimal per √year; delta
    unparseable       a field that must be read could not be; `contradictory` symbol and fields disagree
    has_quotes        the layout has bid and ask
    single            the layout holds one underlying
    dated             the file says when it was quoted
    """

    underlying: pl.Series
    root: pl.Series
    quoted_day: pl.Series
    quoted_at: pl.Series
    expiry: pl.Series
    right: npt.NDArray[np.int8]
    strike: FloatArray
    bid: FloatArray
    ask: FloatArray
    last: FloatArray
    volume: FloatArray
    open_interest: FloatArray
    iv: FloatArray
    delta: FloatArray
    spot: FloatArray
    unparseable: BoolArray
    contradictory: BoolArray
    has_quotes: bool = True
    single: bool = False
    dated: bool = True
    style: ExerciseStyle | None = None
    multiplier: int = 100
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.strike)


def together(rows: npt.NDArray[np.int64]) -> slice | npt.NDArray[np.int64]:
    """Numbers of rows as the slice that they are, where they follow each other: then nothing is copied."""
    if len(rows) and (rows[1:] - rows[:-1] == 1).all():
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows
