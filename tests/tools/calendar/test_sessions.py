"""Sessions against published NYSE holidays and early closes (nyse.com, Holidays & Trading Hours)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tools.calendar.sessions import (
    NEW_YORK,
    is_session,
    last_session,
    next_close,
    next_session,
    previous_close,
    session_close,
    session_open,
    sessions_between,
)
from tools.domain.errors import InputError


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("day", "trades"),
    [
        (date(2026, 1, 2), True),
        (date(2026, 1, 1), False),
        (date(2025, 1, 9), False),  # national day of mourning
        (date(2026, 4, 3), False),  # Good Friday
        (date(2026, 6, 19), False),  # Juneteenth
        (date(2021, 6, 18), True),  # Juneteenth was first observed by the exchange in 2022
        (date(2001, 9, 12), False),
        (date(2026, 7, 11), False),  # a Saturday
        (date(2028, 12, 15), True),  # LEAPS beyond the library's own horizon
    ],
)
def test_sessions(day: date, trades: bool) -> None:
    assert is_session(day) is trades


def test_hours_follow_new_york_through_the_year() -> None:
    assert session_open(date(2026, 1, 15)) == datetime(2026, 1, 15, 14, 30, tzinfo=UTC)
    assert session_open(date(2026, 7, 15)) == datetime(2026, 7, 15, 13, 30, tzinfo=UTC)
    assert session_close(date(2026, 7, 15)) == at(2026, 7, 15, 16)
    assert session_close(date(2026, 7, 15)).tzinfo is NEW_YORK


@pytest.mark.parametrize("day", [date(2025, 7, 3), date(2025, 11, 28), date(2025, 12, 24)])
def test_half_days_close_at_one(day: date) -> None:
    assert session_close(day).hour == 13


def test_no_hours_on_a_holiday() -> None:
    with pytest.raises(InputError, match="2026-12-25 is no session"):
        session_close(date(2026, 12, 25))


def test_closes_around_an_instant() -> None:
    friday = at(2026, 7, 10, 16)
    assert previous_close(friday) == friday
    assert next_close(friday) == at(2026, 7, 13, 16)
    just_before = friday - timedelta(seconds=1)
    assert previous_close(just_before) == at(2026, 7, 9, 16)
    assert next_close(just_before) == friday
    assert next_close(datetime(2025, 11, 28, 17, 59, tzinfo=UTC)) == at(2025, 11, 28, 13)


def test_neighbouring_sessions() -> None:
    assert next_session(date(2026, 7, 2)) == date(2026, 7, 6)  # the 3rd is the holiday of the 4th
    assert next_session(date(2026, 7, 3)) == date(2026, 7, 6)
    assert last_session(date(2026, 7, 5)) == date(2026, 7, 2)
    assert last_session(date(2026, 7, 6)) == date(2026, 7, 6)


def test_sessions_between_includes_both_ends() -> None:
    week = sessions_between(date(2026, 6, 29), date(2026, 7, 6))
    assert week == tuple(date(2026, *d) for d in [(6, 29), (6, 30), (7, 1), (7, 2), (7, 6)])
    assert sessions_between(date(2026, 7, 3), date(2026, 7, 5)) == ()
    assert len(sessions_between(date(2019, 1, 1), date(2019, 12, 31))) == 252


def test_naive_and_far_instants_are_refused() -> None:
    with pytest.raises(InputError, match="time zone"):
        next_close(datetime(2026, 7, 10, 12))  # noqa: DTZ001
    with pytest.raises(InputError, match="outside the exchange calendar"):
        next_close(at(2090, 7, 10, 12))
    with pytest.raises(InputError, match="outside the exchange calendar"):
        is_session(date(1980, 1, 2))
