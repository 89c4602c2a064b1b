"""New York Stock Exchange sessions from 1990 to 2060: which days trade, when they open and close.

Listed equity and index options keep these hours (regular session 09:30-16:00, half days to 13:00).
Holidays and half days are those of `exchange_calendars`, XNYS; future ones follow its rules. Dates and
instants outside these years, and instants without a time zone, raise `InputError`.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from tools.domain.errors import InputError

NEW_YORK = ZoneInfo("America/New_York")
FIRST, LAST = date(1990, 1, 2), date(2060, 12, 31)  # both are sessions; any backtest's LEAPS lie within


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """All sessions in order: `days` datetime64[D], `opens` and `closes` in seconds since 1970 UTC."""

    days: npt.NDArray[np.datetime64]
    opens: npt.NDArray[np.int64]
    closes: npt.NDArray[np.int64]


@lru_cache(maxsize=1)
def schedule() -> Schedule:
    """Built once per process. Bounds are given because the library's own calendar ends a year from today."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library's own pandas deprecations
        from exchange_calendars import get_calendar

        frame = get_calendar("XNYS", start=FIRST.isoformat(), end=LAST.isoformat()).schedule
    opens, closes = (frame[side].to_numpy("datetime64[s]").astype(np.int64) for side in ("open", "close"))
    return Schedule(frame.index.to_numpy().astype("datetime64[D]"), opens, closes)


def is_session(day: date) -> bool:
    """Whether the exchange trades on `day`."""
    return last_session(day) == day


@lru_cache(maxsize=8192)
def session_open(day: date) -> datetime:
    """The opening bell of the session `day`."""
    return _local(schedule().opens[_session(day)])


@lru_cache(maxsize=8192)
def session_close(day: date) -> datetime:
    """The closing bell of the session `day`, 13:00 on half days."""
    return _local(schedule().closes[_session(day)])


def previous_close(instant: datetime) -> datetime:
    """The last close at or before `instant`."""
    closes = schedule().closes
    return _local(closes[max(_closes_until(instant) - 1, 0)])


def next_close(instant: datetime) -> datetime:
    """The first close after `instant`; at a closing bell itself, the next session's."""
    closes = schedule().closes
    return _local(closes[min(_closes_until(instant), len(closes) - 1)])


@lru_cache(maxsize=8192)
def last_session(day: date) -> date:
    """`day` where it is a session, else the session before it."""
    return _date(schedule().days[_place(day)])


@lru_cache(maxsize=8192)
def next_session(day: date) -> date:
    """The first session after `day`."""
    days = schedule().days
    return _date(days[min(_place(day) + 1, len(days) - 1)])


def sessions_between(start: date, end: date) -> tuple[date, ...]:
    """All sessions from `start` to `end`, both included."""
    first = _place(start) + (0 if is_session(start) else 1)
    return tuple(_date(each) for each in schedule().days[first : _place(end) + 1])


@lru_cache(maxsize=8192)
def seconds(instant: datetime) -> float:
    """Seconds since 1970 UTC."""
    if instant.tzinfo is None:
        raise InputError(f"The instant {instant.isoformat()} carries no time zone; name one.")
    _within(instant.astimezone(NEW_YORK).date())
    return instant.timestamp()


def _within(day: date) -> date:
    if not FIRST <= day <= LAST:
        raise InputError(f"{day.isoformat()} lies outside the exchange calendar ({FIRST} to {LAST}).")
    return day


def _closes_until(instant: datetime) -> int:
    """How many closes lie at or before `instant`."""
    return int(np.searchsorted(schedule().closes, seconds(instant), side="right"))


@lru_cache(maxsize=8192)
def _place(day: date) -> int:
    """The index of the last session on or before `day`."""
    return int(np.searchsorted(schedule().days, np.datetime64(_within(day), "D"), side="right")) - 1


def _session(day: date) -> int:
    if not is_session(day):
        raise InputError(f"{day.isoformat()} is no session of the New York Stock Exchange.")
    return _place(day)


def _local(when: np.int64) -> datetime:
    return datetime.fromtimestamp(int(when), UTC).astimezone(NEW_YORK)


def _date(day: np.datetime64) -> date:
    return date.fromisoformat(str(day))
