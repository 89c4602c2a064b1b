"""Blackout windows by rule, held against the real calendars."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta

import numpy as np

from tests.tools.data.simulated.past.samples import at_hand
from tools.calendar.sessions import NEW_YORK
from tools.data.simulated.past.agenda import Agenda
from tools.data.simulated.past.parameters import load_parameters

FIRST, LAST = date(2003, 1, 1), date(2017, 12, 31)
AGENDA = Agenda(load_parameters(), first=FIRST, last=LAST)


def named(event: str) -> list[date]:
    """Release days of the whole span."""
    days = {
        date.fromisoformat(window.name[-10:])
        for month in range(180)
        for window in AGENDA.after(datetime(2003 + month // 12, month % 12 + 1, 1, tzinfo=NEW_YORK))
        if window.name.startswith(event)
    }
    return sorted(day for day in days if FIRST <= day <= LAST)


def real(event: str) -> np.ndarray:
    with at_hand("calendars", "macro_events.csv").open() as file:
        days = [row["date"] for row in csv.DictReader(file) if row["event"] == event]
    days = [day for day in days if FIRST.isoformat() <= day <= LAST.isoformat()]
    return np.array(sorted(set(days)), dtype="datetime64[D]")


def test_eight_meetings_and_twelve_releases_a_year() -> None:
    assert [len(named(event)) for event in ("FOMC", "CPI", "NFP")] == [15 * 8, 15 * 12, 15 * 12]


def test_releases_keep_the_place_of_the_real_ones() -> None:
    """Payrolls come on the first Friday, now and then on the second; the others within a week or so."""
    for event, file_name, exact, days in (
        ("NFP", "nfp", 0.75, 7),
        ("CPI", "cpi", 0.2, 7),
        ("FOMC", "fomc_decision", 0.1, 14),
    ):
        made = np.array(named(event), dtype="datetime64[D]")
        gaps = np.array([np.abs((made - day).astype(int)).min() for day in real(file_name)])
        assert np.mean(gaps == 0) > exact, event
        assert np.percentile(gaps, 95) <= days, event


def test_windows_that_closed_are_gone_and_the_open_one_is_first() -> None:
    release = datetime(2008, 10, 3, 8, 30, tzinfo=NEW_YORK)
    during = AGENDA.after(release)
    assert during[0].name == "NFP 2008-10-03"
    assert during[0].start <= release < during[0].end
    assert AGENDA.after(during[0].end)[0].name != during[0].name
    assert all(window.start <= release + timedelta(days=121) for window in during)
