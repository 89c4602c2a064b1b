"""Columns whose texts repeat: each distinct text once, and for every row a number that names it.

A year of quotes says the same few thousand symbols, dates and words millions of times; what is read from a
text is read once and spread over its rows. The carrier is Polars' own `Enum`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl

Codes = npt.NDArray[np.unsignedinteger]

_SAMPLE = 5_000  # rows that tell whether texts stand in runs; a wrong guess costs time only
_LONG = 8  # rows of a run that is worth more than numbering each of them


def coded(column: pl.Series) -> pl.Series:
    """A column as an Enum, "" where it holds nothing; one that is an Enum already is left alone."""
    if isinstance(column.dtype, pl.Enum):
        return column
    text = column.cast(pl.String).fill_null("")
    if _stands(text.head(_SAMPLE)):
        runs = text.rle().struct
        numbers, distinct = _numbered(runs.field("value"))
        numbers = np.repeat(numbers, runs.field("len").to_numpy())
    else:
        numbers, distinct = _numbered(text)
    return from_codes(numbers, distinct).alias(column.name)


def repeated(text: str, size: int) -> pl.Series:
    """One text on every row."""
    return from_codes(np.zeros(size, dtype=np.uint32), pl.Series([text], dtype=pl.String))


def texts(column: pl.Series) -> pl.Series:
    """The distinct texts of a coded column, in the order of their numbers; some may be on no row."""
    kind = column.dtype
    if not isinstance(kind, pl.Enum):
        raise TypeError(f"{column.name} is not coded but {kind}")
    return kind.categories


def codes(column: pl.Series) -> Codes:
    """For every row the number of its text."""
    return np.zeros(len(column), dtype=np.uint8) if _is_one(column) else column.to_physical().to_numpy()


def as_array(column: pl.Series) -> npt.NDArray[np.str_]:
    """The texts of a coded column as NumPy has them, no wider than the longest that is on a row."""
    present, numbers = _present(column)
    return np.array(present, dtype=np.str_)[numbers]


def narrowed(column: pl.Series) -> pl.Series:
    """The coded column with only the texts that are on a row, in their own order."""
    if _is_one(column):
        return column
    present, numbers = _present(column)
    if present == texts(column).to_list() == sorted(present):
        return column
    order = sorted(range(len(present)), key=present.__getitem__)
    place = np.empty(len(present), dtype=np.uint32)
    place[order] = np.arange(len(present), dtype=np.uint32)
    narrow = from_codes(place[numbers], pl.Series([present[each] for each in order], dtype=pl.String))
    return narrow.alias(column.name)


def _is_one(column: pl.Series) -> bool:
    """Whether all rows have the same text for certain, as most days of a file do: Polars' own way takes longer."""
    return len(column) > 0 and len(texts(column)) == 1


def _stands(sample: pl.Series) -> bool:
    """Whether a text mostly stands on many rows one after another, as days and expiries do."""
    return int((sample[1:] != sample[:-1]).sum()) * _LONG < len(sample)


def _numbered(text: pl.Series) -> tuple[Codes, pl.Series]:
    """For every row a number, and the distinct texts in the order of their numbers."""
    # Categories of its own number the texts in one pass; a row of each number then tells its text.
    numbers = text.cast(pl.Categorical(pl.Categories.random())).to_physical().to_numpy()
    row = np.zeros(int(numbers.max()) + 1 if len(numbers) else 0, dtype=np.uint32)
    row[numbers] = np.arange(len(numbers), dtype=np.uint32)
    return numbers, text.gather(row)


def _present(column: pl.Series) -> tuple[list[str], npt.NDArray[np.int64]]:
    """The texts that are on a row, and for every row the place of its text among them."""
    numbers = codes(column)
    present = np.flatnonzero(np.bincount(numbers, minlength=1))
    place = np.zeros(int(present[-1]) + 1 if len(present) else 1, dtype=np.int64)
    place[present] = np.arange(len(present))
    every = texts(column)
    return [every[each] for each in present.tolist()], place[numbers]


def spread(column: pl.Series, each: pl.Series) -> pl.Series:
    """What belongs to each distinct text, on every row."""
    return each.gather(column.to_physical())


def renamed(column: pl.Series, rule: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """The coded column with `rule` applied to its distinct texts; texts that became equal become one."""
    new = rule(texts(column)).fill_null("")
    distinct = new.unique()
    place = new.cast(pl.Enum(distinct)).to_physical()
    return from_codes(place.gather(column.to_physical()).to_numpy(), distinct)


def from_codes(numbers: Codes, distinct: pl.Series) -> pl.Series:
    """The coded column of these numbers."""
    return pl.Series(numbers).cat.to(pl.Enum(distinct))
