"""Rolls on third Fridays, the session before where the exchange is closed, and one option per session."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.tools.backtest.replication.markets import days
from tools.backtest.replication.schedule import roll_schedule, years_from_close, years_from_trade


def test_rolls_are_third_fridays_or_the_session_before() -> None:
    on = days(date(2019, 1, 2), date(2019, 6, 28))
    found = roll_schedule(on)
    rolled = [str(day) for day in on[found.row]]
    # Good Friday of 2019 was the third Friday of April.
    assert rolled == [
        "2019-01-02", "2019-01-18", "2019-02-15", "2019-03-15", "2019-04-18", "2019-05-17", "2019-06-21",
    ]  # fmt: skip
    assert [str(day) for day in found.expiry] == [*rolled[1:], "2019-07-19"]
    assert found.starts_between


def test_data_that_begin_on_a_roll_have_no_roll_of_their_own() -> None:
    on = days(date(2019, 1, 18), date(2019, 3, 29))
    found = roll_schedule(on)
    assert not found.starts_between
    assert list(found.row[:2]) == [0, int(np.searchsorted(on, np.datetime64("2019-02-15")))]


def test_three_month_bills_are_bought_on_the_march_cycle() -> None:
    on = days(date(2019, 1, 18), date(2019, 12, 31))
    found = roll_schedule(on)
    bought = {str(on[found.row[roll]])[:7] for roll in np.flatnonzero(found.quarterly)}
    assert bought == {"2019-01", "2019-03", "2019-06", "2019-09", "2019-12"}, "and where the data begin"
    assert list(found.last_quarterly[:6]) == [0, 0, 2, 2, 2, 5]


def test_every_session_holds_an_option_that_has_not_expired() -> None:
    on = days(date(1990, 1, 2), date(1999, 12, 31))
    found = roll_schedule(on)
    assert (found.expiry[found.held] > on).all()
    assert (on[found.row[found.held]] <= on).all()
    assert (years_from_close(on, found.expiry[found.held]) > 0).all()
    assert found.years.max() <= 35 / 365


def test_time_runs_from_the_bell_or_from_midday_to_the_opening_settlement() -> None:
    sold, expiry = np.array(["2021-02-19"], dtype="datetime64[D]"), np.array(["2021-03-19"], dtype="datetime64[D]")
    assert years_from_trade(sold, expiry)[0] * 365 == pytest.approx(28 - 3 / 24)
    assert years_from_close(sold, expiry)[0] * 365 == pytest.approx(28 - 6.5 / 24)
