"""Files of daily prices and rates, each layout named; any other is described by a TOML map.

cboe-index    DATE,OPEN,HIGH,LOW,CLOSE; the file is named after the index (VIX_History.csv)
tiingo        symbol,date,close,high,low,open,volume,adjClose,…,divCash,splitFactor
lean-daily    SYMBOL.zip of QuantConnect Lean with its folders factor_files and map_files beside it
fred          a date and a column per series, in per cent (DTB3, DFF)
treasury-par  a date and a column per tenor (1month … 30year), in decimals

A map names its kind and its columns, all of bars or all of rates:

    kind = "bars"               # or "rates"
    [columns]
    date  = "Date"
    close = "Close"             # open, high, low, volume where the file has them
    rate  = "Yield"             # of rates, instead
    [constants]
    name    = "SPY"
    scale   = 1.0               # times this the file's numbers are money, or decimals per year
    tenor   = 0.25              # years, of rates
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import polars as pl
from pydantic import Field, ValidationError

from tools.data.files.coded import coded
from tools.data.files.daily import Daily, judge_bars, judge_rates
from tools.data.files.dates import puts_day_first, read_moments
from tools.data.files.lean_daily import read_lean_daily
from tools.data.files.numbers import decimal_mark, read_numbers
from tools.data.files.source import Table, open_source
from tools.domain.errors import ChainError
from tools.domain.value import Value

DAILY_FORMATS: Mapping[str, str] = {
    "cboe-index": "daily index values: DATE,OPEN,HIGH,LOW,CLOSE",
    "tiingo": "daily prices with adjusted prices, dividends and split factors",
    "lean-daily": "SYMBOL.zip of QuantConnect Lean, factor_files and map_files beside its folder",
    "fred": "a date and one or more series in per cent",
    "treasury-par": "a date and a par yield per tenor in decimals",
}
_TENOR = re.compile(r"^(\d+)\s*(month|year|mo|yr|m|y)s?$")
_BARS = ("open", "high", "low", "close", "volume")


class DailyColumns(Value):
    date: str
    open: str | None = None
    high: str | None = None
    low: str | None = None
    close: str | None = None
    volume: str | None = None
    rate: str | None = None


class DailyConstants(Value):
    name: str | None = None
    scale: float = Field(default=1.0, gt=0)
    tenor: float = Field(default=0.0, ge=0)


class DailyMap(Value):
    """How one layout is read; the module's docstring explains the keys."""

    kind: Literal["bars", "rates"]
    columns: DailyColumns
    constants: DailyConstants = DailyConstants()


def load_daily_map(path: Path) -> DailyMap | None:
    """The map in a TOML file, None where it names no `kind`: then it is the map of a chain."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        return None  # what is wrong with it, the reader of chain maps says
    if "kind" not in table:
        return None
    try:
        return DailyMap.model_validate(table)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ChainError(f"{path.name}: {place} is wrong: {first['msg']}.") from None


def read_daily(path: Path, *, format: str | DailyMap, name: str | None) -> list[Daily]:  # noqa: A002
    """The series of one file, named `name` where that is given; `ChainError` where it cannot be read as one."""
    if isinstance(format, DailyMap):
        return [_mapped(path, format, name)]
    if format == "lean-daily":
        return [read_lean_daily(path, name=name)]
    return _READERS[format](path, open_source(path).table(), name)


def _cboe_index(path: Path, table: Table, name: str | None) -> list[Daily]:
    symbol = name or re.split(r"[_.\- ]", path.name)[0].upper()
    named = {each: each for each in _BARS if table.has(each)}
    return [_bars(path, table, symbol, "date", named)]


def _tiingo(path: Path, table: Table, name: str | None) -> list[Daily]:
    table.require(("date", "close", "adjclose", "splitfactor"), path=path)
    symbol = name or _said(table, "symbol") or path.name.split("_")[0].upper()
    frame = _bar_frame(path, table, "date", {each: each for each in _BARS if table.has(each)})
    adjusted, split = (pl.Series(read_numbers(table.column(each))[0]) for each in ("adjclose", "splitfactor"))
    # A split of this day divides every earlier price.
    later = (1 / split.fill_nan(1.0)).cum_prod(reverse=True).shift(-1, fill_value=1.0)
    frame = frame.with_columns(
        split_factor=later, dividend_factor=pl.select(adjusted / frame["close"] / later).to_series()
    )
    return [judge_bars(symbol, frame)]


def _fred(path: Path, table: Table, name: str | None) -> list[Daily]:
    date = next((each for each in ("observation_date", "date") if table.has(each)), None)
    if date is None:
        raise ChainError(f"{path.name} lacks the column observation_date; found: {', '.join(table.frame.columns)}.")
    found = []
    for column in table.frame.columns:
        if column != date:
            own = path.name.split(".")[0].rpartition("_")[2] if column == "value" else column
            series = name if name and len(table.frame.columns) == 2 else own.upper()
            found.append(_rates(path, table, series, date, {column: _usual_tenor(series)}, scale=0.01))
    return found


def _treasury(path: Path, table: Table, name: str | None) -> list[Daily]:
    tenors = {column: years for column in table.frame.columns if (years := tenor_of(column)) is not None}
    if not tenors:
        raise ChainError(
            f"{path.name} has no column per tenor (1month, 10year); found: {', '.join(table.frame.columns)}."
        )
    return [_rates(path, table, name or "TREASURY", table.frame.columns[0], tenors, scale=1.0)]


def _mapped(path: Path, layout: DailyMap, name: str | None) -> Daily:
    table = open_source(path).table()
    symbol = name or layout.constants.name or path.name.split(".")[0].upper()
    columns = {ours: heading.strip().lower() for ours, heading in layout.columns if heading}
    table.require(list(columns.values()), path=path)
    date, scale = columns.pop("date"), layout.constants.scale
    needed = "rate" if layout.kind == "rates" else "close"
    if needed not in columns:
        raise ChainError(f"{path.name}: a map of {layout.kind} names the column {needed} under [columns].")
    if layout.kind == "rates":
        return _rates(path, table, symbol, date, {columns["rate"]: layout.constants.tenor}, scale=scale)
    return _bars(path, table, symbol, date, {each: columns[each] for each in _BARS if each in columns}, scale=scale)


def _bars(
    path: Path, table: Table, symbol: str, date: str, columns: Mapping[str, str], *, scale: float = 1.0
) -> Daily:
    return judge_bars(symbol, _bar_frame(path, table, date, columns, scale=scale))


def _bar_frame(
    path: Path, table: Table, date: str, columns: Mapping[str, str], *, scale: float = 1.0
) -> pl.DataFrame:
    table.require((date, *columns.values()), path=path)
    mark = decimal_mark(table.column(heading) for heading in columns.values())
    values = {ours: pl.repeat(None, len(table), dtype=pl.Float64, eager=True) for ours in _BARS}
    for ours, heading in columns.items():
        numbers = read_numbers(table.column(heading), mark=mark)[0] * (1.0 if ours == "volume" else scale)
        values[ours] = pl.Series(numbers).fill_nan(None)
    return pl.DataFrame({"date": _days(table, date), **values}).with_columns(split_factor=1.0, dividend_factor=1.0)


def _rates(path: Path, table: Table, name: str, date: str, tenors: Mapping[str, float], *, scale: float) -> Daily:
    table.require((date, *tenors), path=path)
    days = _days(table, date)
    mark = decimal_mark(table.column(column) for column in tenors)
    frames = [
        pl.DataFrame(
            {
                "date": days,
                "rate": pl.Series(read_numbers(table.column(column), mark=mark)[0] * scale).fill_nan(None),
            }
        ).select("date", pl.lit(years).alias("tenor"), "rate")
        for column, years in tenors.items()
    ]
    return judge_rates(name, pl.concat(frames))


def _days(table: Table, name: str) -> pl.Series:
    column = table.column(name)
    if column.dtype.is_temporal():
        return read_moments(column)[0]
    texts = coded(column.cast(pl.String).str.replace(r"[ T]00:00(:00)?(\+00:00|Z)?$", ""))
    days = read_moments(texts, day_first=puts_day_first(texts.cast(pl.String).head(5_000).to_list()))[0]
    if not days.null_count():
        return days
    # A day before the exchange calendar begins is a day all the same, and is counted as such.
    return days.fill_null(texts.cast(pl.String).str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False))


def _said(table: Table, name: str) -> str | None:
    if not table.has(name) or not len(table):
        return None
    said = str(table.column(name)[0] or "").strip().upper()
    return said or None


def tenor_of(heading: str) -> float | None:
    """The years that a heading names (1month, 10 Yr), None where it names none."""
    match = _TENOR.match(heading.strip().lower())
    if match is None:
        return None
    return int(match[1]) / (12 if match[2].startswith("m") else 1)


def _usual_tenor(series: str) -> float:
    """FRED's names end in the tenor: DTB3 and DGS3MO three months, DGS10 ten years; fed funds are overnight."""
    bill, note = re.match(r"^DTB(\d+)$", series), re.match(r"^DGS(\d+)(MO)?$", series)
    if bill:
        return int(bill[1]) / (12 if bill[1] in {"3", "6", "4"} else 1)
    return int(note[1]) / (12 if note[2] else 1) if note else 0.0


_READERS: dict[str, Callable[[Path, Table, str | None], list[Daily]]] = {
    "cboe-index": _cboe_index,
    "tiingo": _tiingo,
    "fred": _fred,
    "treasury-par": _treasury,
}
