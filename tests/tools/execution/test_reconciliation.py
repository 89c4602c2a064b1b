"""Differences between two sets of books are named, and only what is on its way counts as explained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.domain.order import Fill, Order, OrderStatus
from tools.execution.reconciliation import Difference, Kind, Side, Unbooked, reconcile

AT = datetime(2026, 11, 20, 20, 45, tzinfo=UTC)
NOTHING = Unbooked(fills=(), multipliers={})
PUT = "XOM261218P00100000"


def order(key: str = "tg-1", *, filled: int = 2, **changes: Any) -> Order:
    base: dict[str, Any] = {
        "client_order_id": key, "broker": "simulated", "broker_order_id": f"sim-{key}",
        "status": OrderStatus.FILLED, "quantity": 2, "filled_quantity": filled, "limit_price": Decimal("1.20"),
    }  # fmt: skip
    return Order(**(base | changes))


def side(*orders: Order, positions: dict[str, int] | None = None, cash: str = "1000.00") -> Side:
    return Side({each.client_order_id: each for each in orders}, positions or {}, Decimal(cash))


def found(
    ours: Side, theirs: Side, unfinished: Iterable[str] = (), unbooked: Unbooked = NOTHING
) -> list[Difference]:
    return list(reconcile(ours, theirs, unfinished=unfinished, unbooked=unbooked))


def kinds(differences: Iterable[Difference]) -> list[Kind]:
    return [each.kind for each in differences]


SAME = side(order(), positions={PUT: -2, "XOM": 100})


def test_the_same_books_do_not_differ() -> None:
    assert found(SAME, SAME) == []


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        (replace(SAME, orders={}), [Kind.LOST_ORDER]),
        (side(order(), order("by hand"), positions=dict(SAME.positions)), [Kind.UNKNOWN_ORDER]),
        (side(order(status=OrderStatus.CANCELLED, filled=1), positions=dict(SAME.positions)), [Kind.OTHER_END]),
        (replace(SAME, positions={PUT: -2}), [Kind.POSITION]),
        (replace(SAME, positions={PUT: -1, "XOM": 100}), [Kind.POSITION]),
        (replace(SAME, positions={**SAME.positions, "SPY": 1}), [Kind.POSITION]),
        (replace(SAME, cash=Decimal("999.99")), [Kind.CASH]),
    ],
)
def test_each_difference_has_its_name_and_no_explanation(theirs: Side, expected: list[Kind]) -> None:
    differences = found(SAME, theirs)
    assert kinds(differences) == expected
    assert not any(each.is_explained for each in differences)
    assert all(each.ours != each.theirs for each in differences)


def test_what_was_never_sent_is_not_missed() -> None:
    refused = order(broker_order_id=None, status=OrderStatus.REJECTED, filled=0)
    assert found(side(refused), side()) == []


def executed(units: int) -> Unbooked:
    fill = Fill(
        fill_id="tg-1/0/0", client_order_id="tg-1", symbol=PUT, quantity=-units, price=Decimal("1.20"),
        commission=Decimal("0.65") * units, at=AT,
    )  # fmt: skip
    return Unbooked(fills=(fill,), multipliers={PUT: 100})


def test_an_order_that_is_not_seen_to_its_end_explains_what_it_brought() -> None:
    theirs = side(order(), positions={PUT: -2}, cash="1238.70")  # 2 × 1.20 × 100 - 1.30
    differences = found(side(), theirs, ["tg-1"], executed(2))
    assert kinds(differences) == [Kind.PENDING] * 3
    assert all(each.is_explained for each in differences)


def test_it_explains_no_more_than_that() -> None:
    theirs = side(order(), positions={PUT: -3, "SPY": 1}, cash="1238.71")
    differences = found(side(), theirs, ["tg-1"], executed(2))
    assert kinds(differences) == [Kind.PENDING, Kind.POSITION, Kind.POSITION, Kind.CASH]


@given(
    st.dictionaries(st.sampled_from("ABCD"), st.integers(-5, 5), max_size=4),
    st.dictionaries(st.sampled_from("ABCD"), st.integers(-5, 5), max_size=4),
)
def test_every_position_that_differs_is_told_once(ours: dict[str, int], theirs: dict[str, int]) -> None:
    differences = found(side(positions=ours), side(positions=theirs))
    wrong = {symbol for symbol in "ABCD" if ours.get(symbol, 0) != theirs.get(symbol, 0)}
    assert [each.subject for each in differences] == sorted(wrong)
