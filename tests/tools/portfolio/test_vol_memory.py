"""What held legs were seen at: a day counts once, a clock is a clock, and 30 days make a mean."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.calendar.trading_time import Clock
from tools.portfolio.vol_memory import DAYS, SeenVol, VolMemory

PUT = "SPY   080920P00120000"
NOON = datetime(2008, 1, 2, 17, tzinfo=UTC)
CALENDAR, TRADING = Clock.CALENDAR_365, Clock.TRADING_278


def seen(day: int, vol: float, *, symbol: str = PUT, clock: Clock = CALENDAR, hours: float = 0) -> SeenVol:
    return SeenVol(symbol, clock, NOON + timedelta(days=day, hours=hours), vol)


def after(day: int) -> date:
    return (NOON + timedelta(days=day)).date()


def test_thirty_earlier_days_make_a_mean_and_one_less_is_unknown() -> None:
    memory = VolMemory()
    memory.see(seen(day, 0.10 + day / 100) for day in range(30))
    assert memory.means(clock=CALENDAR, today=after(29)) == {}  # the thirtieth is today's own
    # 30 days from 10 % to 39 %, then the last 30 of 31, from 11 % to 40 %
    assert memory.means(clock=CALENDAR, today=after(30)) == pytest.approx({PUT: 0.245})
    memory.see([seen(30, 0.40)])
    assert memory.means(clock=CALENDAR, today=after(30)) == pytest.approx({PUT: 0.245})
    assert memory.means(clock=CALENDAR, today=after(31)) == pytest.approx({PUT: 0.255})


def test_a_day_is_new_york_s_and_its_last_look_stands_for_it() -> None:
    memory = VolMemory()
    # 22:00 in New York is 03:00 of the next day in UTC
    memory.see([seen(0, 0.10), seen(0, 0.20, hours=10), seen(1, 0.30)])
    assert list(memory.kept[CALENDAR, PUT].values()) == [0.20, 0.30]


def test_books_on_other_clocks_and_trades_of_one_contract_do_not_mix() -> None:
    memory = VolMemory()
    for day in range(DAYS):
        memory.see([seen(day, 0.20), seen(day, 0.30, clock=TRADING), seen(day, 0.20)])
    assert memory.means(clock=CALENDAR, today=after(DAYS)) == pytest.approx({PUT: 0.20})
    assert memory.means(clock=TRADING, today=after(DAYS)) == pytest.approx({PUT: 0.30})


def test_what_is_no_longer_held_is_forgotten_and_what_splits_goes_on_under_its_new_name() -> None:
    memory = VolMemory()
    other = PUT.replace("P", "C")
    memory.see([seen(0, 0.20), seen(0, 0.25, symbol=other)])
    memory.keep({PUT, "SPY"})
    assert set(memory.kept) == {(CALENDAR, PUT)}
    memory.rename({PUT: other})
    assert memory.kept == {(CALENDAR, other): {NOON.date(): 0.20}}


@given(st.lists(st.floats(0.01, 3.0), min_size=1, max_size=80))
def test_the_mean_is_that_of_the_last_thirty(vols: list[float]) -> None:
    memory = VolMemory()
    for day, vol in enumerate(vols):
        memory.see([seen(day, vol)])
    found = memory.means(clock=CALENDAR, today=after(len(vols)))
    assert found == ({PUT: sum(vols[-DAYS:]) / DAYS} if len(vols) >= DAYS else {})
    assert len(memory.kept[CALENDAR, PUT]) <= DAYS + 1
