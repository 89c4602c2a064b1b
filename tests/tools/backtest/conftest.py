"""One run over a few weeks of a crash, shared by the tests that look at what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest

from tools.backtest.engine import Engine
from tools.backtest.journal import Journal
from tools.backtest.outcome import Outcome, outcome
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.load import shipped_book
from tools.data.simulated.past import SimulatedPast

FIRST, LAST = date(2008, 9, 2), date(2008, 10, 3)
BOOKS = ("primary", "cash_secured_put", "covered_call", "index_put")


@dataclass(frozen=True)
class Ran:
    """A run with what made it: the plan, the market, and the engine as it stood at the end."""

    plan: Plan
    market: SimulatedHistory
    engine: Engine

    @property
    def journal(self) -> Journal:
        return self.engine.journal


@pytest.fixture(scope="session")
def past() -> SimulatedPast:
    pytest.importorskip("arch", reason="arch, which carries the S&P 500 history, is not installed")
    return SimulatedPast(symbols=("SPY",))


@pytest.fixture(scope="session")
def ran(past: SimulatedPast) -> Ran:
    """Puts, spreads and calls through September 2008; index puts find nothing in a market of one fund."""
    books = tuple(shipped_book(name) for name in BOOKS)
    plan = Plan(books=books, first=FIRST, last=LAST, holdings={"SPY": 500})
    market = SimulatedHistory(past)
    engine = Engine(market, plan)
    for snapshot in market.looks(plan.first, plan.last):
        engine.day(snapshot)
    engine.journal.attribution = engine.attributing.total()
    return Ran(plan, market, engine)


@pytest.fixture(scope="session")
def measured(ran: Ran) -> Outcome:
    return outcome(ran.journal, ran.plan, ran.market)
