"""Whom a row belongs to: its underlying's ticker and its option root, each told from what the file has.

underlying column | constant | owner of the root  → ticker
option symbol | root column | reference table     → root
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.data.files.symbols import Symbols
from tools.data.reference import lookup, underlying_of

BoolArray = npt.NDArray[np.bool_]

_TICKER = r"^[A-Z][A-Z0-9.]{0,9}$"
_ROOT = r"^[A-Z][A-Z.]{0,5}\d?$"


def read_tickers(cells: Mapping[str, pl.Series], symbols: Symbols, constant: str | None) -> pl.Series:
    """Tickers in capitals without index marks (^SPX → SPX, BRK/B → BRK.B), "" where there is none."""
    if "underlying" in cells:
        text = cells["underlying"].cast(pl.String).fill_null("")
    elif constant is not None:
        text = pl.repeat(constant, len(symbols.root), eager=True)
    else:
        text = _owners(symbols.root.fill_null("") if "symbol" in cells else _capitals(cells["root"]))
    plain = _capitals(text).str.replace(r"^[\^$_.]+", "").str.replace_all("[-/ ]", ".")
    return _only(plain, plain.str.contains(_TICKER))


def read_roots(
    cells: Mapping[str, pl.Series], symbols: Symbols, tickers: pl.Series, expiry: pl.Series
) -> pl.Series:
    """Option roots; where the file has none, the one the reference table gives ticker and expiry."""
    listed = _listed(tickers, expiry)
    if "symbol" in cells:
        # Before 2010 symbols were of another kind; what is left of them counts where it is the ticker's root.
        stated = _capitals(cells["symbol"])
        named = _only(stated, ~foreign(stated, tickers))
        return symbols.root.fill_null(_else(named, listed))
    if "root" in cells:
        stated = _capitals(cells["root"])
        return _else(_only(stated, stated.str.contains(_ROOT)), listed)
    return listed


def foreign(roots: pl.Series, tickers: pl.Series) -> pl.Series:
    """Where a root belongs to another underlying than the ticker; dots do not count (BFB is BF.B's)."""
    owners = _owners(roots).str.replace_all(".", "", literal=True)
    return owners != tickers.str.replace_all(".", "", literal=True)


def _listed(tickers: pl.Series, expiry: pl.Series) -> pl.Series:
    keys = pl.DataFrame({"ticker": tickers, "expiry": expiry})
    known = keys.unique().drop_nulls()
    roots = [lookup(ticker).root(day) for ticker, day in known.rows()]
    known = known.with_columns(root=pl.Series(roots, dtype=pl.String))
    return keys.join(known, on=["ticker", "expiry"], how="left", maintain_order="left")["root"].fill_null("")


def _owners(roots: pl.Series) -> pl.Series:
    """The underlying of each root, without the digit that marks an adjusted contract."""
    return _mapped(roots, lambda root: underlying_of(root.rstrip("0123456789")))


def _mapped(text: pl.Series, rule: Callable[[str], str]) -> pl.Series:
    table = {each: rule(each) for each in text.unique().to_list()}
    return text.replace_strict(table, default="", return_dtype=pl.String)


def _capitals(text: pl.Series) -> pl.Series:
    return text.cast(pl.String).fill_null("").str.strip_chars().str.to_uppercase()


def _only(text: pl.Series, where: pl.Series) -> pl.Series:
    return pl.select(pl.when(where).then(text).otherwise(pl.lit(""))).to_series()


def _else(text: pl.Series, fallback: pl.Series) -> pl.Series:
    return pl.select(pl.when(text != "").then(text).otherwise(fallback)).to_series()
