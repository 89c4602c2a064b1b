"""The staged way out: what goes on which day (spec H7), and what is still to be closed of one."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.books.manage import Close
from tools.books.rollback import DAYS, closings, plan_rollback
from tools.data.simulated import EMBEDDED_AS_OF, EmbeddedMarket
from tools.domain.contract import Right
from tools.domain.market import Snapshot
from tools.domain.structure import Leg, StructureKind
from tools.domain.trade import Trade

TODAY = date(2026, 11, 20)


@cache
def snapshot() -> Snapshot:
    return EmbeddedMarket().snapshot()


def trade(number: int, book: str, contracts: int) -> Trade:
    """A put of SPY, sold a while ago; a later number is further in the money."""
    chain = snapshot().chains["SPY"]
    listed = [chain.contract(row) for row in np.flatnonzero(chain.expiry == chain.expiry.max())]
    puts = sorted((each for each in listed if each.right is Right.PUT), key=lambda each: each.strike)
    before = EMBEDDED_AS_OF - timedelta(days=20)
    return Trade(
        id=f"d-{number}",
        book=book,
        underlying="SPY",
        structure=StructureKind.CASH_SECURED_PUT,
        legs=(Leg(contract=puts[number], quantity=-1),),
        contracts=contracts,
        multiplier=100,
        opened_at=before,
        legs_at=before,
        credit=3.0,
    )


OPEN = [
    trade(9, "strangle", 2),
    trade(3, "income_pop", 4),
    trade(7, "primary", 5),
    trade(4, "primary", 1),
    trade(1, "cash_secured_put", 1),
]


def test_day_one_closes_income_pop_and_halves_primary_and_the_rest_goes_by_cost() -> None:
    days = plan_rollback(OPEN, snapshot(), today=TODAY)
    assert [day.number for day in days] == [1, 2, 3, 4, 5]
    # Thanksgiving lies between the third and the fifth
    assert [str(day.session) for day in days] == [
        "2026-11-20",
        "2026-11-23",
        "2026-11-24",
        "2026-11-25",
        "2026-11-27",
    ]
    assert {item.trade: item.leaves for item in days[0].items} == {"d-3": 0, "d-7": 2, "d-4": 0}
    rest = [item for day in days[1:] for item in day.items]
    assert {item.trade for item in rest} == {"d-1", "d-7", "d-9"}
    costs = [item.cost or 0.0 for item in rest]
    assert costs == sorted(costs)
    assert all(item.leaves == 0 for item in rest)


def test_a_plan_made_on_a_weekend_begins_at_the_next_session() -> None:
    assert plan_rollback(OPEN, snapshot(), today=date(2026, 11, 21))[0].session == date(2026, 11, 23)


def test_what_was_closed_of_a_day_is_not_closed_again() -> None:
    day = plan_rollback(OPEN, snapshot(), today=TODAY)[0]
    due = closings(day, OPEN, snapshot(), why="day 1")
    assert {each.trade.id: each.trade.contracts for each in due} == {"d-3": 4, "d-7": 3, "d-4": 1}
    assert all(isinstance(each, Close) for each in due)
    halved = [OPEN[2].model_copy(update={"contracts": 3})]
    assert [each.trade.contracts for each in closings(day, halved, snapshot(), why="day 1")] == [1]
    assert closings(day, [OPEN[2].model_copy(update={"contracts": 2})], snapshot(), why="day 1") == ()


@given(
    st.lists(
        st.tuples(st.sampled_from(["income_pop", "primary", "strangle", "wheel"]), st.integers(1, 9)),
        min_size=1,
        max_size=14,
    )
)
def test_every_contract_goes_exactly_once(books: list[tuple[str, int]]) -> None:
    trades = [trade(number, book, contracts) for number, (book, contracts) in enumerate(books)]
    days = plan_rollback(trades, snapshot(), today=TODAY)
    left = {each.id: each for each in trades}
    for day in days:
        for action in closings(day, left.values(), snapshot(), why=""):
            before = left.pop(action.trade.id)
            if before.contracts > action.trade.contracts:
                left[before.id] = before.model_copy(update={"contracts": before.contracts - action.trade.contracts})
        if day.number == 1:
            assert not [each for each in left.values() if each.book == "income_pop"]
    assert left == {}
    sizes = [len(day.items) for day in days[1:]]
    assert max(sizes) - min(sizes) <= 1
    assert len(days) == DAYS


def test_nothing_open_has_empty_days() -> None:
    assert [day.items for day in plan_rollback([], snapshot(), today=TODAY)] == [()] * DAYS


def test_a_trade_without_a_quote_goes_last() -> None:
    away = trade(2, "wheel", 1)
    gone = away.legs[0].contract.model_copy(update={"strike": 1.0})
    lost = away.model_copy(update={"id": "d-lost", "legs": (Leg(contract=gone, quantity=-1),)})
    days = plan_rollback([lost, *OPEN], snapshot(), today=TODAY)
    assert days[-1].items[-1].trade == "d-lost"
    assert days[-1].items[-1].cost is None
    assert pytest.approx(0) != days[1].items[0].cost
