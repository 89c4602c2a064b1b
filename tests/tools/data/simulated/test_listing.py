"""Expiries and strikes that an exchange would list."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.tools.data.simulated.samples import day
from tools.calendar.sessions import is_session
from tools.data.simulated.listing import listed_expiries
from tools.data.simulated.parameters import load_parameters

DEEP = load_parameters().liquidity["deep"]


def test_expiries_of_the_embedded_day() -> None:
    """Christmas and New Year's Day 2026-27 are Fridays: those weeklies expire on the Thursday."""
    days = [each.day for each in listed_expiries(date(2026, 11, 20), DEEP)]
    weeklies = ["2026-11-27", "2026-12-04", "2026-12-11", "2026-12-24", "2026-12-31", "2027-01-08", "2027-01-22"]
    monthlies = ["2026-12-18", "2027-01-15", "2027-02-19", "2027-03-19", "2027-04-16", "2027-05-21"]
    leaps = ["2028-01-21", "2029-01-19"]
    assert days == [date.fromisoformat(each) for each in sorted([*weeklies, "2027-01-29", *monthlies, *leaps])]


@pytest.mark.parametrize("today", [date(2026, 12, 24), date(2027, 3, 25), date(2026, 11, 21), date(2027, 6, 18)])
def test_expiries_are_sessions_ahead_in_their_numbers(today: date) -> None:
    expiries = listed_expiries(today, DEEP)
    assert all(is_session(each.day) and each.day > today for each in expiries)
    assert sum(not each.monthly for each in expiries) == DEEP.weeklies
    assert sum(each.monthly for each in expiries) == DEEP.monthlies + DEEP.leaps
    assert len({each.day for each in expiries}) == len(expiries)


def test_strikes_lie_on_their_steps_around_the_spot() -> None:
    for symbol, listed in load_parameters().underlying.items():
        chain = day().chains[symbol]
        weekly = np.unique(chain.strike[chain.expiry == np.datetime64("2027-01-08")])
        assert np.allclose(np.diff(weekly), listed.steps[0])
        tenth_delta = np.exp(1.28 * listed.vol.normal * np.sqrt(49 / 365))
        assert weekly[0] < chain.spot / tenth_delta
        assert weekly[-1] > chain.spot * tenth_delta
        far = np.unique(chain.strike[chain.expiry == np.datetime64("2027-05-21")])
        assert np.allclose(np.diff(far), listed.steps[1])
