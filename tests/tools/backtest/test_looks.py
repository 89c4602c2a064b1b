"""Histories as they come: days twice, days out of order, days missing, windows that begin on a holiday."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from tests.tools.backtest.conftest import Ran
from tools.backtest.engine import backtest
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.load import shipped_book
from tools.data.simulated.past import SimulatedPast
from tools.domain.market import Snapshot

FIRST, LAST = date(2008, 9, 13), date(2008, 9, 22)  # from a Saturday on
PASSED = "looks passed over: no later day than the one before"


class Disordered(SimulatedHistory):
    """Every day twice, and the first again at the end."""

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        kept = [each for each in super().looks(first, last) for _ in range(2)]
        yield from (*kept, kept[0])


class Gappy(SimulatedHistory):
    """Without its second and third session."""

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        for place, each in enumerate(super().looks(first, last)):
            if place not in {1, 2}:
                yield each


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan(books=(shipped_book("primary"), shipped_book("cash_secured_put")), first=FIRST, last=LAST)


def test_doubled_and_disordered_days_change_nothing_but_their_count(past: SimulatedPast, plan: Plan) -> None:
    clean, messy = backtest(SimulatedHistory(past), plan), backtest(Disordered(past), plan)
    assert messy.days == clean.days
    assert messy.trades == clean.trades
    assert messy.counts[PASSED] == len(clean.days) + 1
    assert clean.counts[PASSED] == 0


def test_a_gap_is_lived_through(past: SimulatedPast, plan: Plan) -> None:
    """Two sessions are missing: their interest is still paid, and the profit still explained whole."""
    journal = backtest(Gappy(past), plan)
    assert [line.day.day for line in journal.days] == [15, 18, 19, 22]
    assert journal.attribution is not None
    explained = float(sum(journal.attribution.money().values()))
    assert journal.days[-1].nav == pytest.approx(plan.capital + explained, abs=0.01)


def test_the_same_run_is_the_same_journal(ran: Ran, past: SimulatedPast, plan: Plan) -> None:
    first, again = (backtest(SimulatedHistory(past), plan) for _ in range(2))
    assert first.days == again.days
    assert first.trades == again.trades
