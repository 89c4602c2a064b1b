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
from tools.books.load import shipped_book
from tools.data.simulated.past import SimulatedPast, invented
from tools.desk.house import House
from tools.portfolio.exit_rules import ExitRules
from tools.risk.profile import LimitProfile
from tools.screening.rules import Rule

SYMBOLS = ("SPY", "IWM")


def walk(folder: Path, books: tuple[str, ...], first: date, last: date, *, seed: int) -> tuple[int, int]:
    """Both sides over the same days; how many decisions there were, and how many trades ended."""
    market = SimulatedHistory(SimulatedPast(seed=seed, driver=invented(seed=seed), symbols=SYMBOLS))
    return side_by_side(folder, market, plan_of(*books, first=first, last=last))


@pytest.mark.parametrize("books", [("primary", "legacy_volatility"), ("strangle", "cash_secured_put")])
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


FIRST, LAST = date(2008, 7, 1), date(2008, 8, 29)
WINDOWS, SESSIONS = 27, 19
"""513 days; windows are shorter than any trade of these books may live, since only the engine settles expiries."""


@pytest.mark.soak
@pytest.mark.parametrize("number", range(WINDOWS))
def test_days_at_random_are_decided_alike(number: int, tmp_path: Path) -> None:
    chance = np.random.default_rng(1987 + number)
    market = SimulatedPast(seed=number, driver=invented(seed=number), symbols=SYMBOLS)
    begin = int(chance.integers(260, len(market.sessions) - SESSIONS))
    first, last = (date.fromisoformat(str(market.sessions[row])) for row in (begin, begin + SESSIONS - 1))
    books = [("primary", "legacy_volatility"), ("strangle", "cash_secured_put")][number % 2]
    walk(tmp_path, books, first, last, seed=number)
