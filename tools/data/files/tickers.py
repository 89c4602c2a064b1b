"""Whom a row belongs to: its underlying's ticker and its option root, each told from what the file has.

underlying column | constant | owner of the root  → ticker
option symbol | root column | reference table     → root
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.data.files.coded import coded, codes, renamed, repeated, spread, texts
from tools.data.files.symbols import Symbols
from tools.data.reference import lookup, underlying_of

BoolArray = npt.NDArray[np.bool_]

_TICKER = r"^[A-Z][A-Z0-9.]{0,9}$"
_ROOT = r"^[A-Z][A-Z.]{0,5}\d?$"


def read_tickers(cells: Mapping[str, pl.Series], symbols: Symbols, constant: str | None) -> pl.Series:
    """Coded tickers in capitals without index marks (^SPX → SPX, BRK/B → BRK.B), "" where there is none."""
    if "underlying" in cells:
        text = cells["underlying"]
    elif constant is not None:
        text = repeated(constant, len(symbols.root))
    else:
        text = renamed(symbols.root if "symbol" in cells else cells["root"], lambda each: _owners(_capitals(each)))
    return renamed(text, _ticker)


def read_roots(
    cells: Mapping[str, pl.Series], symbols: Symbols, tickers: pl.Series, expiry: pl.Series
) -> pl.Series:
    """Coded option roots; where the file has none, the one the reference table gives ticker and expiry."""
    if "symbol" in cells:
        # Before 2010 symbols were of another kind; what is left of them counts where it is the ticker's root.
        stated = symbols.root
        if not _said(stated).all():
            bare = renamed(cells["symbol"], _capitals)
            stated = _else(stated, _where(bare, ~foreign(bare, tickers)))
    elif "root" in cells:
        stated = renamed(cells["root"], lambda text: _only(_capitals(text), _ROOT))
    else:
        stated = repeated("", len(tickers))
    return stated if _said(stated).all() else _else(stated, _listed(tickers, expiry))


def foreign(roots: pl.Series, tickers: pl.Series) -> BoolArray:
    """Where a root belongs to another underlying than the ticker; dots do not count (BFB is BF.B's)."""
    owners = _owners(texts(roots)).str.replace_all(".", "", literal=True)
    named = texts(tickers).str.replace_all(".", "", literal=True)
    number = {text: at for at, text in enumerate({*owners.to_list(), *named.to_list()})}
    of_root, of_ticker = (np.array([number[text] for text in each], dtype=np.int64) for each in (owners, named))
    differs: BoolArray = of_root[codes(roots)] != of_ticker[codes(tickers)]
    return differs


def unnamed(tickers: pl.Series) -> pl.Series:
    """Where there is no ticker."""
    return spread(tickers, texts(tickers) == "")


def _listed(tickers: pl.Series, expiry: pl.Series) -> pl.Series:
    keys = pl.DataFrame({"ticker": tickers, "expiry": expiry})
    known = keys.unique().drop_nulls()
    roots = [lookup(ticker).root(day) for ticker, day in known.rows()]
    known = known.with_columns(root=pl.Series(roots, dtype=pl.String).cast(pl.Enum(sorted({"", *roots}))))
    return keys.join(known, on=["ticker", "expiry"], how="left", maintain_order="left")["root"].fill_null("")


def _owners(roots: pl.Series) -> pl.Series:
    """The underlying of each root, without the digit that marks an adjusted contract."""
    return pl.Series([underlying_of(root.rstrip("0123456789")) for root in roots.to_list()], dtype=pl.String)


def _ticker(text: pl.Series) -> pl.Series:
    return _only(_capitals(text).str.replace(r"^[\^$_.]+", "").str.replace_all("[-/ ]", "."), _TICKER)


def _capitals(text: pl.Series) -> pl.Series:
    return text.str.strip_chars().str.to_uppercase()


def _only(text: pl.Series, pattern: str) -> pl.Series:
    return pl.select(pl.when(text.str.contains(pattern)).then(text).otherwise(pl.lit(""))).to_series()


def _said(text: pl.Series) -> BoolArray:
    said: BoolArray = (texts(text) != "").to_numpy()[codes(text)]
    return said


def _where(text: pl.Series, rows: BoolArray) -> pl.Series:
    return _else(repeated("", len(text)), text, rows)


def _else(text: pl.Series, fallback: pl.Series, rows: BoolArray | None = None) -> pl.Series:
    """`fallback` on `rows`, by default where `text` says nothing."""
    missing = ~_said(text) if rows is None else rows
    chosen = pl.when(pl.Series(missing)).then(fallback.cast(pl.String)).otherwise(text.cast(pl.String))
    return coded(pl.select(chosen).to_series())
