"""Events as they were known at a time, the windows around them, and that nothing later is ever seen."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.calendar.events import DEFAULT_WIDTHS, Event, EventBook, EventKind, Width, in_blackout
from tools.calendar.sessions import NEW_YORK
from tools.domain.errors import InputError
from tools.domain.market import EventWindow

START, END = datetime(2026, 6, 17, 12, tzinfo=NEW_YORK), datetime(2026, 6, 17, 16, tzinfo=NEW_YORK)
FOMC = EventWindow(name="FOMC", start=START, end=END)
LONG_AGO = datetime(2025, 1, 2, tzinfo=NEW_YORK)
HOUR = timedelta(hours=1)
ONE_HOUR = Width(before=HOUR, after=HOUR)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK)


def test_a_window_is_closed_at_its_start_and_open_at_its_end() -> None:
    second = timedelta(seconds=1)
    assert in_blackout(START, [FOMC]) is FOMC
    assert in_blackout(END - second, [FOMC]) is FOMC
    assert in_blackout(START - second, [FOMC]) is None
    assert in_blackout(END, [FOMC]) is None
    assert in_blackout(START, []) is None


def test_the_first_of_overlapping_windows_is_named() -> None:
    wider = EventWindow(name="CPI", start=START - timedelta(days=1), end=END)
    found = in_blackout(START, [wider, FOMC])
    assert found is not None
    assert found.name == "CPI"


def test_a_naive_instant_is_refused() -> None:
    naive = datetime(2026, 6, 17, 13)  # noqa: DTZ001
    for call in (
        lambda: in_blackout(naive, [FOMC]),
        lambda: Event(EventKind.CPI, naive, LONG_AGO),
        lambda: EventBook([], source="a file").known(EventKind.CPI, as_of=naive),
    ):
        with pytest.raises(InputError, match="time zone"):
            call()


def test_windows_are_as_wide_as_told_and_sorted() -> None:
    book = EventBook(
        [
            Event(EventKind.FOMC, at(2026, 12, 9, 14), LONG_AGO),
            Event(EventKind.CPI, at(2026, 12, 10, 8, 30), LONG_AGO),
            Event(EventKind.CPI, at(2026, 11, 10, 8, 30), LONG_AGO),
        ],
        source="a file",
    )
    widths = {EventKind.CPI: Width(before=HOUR, after=2 * HOUR), EventKind.FOMC: ONE_HOUR}
    found = book.blackouts(at(2026, 11, 20, 12), widths)
    assert found.source == "a file"
    assert [(each.name, each.start, each.end) for each in found.value or ()] == [
        ("FOMC 2026-12-09", at(2026, 12, 9, 13), at(2026, 12, 9, 15)),
        ("CPI 2026-12-10", at(2026, 12, 10, 7, 30), at(2026, 12, 10, 10, 30)),
    ]


def test_a_window_that_is_open_now_is_told() -> None:
    book = EventBook([Event(EventKind.CPI, at(2026, 12, 10, 8, 30), LONG_AGO)], source="a file")
    found = book.blackouts(at(2026, 12, 10, 9), {EventKind.CPI: ONE_HOUR})
    assert in_blackout(at(2026, 12, 10, 9), found.value or ()) is not None


def test_a_calendar_that_has_run_out_is_unknown_not_empty() -> None:
    book = EventBook([Event(kind, at(2026, 12, 10, 8, 30), LONG_AGO) for kind in DEFAULT_WIDTHS], source="a file")
    assert book.blackouts(at(2026, 12, 1), DEFAULT_WIDTHS).is_known
    found = book.blackouts(at(2026, 12, 11), DEFAULT_WIDTHS)
    assert found.is_unknown
    assert "no FOMC date after 2026-12-11" in found.reason


def test_a_day_without_an_hour_is_blacked_out_whole() -> None:
    event = Event(EventKind.FOMC, at(2020, 3, 15), at(2020, 3, 16), all_day=True)
    assert ONE_HOUR.window(event).start == at(2020, 3, 14, 23)
    assert ONE_HOUR.window(event).end == at(2020, 3, 16, 1)


def test_an_emergency_meeting_is_not_seen_before_it_happened() -> None:
    cut = Event(EventKind.FOMC, at(2020, 3, 3, 10), at(2020, 3, 3, 10))
    book = EventBook([cut], source="a file")
    assert book.known(EventKind.FOMC, as_of=at(2020, 3, 3, 9, 59)) == ()
    assert book.known(EventKind.FOMC, as_of=at(2020, 3, 3, 10)) == (cut,)


def test_a_moved_release_is_seen_where_it_stood() -> None:
    """The September 2025 employment report was due on October 3 and came on November 20."""
    planned = Event(EventKind.NFP, at(2025, 10, 3, 8, 30), LONG_AGO, key="2025-09")
    pulled = Event(EventKind.NFP, at(2025, 10, 3, 8, 30), at(2025, 10, 1), key="2025-09", cancelled=True)
    moved = Event(EventKind.NFP, at(2025, 11, 20, 8, 30), at(2025, 11, 14), key="2025-09")
    book = EventBook([moved, planned, pulled], source="a file")
    assert book.known(EventKind.NFP, as_of=at(2025, 9, 15)) == (planned,)
    assert book.known(EventKind.NFP, as_of=at(2025, 10, 20)) == ()
    assert book.known(EventKind.NFP, as_of=at(2025, 11, 15)) == (moved,)
    assert len(book) == 1


def test_dates_of_a_name_are_its_own_and_ahead() -> None:
    book = EventBook(
        [
            Event(EventKind.EARNINGS, at(2026, 10, 29, 16, 15), at(2026, 10, 1), subject="AAPL"),
            Event(EventKind.EARNINGS, at(2027, 1, 28, 16, 15), at(2026, 11, 1), subject="AAPL"),
            Event(EventKind.EARNINGS, at(2026, 12, 3, 16, 15), at(2026, 11, 1), subject="CRM"),
        ],
        source="a file",
    )
    assert book.dates(EventKind.EARNINGS, "AAPL", as_of=at(2026, 11, 20)).value == (date(2027, 1, 28),)
    assert book.dates(EventKind.EARNINGS, "AAPL", as_of=at(2026, 10, 29, 20)).value == (date(2026, 10, 29),)
    assert book.dates(EventKind.EARNINGS, "AAPL", as_of=at(2026, 10, 30)).is_unknown  # the next is not announced
    assert book.dates(EventKind.EARNINGS, "MSFT", as_of=at(2026, 11, 20)).is_unknown
    assert book.dates(EventKind.EX_DIVIDEND, "AAPL", as_of=at(2026, 11, 20)).is_unknown


days = st.integers(0, 400).map(lambda day: LONG_AGO + timedelta(days=day))
events = st.builds(
    Event, st.sampled_from(EventKind), days, days, key=st.sampled_from(("", "a", "b")), cancelled=st.booleans()
)


@given(st.lists(events, max_size=20), days)
def test_a_look_up_never_changes_with_later_knowledge(found: list[Event], as_of: datetime) -> None:
    then = [event for event in found if event.known_at <= as_of]
    later, sooner = EventBook(found, source="x"), EventBook(then, source="x")
    for kind in EventKind:
        assert later.known(kind, as_of=as_of) == sooner.known(kind, as_of=as_of)
