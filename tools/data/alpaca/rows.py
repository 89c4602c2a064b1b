"""The raw rows of one underlying in the house's columns, before anything was judged.

contracts (what is listed) ─┐
snapshots (what is quoted) ─┴→ one row per listed contract, and per quote of a contract nobody lists
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.calendar.sessions import FIRST, LAST, NEW_YORK
from tools.data.reference import underlying_of
from tools.domain.contract import is_adjusted_root, parse_occ
from tools.domain.errors import InputError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

STANDARD_SIZE = 100
_ROUNDING = 0.0006  # an option symbol holds a tenth of a cent


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One contract and its quote: NaN, None and "" where Alpaca does not say.

    `quoted` is None for a quote whose time is missing, naive or no time; `unquoted` where there is no quote.
    """

    symbol: str
    root: str
    expiry: date | None
    right: int
    strike: float
    bid: float
    ask: float
    quoted: datetime | None
    last: float
    volume: float
    open_interest: float
    iv: float
    delta: float
    european: bool
    unquoted: bool
    unparseable: bool
    contradictory: bool
    mixed: bool
    adjusted: bool
    inactive: bool

    @property
    def quoted_day(self) -> date | None:
        return None if self.quoted is None else self.quoted.astimezone(NEW_YORK).date()


def read_rows(
    underlying: str, contracts: Sequence[Mapping[str, Any]], snapshots: Mapping[str, Mapping[str, Any]], today: date
) -> list[OptionRow]:
    """Every row of an underlying; volume is of `today` alone."""
    listed = {str(contract.get("symbol", "")) for contract in contracts}
    rows = [
        _row(underlying, contract, snapshots.get(str(contract.get("symbol", "")), {}), today)
        for contract in contracts
    ]
    unlisted = (symbol for symbol in snapshots if symbol not in listed)
    return rows + [_row(underlying, {"symbol": symbol}, snapshots[symbol], today) for symbol in unlisted]


def _row(underlying: str, contract: Mapping[str, Any], snapshot: Mapping[str, Any], today: date) -> OptionRow:
    symbol = str(contract.get("symbol", ""))
    quote = snapshot.get("latestQuote")
    told = quote if isinstance(quote, Mapping) else {}
    try:
        root, expiry, right, strike = parse_occ(symbol)
        sign, readable = right.sign, True
    except InputError:
        root, expiry, sign, strike, readable = "", None, 0, math.nan, False
    bid, bid_reads = number(told.get("bp"))
    ask, ask_reads = number(told.get("ap"))
    quoted = instant(told.get("t"))
    return OptionRow(
        symbol=symbol,
        root=root,
        expiry=expiry,
        right=sign,
        strike=strike,
        bid=bid,
        ask=ask,
        quoted=quoted,
        last=_count(_part(snapshot, "latestTrade", "p")),
        volume=_count(_volume(snapshot, today)),
        open_interest=_count(number(contract.get("open_interest"))[0]),
        iv=_count(number(snapshot.get("impliedVolatility"))[0]),
        delta=_finite(_part(snapshot, "greeks", "delta")),
        european=contract.get("style") == "european",
        unquoted=not told,
        unparseable=not readable or (bool(told) and (quoted is None or not (bid_reads and ask_reads))),
        contradictory=readable and _disagrees(contract, expiry, sign, strike),
        mixed=str(contract.get("underlying_symbol") or underlying_of(root.rstrip("0123456789"))) != underlying,
        adjusted=is_adjusted_root(root) or not _standard(contract),
        inactive=contract.get("status", "active") != "active" or contract.get("tradable") is False,
    )


def number(value: object) -> tuple[float, bool]:
    """A number of the wire, and whether it reads as one; NaN where it is missing, which reads."""
    if value is None:
        return math.nan, True
    if isinstance(value, (int, float, str)) and not isinstance(value, bool):
        try:
            return float(value), True
        except (ValueError, OverflowError):
            return math.nan, False
    return math.nan, False


def instant(value: object) -> datetime | None:
    """An aware instant of the wire; a time without a zone, or of no year a market knows, is none."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found if found.tzinfo is not None and FIRST.year <= found.year <= LAST.year else None


def _count(value: float) -> float:
    """What cannot be negative; NaN where it is, or is no number at all."""
    return value if 0 <= value < math.inf else math.nan


def _finite(value: float) -> float:
    return value if math.isfinite(value) else math.nan


def _part(snapshot: Mapping[str, Any], section: str, name: str) -> float:
    inner = snapshot.get(section)
    return number(inner.get(name))[0] if isinstance(inner, Mapping) else math.nan


def _volume(snapshot: Mapping[str, Any], today: date) -> float:
    """Contracts traded today; a bar of another day says nothing of it."""
    bar = snapshot.get("dailyBar")
    stamped = instant(bar.get("t")) if isinstance(bar, Mapping) else None
    if stamped is None or stamped.astimezone(NEW_YORK).date() != today:
        return math.nan
    return _part(snapshot, "dailyBar", "v")


def _disagrees(contract: Mapping[str, Any], expiry: date | None, sign: int, strike: float) -> bool:
    """Whether the record of a contract says another contract than its symbol."""
    stated_strike = number(contract.get("strike_price"))[0]
    words = {1: "call", -1: "put"}
    return (
        contract.get("expiration_date", str(expiry)) != str(expiry)
        or contract.get("type", words[sign]) != words[sign]
        or (not math.isnan(stated_strike) and abs(stated_strike - strike) > _ROUNDING)
    )


def _standard(contract: Mapping[str, Any]) -> bool:
    size = number(contract.get("size"))[0]
    return math.isnan(size) or size == STANDARD_SIZE
