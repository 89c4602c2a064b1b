"""When rows were quoted, when contracts stop trading, and which instant a snapshot is of.

A quote that is dated by a day stands at that day's session close.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.calendar.expiries import Settlement, expiry_instant, settlement_of
from tools.calendar.sessions import FIRST, LAST, NEW_YORK, is_session, previous_close, session_close
from tools.data.files.coded import codes, texts
from tools.data.files.dates import read_moment
from tools.data.files.rows import ChainRows
from tools.data.quality import Clock
from tools.domain.errors import InputError

BoolArray = npt.NDArray[np.bool_]
InstantArray = npt.NDArray[np.datetime64]

# A day with fewer rows than this share of the fullest day is a slip of the pen, not the file's latest day.
_CROWD = 0.1
_REGULAR_CLOSE = time(16)


def parse_as_of(text: str) -> datetime:
    """An instant as a person writes it: a day is its session close, a time is New York's unless it names another.

    `InputError` where it is neither.
    """
    moment = read_moment(text)
    if moment is None:
        raise InputError(
            f"{text!r} is no date or time between {FIRST} and {LAST}; write 2019-05-31 or 2019-05-31T15:45."
        )
    return close_of(moment.day) if moment.instant is None else moment.instant.astimezone(NEW_YORK)


def close_of(day: date) -> datetime:
    """The session close of a day, the regular hour where the exchange is shut."""
    return session_close(day) if is_session(day) else datetime.combine(day, _REGULAR_CLOSE, NEW_YORK)


def quoted(rows: ChainRows, as_of: datetime | None) -> tuple[InstantArray, InstantArray, BoolArray]:
    """Instant and New York day of every quote, and whether its day is a session; NaT where unknown.

    Where the file dates nothing at all, its quotes are taken to be of `as_of`.
    """
    days, timed = rows.quoted_day, rows.quoted_at.null_count() < len(rows)
    stated = rows.quoted_at.to_numpy().astype("datetime64[us]") if timed else None
    if as_of is not None and not rows.dated:
        stated = np.full(len(rows), np.datetime64(utc(as_of), "us"))
    if stated is not None:
        local = pl.Series(stated).dt.replace_time_zone("UTC").dt.convert_time_zone(NEW_YORK.key).dt.date()
        days = local.fill_null(days)
    instants = of_days(days, lambda day: utc(close_of(day)), dtype="datetime64[us]")
    in_session = of_days(days, is_session, dtype="bool") if rows.dated else np.ones(len(rows), dtype=np.bool_)
    if stated is not None:
        instants = np.where(np.isnat(stated), instants, stated)
    return instants, days.to_numpy().astype("datetime64[D]", copy=False), in_session


def of_days(days: pl.Series, rule: Callable[[date], Any], *, dtype: str) -> npt.NDArray[Any]:
    """What `rule` says of each day, asked once per day; NaT or False where there is none."""
    known = days.drop_nulls().unique().sort()
    if known.is_empty():
        return np.full(len(days), np.array(None, dtype=dtype))
    numbers = known.to_physical().to_numpy()
    table = np.full(int(numbers[-1] - numbers[0]) + 2, np.array(None, dtype=dtype))
    table[numbers - numbers[0]] = np.array([rule(day) for day in known.to_list()], dtype=dtype)
    place = days.to_physical() - int(numbers[0])
    found: npt.NDArray[Any] = table[place.fill_null(len(table) - 1).to_numpy()]
    return found


def latest(instants: InstantArray, days: InstantArray, candidates: BoolArray) -> datetime | None:
    """The last instant of the latest well-filled day among the candidates, None where there is none."""
    if not candidates.any():
        return None
    filled, rows = np.unique(days[candidates], return_counts=True)
    day = filled[rows >= _CROWD * rows.max()][-1]
    instant = instants[candidates & (days == day)].max()
    return datetime.fromtimestamp(int(instant.astype(np.int64)) / 1e6, UTC).astimezone(NEW_YORK)


def expires(rows: ChainRows) -> InstantArray:
    """When each contract stops trading, datetime64[us] UTC; NaT where its expiry is unknown."""
    settled = [settlement_of(root) for root in texts(rows.root)]
    if len(set(settled)) == 1:
        return _ends(rows.expiry, settled[0])
    ends: InstantArray = np.full(len(rows), np.datetime64("NaT", "us"))
    for settlement in set(settled):
        among = np.array([each is settlement for each in settled])[codes(rows.root)]
        if among.any():
            ends = np.where(among, _ends(rows.expiry, settlement), ends)
    return ends


def _ends(expiries: pl.Series, settlement: Settlement) -> InstantArray:
    return of_days(expiries, lambda day: utc(expiry_instant(day, settlement)), dtype="datetime64[us]")


def clock(as_of: datetime) -> Clock:
    """The instants the rules compare with.

    The last close lies strictly before as-of: at a closing bell the quotes of that day still count, whatever
    their hour, and those of the session before are the latest where the day has none.
    """
    last_close = previous_close(as_of - timedelta(microseconds=1))
    return Clock(as_of=np.datetime64(utc(as_of), "us"), last_close=np.datetime64(utc(last_close), "us"))


def utc(instant: datetime) -> datetime:
    """The naive UTC time of an aware instant, as columns hold it."""
    return instant.astimezone(UTC).replace(tzinfo=None)
