"""The trading clock's examples are the specification's (G1); dates are ones where they apply."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.calendar.sessions import NEW_YORK
from tools.calendar.trading_time import UNITS_PER_YEAR, Clock, day_fraction, units, year_fraction


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK)


instants = st.datetimes(datetime(2015, 1, 1), datetime(2027, 12, 31)).map(  # noqa: DTZ001
    lambda each: each.replace(tzinfo=NEW_YORK, fold=0)
)


def test_wednesday_expiry_seen_monday_an_hour_before_the_close() -> None:
    monday, wednesday = at(2026, 7, 6, 15), at(2026, 7, 8, 16)
    assert units(monday, wednesday) == pytest.approx(2.0769, abs=5e-5)
    assert units(monday, wednesday) == pytest.approx(2 + 0.5 / 6.5, abs=1e-14)
    assert year_fraction(monday, wednesday, Clock.TRADING_278) == pytest.approx(0.0074709, abs=5e-8)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (at(2026, 7, 9, 16), at(2026, 7, 13, 16), 2.5),  # Thursday close to Monday close
        (at(2026, 9, 4, 16), at(2026, 9, 8, 16), 1.5),  # Friday to Tuesday over Labor Day
        (at(2026, 4, 2, 16), at(2026, 4, 6, 16), 1.5),  # Thursday to Monday over Good Friday
        (at(2025, 6, 18, 16), at(2025, 6, 20, 16), 1.0),  # Wednesday to Friday over Juneteenth, a Thursday
        (at(2001, 9, 10, 16), at(2001, 9, 17, 16), 1.5),  # closed for four sessions and a weekend
        (at(2026, 7, 8, 9, 30), at(2026, 7, 8, 16), 0.5),
        (at(2026, 7, 8, 9, 30), at(2026, 7, 8, 12, 45), 0.25),
        (at(2026, 7, 8, 16), at(2026, 7, 9, 9, 30), 0.5),
        (at(2026, 7, 10, 16), at(2026, 7, 13, 9, 30), 1.0),
        (at(2025, 11, 28, 9, 30), at(2025, 11, 28, 13), 0.5),  # half day: 0.5 over its own length
        (at(2025, 11, 28, 9, 30), at(2025, 11, 28, 11, 15), 0.25),
    ],
)
def test_units(start: datetime, end: datetime, expected: float) -> None:
    assert units(start, end) == pytest.approx(expected, abs=1e-12)


def test_a_year_has_about_278_units() -> None:
    for year in range(2015, 2027):
        assert units(at(year, 1, 1), at(year + 1, 1, 1)) == pytest.approx(UNITS_PER_YEAR, abs=2.5)


def test_sessions_clock_stands_still_while_the_exchange_is_closed() -> None:
    friday, monday = at(2026, 7, 10, 16), at(2026, 7, 13, 9, 30)
    assert year_fraction(friday, monday, Clock.SESSIONS_252) == 0
    assert year_fraction(monday, at(2026, 7, 13, 16), Clock.SESSIONS_252) == pytest.approx(1 / 252)


def test_calendar_clock_counts_real_seconds_across_the_change_of_summer_time() -> None:
    before, after = at(2026, 3, 7, 12), at(2026, 3, 8, 12)
    assert year_fraction(before, after, Clock.CALENDAR_365) == pytest.approx(23 / 24 / 365, rel=1e-14)


def test_a_day_of_theta_is_the_interval_the_instant_lies_in() -> None:
    assert day_fraction(at(2026, 7, 8, 12), Clock.CALENDAR_365) == pytest.approx(1 / 365)
    assert day_fraction(at(2026, 7, 10, 16), Clock.CALENDAR_365) == pytest.approx(3 / 365)
    assert day_fraction(at(2026, 7, 10, 16), Clock.TRADING_278) == pytest.approx(1.5 / 278)
    assert day_fraction(at(2026, 7, 8, 12), Clock.SESSIONS_252) == pytest.approx(1 / 252)


@given(instants, instants, instants, st.sampled_from(list(Clock)))
@settings(deadline=None)
def test_time_adds_up_and_never_runs_back(a: datetime, b: datetime, c: datetime, clock: Clock) -> None:
    a, b, c = sorted((a, b, c), key=lambda each: each.timestamp())
    first, second = year_fraction(a, b, clock), year_fraction(b, c, clock)
    assert first >= 0
    assert second >= 0
    assert year_fraction(a, c, clock) == pytest.approx(first + second, abs=1e-12)
    assert year_fraction(c, a, clock) == pytest.approx(-first - second, abs=1e-12)


@given(instants)
@settings(deadline=None)
def test_the_trading_clock_is_continuous(instant: datetime) -> None:
    assert 0 <= units(instant, instant + timedelta(minutes=1)) <= 0.5 / 210 + 1e-9  # fastest on a half day
