"""Which rows of an underlying may be used: the quality rules every source meets, and what a live one adds.

unquoted | unreadable → judge (quality) → inactive, halted
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.sessions import FIRST, LAST, is_session, last_session, session_close, session_open
from tools.data.alpaca.rows import OptionRow
from tools.data.quality import Clock, CodeArray, Fate, QuoteRows, judge
from tools.domain.chain import new_york_date


def fates(rows: Sequence[OptionRow], clock: Clock, *, halted: bool) -> CodeArray:
    """The fate of every row as `Fate.code`; `halted` says that the underlying does not trade."""
    codes = np.full(len(rows), Fate.UNQUOTED.code, dtype=np.int8)
    quoted = [index for index, row in enumerate(rows) if not row.unquoted]
    if quoted:
        codes[quoted] = judge(_columns([rows[index] for index in quoted]), clock)
    for index, row in enumerate(rows):
        if row.unquoted and row.expiry is None:
            codes[index] = Fate.UNPARSEABLE.code
        elif codes[index] == Fate.USED.code and (halted or row.inactive):
            codes[index] = Fate.HALTED.code
    return codes


def live_clock(as_of: datetime) -> Clock:
    """What quotes are judged against at `as_of`: the close before the session that last opened.

    In a session yesterday's quotes are stale; on a Saturday Friday's stand, and Thursday's are stale.
    """
    day = last_session(new_york_date(as_of))
    if session_open(day) > as_of:
        day = last_session(day - timedelta(days=1))
    before = session_close(last_session(day - timedelta(days=1)))
    return Clock(as_of=utc64(as_of), last_close=utc64(before))


def in_session(as_of: datetime) -> bool:
    """Whether the exchange is open at `as_of`, its closing instant included."""
    day = new_york_date(as_of)
    return is_session(day) and session_open(day) <= as_of <= session_close(day)


def utc64(instant: datetime) -> np.datetime64:
    return np.datetime64(instant.astimezone(UTC).replace(tzinfo=None), "us")


def _columns(rows: Sequence[OptionRow]) -> QuoteRows:
    ends = {key: _ends(*key) for key in {(row.root, row.expiry) for row in rows}}
    expires = np.array([ends[row.root, row.expiry] for row in rows], dtype="datetime64[us]")
    quoted = np.array(
        [np.datetime64("NaT", "us") if row.quoted is None else utc64(row.quoted) for row in rows],
        dtype="datetime64[us]",
    )
    days = [row.quoted_day for row in rows]
    sessions = {day: day is not None and FIRST <= day <= LAST and is_session(day) for day in set(days)}
    contracts = {symbol: number for number, symbol in enumerate(dict.fromkeys(row.symbol for row in rows))}

    def flags(name: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        return np.array([getattr(row, name) for row in rows], dtype=np.bool_)

    return QuoteRows(
        unparseable=flags("unparseable") | np.isnat(expires) | np.isnat(quoted),
        quoted=quoted,
        quoted_day=np.array(days, dtype="datetime64[D]"),
        in_session=np.array([sessions[day] for day in days], dtype=np.bool_),
        expires=expires,
        contract=np.array([contracts[row.symbol] for row in rows], dtype=np.int64),
        mixed=flags("mixed"),
        adjusted=flags("adjusted"),
        contradictory=flags("contradictory"),
        strike=np.array([row.strike for row in rows]),
        bid=np.array([row.bid for row in rows]),
        ask=np.array([row.ask for row in rows]),
    )


def _ends(root: str, expiry: date | None) -> np.datetime64:
    """When a contract stops trading; NaT for a date no calendar knows."""
    if expiry is None or not FIRST <= expiry <= LAST:
        return np.datetime64("NaT", "us")
    return utc64(expiry_instant(expiry, settlement_of(root)))
