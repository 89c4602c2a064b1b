"""A/B on the same days: a plan equals itself, dearer trading is told for sure, and entries are matched by legs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.backtest.compare import compare, compared
from tools.backtest.costs import Commissions
from tools.backtest.engine import backtest
from tools.backtest.journal import DayLine, Journal
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.load import shipped_book
from tools.data.simulated.past import SimulatedPast
from tools.domain.errors import InputError

FIRST, LAST = date(2012, 6, 1), date(2012, 6, 15)
INDEX_PUT = Plan(books=(shipped_book("index_put"),), first=FIRST, last=LAST)


@lru_cache
def market() -> SimulatedHistory:
    return SimulatedHistory(SimulatedPast(symbols=("SPX", "XSP")))


def line(day: int, nav: float) -> DayLine:
    return DayLine(
        day=date(2012, 1, day), nav=nav, cash=nav, collateral=0, delta=0, gamma=0, vega=0, theta=0, open_trades=0,
        by_book={},
    )  # fmt: skip


def journal(*navs: float) -> Journal:
    return Journal(days=[line(day, nav) for day, nav in enumerate(navs, start=1)], rates=[0.0] * len(navs))


def test_two_runs_at_once_are_the_runs_alone_and_the_dearer_one_is_told() -> None:
    dear = INDEX_PUT.model_copy(update={"commissions": Commissions(per_contract=Decimal(20))})
    found, cheap_journal, dear_journal = compare(market(), INDEX_PUT, dear, names=("cheap", "dear"), seed=1)
    alone = backtest(market(), dear)
    assert [each.nav for each in dear_journal.days] == [each.nav for each in alone.days]
    assert found.both >= 1
    assert found.b.pnl < found.a.pnl
    assert found.difference.estimate < 0
    assert found.is_told
    assert found.chance < 0.05
    assert found.a.trades == len(cheap_journal.trades)
    assert (found.first, found.last) == (FIRST, LAST)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(5e5, 2e6), min_size=2, max_size=40), st.integers(0, 99))
def test_a_plan_is_as_good_as_itself_and_the_sides_are_each_other_s_mirror(navs: list[float], seed: int) -> None:
    same = compared(journal(*navs), journal(*navs), names=("a", "b"), capital=1e6, seed=seed)
    assert (same.difference.low, same.difference.high, same.chance, same.is_told) == (0, 0, 0.5, False)
    other = [nav * (1 + day / 1000) for day, nav in enumerate(navs)]
    there = compared(journal(*navs), journal(*other), names=("a", "b"), capital=1e6, seed=seed)
    back = compared(journal(*other), journal(*navs), names=("b", "a"), capital=1e6, seed=seed)
    assert there.difference.estimate == pytest.approx(-back.difference.estimate)
    assert there.chance == pytest.approx(1 - back.chance)


def test_what_moves_both_falls_out_of_the_difference() -> None:
    market_moves = [1e6 * (1 + 0.05 * (-1) ** day) for day in range(40)]
    better = [nav * 1.0005 ** (day + 1) for day, nav in enumerate(market_moves)]
    found = compared(journal(*market_moves[:28]), journal(*better[:28]), names=("a", "b"), capital=1e6, seed=3)
    assert found.a.volatility > 0.5
    assert found.is_told
    assert found.chance > 0.99


def test_other_days_or_other_capital_are_no_comparison() -> None:
    with pytest.raises(InputError, match="give both one window"):
        compare(market(), INDEX_PUT, INDEX_PUT.model_copy(update={"capital": 5.0}), names=("a", "b"), seed=1)
    with pytest.raises(InputError, match="share no two days"):
        compared(journal(1e6), journal(1e6), names=("a", "b"), capital=1e6, seed=1)
    late = Journal(days=[replace(each, day=date(2013, 1, 1)) for each in journal(1e6, 1e6).days])
    with pytest.raises(InputError, match="share no two days"):
        compared(journal(1e6, 1e6), late, names=("a", "b"), capital=1e6, seed=1)


def test_the_verdict_says_what_the_interval_says() -> None:
    base = [1e6 * (1 + 0.001 * (-1) ** day) for day in range(28)]
    worse = [nav * 0.999 ** (day + 1) for day, nav in enumerate(base)]
    said = compared(journal(*base), journal(*worse), names=("a", "b"), capital=1e6, seed=3)
    nothing = compared(journal(*base), journal(*base), names=("a", "b"), capital=1e6, seed=3)
    assert nothing.verdict == "Neither a nor b opened a trade in 28 sessions: there is nothing to compare."
    told = replace(said, both=1)
    assert "b earned 25.20 points a year less than a, and chance alone hardly does that" in told.verdict
    assert replace(nothing, both=1).verdict == "b and a earned the same on each of 28 sessions."
    unsure = replace(told, difference=replace(told.difference, high=0.02))
    assert unsure.verdict.startswith(
        "No difference can be told from 28 sessions: b earned 25.20 points a year less"
    )


def test_a_day_without_a_value_keeps_the_last_one() -> None:
    gap = compared(
        journal(1e6, float("nan"), 1.1e6), journal(1e6, 1e6, 1.1e6), names=("a", "b"), capital=1e6, seed=1
    )
    assert gap.difference.estimate == 0
    assert gap.a.total_return == pytest.approx(0.1)
