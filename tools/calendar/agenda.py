"""When a service acts: instants of each session, by its own opening and closing bell, half days included.

opening + first ─ every ─ every ─ … ─ closing - last          closing + after
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from tools.calendar.sessions import NEW_YORK, is_session, next_session, session_close, session_open

Daily = Callable[[date], tuple[datetime, ...]]
"""The instants of one session, in order."""


def within_session(*, first: timedelta, every: timedelta, last: timedelta) -> Daily:
    """From `first` after the opening, `every` so often, and for certain `last` before the close.

    A session too short for `first` and `last` has the one before its close alone.
    """

    def instants(day: date) -> tuple[datetime, ...]:
        begin, end = session_open(day) + first, session_close(day) - last
        if begin >= end:
            return (end,)
        count = -((begin - end) // every)
        return (*(begin + step * every for step in range(count)), end)

    return instants


def after_close(wait: timedelta) -> Daily:
    """Once a session, so long after its closing bell."""
    return lambda day: (session_close(day) + wait,)


def next_instant(now: datetime, daily: Daily) -> datetime:
    """The first of them after `now`."""
    day = now.astimezone(NEW_YORK).date()
    if not is_session(day):
        day = next_session(day)
    while True:
        for instant in daily(day):
            if instant > now:
                return instant
        day = next_session(day)


def is_open(now: datetime) -> bool:
    """Whether the exchange trades at this instant; its closing bell counts."""
    day = now.astimezone(NEW_YORK).date()
    return is_session(day) and session_open(day) <= now <= session_close(day)
