"""The trading clock's examples are the specification's (G1); dates are ones where they apply."""

from __future__ import annotations

from datetime import date, datetime, timedelta

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


def test_a_weekday_is_longer_and_a_weekend_shorter_than_in_calendar_time() -> None:
    """By 31.3 % and 34.4 %: 365/278 and 1 - (1.5/278)/(3/365)."""
    tuesday, friday, monday = at(2026, 7, 7, 16), at(2026, 7, 10, 16), at(2026, 7, 13, 16)
    day = year_fraction(tuesday, at(2026, 7, 8, 16), Clock.TRADING_278)
    assert day / (1 / 365) == pytest.approx(1.313, abs=5e-4)
    assert year_fraction(friday, monday, Clock.TRADING_278) / (3 / 365) == pytest.approx(1 - 0.344, abs=5e-4)


# nyse.com, Holidays & Trading Hours
CLOSED_2026 = {
    date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 4, 3), date(2026, 5, 25), date(2026, 6, 19),
    date(2026, 7, 3), date(2026, 9, 7), date(2026, 11, 26), date(2026, 12, 25),
}  # fmt: skip


def test_every_close_of_2026_by_counting_days() -> None:
    """The rule spelled out day by day: 251 sessions, of which 52 end a weekend: 251 + 52/2 = 277 units."""
    passed, weekend, last = 0.0, False, at(2025, 12, 31, 16)
    start, day = last, date(2026, 1, 1)
    while day.year == 2026:
        if day.weekday() >= 5:
            weekend = True
        elif day not in CLOSED_2026:
            passed += 1.5 if weekend else 1.0
            half_day = day in {date(2026, 11, 27), date(2026, 12, 24)}
            last = at(2026, day.month, day.day, 13 if half_day else 16)
            assert units(start, last) == pytest.approx(passed, abs=1e-11)
            weekend = False
        day += timedelta(days=1)
    assert passed == 277


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # Friday noon to Monday noon: 4 of 6.5 hours left of 0.5, over the weekend 1.0, 2.5 of 6.5 hours of 0.5
        (at(2026, 7, 10, 12), at(2026, 7, 13, 12), 0.5 * 4 / 6.5 + 1.0 + 0.5 * 2.5 / 6.5),
        # Tuesday midnight: 8 of the 17.5 hours from close to open, of 0.5 units
        (at(2026, 7, 7, 16), at(2026, 7, 8, 0), 0.5 * 8 / 17.5),
        # Sunday 12:45 lies 44.75 of the 65.5 hours after Friday's close: of 1.0 unit
        (at(2026, 7, 10, 16), at(2026, 7, 12, 12, 45), 44.75 / 65.5),
        # Wednesday close over Thanksgiving to the half day's close at 13:00
        (at(2026, 11, 25, 16), at(2026, 11, 27, 13), 1.0),
        # Thursday, Christmas Eve, 13:00 over a Friday holiday and a weekend to Monday's opening bell
        (at(2026, 12, 24, 13), at(2026, 12, 28, 9, 30), 1.0),
    ],
)
def test_parts_of_days_by_hand(start: datetime, end: datetime, expected: float) -> None:
    assert units(start, end) == pytest.approx(expected, abs=1e-12)
    assert units(end, start) == pytest.approx(-expected, abs=1e-12)


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
