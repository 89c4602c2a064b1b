"""The columns of the history's Parquet files. They are fixed: a new one is a new version of the catalog.

Prices are float64 money per share, null where the source has none. Measured on 25 sessions of SPX chains
(339,352 rows, zstd, one file per session): float64 takes 4.97 MB, 132 ms to write and 42 ms to read; prices as
integer ten-thousandths and strikes as integer thousandths take 5.08 MB, 190 ms and 43 ms, before they are
divided back. A price repeats, so Parquet's dictionary makes either small; and only a float keeps a bad row
as it came (infinite, or a third of a cent).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

_INSTANT = pl.Datetime("us", "UTC")

QUOTES: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "as_of": _INSTANT,  # the snapshot the row belongs to
        "quoted": _INSTANT,  # when the quote stood
        "root": pl.String(),  # option root; with expiry, right and strike the contract
        "expiry": pl.Date(),
        "right": pl.Int8(),  # +1 call, -1 put, 0 unreadable
        "strike": pl.Float64(),
        "bid": pl.Float64(),
        "ask": pl.Float64(),
        "last": pl.Float64(),
        "volume": pl.Float64(),  # contracts; null is unknown, never 0
        "open_interest": pl.Float64(),
        "iv": pl.Float64(),  # the source's own, decimal per √year
        "delta": pl.Float64(),
        "spot": pl.Float64(),  # the underlying's price as the source states it beside the quote
        "filled": pl.Boolean(),  # no source quoted it: may inform, never trade
        "fate": pl.String(),  # tools.data.quality.Fate: "used", or why the row may not be
        "source": pl.String(),  # file or service
        "feed": pl.String(),  # format of the file, or feed of the service
    }
)
"""One row per quote. `underlying` and `date` (New York) are in the path; files of days keep their texts coded."""

BARS: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "date": pl.Date(),
        "open": pl.Float64(),  # as traded on the day, not adjusted; null where unknown
        "high": pl.Float64(),
        "low": pl.Float64(),
        "close": pl.Float64(),
        "volume": pl.Float64(),
        "split_factor": pl.Float64(),  # times this the price compares with the file's last day
        "dividend_factor": pl.Float64(),  # and times this its total return does
        "fate": pl.String(),  # tools.data.files.daily.DayFate
    }
)

RATES: Mapping[str, pl.DataType] = MappingProxyType(
    {
        "date": pl.Date(),
        "tenor": pl.Float64(),  # years; 0 overnight
        "rate": pl.Float64(),  # decimal per year, in the convention the source quotes
        "fate": pl.String(),
    }
)

CHAIN_COLUMNS = (
    "root", "expiry", "right", "strike", "bid", "ask", "last", "volume", "open_interest", "iv", "delta", "filled",
)  # fmt: skip
"""What a chain is made of at the instant of its snapshot."""

LATER_COLUMNS = (*CHAIN_COLUMNS, "quoted", "spot")
"""What it takes to tell the chain of a later instant."""
