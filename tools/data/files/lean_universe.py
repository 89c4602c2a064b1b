"""Universe files of QuantConnect Lean: `SYMBOL/YYYYMMDD.csv`, prices and Greeks of one session, no quotes.

The folder names the underlying or its root (spxw), the file name the session. The first row may be the
underlying's own: blank contract, its price under `close`.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from tools.data.files.coded import repeated
from tools.data.files.column_map import ColumnMap, Columns, Constants, Formats
from tools.data.files.columns import only_present, read_rows
from tools.data.files.numbers import read_numbers
from tools.data.files.rows import ChainRows
from tools.data.files.source import Source, Table
from tools.data.reference import underlying_of
from tools.domain.errors import ChainError

LAYOUT = ColumnMap(
    columns=Columns(
        expiry="expiry",
        right="right",
        strike="strike",
        last="close",
        volume="volume",
        open_interest="open_interest",
        iv="implied_volatility",
        delta="delta",
    ),
    formats=Formats(expiry="%Y%m%d"),
)
_NAME = re.compile(r"^(?:(?P<symbol>[A-Za-z.]+)[_-]?)?(?P<day>\d{8})$")


def read_lean_universe(source: Source) -> ChainRows:
    """One universe file; `ChainError` where its path does not say of what and of when it is."""
    symbol, day = _path_says(source.path)
    table = source.table(separator=",")
    table.require(("expiry", "strike", "right", "close"), path=source.path)
    own = _own_rows(table)
    spots, _ = read_numbers(table.column("close").filter(pl.Series(own)))
    contracts = Table(table.frame.filter(pl.Series(~own)), table.broken[~own])
    spot = float(spots[0]) if len(spots) and spots[0] > 0 else None
    layout = LAYOUT.model_copy(
        update={"constants": Constants(underlying=underlying_of(symbol), quoted=day, spot=spot)}
    )
    rows = read_rows(contracts, only_present(layout, contracts), path=source.path)
    note = "Lean universe files hold no bid and ask: this chain serves analysis and gives no candidates"
    root = repeated(symbol, len(rows)) if underlying_of(symbol) != symbol else rows.root
    return replace(rows, root=root, single=True, notes=(note,))


def _path_says(path: Path) -> tuple[str, str]:
    stem = path.name.split(".", 1)[0]
    match = _NAME.match(stem)
    if match is None:
        raise ChainError(f"{path.name} does not name its session; Lean universe files are SYMBOL/YYYYMMDD.csv.")
    symbol = (match["symbol"] or path.absolute().parent.name).upper()
    if not re.fullmatch(r"[A-Z][A-Z.]{0,5}", symbol):
        raise ChainError(f"The folder of {path.name} does not name an underlying; it should be SYMBOL/{path.name}.")
    return symbol, match["day"]


def _own_rows(table: Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """The underlying's own rows: no expiry, strike and right, on a whole line."""
    blank = pl.select(
        pl.all_horizontal(
            table.column(name).cast(pl.String).fill_null("") == "" for name in ("expiry", "strike", "right")
        )
    ).to_series()
    return blank.to_numpy() & ~table.broken
