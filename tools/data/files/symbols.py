"""The OCC symbols of a column, and whether the fields beside them say the same contract."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.data.files.coded import renamed, repeated, spread, texts

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
RightArray = npt.NDArray[np.int8]

# OCC, Options Symbology Initiative (2010): root, yymmdd, C or P, strike × 1000 in eight digits.
_OCC = r"^\s*([A-Z][A-Z.]{0,5}\d?)\s*(\d{6})([CP])(\d{8})\s*$"
_ROOT_ALONE = r"^\s*[A-Z.]{0,6}\d?\s*$"
_ROUNDING = 0.0006  # a symbol holds a tenth of a cent


@dataclass(frozen=True, slots=True, eq=False)
class Symbols:
    """What each cell says; root "" (coded), expiry null, right 0 and strike NaN where it is no symbol.

    `garbled` marks cells that should be symbols, as most of the column is, and are not.
    """

    root: pl.Series
    expiry: pl.Series
    right: RightArray
    strike: FloatArray
    garbled: BoolArray

    @property
    def stated(self) -> BoolArray:
        return np.abs(self.right) > 0


def read_symbols(column: pl.Series) -> Symbols:
    """The symbols of a coded column: each distinct one is taken apart once."""
    text = texts(column).str.to_uppercase()
    parts = text.str.extract_groups(_OCC).struct.unnest()
    root, day, letter, strike = (parts.to_series(index) for index in range(4))
    right = (letter == "C").fill_null(False).cast(pl.Int8) - (letter == "P").fill_null(False).cast(pl.Int8)
    other = spread(column, letter.is_null() & ~text.str.contains(_ROOT_ALONE))
    rights = spread(column, right).to_numpy()
    usual = np.count_nonzero(rights) > len(column) / 2
    return Symbols(
        root=renamed(column, lambda _: root),
        expiry=spread(column, day.str.to_date("%y%m%d", strict=False)),
        right=rights,
        strike=spread(column, strike.cast(pl.Float64).fill_null(float("nan")) / 1000).to_numpy(),
        garbled=other.to_numpy() & usual,
    )


def no_symbols(size: int) -> Symbols:
    """The symbols of a layout that has none."""
    return Symbols(
        root=repeated("", size),
        expiry=pl.repeat(None, size, dtype=pl.Date, eager=True),
        right=np.zeros(size, dtype=np.int8),
        strike=np.full(size, np.nan),
        garbled=np.zeros(size, dtype=np.bool_),
    )


def disagreement(symbols: Symbols, *, expiry: pl.Series, right: RightArray, strike: FloatArray) -> BoolArray:
    """Where a symbol says another contract than the fields of its row."""
    other = other_expiry(symbols, expiry) | np.not_equal(right, symbols.right)
    apart = strike - symbols.strike
    same_strike = np.abs(apart, out=apart) < _ROUNDING
    return symbols.stated & (other | ~same_strike)


def other_expiry(symbols: Symbols, expiry: pl.Series) -> BoolArray:
    """Where there is a symbol and it names another expiry.

    A day's difference around a Saturday is none: monthly contracts expired on Saturdays until January 2015.
    """
    apart = (expiry.to_physical() - symbols.expiry.to_physical()).abs().fill_null(999).to_numpy()
    differs = apart > 1
    near = apart == 1
    if near.any():
        saturday = (expiry.dt.weekday() == 6) | (symbols.expiry.dt.weekday() == 6)
        differs |= near & ~saturday.fill_null(False).to_numpy()
    return symbols.stated & differs
