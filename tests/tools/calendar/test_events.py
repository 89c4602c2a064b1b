from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tools.calendar.events import in_blackout
from tools.calendar.sessions import NEW_YORK
from tools.domain.errors import InputError
from tools.domain.market import EventWindow

START, END = datetime(2026, 6, 17, 12, tzinfo=NEW_YORK), datetime(2026, 6, 17, 16, tzinfo=NEW_YORK)
FOMC = EventWindow(name="FOMC", start=START, end=END)


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
    with pytest.raises(InputError, match="time zone"):
        in_blackout(datetime(2026, 6, 17, 13), [FOMC])  # noqa: DTZ001
