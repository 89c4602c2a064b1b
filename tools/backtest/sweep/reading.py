"""A history of quotes from Parquet, or from a frame at hand, as day-major columns.

    Parquet → the columns named, nothing else → types → QuoteRows → DayColumns

Only the columns that are named are ever read: what else a file holds, a next day's price too, is not seen. A
name that says it looks ahead is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tools.backtest.sweep.arrays import SideArray
from tools.backtest.sweep.columns import DayColumns, QuoteRows, day_columns
from tools.domain.chain import FloatArray
from tools.domain.errors import DataError, InputError
from tools.domain.value import Value

if TYPE_CHECKING:
    import polars as pl

LOOKS_AHEAD = ("next_", "future_", "forward_", "fwd_", "ahead_", "tomorrow_", "exit_", "final_")
SIDES = {"call": 1, "c": 1, "put": -1, "p": -1}


class Detail(StrEnum):
    """How much of a history is read.

    quotes  the seven columns that a sweep without settlement needs
    spot    the underlying's price too: settlement, assignment, margin
    greeks  gamma, theta, vega and volatility too: attribution
    """

    QUOTES = "quotes"
    SPOT = "spot"
    GREEKS = "greeks"


class ColumnNames(Value):
    """How a file calls what is needed. `underlying` is looked at where the file has it: a sweep takes one."""

    day: str = "quote_date"
    expiry: str = "expiration"
    right: str = "option_type"
    strike: str = "strike"
    bid: str = "bid"
    ask: str = "ask"
    delta: str = "delta"
    spot: str = "spot"
    gamma: str = "gamma"
    theta: str = "theta"
    vega: str = "vega"
    iv: str = "iv"
    underlying: str = "underlying"

    def needed(self, detail: Detail) -> dict[str, str]:
        """Field → column."""
        fields = ["day", "expiry", "right", "strike", "bid", "ask", "delta"]
        if detail is not Detail.QUOTES:
            fields.append("spot")
        if detail is Detail.GREEKS:
            fields += ["gamma", "theta", "vega", "iv"]
        return {field: getattr(self, field) for field in fields}


def read_columns(
    source: Path | Sequence[Path],
    *,
    underlying: str | None = None,
    names: ColumnNames | None = None,
    detail: Detail = Detail.QUOTES,
) -> DayColumns:
    """Day-major columns of one Parquet file or several, of one underlying.

    `InputError` where columns are missing, look ahead or hold what they cannot; `DataError` where a file cannot be
    read.
    """
    import polars as pl

    names = names or ColumnNames()
    try:
        lazy = pl.scan_parquet(source if isinstance(source, Path) else list(source))
        present = lazy.collect_schema().names()
        needed = _checked(names.needed(detail), present)
        if names.underlying in present:
            if underlying is not None:
                lazy = lazy.filter(pl.col(names.underlying).cast(pl.String) == underlying)
            else:
                _one_underlying(lazy.select(names.underlying))
        lazy = lazy.select(list(dict.fromkeys(needed.values())))
        height = lazy.select(pl.len()).collect().item()
        batches = lazy.collect_batches(maintain_order=True, engine="streaming")
        return day_columns(_gathered(batches, height, needed))
    except (OSError, pl.exceptions.PolarsError) as error:
        raise DataError(f"The history {source} cannot be read: {str(error).splitlines()[0]}") from error


def columns_of(
    frame: pl.DataFrame, *, names: ColumnNames | None = None, detail: Detail = Detail.QUOTES
) -> DayColumns:
    """Day-major columns of a frame of one underlying."""
    names = names or ColumnNames()
    needed = _checked(names.needed(detail), frame.columns)
    if names.underlying in frame.columns:
        _one_underlying(frame.lazy().select(names.underlying))
    return day_columns(_gathered([frame], frame.height, needed))


def _one_underlying(column: pl.LazyFrame) -> None:
    """`InputError` for several; a file's statistics rule them out without a look at the rows."""
    import polars as pl

    first = column.head(1).collect().to_series().to_list()
    if not first:
        return
    others = column.filter(pl.first().ne_missing(first[0])).unique().collect().to_series()
    if len(others):
        found = sorted(map(str, [*first, *others]))
        some = ", ".join(found[:5])
        raise InputError(f"The history holds {len(found):,} underlyings ({some}); choose one with `underlying`.")


def _gathered(batches: Iterable[pl.DataFrame], height: int, needed: dict[str, str]) -> QuoteRows:
    """The columns in one piece each: written where they stay, while the next batch is decoded."""
    if not height:
        raise InputError("The history holds no row.")
    convert: dict[str, Callable[[pl.Series], npt.NDArray[Any]]] = {"day": _days, "expiry": _days, "right": _sides}
    types = {"day": np.int32, "expiry": np.int32, "right": np.int8}
    gathered = {field: np.empty(height, types.get(field, np.float64)) for field in needed}
    at = 0
    for batch in batches:
        for field, column in gathered.items():
            column[at : at + batch.height] = convert.get(field, _numbers)(batch[needed[field]])
        at += batch.height
    return QuoteRows(**gathered)


def _checked(needed: dict[str, str], present: Sequence[str]) -> dict[str, str]:
    missing = [column for column in needed.values() if column not in present]
    if missing:
        raise InputError(f"The history has no column {', '.join(missing)}; it has {', '.join(present)}.")
    ahead = [column for column in needed.values() if column.lower().startswith(LOOKS_AHEAD)]
    if ahead:
        raise InputError(f"The column {ahead[0]} tells of a later day; a sweep sees only what each day knew.")
    return needed


def _days(column: pl.Series) -> npt.NDArray[np.int32]:
    """Days since 1970."""
    import polars as pl

    if column.dtype.base_type() not in {pl.Date, pl.Datetime}:
        raise InputError(f"The column {column.name} holds {column.dtype}, not dates.")
    _complete(column)
    days: npt.NDArray[np.int32] = column.cast(pl.Date).to_physical().to_numpy()
    return days


def _numbers(column: pl.Series) -> FloatArray:
    """Float64, NaN for what is missing."""
    import polars as pl

    if not column.dtype.is_numeric():
        raise InputError(f"The column {column.name} holds {column.dtype}, not numbers.")
    numbers: FloatArray = column.cast(pl.Float64).to_numpy()
    return numbers


def _sides(column: pl.Series) -> SideArray:
    """+1 for calls, -1 for puts, from words (call, put, C, P) or signs."""
    import polars as pl

    _complete(column)
    if column.dtype.is_numeric():
        signs: SideArray = np.sign(column.to_numpy()).astype(np.int8)
        return signs
    if column.dtype.base_type() not in {pl.Categorical, pl.Enum}:
        column = column.cast(pl.Categorical)
    words = column.unique()
    codes = words.to_physical().to_numpy()
    table = np.zeros(int(codes.max()) + 1, dtype=np.int8)
    table[codes] = [SIDES.get(word.lower(), 0) for word in words.cast(pl.String)]
    sides: SideArray = table[column.to_physical().to_numpy()]
    return sides


def _complete(column: pl.Series) -> None:
    if missing := column.null_count():
        raise InputError(f"The column {column.name} is empty in {missing:,} rows; every row needs one.")
