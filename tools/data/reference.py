"""What is known of an underlying without looking at the market: kind, style, roots, GICS sector.

The table is `reference.toml`; a symbol that is not in it is taken for a stock with American options and
an unknown sector, and says so in `note`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from tools.calendar.expiries import ExpiryKind, expiry_kind
from tools.domain.contract import ExerciseStyle
from tools.domain.fact import Fact
from tools.domain.market import InstrumentKind
from tools.domain.value import Value


class Instrument(Value):
    """One underlying. `roots` are its option roots, the standard monthly class first.

    `ahead` is the number of days from a standard expiry to the third Friday it belongs to.
    """

    symbol: str
    name: str
    kind: InstrumentKind
    broad_index: bool
    style: ExerciseStyle
    sector: Fact[str]
    roots: tuple[str, ...]
    ahead: int = 0
    note: str = ""

    def root(self, expiry: date) -> str:
        """The root a contract of this expiry trades under: weeklies of an index have their own."""
        standard = expiry_kind(expiry + timedelta(days=self.ahead)) is ExpiryKind.MONTHLY
        return self.roots[0] if standard else self.roots[-1]


def lookup(symbol: str) -> Instrument:
    """The instrument behind a ticker; an unknown one is a stock of unknown sector, with a note."""
    known = _instruments().get(symbol)
    if known is not None:
        return known
    return Instrument(
        symbol=symbol,
        name=symbol,
        kind=InstrumentKind.STOCK,
        broad_index=False,
        style=ExerciseStyle.AMERICAN,
        sector=Fact.unknown(f"{symbol} is not in the reference table"),
        roots=(symbol.replace(".", ""),),
        note=f"{symbol} is not in the reference table: taken for a stock with American options",
    )


def underlying_of(root: str) -> str:
    """The symbol an option root is written on: SPXW → SPX, BRKB → BRK.B, any other root is its own."""
    return _owners().get(root, root)


@cache
def _instruments() -> Mapping[str, Instrument]:
    table = tomllib.loads(files("tools.data").joinpath("reference.toml").read_text(encoding="utf-8"))
    listed = [_index(symbol, entry) for symbol, entry in table["indices"].items()]
    listed += [_fund(symbol, entry) for symbol, entry in table["funds"].items()]
    for sector, names in table["stocks"].items():
        listed += [_stock(symbol, name, sector) for symbol, name in names.items()]
    return {instrument.symbol: instrument for instrument in listed}


@cache
def _owners() -> Mapping[str, str]:
    return {root: each.symbol for each in _instruments().values() for root in each.roots}


def _index(symbol: str, entry: Mapping[str, Any]) -> Instrument:
    return Instrument(
        symbol=symbol,
        name=entry["name"],
        kind=InstrumentKind.INDEX,
        broad_index=entry["broad"],
        style=ExerciseStyle.EUROPEAN,
        sector=Fact.not_applicable("an index belongs to no sector"),
        roots=tuple(entry["roots"]),
        ahead=entry.get("ahead", 0),
    )


def _fund(symbol: str, entry: Mapping[str, Any]) -> Instrument:
    sector = entry.get("sector")
    return Instrument(
        symbol=symbol,
        name=entry["name"],
        kind=InstrumentKind(entry.get("kind", "etf")),
        broad_index=entry.get("broad", False),
        style=ExerciseStyle.AMERICAN,
        sector=_listed(sector) if sector else Fact.not_applicable(_no_sector(entry)),
        roots=(symbol,),
    )


def _no_sector(entry: Mapping[str, Any]) -> str:
    return "bills belong to no sector" if entry.get("kind") == "bills" else "a broad fund spans all sectors"


def _stock(symbol: str, name: str, sector: str) -> Instrument:
    return Instrument(
        symbol=symbol,
        name=name,
        kind=InstrumentKind.STOCK,
        broad_index=False,
        style=ExerciseStyle.AMERICAN,
        sector=_listed(sector),
        roots=(symbol.replace(".", ""),),
    )


def _listed(sector: str) -> Fact[str]:
    return Fact.known(sector, source="reference table")
