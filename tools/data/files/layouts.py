"""The shipped layouts that are plain column maps.

cboe-eod   what Cboe's end-of-day files and their resellers hold: one row per contract and session, the
           underlying's price on each row, the OCC symbol in `optionroot`; several underlyings and sessions
           may share a file
yfinance   one row per contract as saved from yfinance; the underlying's price is not there
"""

from __future__ import annotations

from tools.data.files.column_map import ColumnMap, Columns
from tools.data.files.columns import only_present, read_rows
from tools.data.files.rows import ChainRows
from tools.data.files.source import Source

CBOE_EOD = ColumnMap(
    columns=Columns(
        underlying="underlying",
        symbol="optionroot",
        quoted="quotedate",
        expiry="expiration",
        right="type",
        strike="strike",
        bid="bid",
        ask="ask",
        last="last",
        volume="volume",
        open_interest="openinterest",
        iv="impliedvol",
        delta="delta",
        spot="underlying_last",
    )
)
YFINANCE = ColumnMap(
    columns=Columns(
        underlying="ticker",
        quoted="date",
        expiry="expiration",
        right="option_type",
        strike="strike",
        bid="bid",
        ask="ask",
        last="last",
        volume="volume",
        open_interest="open_interest",
        iv="implied_vol",
    )
)


def read_layout(source: Source, layout: ColumnMap) -> ChainRows:
    """A file of a shipped layout; columns that only inform may be missing."""
    table = source.table(separator=layout.separator, skip=layout.skip_lines)
    return read_rows(table, only_present(layout, table), path=source.path)


def read_mapped(source: Source, layout: ColumnMap) -> ChainRows:
    """A file through a user's own map; every column that the map names must be there."""
    return read_rows(source.table(separator=layout.separator, skip=layout.skip_lines), layout, path=source.path)
