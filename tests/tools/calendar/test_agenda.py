from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.calendar.agenda import after_close, is_open, next_instant, within_session
from tools.calendar.sessions import NEW_YORK, next_session, session_close, session_open

MINUTE = timedelta(minutes=1)
USUAL = within_session(first=15 * MINUTE, every=60 * MINUTE, last=15 * MINUTE)
TUESDAY, HALF_DAY = date(2026, 11, 24), date(2026, 11, 27)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=NEW_YORK)


def test_a_session_is_gone_through_from_bell_to_bell() -> None:
    hours = [f"{each:%H:%M}" for each in USUAL(TUESDAY)]
    assert hours == ["09:45", "10:45", "11:45", "12:45", "13:45", "14:45", "15:45"]


def test_a_half_day_ends_at_its_own_bell() -> None:
    assert [f"{each:%H:%M}" for each in USUAL(HALF_DAY)] == ["09:45", "10:45", "11:45", "12:45"]
    assert after_close(20 * MINUTE)(HALF_DAY) == (at(HALF_DAY, 13, 20),)


def test_a_step_that_does_not_divide_the_session_still_ends_before_its_close() -> None:
    odd = within_session(first=15 * MINUTE, every=130 * MINUTE, last=15 * MINUTE)
    assert [f"{each:%H:%M}" for each in odd(TUESDAY)] == ["09:45", "11:55", "14:05", "15:45"]
    assert within_session(first=200 * MINUTE, every=MINUTE, last=100 * MINUTE)(HALF_DAY) == (at(HALF_DAY, 11, 20),)


@pytest.mark.parametrize(
    ("now", "due"),
    [
        (at(TUESDAY, 9, 44), at(TUESDAY, 9, 45)),
        (at(TUESDAY, 9, 45), at(TUESDAY, 10, 45)),
        (at(TUESDAY, 15, 45), at(date(2026, 11, 25), 9, 45)),
        (at(date(2026, 11, 25), 17), at(HALF_DAY, 9, 45)),  # Thanksgiving lies between
        (at(date(2026, 11, 28), 12), at(date(2026, 11, 30), 9, 45)),
    ],
)
def test_the_next_one_is_found_over_weekends_and_holidays(now: datetime, due: datetime) -> None:
    assert next_instant(now, USUAL) == due


@given(st.integers(0, 60 * 365 * 24 * 60), st.integers(1, 400))
def test_what_is_next_lies_ahead_within_a_session_and_nothing_lies_between(minutes: int, every: int) -> None:
    now = datetime(1995, 1, 1, tzinfo=UTC) + minutes * MINUTE
    daily = within_session(first=5 * MINUTE, every=every * MINUTE, last=5 * MINUTE)
    due = next_instant(now, daily)
    day = due.astimezone(NEW_YORK).date()
    assert due > now
    assert session_open(day) <= due <= session_close(day)
    assert is_open(due)
    assert next_instant(due - timedelta(microseconds=1), daily) == due
    first = daily(day)[0]
    assert due == first or max(each for each in daily(day) if each < due) <= now


def test_daylight_saving_moves_the_bells_not_the_agenda() -> None:
    friday, monday = date(2026, 3, 6), date(2026, 3, 9)  # clocks went forward on the Sunday between
    assert next_session(friday) == monday
    before, after = USUAL(friday)[0], USUAL(monday)[0]
    assert (before.hour, before.minute) == (after.hour, after.minute) == (9, 45)
    assert after.astimezone(UTC) - before.astimezone(UTC) == timedelta(days=3, hours=-1)
