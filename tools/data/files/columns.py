"""Reads a table through a column map: every field parsed, the option symbol checked against the fields.

    table + map → numbers, days, rights ┐
                → option symbols        ┴→ agree? → ChainRows

A field that a contract or its quote cannot do without makes its row unparseable when it cannot be read; one
that only informs becomes unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.data.files.coded import coded, repeated, spread, texts
from tools.data.files.column_map import ColumnMap, Rights
from tools.data.files.dates import puts_day_first, read_moments
from tools.data.files.numbers import decimal_mark, read_numbers
from tools.data.files.rows import ChainRows
from tools.data.files.source import Table
from tools.data.files.symbols import RightArray, Symbols, disagreement, no_symbols, other_expiry, read_symbols
from tools.data.files.tickers import foreign, read_roots, read_tickers, unnamed

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
Cells = Mapping[str, pl.Series]

OPTIONAL = ("last", "volume", "open_interest", "iv", "delta")
_TEXTS = ("underlying", "symbol", "root", "right", "quoted", "expiry")
_NUMBERS = ("strike", "bid", "ask", "spot", *OPTIONAL)
_AT_ONCE = 2  # columns: each takes memory of its own while it is read
_SAMPLE = 5_000  # rows that are enough to tell the decimal mark


def read_rows(table: Table, layout: ColumnMap, *, path: Path) -> ChainRows:
    """The table in the house's columns; `ChainError` where a column that the map names is missing."""
    names = {ours: heading.strip().lower() for ours, heading in layout.columns if heading}
    table.require(list(names.values()), path=path)
    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        columns = pool.map(lambda ours: _cell(ours, table.column(names[ours])), names)
        cells = dict(zip(names, columns, strict=True))
        # Symbols are taken apart beside the numbers: each column of a year's file is work for one core.
        symbols = pool.submit(_symbols, cells, len(table))
        mark = layout.decimal or decimal_mark(cells[name].head(_SAMPLE) for name in _NUMBERS if name in cells)
        told = [name for name in _NUMBERS if name in cells]
        found = dict(zip(told, pool.map(lambda name: read_numbers(cells[name], mark=mark), told), strict=True))
    unreadable = table.broken.copy()
    for name in ("strike", *(("bid", "ask") if "bid" in cells else ("last",))):
        if name in found:
            unreadable |= found[name][1]
    values = {name: numbers for name, (numbers, _) in found.items()}
    return _assembled(cells, symbols.result(), values, unreadable, layout)


def _symbols(cells: Cells, size: int) -> Symbols:
    return read_symbols(cells["symbol"]) if "symbol" in cells else no_symbols(size)


def _cell(name: str, column: pl.Series) -> pl.Series:
    """Texts coded, so that what repeats is read once; numbers, and dates that are typed, as they are."""
    return coded(column) if name in _TEXTS and not column.dtype.is_temporal() else column


def only_present(layout: ColumnMap, table: Table) -> ColumnMap:
    """`layout` without the optional columns that the table does not have."""
    absent = {
        ours: None for ours, heading in layout.columns if heading and ours in OPTIONAL and not table.has(heading)
    }
    return layout.model_copy(update={"columns": layout.columns.model_copy(update=absent)})


def _assembled(
    cells: Cells, symbols: Symbols, values: Mapping[str, FloatArray], unreadable: BoolArray, layout: ColumnMap
) -> ChainRows:
    size = len(unreadable)

    def told(name: str) -> FloatArray:
        return values[name] if name in values else np.full(size, np.nan)

    order, expiry = _expiries(cells, symbols, layout)
    right = _rights(cells["right"], layout.rights) if "right" in cells else symbols.right
    strike = values.get("strike", symbols.strike)
    tickers = read_tickers(cells, symbols, layout.constants.underlying)
    roots = read_roots(cells, symbols, tickers, expiry)
    quoted_day, quoted_at = _quoted(cells, layout, order, size)
    iv = _positive(told("iv")) / 100.0 if layout.iv_unit == "percent" else _positive(told("iv"))
    lost = expiry.is_null() | unnamed(tickers) | (quoted_day.is_null() & ("quoted" in cells))
    return ChainRows(
        underlying=tickers,
        root=roots,
        quoted_day=quoted_day,
        quoted_at=quoted_at,
        expiry=expiry,
        right=right,
        strike=strike,
        bid=told("bid"),
        ask=told("ask"),
        last=told("last"),
        volume=_count(told("volume")),
        open_interest=_count(told("open_interest")),
        iv=iv,
        # A delta beside no volatility is a placeholder.
        delta=_only(told("delta"), ~np.isnan(iv)) if "iv" in values else told("delta"),
        spot=values["spot"] if "spot" in values else np.full(size, layout.constants.spot or np.nan),
        unparseable=unreadable | lost.to_numpy() | (right == 0) | symbols.garbled,
        contradictory=disagreement(symbols, expiry=expiry, right=right, strike=strike) | foreign(roots, tickers),
        has_quotes="bid" in values,
        dated="quoted" in cells or layout.constants.quoted is not None,
        style=layout.constants.style,
        multiplier=layout.constants.multiplier,
    )


def _expiries(cells: Cells, symbols: Symbols, layout: ColumnMap) -> tuple[bool, pl.Series]:
    """Whether the file's numeric dates put the day first, and its expiries in that order.

    The order is the one its option symbols bear out, else the likelier one.
    """
    columns = [cells[name] for name in ("expiry", "quoted") if name in cells and cells[name].dtype == pl.Enum]
    habit = puts_day_first(text for column in columns for text in texts(column))
    expiry = _expiry(cells, symbols, layout, habit)
    wrong = other_expiry(symbols, expiry).sum() if "expiry" in cells and symbols.stated.any() else 0
    if wrong:
        turned = _expiry(cells, symbols, layout, not habit)
        if other_expiry(symbols, turned).sum() < wrong:
            return not habit, turned
    return habit, expiry


def _expiry(cells: Cells, symbols: Symbols, layout: ColumnMap, order: bool) -> pl.Series:
    if "expiry" not in cells:
        return symbols.expiry
    return read_moments(cells["expiry"], day_first=order, form=layout.formats.expiry)[0]


def _quoted(cells: Cells, layout: ColumnMap, order: bool, size: int) -> tuple[pl.Series, pl.Series]:
    stated = cells.get("quoted")
    if stated is None:
        stated = repeated(layout.constants.quoted or "", size)
    return read_moments(stated, day_first=order, form=layout.formats.quoted)


def _rights(column: pl.Series, rights: Rights) -> RightArray:
    words = texts(column).str.strip_chars().str.to_lowercase()
    calls = words.is_in([word.lower() for word in rights.call])
    puts = words.is_in([word.lower() for word in rights.put])
    return spread(column, calls.cast(pl.Int8) - puts.cast(pl.Int8)).to_numpy()


def _positive(values: FloatArray) -> FloatArray:
    return _only(values, np.isfinite(values) & (values > 0))


def _count(values: FloatArray) -> FloatArray:
    return _only(values, np.isfinite(values) & (values >= 0))


def _only(values: FloatArray, good: BoolArray) -> FloatArray:
    """Unknown where not good; the array itself where all of it is."""
    return values if good.all() else np.where(good, values, np.nan)
