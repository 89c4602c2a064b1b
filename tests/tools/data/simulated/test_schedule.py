"""Recurring dates fall on sessions, in their interval, and continue in both directions."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tools.calendar.sessions import NEW_YORK, is_session
from tools.data.simulated.parameters import Announcement, CashDividend, load_parameters
from tools.data.simulated.schedule import announcements, dividends, event_windows

QUARTERLY = CashDividend(cash=0.5, ex=date(2026, 12, 18), months=3)


def test_a_quarterly_dividend_both_ways_from_its_anchor() -> None:
    """18 June 2027 is the observed Juneteenth holiday: the ex-date moves to the Monday."""
    paid = dividends(QUARTERLY, after=date(2026, 3, 18), until=date(2027, 6, 21))
    assert [each.ex_date for each in paid] == [
        date(2026, 6, 18), date(2026, 9, 18), date(2026, 12, 18), date(2027, 3, 18), date(2027, 6, 21),
    ]  # fmt: skip
    assert {each.cash for each in paid} == {0.5}


@given(st.dates(date(2025, 6, 2), date(2028, 1, 1)), st.integers(0, 900), st.sampled_from([1, 3, 6, 12]))
def test_dates_are_sessions_within_the_span(after: date, days: int, months: int) -> None:
    until = after + timedelta(days=days)
    paid = [
        each.ex_date
        for each in dividends(QUARTERLY.model_copy(update={"months": months}), after=after, until=until)
    ]
    assert all(is_session(each) and after < each <= until for each in paid)
    assert paid == sorted(set(paid))
    assert abs(len(paid) - days / (30.44 * months)) <= 1.2


def test_nothing_is_scheduled_for_a_name_without_one() -> None:
    span = {"after": date(2026, 1, 1), "until": date(2028, 1, 1)}
    assert dividends(None, **span) == ()
    assert announcements(None, **span) == ()
    assert len(announcements(Announcement(date=date(2027, 1, 29), move=0.03), **span)) == 8


def test_windows_that_closed_are_gone_and_the_open_one_is_there() -> None:
    events = load_parameters().events
    release = datetime(2026, 12, 10, 8, 30, tzinfo=NEW_YORK)
    during = event_windows(events, after=release)
    assert during[0].name == "CPI 2026-12-10"
    assert during[0].start <= release < during[0].end
    assert event_windows(events, after=during[0].end)[0].name != "CPI 2026-12-10"
    assert [each.start for each in during] == sorted(each.start for each in during)
