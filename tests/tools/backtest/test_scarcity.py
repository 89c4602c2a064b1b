"""Who gets the money when there is little: shown by what was reserved, not by the order of calls (spec J)."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.backtest.analysts import Says, analysis_of
from tests.tools.portfolio.samples import CLOCK, account, chain, put, snapshot
from tools.backtest.entries import Room, judge_all
from tools.backtest.opinions import Opinion
from tools.books.book import Book
from tools.books.load import shipped_book
from tools.desk.house import House
from tools.domain.decision import Outcome
from tools.portfolio.allocation import Budget, CapitalPlan
from tools.portfolio.positions import read_positions
from tools.portfolio.sequence import Step
from tools.risk.profile import LimitProfile
from tools.screening.rules import Rule
from tools.sizing.rule import SizingRule

MARKET = snapshot(chain("XOM"), chain("CVX"))
WIDE = LimitProfile(
    allocation=1.0, day_at_risk=1.0, sector=1.0, sector_uncorrelated=1.0, net_delta=9.0, gamma=1.0, fit_cap=10.0
)
NAMES = ("theta", "condors", "momentum", "carry")
PUTS = dict(zip(NAMES, ((95.0, "XOM"), (90.0, "XOM"), (95.0, "CVX"), (90.0, "CVX")), strict=True))
STEPS = dict(zip(NAMES, (Step.OPTIONS, Step.IV_OPTIONS, Step.MOMENTUM, Step.RESERVE), strict=True))


def book(name: str, *, step: Step, rank: int = 1, allocation: float = 1.0) -> Book:
    shipped = shipped_book("cash_secured_put")
    entry = {rule: each for rule, each in shipped.entry.items() if rule is not Rule.SECTOR_AFTER_TRADE}
    changes = {
        "name": name,
        "step": step,
        "rank": rank,
        "sizing": SizingRule(allocation=allocation),
        "entry": entry,
    }
    return shipped.model_copy(update=changes)


def spent(
    books: tuple[Book, ...],
    *,
    cash: float,
    plan: CapitalPlan | None = None,
    order: tuple[int, ...] | None = None,
    quantitative: dict[str, float] | None = None,
    confidence: dict[str, float] | None = None,
) -> dict[str, float]:
    """Collateral that each book reserves when all propose a put at once; 0 where it was refused."""
    house = House(profile=WIDE, capital=plan or CapitalPlan())
    holder = account(cash=cash)
    positions = read_positions(holder, MARKET, clock=CLOCK, gap=WIDE.overnight)
    room = Room(MARKET, holder, {each.name: each for each in books}, house, {CLOCK: positions})
    proposed = [
        put(
            PUTS[each.name][0],
            symbol=PUTS[each.name][1],
            book=each.name,
            quantitative=(quantitative or {}).get(each.name, 9.0),
        )
        for each in books
    ]
    mixed = [proposed[place] for place in order] if order else proposed
    analyst = Says(lambda candidate: Opinion(analysis_of((confidence or {}).get(candidate.book, 9.0))))
    judged = judge_all(mixed, room, analyst=analyst)
    return {
        each.candidate.book: each.reservation.cash
        if each.reservation is not None and each.gate.outcome is not Outcome.REFUSED
        else 0.0
        for each in judged
    }


def all_books(ranks: tuple[int, ...] = (1, 1, 1, 1), **sizes: float) -> tuple[Book, ...]:
    return tuple(
        book(name, step=STEPS[name], rank=rank, allocation=sizes.get(name, 1.0))
        for name, rank in zip(NAMES, ranks, strict=True)
    )


@pytest.mark.parametrize("ranks", list(permutations((1, 2, 3, 4))))
def test_options_take_the_capital_first_whatever_the_ranks_say(ranks: tuple[int, ...]) -> None:
    got = spent(all_books(ranks), cash=20_000.0)
    assert got == {"theta": 19_000.0, "condors": 0.0, "momentum": 0.0, "carry": 0.0}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_nor_does_it_matter_who_proposes_first(order: tuple[int, ...]) -> None:
    assert spent(all_books(), cash=20_000.0, order=order)["theta"] == 19_000.0


def test_nor_how_good_the_later_ones_look() -> None:
    got = spent(all_books(), cash=20_000.0, quantitative={"theta": 8.0, "momentum": 10.0, "carry": 10.0})
    assert (got["theta"], got["momentum"]) == (19_000.0, 0.0)


def test_what_the_first_leave_goes_down_the_sequence() -> None:
    got = spent(all_books(theta=0.30, condors=0.30, momentum=0.30), cash=100_000.0)
    assert got == {"theta": 28_500.0, "condors": 27_000.0, "momentum": 28_500.0, "carry": 9_000.0}


def test_within_a_step_the_rank_decides_and_then_the_score() -> None:
    pair = tuple(book(name, step=Step.OPTIONS, rank=rank) for name, rank in (("theta", 2), ("condors", 1)))
    assert spent(pair, cash=10_000.0) == {"theta": 0.0, "condors": 9_000.0}
    equal = tuple(book(name, step=Step.OPTIONS) for name in ("theta", "condors"))
    better = spent(equal, cash=10_000.0, quantitative={"theta": 9.5})
    assert better == {"theta": 9_500.0, "condors": 0.0}


@pytest.mark.parametrize(("loved", "got"), [("theta", (9_500.0, 0.0)), ("condors", (0.0, 9_000.0))])
def test_and_in_the_score_what_the_analyst_says_of_each(loved: str, got: tuple[float, float]) -> None:
    equal = tuple(book(name, step=Step.OPTIONS) for name in ("theta", "condors"))
    assert spent(equal, cash=10_000.0, confidence={loved: 9.5}) == dict(zip(("theta", "condors"), got, strict=True))


def guarantee(share: float) -> CapitalPlan:
    return CapitalPlan(name="test", budgets={"theta": Budget(share=share, books=("theta",), guaranteed=True)})


def test_what_is_guaranteed_stays_even_when_its_owner_asks_for_nothing() -> None:
    got = spent(all_books()[1:], cash=100_000.0, plan=guarantee(0.60))
    assert sum(got.values()) <= 40_000.0
    assert got["condors"] == 36_000.0


@settings(max_examples=60, deadline=None)
@given(
    cash=st.floats(10_000, 500_000),
    share=st.floats(0.05, 0.95),
    ranks=st.permutations((1, 2, 3, 4)),
    order=st.permutations(range(4)),
    sizes=st.tuples(*(st.floats(0.05, 1.0) for _ in NAMES)),
)
def test_the_guarantee_holds_in_every_order(
    cash: float, share: float, ranks: list[int], order: list[int], sizes: tuple[float, ...]
) -> None:
    books = all_books(tuple(ranks), **dict(zip(NAMES, sizes, strict=True)))
    got = spent(books, cash=cash, plan=guarantee(share), order=tuple(order))
    assert sum(got.values()) <= cash + 1e-6
    assert sum(taken for name, taken in got.items() if name != "theta") <= (1 - share) * cash * (1 + 1e-6)
    assert got["theta"] <= share * cash * (1 + 1e-6)
    wanted = min(sizes[0], share) * cash // 9_500 * 9_500
    assert got["theta"] >= wanted - 1e-6 or got["theta"] == 0.0 == wanted
