"""Recurring dates of the embedded market: ex-dividend days, earnings announcements, event windows."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tools.calendar.sessions import FIRST, NEW_YORK, is_session, next_session
from tools.data.simulated.parameters import Announcement, CashDividend, Events
from tools.domain.chain import Dividend
from tools.domain.market import EventWindow

EARNINGS_MONTHS = 3
LONGEST_CLOSURE = timedelta(days=10)  # no date moves farther to its next session


def dividends(schedule: CashDividend | None, *, after: date, until: date) -> tuple[Dividend, ...]:
    """Cash dividends with after < ex-date ≤ until."""
    if schedule is None:
        return ()
    days = _recurring(schedule.ex, schedule.months, after=after, until=until)
    return tuple(Dividend(ex_date=day, cash=schedule.cash) for day in days)


def announcements(schedule: Announcement | None, *, after: date, until: date) -> tuple[date, ...]:
    """Earnings dates with after < date ≤ until."""
    if schedule is None:
        return ()
    return _recurring(schedule.date, EARNINGS_MONTHS, after=after, until=until)


def event_windows(events: Events, *, after: datetime) -> tuple[EventWindow, ...]:
    """Windows that have not closed at `after`, earliest first."""
    before, behind = timedelta(hours=events.hours_before), timedelta(hours=events.hours_after)
    windows = [
        EventWindow(name=f"{name} {day:%Y-%m-%d}", start=release - before, end=release + behind)
        for name, rule in events.releases.items()
        for day in rule.dates
        for release in [datetime.combine(day, rule.time, tzinfo=NEW_YORK)]
    ]
    return tuple(sorted((each for each in windows if each.end > after), key=lambda each: each.start))


def _recurring(anchor: date, months: int, *, after: date, until: date) -> tuple[date, ...]:
    """Every `months` months through `anchor`, moved to the next session, within (after, until]."""
    first = (after.year - anchor.year) * 12 + after.month - anchor.month
    last = (until.year - anchor.year) * 12 + until.month - anchor.month
    steps = range(first // months - 1, last // months + 2)
    earliest = max(after - LONGEST_CLOSURE, FIRST)
    named = [day for day in (_months_later(anchor, step * months) for step in steps) if earliest <= day <= until]
    days = [day if is_session(day) else next_session(day) for day in named]
    return tuple(day for day in days if after < day <= until)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, 28))
