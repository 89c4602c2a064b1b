"""Daily option quotes of QuantConnect Lean: a zip per underlying and year, one CSV per contract, prices × 10,000.

    aapl_2014_quote_american.zip         → aapl_quote_american_call_1000000_20140621.csv: the contract
                                         → 20140606 00:00, bid open high low close size, ask …: its day's last quote
    aapl_2014_openinterest_american.zip  → open interest ┐ of the same contract and day, where the zips
    aapl_2014_trade_american.zip         → last, volume  ┘ lie beside the first

A line is a row. Sides that are blank were not quoted and are unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from tools.data.files.column_map import ColumnMap, Columns, Constants
from tools.data.files.columns import read_rows
from tools.data.files.rows import ChainRows
from tools.data.files.source import Table
from tools.data.files.zipped import csv_texts
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import ChainError

_SCALE = 10_000.0
_LARGEST = 2 << 30
_ZIP = re.compile(r"^(?P<symbol>[A-Za-z.]{1,6})_(?P<year>\d{4})_quote_(?P<style>american|european)\.zip$")
_CONTRACT = r"_(call|put)_(\d+)_(\d{8})\.csv$"
_LINE = {
    "quote": ("time", "bo", "bh", "bl", "bid", "bid_size", "ao", "ah", "al", "ask", "ask_size"),
    "openinterest": ("time", "open_interest"),
    "trade": ("time", "to", "th", "tl", "last", "volume"),
}
_MONEY = ("bid", "ask", "last")


def read_lean_options(path: Path) -> ChainRows:
    """All quotes of one zip; `ChainError` where it is none of Lean's."""
    match = _ZIP.match(path.name)
    if match is None:
        raise ChainError(f"{path.name} is no file of Lean's daily quotes; they are SYMBOL_YYYY_quote_american.zip.")
    quotes, broken = _read(path, "quote")
    if quotes.is_empty():
        raise ChainError(f"{path.name} is empty.")
    frame = quotes
    for kind, columns in (("openinterest", ("open_interest",)), ("trade", ("last", "volume"))):
        beside = path.with_name(path.name.replace("_quote_", f"_{kind}_"))
        frame = _joined(frame, beside, kind, columns)
    layout = ColumnMap(
        columns=Columns(
            **{name: name for name in ("right", "strike", "expiry", "quoted", *_MONEY, "open_interest", "volume")}
        ),
        constants=Constants(underlying=match["symbol"].upper(), style=ExerciseStyle(match["style"])),
        decimal=".",
    )
    rows = read_rows(Table(frame, broken), layout, path=path)
    return replace(rows, single=True)


def _read(path: Path, kind: str) -> tuple[pl.DataFrame, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The lines of a zip as contract, day and the numbers of the line; and which lines are not such."""
    names, lines = [], []
    for name, text in _members(path):
        own = [line for line in text.splitlines() if line.strip()]
        names += [name] * len(own)
        lines += own
    contract = pl.Series("name", names, dtype=pl.String).str.extract_groups(_CONTRACT).struct.unnest()
    line = pl.Series("line", lines, dtype=pl.String)
    fields = _LINE[kind]
    parts = line.str.split_exact(",", len(fields) - 1).struct.unnest()
    column = dict(zip(fields, parts.get_columns(), strict=True))
    frame = pl.DataFrame(
        {
            "right": contract.to_series(0),
            "strike": _divided(contract.to_series(1), _SCALE),
            "expiry": _day(contract.to_series(2)),
            "quoted": _day(column["time"].str.slice(0, 8)),
            **{
                each: _number(each, column[each]) for each in fields if each in {*_MONEY, "open_interest", "volume"}
            },
        }
    )
    return frame, (line.str.count_matches(",", literal=True) != len(fields) - 1).to_numpy()


def _members(path: Path) -> Iterator[tuple[str, str]]:
    return csv_texts(
        path,
        accept=lambda sizes: len(sizes) > 0 and sum(sizes) <= _LARGEST,
        refusal="is no file of Lean's daily options: it should hold a CSV per contract.",
    )


def _joined(frame: pl.DataFrame, beside: Path, kind: str, columns: tuple[str, ...]) -> pl.DataFrame:
    """The frame with columns of a zip that lies beside, null where there is none."""
    if not beside.exists():
        return frame.with_columns(pl.lit(None, dtype=pl.Float64).alias(name) for name in columns)
    keys = ["right", "strike", "expiry", "quoted"]
    other = _read(beside, kind)[0].unique(subset=keys, keep="first", maintain_order=True)
    return frame.join(other, on=keys, how="left", maintain_order="left")


def _number(name: str, text: pl.Series) -> pl.Series:
    """Money per share or a count; text that is no number stays text, so that its row is counted as unreadable."""
    scale = _SCALE if name in _MONEY else 1.0
    bare = text.str.strip_chars()
    value = _divided(bare, scale)
    unread = bare.is_not_null() & (bare != "") & value.is_null()
    return pl.select(pl.when(unread).then(bare).otherwise(value.cast(pl.String))).to_series()


def _divided(text: pl.Series, scale: float) -> pl.Series:
    """NumPy divides; Polars multiplies by the reciprocal, and 7.52 becomes 7.5200000000000005."""
    return pl.Series(text.cast(pl.Float64, strict=False).to_numpy() / scale).fill_nan(None)


def _day(text: pl.Series) -> pl.Series:
    return text.str.to_date("%Y%m%d", strict=False)
