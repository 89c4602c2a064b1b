"""Numbers as people and spreadsheets write them: 1,234.50 and 1.234,50, percent signs, blanks for nothing.

The decimal mark is one for a whole file and is told from the numbers that leave no doubt: in `1.234,5` the
last mark is the decimal one, in `71,8` and `0,1749` a comma cannot part thousands. A number that does not
fit the file's mark is unreadable, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import polars as pl

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

POINT, COMMA = ".", ","
_NOTHING = ("", "nan", "null", "none", "n/a", "na", "-", "--", "#n/a", "<na>")
_INFINITE = r"^[+-]?inf(inity)?$"
_AROUND = " \t\u00a0\u202f'\"$€"
# A mark with anything but three digits after it, or after thousands of the other mark, is a decimal mark.
_DECIMAL = {
    POINT: r"^[+-]?(\d*\.(\d{1,2}|\d{4,})|\d{1,3}(,\d{3})+\.\d*)$",
    COMMA: r"^[+-]?(\d*,(\d{1,2}|\d{4,})|\d{1,3}(\.\d{3})+,\d*)$",
}
_WRITTEN = {
    POINT: r"^[+-]?(\d+|\d{1,3}([,' \u00a0\u202f]\d{3})+)?(\.\d*)?([eE][+-]?\d+)?$",
    COMMA: r"^[+-]?(\d+|\d{1,3}([.' \u00a0\u202f]\d{3})+)?(,\d*)?([eE][+-]?\d+)?$",
}
_THOUSANDS = {POINT: r"[,' \u00a0\u202f]", COMMA: r"[.' \u00a0\u202f]"}


def decimal_mark(columns: Iterable[pl.Series]) -> str:
    """The decimal mark of text columns by majority of the numbers that leave no doubt; the point otherwise."""
    votes = {POINT: 0, COMMA: 0}
    for column in columns:
        if column.dtype == pl.String:
            text = column.str.strip_chars(_AROUND)
            for mark in votes:
                votes[mark] += int(text.str.contains(_DECIMAL[mark]).sum())
    return COMMA if votes[COMMA] > votes[POINT] else POINT


def read_numbers(column: pl.Series, *, mark: str = POINT) -> tuple[FloatArray, BoolArray]:
    """A column as floats, NaN where it holds nothing, and where it holds something that is no number."""
    if column.dtype.is_numeric():
        whole = column.cast(pl.Float64)
        whole = whole.fill_null(float("nan")) if whole.null_count() else whole
        return whole.to_numpy(), np.zeros(column.len(), dtype=np.bool_)
    text = column.cast(pl.String).fill_null("")
    values = text.cast(pl.Float64, strict=False)
    if mark == COMMA or values.null_count():
        text = text.str.strip_chars(_AROUND).str.replace("−", "-", literal=True)
        values = _parsed(text, mark)
    unreadable = values.is_null()
    if unreadable.any():
        unreadable &= ~text.str.to_lowercase().is_in(_NOTHING)
    return values.fill_null(float("nan")).to_numpy(), unreadable.to_numpy()


def read_number(text: str, *, mark: str = POINT) -> float | None:
    """One number, None where there is none."""
    values, unreadable = read_numbers(pl.Series([text]), mark=mark)
    return None if unreadable[0] or np.isnan(values[0]) else float(values[0])


def _parsed(text: pl.Series, mark: str) -> pl.Series:
    """Floats, null where the text is not written as a number with this decimal mark."""
    written = text.str.contains(_WRITTEN[mark]) & text.str.contains(r"\d")
    infinite = text.str.to_lowercase().str.contains(_INFINITE)
    plain = text.str.replace_all(_THOUSANDS[mark], "").str.replace(mark, ".", literal=True)
    kept = pl.select(pl.when(written | infinite).then(plain)).to_series()
    return kept.cast(pl.Float64, strict=False)
