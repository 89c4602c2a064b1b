"""The files that an index is replicated from: the underlying's daily closes, VIX, bill rates, dividend yields.

    prices     any table with Date and Close; Open, High and Low where they are there
    rates      a par curve with a column per tenor (1month, 3month: decimals, or per cent), or a date and FRED's
               DTB4WK, DTB3, DGS1MO, DGS3MO, DFF, EFFR or SOFR in per cent
    dividends  Year and Yield (decimals, or per cent), one row a year

Rows are judged as everywhere (`daily`): the first of a doubled day counts, days without a session are dropped from
prices, order does not matter; what became of them is in the counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from tools.data.files.daily import Daily
from tools.data.files.daily_formats import DailyColumns, DailyConstants, DailyMap, read_daily, tenor_of
from tools.data.files.numbers import read_numbers
from tools.data.files.source import Table, open_source
from tools.domain.errors import ChainError

# FRED's daily series of what bills or overnight money earn: tenor in years, 0 overnight.
KNOWN_RATES: Mapping[str, float] = {
    "DTB4WK": 1 / 12,
    "DTB3": 1 / 4,
    "DGS1MO": 1 / 12,
    "DGS3MO": 1 / 4,
    "DFF": 0.0,
    "EFFR": 0.0,
    "SOFR": 0.0,
}
_BILL_TENORS = (1 / 12, 1 / 4)
_PER_CENT = 0.5  # no dollar yield was ever above 50 %, and a whole curve of per cents is never below a half
_PER_CENT_DIVIDENDS = 0.2  # index dividends never yielded 20 %, nor in per cent so little


def read_prices(path: Path, *, name: str) -> Daily:
    """Daily prices of a table with Date and Close; `ChainError` where it is none or no row of it can be used."""
    table = open_source(path).table()
    table.require(("date", "close"), path=path)
    optional = {each: each for each in ("open", "high", "low") if table.has(each)}
    layout = DailyMap(kind="bars", columns=DailyColumns(date="date", close="close", **optional))
    return _usable(read_daily(path, format=layout, name=name)[0], path)


def read_rates(path: Path) -> list[Daily]:
    """Every series of bills or overnight money in a file; `ChainError` saying what is meant where there is none."""
    table = open_source(path).table()
    tenors = {heading: years for heading in table.frame.columns if (years := tenor_of(heading)) in _BILL_TENORS}
    if tenors:
        return _usable_ones(_par_curve(path, table, tenors), path)
    found = []
    if any(table.has(each) for each in ("observation_date", "date")):
        found = [
            _retenored(each) for each in read_daily(path, format="fred", name=None) if each.name in KNOWN_RATES
        ]
    if not found:
        raise ChainError(
            f"{path.name} holds no bill rate that is known; found the columns {', '.join(table.frame.columns)}. "
            "Give a Treasury par curve with 1month or 3month in decimals, or a date and one of FRED's "
            f"{', '.join(KNOWN_RATES)} in per cent (a column `value` is named after its file: DTB3.csv)."
        )
    return _usable_ones(found, path)


def read_dividend_yields(path: Path) -> dict[int, float]:
    """Calendar year → yield in decimals; `ChainError` where one cannot be read or a year stands there twice."""
    table = open_source(path).table()
    table.require(("year", "yield"), path=path)
    years, unread = read_numbers(table.column("year"))
    yields, odd = read_numbers(table.column("yield"))
    wrong = unread | odd | table.broken | ~np.isfinite(years + yields) | (years % 1 != 0) | (yields < 0)
    if wrong.any() or not len(years):
        place = f"row {int(np.argmax(wrong)) + 1}" if len(years) else "the table"
        raise ChainError(f"{path.name}: {place} is no year with its dividend yield; write 2018,1.96.")
    if len(np.unique(years)) < len(years):
        raise ChainError(f"{path.name} names a year twice; keep one row of each.")
    scale = 0.01 if yields.max() >= _PER_CENT_DIVIDENDS else 1.0
    return {int(year): float(value * scale) for year, value in zip(years, yields, strict=True)}


def unordered(series: Daily) -> int:
    """Used rows that stand behind a later day."""
    return int((series.used["date"].diff().dt.total_days() < 0).sum())


def _par_curve(path: Path, table: Table, tenors: Mapping[str, float]) -> list[Daily]:
    date = table.frame.columns[0]
    highest = [
        float(np.nanmax(values))
        for heading in table.frame.columns
        if tenor_of(heading) is not None and np.isfinite(values := read_numbers(table.column(heading))[0]).any()
    ]
    scale = 0.01 if max(highest, default=0.0) >= _PER_CENT else 1.0
    return [
        read_daily(
            path,
            format=DailyMap(
                kind="rates",
                columns=DailyColumns(date=date, rate=heading),
                constants=DailyConstants(tenor=years, scale=scale),
            ),
            name=f"TREASURY {heading}",
        )[0]
        for heading, years in tenors.items()
    ]


def _retenored(series: Daily) -> Daily:
    """FRED's names of four-week bills and one-month notes do not tell their tenor in months."""
    frame = series.frame.with_columns(tenor=pl.lit(KNOWN_RATES[series.name]))
    return Daily(series.kind, series.name, frame, series.counts, series.mended, series.missing, series.notes)


def _usable_ones(found: list[Daily], path: Path) -> list[Daily]:
    """The series with rows: a curve's one-month column may be blank throughout."""
    return [each for each in found if each.counts.used] or [_usable(found[0], path)]


def _usable(series: Daily, path: Path) -> Daily:
    if series.counts.used:
        return series
    dropped = ", ".join(f"{rows:,} {reason}" for reason, rows in sorted(series.counts.dropped.items()))
    raise ChainError(f"{path.name}: none of its {series.counts.rows:,} rows can be used ({dropped or 'no rows'}).")
