"""Blackout windows of the past, by rule: each release on a weekday of a week of the month.

The real calendars move by a few days; the rules keep their number and their place in the month.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, datetime, timedelta

from tools.calendar.events import Event, EventBook, EventKind, Width
from tools.calendar.sessions import NEW_YORK, is_session, next_session
from tools.data.simulated.past.parameters import Parameters, ReleaseRule
from tools.domain.market import EventWindow

AHEAD = timedelta(days=120)
ANNOUNCED = timedelta(days=365)


class Agenda:
    """All releases and their windows from the year of `first` to that after `last`, in order of their ends."""

    def __init__(self, parameters: Parameters, *, first: date, last: date) -> None:
        width = Width(timedelta(hours=parameters.hours_before), timedelta(hours=parameters.hours_after))
        events = [
            Event(EventKind(name), release, release - ANNOUNCED)
            for name, rule in parameters.releases.items()
            for year in range(first.year, last.year + 2)
            for day in _days(rule, year)
            for release in [datetime.combine(day, rule.time, tzinfo=NEW_YORK)]
        ]
        self.book = EventBook(events, source="simulated past")
        self._windows = sorted((width.window(each) for each in events), key=lambda each: each.end)
        self._ends = [each.end for each in self._windows]

    def after(self, instant: datetime) -> tuple[EventWindow, ...]:
        """Windows that have not closed at `instant` and begin within four months, earliest first."""
        first = bisect_right(self._ends, instant)
        last = bisect_right(self._ends, instant + AHEAD)
        return tuple(self._windows[first:last])


def _days(rule: ReleaseRule, year: int) -> list[date]:
    starts = [date(year, month, day) for month, day in rule.starts]
    named = [start + timedelta(days=(rule.weekday - start.weekday()) % 7) for start in starts]
    return [day if is_session(day) else next_session(day) for day in named]
