"""The wheel in history: puts until shares are delivered, calls on them until they go, never both at once."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from tools.backtest.engine import backtest
from tools.backtest.journal import Journal
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.load import shipped_book
from tools.data.simulated.past import SimulatedPast
from tools.domain.structure import StructureKind

PUT, CALL = StructureKind.CASH_SECURED_PUT, StructureKind.COVERED_CALL


@lru_cache
def autumn() -> Journal:
    """SPY from September 2008, as it falls through the strikes."""
    plan = Plan(books=(shipped_book("wheel"),), first=date(2008, 9, 2), last=date(2008, 11, 28))
    return backtest(SimulatedHistory(SimulatedPast(symbols=("SPY",))), plan)


def test_calls_follow_assignment_and_no_put_is_sold_while_shares_are_held() -> None:
    assigned = [each for each in autumn().trades if each.structure is PUT and "assigned" in each.exit]
    assert assigned
    delivered = min(each.closed_at for each in assigned)
    filled = [each.candidate for each in autumn().decisions if each.units]
    calls = [each for each in filled if each.structure is CALL]
    assert calls
    assert min(each.as_of for each in calls) > delivered
    assert all(each.as_of <= delivered for each in filled if each.structure is PUT)


def test_calls_are_covered_by_the_shares_that_came() -> None:
    shares = 0
    events = [(each.closed_at, 100 * each.contracts) for each in autumn().trades if "assigned" in each.exit]
    for decided in (each for each in autumn().decisions if each.units and each.candidate.structure is CALL):
        shares = sum(count for at, count in events if at < decided.candidate.as_of)
        assert 100 * decided.units <= shares


def test_the_book_s_profit_is_the_account_s() -> None:
    last = autumn().days[-1]
    interest = last.nav - 1_000_000.0 - last.by_book["wheel"]
    assert 0 < interest < 1_000_000.0 * 0.03
