"""Reads a table through a column map: every field parsed, the option symbol checked against the fields.

table + map → numbers, days, rights ┐
            → option symbols        ┴→ agree? → ChainRows
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.data.files.column_map import ColumnMap, Rights
from tools.data.files.dates import puts_day_first, read_moments
from tools.data.files.numbers import decimal_mark, read_numbers
from tools.data.files.rows import ChainRows
from tools.data.files.source import Table
from tools.data.reference import lookup, underlying_of

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

OPTIONAL = ("last", "volume", "open_interest", "iv", "delta")
_NUMBERS = ("strike", "bid", "ask", "spot", *OPTIONAL)
_SAMPLE = 5_000
_OCC = r"^\s*([A-Z][A-Z.]{0,5}\d?)\s*(\d{6})([CP])(\d{8})\s*$"
_TICKER = r"^[A-Z][A-Z0-9.]{0,9}$"
_ROOT = r"^[A-Z][A-Z.]{0,5}\d?$"


@dataclass(frozen=True, slots=True, eq=False)
class _Symbols:
    """What OCC symbols say; null, 0 and NaN where a cell holds none."""

    root: pl.Series
    expiry: pl.Series
    right: npt.NDArray[np.int8]
    strike: FloatArray

    @property
    def stated(self) -> BoolArray:
        return np.abs(self.right) > 0


def read_rows(table: Table, layout: ColumnMap, *, path: Path) -> ChainRows:
    """The table in the house's columns; `ChainError` where a column that the map names is missing."""
    names = {ours: heading.strip().lower() for ours, heading in layout.columns if heading}
    table.require(list(names.values()), path=path)
    cells = {ours: table.column(name) for ours, name in names.items()}
    mark = layout.decimal or decimal_mark(cells[name].head(_SAMPLE) for name in _NUMBERS if name in cells)
    numbers = {name: read_numbers(cells[name], mark=mark) for name in _NUMBERS if name in cells}
    unparseable = table.broken.copy()
    for name in ("strike", *(("bid", "ask") if "bid" in cells else ("last",))):
        if name in numbers:
            unparseable |= numbers[name][1]
    values = {name: found[0] for name, found in numbers.items()}
    return _assembled(cells, values, unparseable, layout)


def only_present(layout: ColumnMap, table: Table) -> ColumnMap:
    """`layout` without the optional columns that the table does not have."""
    absent = {
        ours: None for ours, heading in layout.columns if heading and ours in OPTIONAL and not table.has(heading)
    }
    return layout.model_copy(update={"columns": layout.columns.model_copy(update=absent)})


def _assembled(
    cells: dict[str, pl.Series], values: dict[str, FloatArray], unparseable: BoolArray, layout: ColumnMap
) -> ChainRows:
    size = len(unparseable)
    nothing = np.full(size, np.nan)
    symbols = _symbols(cells["symbol"]) if "symbol" in cells else _no_symbols(size)
    order = _day_first(cells, symbols, layout)
    expiry = _expiry(cells, symbols, layout, order)
    right = _rights(cells["right"], layout.rights) if "right" in cells else symbols.right
    strike = values.get("strike", symbols.strike)
    underlying = _underlying(cells, symbols, layout, size)
    root = _root(cells, symbols, underlying, expiry)
    quoted = cells["quoted"] if "quoted" in cells else pl.repeat(layout.constants.quoted or "", size, eager=True)
    quoted_day, quoted_at = read_moments(quoted, day_first=order, form=layout.formats.quoted)
    iv = _positive(values.get("iv", nothing)) / (100.0 if layout.iv_unit == "percent" else 1.0)
    lost = expiry.is_null().to_numpy() | (right == 0) | (underlying == "").to_numpy()
    if "quoted" in cells:
        lost |= quoted_day.is_null().to_numpy()
    return ChainRows(
        underlying=underlying,
        root=root,
        quoted_day=quoted_day,
        quoted_at=quoted_at,
        expiry=expiry,
        right=right,
        strike=strike,
        bid=values.get("bid", nothing),
        ask=values.get("ask", nothing),
        last=values.get("last", nothing),
        volume=_count(values.get("volume", nothing)),
        open_interest=_count(values.get("open_interest", nothing)),
        iv=iv,
        # A delta beside no volatility is a placeholder.
        delta=np.where(np.isnan(iv) & ("iv" in values), np.nan, values.get("delta", nothing)),
        spot=values.get("spot", np.full(size, layout.constants.spot or np.nan)),
        unparseable=unparseable | lost,
        contradictory=_disagree(symbols, expiry, right, strike) | _foreign(root, underlying),
        has_quotes="bid" in values,
        dated="quoted" in cells or layout.constants.quoted is not None,
        style=layout.constants.style,
        multiplier=layout.constants.multiplier,
    )


def _day_first(cells: dict[str, pl.Series], symbols: _Symbols, layout: ColumnMap) -> bool:
    """The order of the file's numeric dates: the one its option symbols bear out, else the likelier one."""
    dates = [cells[name] for name in ("expiry", "quoted") if name in cells and cells[name].dtype == pl.String]
    habit = puts_day_first(text for column in dates for text in _distinct(column))
    if "expiry" not in cells or not symbols.stated.any():
        return habit
    wrong = {
        order: int((_other_expiry(_expiry(cells, symbols, layout, order), symbols.expiry) & symbols.stated).sum())
        for order in (habit, not habit)
    }
    return min(wrong, key=lambda order: wrong[order])


def _expiry(cells: dict[str, pl.Series], symbols: _Symbols, layout: ColumnMap, order: bool) -> pl.Series:
    if "expiry" not in cells:
        return symbols.expiry
    return read_moments(cells["expiry"], day_first=order, form=layout.formats.expiry)[0]


def _disagree(symbols: _Symbols, expiry: pl.Series, right: npt.NDArray[np.int8], strike: FloatArray) -> BoolArray:
    """The option symbol says another contract than the fields beside it."""
    other = _other_expiry(expiry, symbols.expiry) | np.not_equal(right, symbols.right)
    same_strike = np.abs(strike - symbols.strike) < 0.0006  # symbols round to a tenth of a cent
    return symbols.stated & (other | ~same_strike)


def _no_symbols(size: int) -> _Symbols:
    return _Symbols(
        root=pl.repeat(None, size, dtype=pl.String, eager=True),
        expiry=pl.repeat(None, size, dtype=pl.Date, eager=True),
        right=np.zeros(size, dtype=np.int8),
        strike=np.full(size, np.nan),
    )


def _symbols(column: pl.Series) -> _Symbols:
    text = column.cast(pl.String).fill_null("").str.to_uppercase()
    parts = text.str.extract_groups(_OCC).struct.unnest()
    root, day, letter, strike = (parts.to_series(index) for index in range(4))
    right = np.where((letter == "C").fill_null(False).to_numpy(), 1, -1) * letter.is_not_null().to_numpy()
    return _Symbols(
        root=root,
        expiry=day.str.to_date("%y%m%d", strict=False),
        right=right.astype(np.int8),
        strike=strike.cast(pl.Float64).fill_null(float("nan")).to_numpy() / 1000,
    )


def _other_expiry(stated: pl.Series, symbol: pl.Series) -> BoolArray:
    """Days apart; one is allowed around a Saturday, where monthly contracts expired until January 2015."""
    apart = (stated - symbol).dt.total_days().abs().fill_null(999)
    saturday = (stated.dt.weekday() == 6) | (symbol.dt.weekday() == 6)
    return ((apart > 1) | ((apart == 1) & ~saturday.fill_null(False))).to_numpy()


def _rights(column: pl.Series, rights: Rights) -> npt.NDArray[np.int8]:
    words = column.cast(pl.String).fill_null("").str.strip_chars().str.to_lowercase()
    calls = words.is_in([word.lower() for word in rights.call])
    puts = words.is_in([word.lower() for word in rights.put])
    return (calls.cast(pl.Int8) - puts.cast(pl.Int8)).to_numpy()


def _underlying(cells: dict[str, pl.Series], symbols: _Symbols, layout: ColumnMap, size: int) -> pl.Series:
    """Tickers in capitals without index marks, "" where there is none."""
    if "underlying" in cells:
        text = cells["underlying"].cast(pl.String).fill_null("")
    elif layout.constants.underlying is not None:
        text = pl.repeat(layout.constants.underlying, size, eager=True)
    else:
        roots = symbols.root if "symbol" in cells else _text(cells["root"])
        text = _mapped(roots.fill_null(""), {root: underlying_of(_bare(root)) for root in _distinct(roots)})
    text = text.str.strip_chars().str.to_uppercase().str.replace(r"^[\^$_.]+", "").str.replace_all("[-/ ]", ".")
    return _matching(text, _TICKER)


def _root(cells: dict[str, pl.Series], symbols: _Symbols, underlying: pl.Series, expiry: pl.Series) -> pl.Series:
    """Roots from the symbol, the root column, or the reference table by underlying and expiry."""
    listed = _listed_roots(underlying, expiry)
    if "symbol" in cells:
        plain = _matching(_text(cells["symbol"]), _ROOT)
        named = pl.select(pl.when(_owner(plain) == underlying).then(plain).otherwise(listed)).to_series()
        return pl.select(pl.coalesce(symbols.root, named)).to_series()
    if "root" in cells:
        plain = _matching(_text(cells["root"]), _ROOT)
        return pl.select(pl.when(plain != "").then(plain).otherwise(listed)).to_series()
    return listed


def _listed_roots(underlying: pl.Series, expiry: pl.Series) -> pl.Series:
    keys = pl.DataFrame({"underlying": underlying, "expiry": expiry})
    known = (
        keys.unique()
        .drop_nulls()
        .with_columns(
            root=pl.struct("underlying", "expiry").map_elements(
                lambda key: lookup(key["underlying"]).root(key["expiry"]), return_dtype=pl.String
            )
        )
    )
    return keys.join(known, on=["underlying", "expiry"], how="left", maintain_order="left")["root"].fill_null("")


def _foreign(root: pl.Series, underlying: pl.Series) -> BoolArray:
    """The root belongs to another underlying than the row names."""
    return ((root != "") & (_owner(root) != underlying)).to_numpy()


def _owner(root: pl.Series) -> pl.Series:
    return _mapped(root, {each: underlying_of(_bare(each)) for each in _distinct(root)})


def _text(column: pl.Series) -> pl.Series:
    return column.cast(pl.String).fill_null("").str.strip_chars().str.to_uppercase()


def _matching(text: pl.Series, pattern: str) -> pl.Series:
    return pl.select(pl.when(text.str.contains(pattern)).then(text).otherwise(pl.lit(""))).to_series()


def _distinct(text: pl.Series) -> list[str]:
    return text.drop_nulls().unique().to_list()


def _mapped(text: pl.Series, table: dict[str, str]) -> pl.Series:
    return text.replace_strict(table, default="", return_dtype=pl.String)


def _bare(root: str) -> str:
    """A root without the digit that marks an adjusted contract."""
    return root.rstrip("0123456789")


def _positive(values: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values) & (values > 0), values, np.nan)


def _count(values: FloatArray) -> FloatArray:
    return np.where(np.isfinite(values) & (values >= 0), values, np.nan)
