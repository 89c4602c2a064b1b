"""Daily prices of QuantConnect Lean: a zip per ticker, raw prices × 10,000, and files that tell its past.

    map_files/goog.csv    → goocv until 2014-04-02, goog since → daily/goocv.zip + daily/goog.zip
    factor_files/goog.csv → by day: factor for dividends, factor for splits

A factor holds for the days up to its own date (Lean, "Factor Files"). Years that were traded under a ticker
whose zip is not there are missing, and a note says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from tools.data.files.daily import Daily, judge_bars
from tools.data.files.numbers import read_numbers
from tools.data.files.zipped import csv_texts
from tools.domain.errors import ChainError

_SCALE = 10_000.0
_COLUMNS = ("date", "open", "high", "low", "close", "volume")
_LARGEST = 1 << 30


def read_lean_daily(path: Path, *, name: str | None) -> Daily:
    """The prices of one ticker with those of its former names; `ChainError` where the zip is none of Lean's."""
    ticker = path.name.split(".")[0].lower()
    folder = path.parent.parent
    spans = list(_spans(folder, ticker))
    notes: list[str] = []
    frames: list[pl.DataFrame] = []
    for former, since, until in spans:
        other = path.parent / f"{former}.zip"
        if former == ticker:
            continue
        if other.exists():
            frames.append(_prices(other).filter(pl.col("date").is_between(since, until)))
        else:
            notes.append(f"{ticker.upper()} was {former.upper()} until {until}; {other.name} is not there")
    own = _prices(path)
    frames.append(own)
    foreign = np.zeros(sum(frame.height for frame in frames), dtype=np.bool_)
    if spans:
        ours = [pl.col("date").is_between(since, until) for name, since, until in spans if name == ticker]
        kept = own.select(pl.any_horizontal(pl.col("date").is_null(), *ours)).to_series()
        foreign[len(foreign) - own.height :] = ~kept.to_numpy()
    frame = _with_factors(pl.concat(frames), folder, ticker)
    return judge_bars((name or ticker).upper(), frame, foreign=foreign, notes=tuple(notes))


def _prices(path: Path) -> pl.DataFrame:
    ((_, text),) = csv_texts(
        path,
        accept=lambda sizes: len(sizes) == 1 and sizes[0] <= _LARGEST,
        refusal="is no daily file of Lean: it should hold one CSV.",
    )
    lines = pl.Series("line", [line for line in text.splitlines() if line.strip()], dtype=pl.String)
    parts = lines.str.split_exact(",", len(_COLUMNS) - 1).struct.unnest()
    columns = dict(zip(_COLUMNS, parts.get_columns(), strict=True))
    prices = {each: pl.Series(read_numbers(columns[each])[0] / _SCALE).fill_nan(None) for each in _COLUMNS[1:5]}
    return pl.DataFrame(
        {
            "date": columns["date"].str.slice(0, 8).str.to_date("%Y%m%d", strict=False),
            **prices,
            "volume": pl.Series(read_numbers(columns["volume"])[0]).fill_nan(None),
        }
    )


def _spans(folder: Path, ticker: str) -> Iterator[tuple[str, date, date]]:
    """The names a ticker was traded under, the earliest first, with first and last day; none without a map file.

    The first line of a map is the day the company was listed; what a zip holds from before is another's.
    """
    names = _map(folder, ticker)
    first = names[0][0] if names else None
    for until, name in names[1:]:
        if first is not None:
            yield name, first, until
        first = until + timedelta(days=1)


def _map(folder: Path, ticker: str) -> list[tuple[date, str]]:
    rows = _lines(folder / "map_files" / f"{ticker}.csv")
    return [(day, row[1].strip().lower()) for row in rows if len(row) > 1 and (day := _day(row[0]))]


def _with_factors(frame: pl.DataFrame, folder: Path, ticker: str) -> pl.DataFrame:
    rows = [
        (day, float(row[1]), float(row[2]))
        for row in _lines(folder / "factor_files" / f"{ticker}.csv")
        if len(row) > 2 and (day := _day(row[0]))
    ]
    if not rows:
        return frame.with_columns(split_factor=1.0, dividend_factor=1.0)
    until = np.array([row[0] for row in rows], dtype="datetime64[D]")
    days = frame["date"].fill_null(rows[-1][0]).to_numpy().astype("datetime64[D]")
    place = np.minimum(np.searchsorted(until, days, side="left"), len(rows) - 1)
    return frame.with_columns(
        split_factor=pl.Series(np.array([row[2] for row in rows])[place]),
        dividend_factor=pl.Series(np.array([row[1] for row in rows])[place]),
    )


def _lines(path: Path) -> list[list[str]]:
    try:
        return [line.split(",") for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise ChainError(f"{path} cannot be read ({error}).") from None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
