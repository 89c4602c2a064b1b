"""What held legs were seen at, on every database: a row a day, exact, kept while held, written again the same."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.tools.ledger.specimens import AS_OF
from tools.calendar.trading_time import Clock
from tools.domain.chain import new_york_date
from tools.domain.errors import LedgerError
from tools.ledger.schema import seen_vols
from tools.ledger.store import Ledger
from tools.portfolio.vol_memory import DAYS, SeenVol

CLOCK = Clock.TRADING_278
HELD, GONE = "SPY", "SPY   190614P00270000"
"""What the specimen account holds, and what it does not."""


def seen(days: float, vol: float, symbol: str = HELD, clock: Clock = CLOCK) -> SeenVol:
    return SeenVol(symbol, clock, AS_OF + timedelta(days=days), vol)


def rows(ledger: Ledger) -> list[tuple[object, ...]]:
    with ledger.database.read() as connection:
        return sorted(tuple(row) for row in connection.execute(select(seen_vols)))


def test_the_mean_is_read_back_to_the_last_digit(ledger: Ledger) -> None:
    vols = [0.1 + 1 / (day + 3) for day in range(DAYS)]
    for day, vol in enumerate(vols):
        ledger.vols.see([seen(day, vol), seen(day, 0.5, clock=Clock.CALENDAR_365)])
    today = new_york_date(AS_OF + timedelta(days=DAYS))
    memory = ledger.vols.memory(before=today)
    assert memory.means(clock=CLOCK, today=today) == {HELD: sum(vols) / DAYS}
    earlier = today - timedelta(days=1)
    assert ledger.vols.memory(before=earlier).means(clock=CLOCK, today=earlier) == {}


def test_the_last_look_of_a_day_stands_and_the_same_look_again_changes_nothing(ledger: Ledger) -> None:
    ledger.vols.see([seen(0, 0.20), seen(1, 0.30)])
    ledger.vols.see([seen(0.01, 0.21)])
    before = rows(ledger)
    ledger.vols.see([seen(0, 0.20)])  # an earlier look, repeated
    ledger.vols.see([seen(0.01, 0.21), seen(1, 0.30)])
    assert rows(ledger) == before
    kept = ledger.vols.memory(before=new_york_date(AS_OF + timedelta(days=9))).kept[CLOCK, HELD]
    assert list(kept.values()) == [0.21, 0.30]


def test_what_is_no_longer_held_is_forgotten(ledger: Ledger) -> None:
    ledger.vols.see([seen(0, 0.20), seen(0, 0.20, symbol=GONE)])
    ledger.vols.forget()
    assert {row[2] for row in rows(ledger)} == {HELD}
    ledger.vols.forget()
    assert {row[2] for row in rows(ledger)} == {HELD}


def test_a_look_is_written_whole_or_not_at_all_and_breaks_no_chain(ledger: Ledger) -> None:
    naive = SeenVol(HELD, CLOCK, AS_OF.replace(tzinfo=None), 0.2)
    with pytest.raises((LedgerError, ValueError), match="time zone"):
        ledger.vols.see([seen(0, 0.20), naive])
    assert rows(ledger) == []
    ledger.vols.see([seen(0, 0.20)])
    assert ledger.verify() == []
