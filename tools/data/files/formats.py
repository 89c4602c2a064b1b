"""The names of the shipped chain formats, for `--help` and for messages.

A format that is not listed is described by a TOML file (`tools.data.files.column_map`), named in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType

from tools.domain.errors import ChainError

COLUMN_MAP = "column-map"
LEAN_OPTIONS = "lean-options"

FORMATS: Mapping[str, str] = MappingProxyType(
    {
        "cboe-eod": "Cboe end-of-day rows, CSV or Parquet: underlying, underlying_last, optionroot, type, …",
        "cboe-quotetable": "the table that Cboe's delayed-quotes page lets you download: calls left, puts right",
        "yfinance": "CSV with date, ticker, expiration, option_type, strike, bid, ask, last, implied_vol, …",
        "lean-universe": "SYMBOL/YYYYMMDD.csv of QuantConnect Lean; no bid and ask: analysis, no candidates",
        LEAN_OPTIONS: "SYMBOL_YYYY_quote_american.zip of Lean's daily options: closing quotes, a CSV per contract",
        COLUMN_MAP: "any other CSV or Parquet through a TOML file that names its columns (or give FILE.toml)",
    }
)


def check_format(name: str) -> None:
    """`ChainError` naming the nearest shipped format where `name` is none of them."""
    if name in FORMATS:
        return
    near = get_close_matches(name.lower(), FORMATS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(FORMATS)}."
    raise ChainError(f"There is no chain format {name!r}: {hint}")
