"""Puts that nobody closes: they are assigned, their shares are gone a look later, and every cent is explained."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import pytest

from tools.backtest.engine import Engine
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.book import Book
from tools.books.load import shipped_book
from tools.data.simulated.past import SimulatedPast
from tools.domain.contract import is_occ
from tools.performance.attribution import MILLIONTHS

FIRST, LAST, LATEST = date(2008, 9, 2), date(2008, 10, 22), date(2008, 11, 14)


def held_to_the_end(book: Book) -> Book:
    """The same entries, and no exit at all."""
    never = {"take_profit", "adverse_stop", "time_stop", "vix_rise", "iv_over_mean", "spread_rise", "delta"}
    off = dict.fromkeys(never | {"ex_dividend", "assignment"}, None)
    return book.model_copy(update={"exits": book.exits.model_copy(update=off)})


@pytest.fixture(scope="module")
def engine(past: SimulatedPast) -> Engine:
    plan = Plan(books=(held_to_the_end(shipped_book("cash_secured_put")),), first=FIRST, last=LATEST)
    market = SimulatedHistory(past)
    engine = Engine(market, plan)
    owned = []
    for snapshot in market.looks(FIRST, LATEST):
        engine.day(snapshot)
        owned.append(sum(line.quantity for line in engine.books.lines() if not is_occ(line.symbol)))
        # shares delivered in the evening are sold at the next look; a day later they are others, or none
        if snapshot.as_of.date() >= LAST and not owned[-1]:
            break
    assert max(owned) > 0
    assert owned[-1] == 0
    return engine


def test_assigned_puts_end_at_what_they_settled_for(engine: Engine) -> None:
    assigned = [trade for trade in engine.journal.trades if trade.exit == "assigned"]
    assert len(assigned) >= 5
    for trade in assigned:
        expected = (Decimal(repr(round(trade.credit - trade.debit, 6)))) * trade.contracts * trade.multiplier
        commissions = Decimal("0.65") * trade.contracts
        assert trade.pnl == pytest.approx(expected - commissions, abs=Decimal("0.01"))
    assert engine.journal.counts["share orders"] >= 1


def test_every_cent_of_a_delivery_is_explained(engine: Engine) -> None:
    whole = engine.attributing.total()
    value = engine.books.value
    assert value is not None
    assert Decimal(int(whole.pnl.sum())) / MILLIONTHS == value - Decimal(1_000_000)
    by_trade = whole.by("trade")
    found = dict(zip(by_trade.keys["trade"].tolist(), by_trade.pnl.tolist(), strict=True))
    assert all(Decimal(found[trade.id]) / MILLIONTHS == trade.pnl for trade in engine.journal.trades)


def test_an_account_with_delivered_shares_has_a_value_every_day(engine: Engine) -> None:
    for line in engine.journal.days:
        assert not math.isnan(line.nav)
        assert not any(map(math.isnan, line.by_book.values()))
