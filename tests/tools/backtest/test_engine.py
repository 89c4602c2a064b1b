"""The engine over a storm of one fund: what must hold whatever the market does."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

import pytest
from pydantic import ValidationError

from tests.tools.backtest.markets import FIRST, LAST, Spoilt, dearer, plan_of, without_chain
from tools.backtest.costs import Commissions, FillStyle, Slippage
from tools.backtest.engine import Engine, backtest
from tools.backtest.journal import Journal
from tools.domain.chain import new_york_date
from tools.domain.decision import Outcome
from tools.domain.market import Snapshot

BOOKS = ("primary", "cash_secured_put", "strangle")
MIDDLE = date(2008, 9, 24)
CENT = Decimal("0.01")


def engine_of(market: Spoilt, last: date = LAST, **changes: object) -> Engine:
    plan = plan_of(*BOOKS, last=last, **changes)
    engine = Engine(market, plan)
    for snapshot in market.looks(plan.first, plan.last):
        engine.day(snapshot)
    return engine


@lru_cache
def whole() -> Engine:
    return engine_of(Spoilt())


def until(journal: Journal, day: date) -> tuple[object, ...]:
    """What was decided, ended and held up to a day, for comparing two runs."""
    return (
        [each for each in journal.decisions if new_york_date(each.candidate.as_of) <= day],
        [each for each in journal.trades if new_york_date(each.closed_at) <= day],
        [each for each in journal.days if each.day <= day],
    )


def test_the_window_is_worth_testing() -> None:
    journal = whole().journal
    assert {trade.book for trade in journal.trades} == set(BOOKS)
    assert {trade.exit.split(":")[0] for trade in journal.trades} >= {"take_profit", "adverse_stop"}
    assert {each.outcome for each in journal.decisions} >= {Outcome.APPROVED, Outcome.REFUSED}
    assert any(trade.rolls for trade in journal.trades)


def test_cash_and_marks_are_the_capital_and_what_the_books_made() -> None:
    engine = whole()
    made = sum((engine.books.statement(name).pnl or Decimal(0) for name in engine.books.books), Decimal(0))
    assert engine.books.value == Decimal(1_000_000) + made
    assert engine.journal.days[-1].nav == pytest.approx(float(engine.books.value), abs=0.005)


def test_a_trade_makes_what_its_fills_brought() -> None:
    """Every trade that is over is flat, and its line says the cash of its own page."""
    engine = whole()
    for trade in engine.journal.trades:
        page = engine.books.trade(trade.book, trade.id)
        if trade.id not in engine.blotter.open:
            assert page.is_flat
            assert trade.pnl == page.cash


def test_the_same_market_gives_the_same_journal() -> None:
    assert until(engine_of(Spoilt()).journal, LAST) == until(whole().journal, LAST)


def test_a_shorter_run_is_the_beginning_of_a_longer_one() -> None:
    assert until(engine_of(Spoilt(), last=MIDDLE).journal, MIDDLE) == until(whole().journal, MIDDLE)


def test_what_happens_later_changes_nothing_before_it() -> None:
    def later(snapshot: Snapshot) -> Snapshot:
        return dearer(snapshot, 3.0) if new_york_date(snapshot.as_of) > MIDDLE else snapshot

    spoilt = engine_of(Spoilt(later)).journal
    assert until(spoilt, MIDDLE) == until(whole().journal, MIDDLE)
    assert until(spoilt, LAST) != until(whole().journal, LAST)


def test_a_day_nobody_quotes_is_marked_at_the_last_prices_and_traded_by_nobody() -> None:
    silent = MIDDLE

    def gone(snapshot: Snapshot) -> Snapshot:
        return without_chain(snapshot, "SPY") if new_york_date(snapshot.as_of) == silent else snapshot

    journal = engine_of(Spoilt(gone)).journal
    assert not [each for each in journal.decisions if new_york_date(each.candidate.as_of) == silent]
    assert not [each for each in journal.trades if new_york_date(each.closed_at) == silent]
    before, on = (next(line for line in journal.days if line.day == day) for day in (date(2008, 9, 23), silent))
    assert on.open_trades == before.open_trades > 0
    assert on.nav == pytest.approx(before.nav, abs=100)  # a day's interest and nothing else
    assert journal.counts["marks carried from an earlier day"] > 0


def test_a_day_that_is_missing_altogether_is_no_day() -> None:
    def holed(snapshot: Snapshot) -> Snapshot | None:
        return None if new_york_date(snapshot.as_of) == MIDDLE else snapshot

    days = [line.day for line in engine_of(Spoilt(holed)).journal.days]
    assert MIDDLE not in days
    assert days == [line.day for line in whole().journal.days if line.day != MIDDLE]


def test_no_trade_outlives_its_planned_end_but_for_want_of_a_taker() -> None:
    """H1: 21 days; the engine asks for the exit on the first look on which it is due."""
    engine = Engine(Spoilt(), plan_of("primary", slippage=Slippage(style=FillStyle.SHARE, share=1.0)))
    for snapshot in Spoilt().looks(FIRST, LAST):
        engine.day(snapshot)
        today = new_york_date(snapshot.as_of)
        for trade in engine.blotter.open.values():
            assert (trade.expiry - today).days > 21


def test_without_costs_a_round_trip_costs_nothing() -> None:
    free = {
        "slippage": Slippage(style=FillStyle.SHARE, share=0.0, participation=0.0),
        "commissions": Commissions(per_contract=Decimal(0)),
    }
    journal = engine_of(Spoilt(), **free).journal
    assert journal.trades
    for trade in journal.trades:
        assert float(trade.pnl) == pytest.approx((trade.credit - trade.debit) * trade.contracts * 100, abs=0.01)


def test_idle_cash_earns_the_bill_rate_and_nothing_else_happens() -> None:
    """A capital in which no contract fits: e^(r·days/365) from look to look, to the cent of each."""
    poor = Engine(Spoilt(), plan_of("primary", capital=1_000.0))
    expected, last = Decimal(1_000), None
    for snapshot in Spoilt().looks(FIRST, MIDDLE):
        today, rate = new_york_date(snapshot.as_of), snapshot.chains["SPY"].rate
        if last is not None:
            growth = Decimal(repr(math.expm1(rate * (today - last).days / 365)))
            expected += (expected * growth).quantize(CENT)
        poor.day(snapshot)
        last = today
    assert not poor.journal.trades
    assert poor.books.cash == expected > 1_000


def test_what_waits_is_let_through_where_people_say_yes() -> None:
    told = plan_of(*BOOKS, people="approve", confidence=4.0)
    lenient = backtest(Spoilt(), told)
    strict = backtest(Spoilt(), told.model_copy(update={"people": "refuse"}))
    waiting = [each for each in strict.decisions if each.outcome is Outcome.WAITING]
    assert waiting
    assert sum(each.units for each in lenient.decisions) > sum(each.units for each in strict.decisions)


def test_progress_is_told_day_by_day() -> None:
    days: list[date] = []
    journal = backtest(Spoilt(), plan_of("primary", last=FIRST + timedelta(days=7)), progress=days.append)
    assert days == [line.day for line in journal.days]


def test_a_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValidationError, match="lies after the last one"):
        plan_of("primary", last=FIRST - timedelta(days=1))


def test_what_assignment_left_of_a_trade_is_closed_once() -> None:
    """A condor that lost its short legs: the others go at the next look, and no rule asks for them again."""
    engine, seen = Engine(Spoilt(), plan_of("primary")), iter(Spoilt().looks(FIRST, LAST))
    while not any(len(trade.legs) == 4 for trade in engine.blotter.open.values()):
        engine.day(next(seen))
    trade = next(trade for trade in engine.blotter.open.values() if len(trade.legs) == 4)
    left = tuple(leg for leg in trade.legs if leg.quantity > 0)
    engine.blotter.open[trade.id] = trade.model_copy(update={"legs": left, "broken": True})
    engine.day(next(seen))
    ended = [each for each in engine.journal.trades if each.id == trade.id]
    assert [each.exit for each in ended] == ["orphan: a leg was assigned or has expired"]
    assert trade.id not in engine.blotter.open
