"""ONE decision path: days through the LangGraph pipeline and through the engine give the same, field by field."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from pipeline.home import Home
from pipeline.wiring import open_ledger
from tests.pipeline.parity import plan_of, side_by_side
from tools.backtest.engine import Engine
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.book import Book
from tools.books.load import shipped_book
from tools.data.simulated.past import SimulatedPast, invented
from tools.desk.house import House
from tools.domain.activity import ActivityKind
from tools.portfolio.exit_rules import ExitRules
from tools.portfolio.rolls import RollRules
from tools.risk.profile import LimitProfile
from tools.screening.rules import Rule

SYMBOLS = ("SPY", "IWM")


def walk(folder: Path, books: tuple[str, ...], first: date, last: date, *, seed: int) -> tuple[int, int]:
    """Both sides over the same days; how many decisions there were, and how many trades ended."""
    market = SimulatedHistory(SimulatedPast(seed=seed, driver=invented(seed=seed), symbols=SYMBOLS))
    return side_by_side(folder, market, plan_of(*books, first=first, last=last))


BOOKS = (("primary", "legacy_volatility"), ("strangle", "cash_secured_put"))


@pytest.mark.parametrize("books", BOOKS)
def test_a_fortnight_is_decided_alike(books: tuple[str, ...], tmp_path: Path) -> None:
    decided, ended = walk(tmp_path, books, date(2008, 9, 15), date(2008, 10, 3), seed=23)
    assert decided > 0
    assert ended > 0


def test_the_reserve_is_sold_alike(tmp_path: Path) -> None:
    """A sweep of every cent, and puts that want them back from the second day on."""
    market = SimulatedHistory(SimulatedPast(seed=23, driver=invented(seed=23), symbols=("SPY", "IWM", "BIL")))
    shipped = shipped_book("reserve")
    changes = {
        "sizing": shipped.sizing.model_copy(update={"allocation": 1.0, "capital": None}),
        "limits": shipped.limits.model_copy(update={"allocation": 1.0, "day_at_risk": 1.0}),
    }
    books = (shipped_book("cash_secured_put"), shipped.model_copy(update=changes))
    plan = Plan(books=books, first=date(2008, 9, 15), last=date(2008, 9, 30), capital=400_000.0, interest=False)
    decided, _ = side_by_side(tmp_path, market, plan)
    assert decided > 5
    engine = Engine(market, plan)
    for snapshot in market.looks(plan.first, plan.last):
        engine.day(snapshot)
    assert engine.journal.counts["sales of the reserve for want of cash"] >= 2


def test_an_account_that_leans_is_rolled_back_alike(tmp_path: Path) -> None:
    market = SimulatedHistory(SimulatedPast(seed=23, driver=invented(seed=23), symbols=SYMBOLS))
    house = House(profile=LimitProfile(net_delta=0.01))
    books = (shipped_book("strangle"), shipped_book("cash_secured_put"))
    plan = Plan(books=books, first=date(2008, 9, 2), last=date(2008, 9, 26), house=house, interest=False)
    side_by_side(tmp_path, market, plan)
    engine = Engine(market, plan)
    for snapshot in market.looks(plan.first, plan.last):
        engine.day(snapshot)
    assert engine.journal.counts["rolls ordered because the account leant"] >= 1


def test_a_spike_over_the_mean_of_thirty_days_is_left_alike(tmp_path: Path) -> None:
    """Both sides see the puts of a summer for 30 days before a mean is known, and leave them on it alone."""
    shipped = shipped_book("cash_secured_put")
    dte = shipped.entry[Rule.DTE].model_copy(update={"low": 60.0})
    quiet = dict.fromkeys(("vix_rise", "spread_rise", "ex_dividend", "assignment"))
    changes = {
        "entry": shipped.entry | {Rule.DTE: dte},
        "exits": ExitRules(iv_over_mean=0.10, **quiet),
        "sizing": shipped.sizing.model_copy(update={"capital": 0.06}),
    }
    plan = Plan(books=(shipped.model_copy(update=changes),), first=FIRST, last=LAST, interest=False)
    market = SimulatedHistory(SimulatedPast(seed=23, driver=invented(seed=23), symbols=("IWM",)))
    _, ended = side_by_side(tmp_path, market, plan)
    assert ended > 0
    with open_ledger(Home(tmp_path)) as ledger:
        records = [ledger.record(row.id) for row in ledger.decisions() if ledger.record(row.id).endings]
    exits = [ending.action["action"]["signals"][0] for record in records for ending in record.endings]
    assert {each["rule"] for each in exits} == {"iv_over_mean"}


def ended_by_the_calendar(*names: str) -> tuple[Book, ...]:
    """Books whose trades live some days and have no exit of their own."""
    quiet = ExitRules(**dict.fromkeys(("vix_rise", "spread_rise", "ex_dividend", "assignment")))
    books = []
    for name in names:
        shipped = shipped_book(name)
        near = shipped.entry[Rule.DTE].model_copy(
            update={"low": 3.0, "high": 16.0, "target": None, "margin": False}
        )
        changes = {"entry": shipped.entry | {Rule.DTE: near}, "exits": quiet, "rolls": RollRules()}
        books.append(shipped.model_copy(update=changes))
    return tuple(books)


def test_expiry_and_assignment_and_what_they_leave_are_alike(tmp_path: Path) -> None:
    """Worthless, in cash, in shares: kept by the wheel, sold by the book that wanted none."""
    books = ended_by_the_calendar("cash_secured_put", "primary", "index_put", "wheel")
    market = SimulatedHistory(SimulatedPast(seed=23, driver=invented(seed=23), symbols=("SPY", "IWM", "XSP")))
    plan = Plan(books=books, first=date(2008, 9, 15), last=date(2008, 10, 17), interest=False)
    _, ended = side_by_side(tmp_path, market, plan)
    assert ended > 10
    with open_ledger(Home(tmp_path)) as ledger:
        records = [ledger.record(row.id) for row in ledger.decisions()]
        assert ledger.verify() == []
    settled = {each.activity.kind for record in records for each in record.settlements}
    assert settled == {ActivityKind.EXPIRED, ActivityKind.ASSIGNED, ActivityKind.SETTLED}
    exits = {each.action["action"]["signals"][0]["rule"] for record in records for each in record.endings}
    assert exits == {"delivered"}


FIRST, LAST = date(2008, 7, 1), date(2008, 8, 29)
WINDOWS, SESSIONS = 27, 19
"""513 days; the trades of every third window live through their expiry."""


@pytest.mark.soak
@pytest.mark.parametrize("number", range(WINDOWS))
def test_days_at_random_are_decided_alike(number: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(1987 + number)
    market = SimulatedPast(seed=number, driver=invented(seed=number), symbols=SYMBOLS)
    begin = int(chance.integers(260, len(market.sessions) - SESSIONS))
    first, last = (date.fromisoformat(str(market.sessions[row])) for row in (begin, begin + SESSIONS - 1))
    if number % 3 == 2:
        books = ended_by_the_calendar("cash_secured_put", "primary", "wheel")
        plan = Plan(books=books, first=first, last=last, interest=False)
        side_by_side(tmp_path, SimulatedHistory(market), plan)
        return
    walk(tmp_path, BOOKS[number % 3], first, last, seed=number)
