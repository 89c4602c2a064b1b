"""The id of an order is a hash of its decision, its legs and its revision, and of nothing else."""

from __future__ import annotations

import pytest

from tests.tools.ledger.specimens import candidate, intent, leg, order
from tools.domain.entered import Entered
from tools.domain.order import OrderStatus, client_order_id

SHORT, LONG = leg(480, -1), leg(470, 1)
ID = client_order_id("d-1", (SHORT, LONG))


def test_the_id_is_the_same_in_every_process() -> None:
    assert ID == "tg-3d8b548e6b8a6d0c50e35e98e8f61d35"
    assert client_order_id("d-1", (LONG, SHORT), 0) == ID  # legs in another order are the same legs


@pytest.mark.parametrize(
    "other",
    [
        client_order_id("d-2", (SHORT, LONG)),
        client_order_id("d-1", (SHORT, LONG), 1),
        client_order_id("d-1", (SHORT,)),
        client_order_id("d-1", (SHORT, leg(470, 2))),
        client_order_id("d-1", (leg(480, 1), leg(470, -1))),
    ],
)
def test_another_decision_revision_or_leg_set_is_another_order(other: str) -> None:
    assert other != ID
    assert len(other) == 35


@pytest.mark.parametrize(
    ("first", "second", "older"),
    [
        ((OrderStatus.ACCEPTED, 0), (OrderStatus.ACCEPTED, 0), False),
        ((OrderStatus.ACCEPTED, 0), (OrderStatus.PARTIALLY_FILLED, 1), True),
        ((OrderStatus.PARTIALLY_FILLED, 1), (OrderStatus.ACCEPTED, 0), False),
        ((OrderStatus.ACCEPTED, 0), (OrderStatus.CANCELLED, 0), True),
        ((OrderStatus.CANCELLED, 0), (OrderStatus.ACCEPTED, 0), False),
        ((OrderStatus.CANCELLED, 1), (OrderStatus.FILLED, 2), True),
    ],
)
def test_an_order_never_grows_younger(
    first: tuple[OrderStatus, int], second: tuple[OrderStatus, int], older: bool
) -> None:
    promised = intent(candidate(leg(480)))
    told, known = (order(promised, status, filled=filled) for status, filled in (first, second))
    assert told.is_older_than(known) is older


def test_what_ended_takes_nothing_more() -> None:
    promised = intent(candidate(leg(480)))
    entered = Entered(intent=promised, unit_cash=100.0)
    assert entered.worst_cash == pytest.approx(2 * (100 + 5))
    assert entered.premium == pytest.approx(500)
    ended = entered.model_copy(update={"order": order(promised, OrderStatus.CANCELLED, filled=1)})
    assert (ended.rest, ended.worst_cash, ended.premium) == (0, 0.0, entered.premium)
