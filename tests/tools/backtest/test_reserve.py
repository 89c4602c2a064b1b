"""The reserve gives the money back when it is wanted: who got the capital when it was scarce (spec J)."""

from __future__ import annotations

from copy import deepcopy
from datetime import date
from decimal import Decimal
from functools import lru_cache

import pytest

from tools.backtest.engine import Engine
from tools.backtest.fills import Exchange
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.book import Book
from tools.books.load import shipped_book
from tools.data.simulated.past import SimulatedPast, invented
from tools.domain.cash import CashKind, CashMovement

FIRST, LAST = date(2008, 9, 2), date(2008, 9, 19)
CAPITAL = 400_000.0
PUTS = "cash_secured_put"


@lru_cache
def history() -> SimulatedHistory:
    return SimulatedHistory(SimulatedPast(driver=invented(seed=23), symbols=("SPY", "BIL")))


def greedy_reserve(*, cash_need: bool = True) -> Book:
    """A reserve that takes every cent that is left."""
    shipped = shipped_book("reserve")
    return shipped.model_copy(
        update={
            "universe": ("BIL",),
            "sizing": shipped.sizing.model_copy(update={"allocation": 1.0, "capital": None}),
            "limits": shipped.limits.model_copy(update={"allocation": 1.0, "day_at_risk": 1.0}),
            "exits": shipped.exits.model_copy(update={"cash_need": cash_need}),
        }
    )


@lru_cache
def run(*, cash_need: bool = True, reserve: bool = True) -> Engine:
    books = (shipped_book(PUTS), *((greedy_reserve(cash_need=cash_need),) if reserve else ()))
    plan = Plan(books=books, first=FIRST, last=LAST, capital=CAPITAL, people="approve")
    engine = Engine(history(), plan)
    for snapshot in history().looks(FIRST, LAST):
        engine.day(snapshot)
    engine.journal.attribution = engine.attributing.total()
    return engine


def put_entries(engine: Engine) -> list[tuple[date, str, int]]:
    found = (each for each in engine.journal.decisions if each.candidate.book == PUTS and each.units)
    return [(each.candidate.as_of.date(), each.candidate.legs_hash, each.units) for each in found]


def test_puts_get_what_they_would_have_got_without_any_reserve() -> None:
    assert len(put_entries(run(reserve=False))) >= 5
    assert put_entries(run()) == put_entries(run(reserve=False))
    assert run().journal.counts["sales of the reserve for want of cash"] >= 3


def test_a_reserve_that_is_not_sold_starves_them() -> None:
    starved = put_entries(run(cash_need=False))
    assert len(starved) < len(put_entries(run())) / 2
    assert run(cash_need=False).journal.counts["sales of the reserve for want of cash"] == 0


def test_no_more_is_sold_than_is_wanted_and_cash_never_falls_short() -> None:
    engine = run()
    held = [line for line in engine.books.lines() if line.symbol == "BIL"]
    assert sum(line.quantity for line in held) > 0  # sold in part, the rest stays
    for line in engine.journal.days:
        assert line.cash >= 0
    last = engine.journal.days[-1]
    secured = sum(
        -line.quantity * 100 * engine.settling.contracts[line.symbol].strike
        for line in engine.books.lines()
        if line.symbol in engine.settling.contracts
    )
    assert last.cash >= secured - 0.01
    (bill,) = (each for each in engine.blotter.open.values() if each.underlying == "BIL")
    entries = [each for each in engine.journal.decisions if each.units]
    bought = next(each.units for each in entries if each.candidate.id == bill.id)
    asked = sum(each.candidate.cash_required * each.units for each in entries if each.candidate.book == PUTS)
    sales = engine.journal.counts["sales of the reserve for want of cash"]
    assert 0 < (bought - bill.contracts) * 91.0 <= asked + sales * 92.0  # to the next whole share


def test_a_sale_is_told_and_attributed() -> None:
    engine = run()
    kept = engine.journal.attribution
    assert kept is not None
    assert float(sum(kept.money().values())) == pytest.approx(engine.journal.days[-1].nav - CAPITAL, abs=0.01)
    bill = next(each for each in engine.blotter.open.values() if each.underlying == "BIL")
    bought = next(each for each in engine.journal.decisions if each.candidate.id == bill.id)
    assert bill.contracts < bought.units


def test_a_settlement_that_leaves_a_debit_is_paid_by_the_reserve() -> None:
    """As an assignment would: cash is gone, and bills are worth more than what is owed."""
    engine = deepcopy(run())
    (snapshot,) = history().looks(LAST, LAST)
    gone = engine.books.cash + Decimal(5_000)
    engine.books.move(CashMovement(kind=CashKind.CAPITAL, amount=-gone, book="", reference="", at=snapshot.as_of))
    plan = engine.plan
    exchange = Exchange(snapshot, plan.house.send, plan.slippage, plan.commissions)
    before = engine.books.cash
    said = engine.manager.raise_cash(snapshot, exchange)
    assert before == Decimal(-5_000)
    secured = sum(
        -line.quantity * 100 * engine.settling.contracts[line.symbol].strike
        for line in engine.books.lines()
        if line.symbol in engine.settling.contracts
    )
    assert said == ""
    assert 0 <= float(engine.books.cash) - secured < 100  # a share more at most
