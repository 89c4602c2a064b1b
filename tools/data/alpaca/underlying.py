"""The underlying itself: what it last cost, and whether it trades at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from tools.calendar.sessions import NEW_YORK, last_session, session_open
from tools.data.alpaca.judging import in_session
from tools.data.alpaca.rows import instant, number
from tools.domain.chain import new_york_date

# A listed underlying of options trades and is quoted every few seconds; this much silence is no quiet market.
SILENCE = timedelta(minutes=15)
DELAYED = {"delayed_sip": timedelta(minutes=15)}


@dataclass(frozen=True, slots=True)
class Underlying:
    """`spot` per share, NaN where it is not told; `halted` with the reason, "" while it trades."""

    spot: float
    halted: str


def read_underlying(row: Mapping[str, Any], *, as_of: datetime, stock_feed: str) -> Underlying:
    """The price of an underlying from its latest trade, quote and bar.

    While the exchange is open the latest trade, or the middle of a fresh quote where nothing traded lately;
    after it closed the close of the day, since option quotes are of that instant and late trades are not.
    """
    trade_at, quote_at = _time(row, "latestTrade"), _time(row, "latestQuote")
    seen = [each for each in (trade_at, quote_at) if each is not None]
    if not in_session(as_of):
        return Underlying(_close(row, as_of), "")
    patience = SILENCE + DELAYED.get(stock_feed, timedelta(0))
    asleep_since = max(seen, default=None)
    open_for = as_of - session_open(new_york_date(as_of))
    if row and open_for > patience and (asleep_since is None or as_of - asleep_since > patience):
        since = "today" if asleep_since is None else f"since {asleep_since.astimezone(NEW_YORK):%Y-%m-%d %H:%M}"
        return Underlying(math.nan, f"neither traded nor quoted {since}: halted")
    if trade_at is not None and as_of - trade_at <= patience:
        return Underlying(_positive(row, "latestTrade", "p"), "")
    bid, ask = _positive(row, "latestQuote", "bp"), _positive(row, "latestQuote", "ap")
    return Underlying((bid + ask) / 2 if bid <= ask else math.nan, "")


def _close(row: Mapping[str, Any], as_of: datetime) -> float:
    """The close of the session that last ended, NaN where the bar is of another day."""
    today = new_york_date(as_of)
    day = last_session(today)
    if day == today and as_of < session_open(day):
        day = last_session(day - timedelta(days=1))
    bars = (("dailyBar", _day(row, "dailyBar")), ("prevDailyBar", _day(row, "prevDailyBar")))
    return next((_positive(row, name, "c") for name, stamped in bars if stamped == day), math.nan)


def _time(row: Mapping[str, Any], section: str) -> datetime | None:
    inner = row.get(section)
    return instant(inner.get("t")) if isinstance(inner, Mapping) else None


def _day(row: Mapping[str, Any], section: str) -> date | None:
    stamped = _time(row, section)
    return None if stamped is None else stamped.astimezone(NEW_YORK).date()


def _positive(row: Mapping[str, Any], section: str, name: str) -> float:
    inner = row.get(section)
    value = number(inner.get(name))[0] if isinstance(inner, Mapping) else math.nan
    return value if value > 0 and math.isfinite(value) else math.nan
