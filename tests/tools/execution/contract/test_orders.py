"""What an order does is the same at every broker."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.tools.execution.contract.venues import WORTH, Venue
from tests.tools.ledger.specimens import candidate, intent, leg
from tools.domain.errors import BrokerRejected
from tools.domain.order import Order, OrderIntent, OrderStatus, Purpose
from tools.domain.structure import Leg, leg_key

PUT = candidate(leg(480))
SPREAD = candidate(leg(480), leg(470, 1))


def put(**changes: Any) -> OrderIntent:
    return intent(PUT, **{"quantity": 5, **changes})


def spread(**changes: Any) -> OrderIntent:
    return intent(SPREAD, **{"quantity": 3, **changes})


def agree(venue: Venue, promised: OrderIntent, order: Order) -> None:
    """The broker says the same of it wherever it is asked, and its executions are those of its units."""
    broker = venue.reopen()
    assert broker.find(promised.client_order_id) == order
    assert [each for each in broker.orders() if each.client_order_id == promised.client_order_id] == [order]
    done: dict[str, int] = {}
    for fill in broker.fills(promised.client_order_id):
        assert fill.client_order_id == promised.client_order_id
        done[fill.symbol] = done.get(fill.symbol, 0) + fill.quantity
    wanted = {each.contract.occ: each.quantity * order.filled_quantity for each in promised.legs}
    assert done == {symbol: quantity for symbol, quantity in wanted.items() if quantity}


@pytest.mark.parametrize("promised", [put(), spread()], ids=["one leg", "two legs"])
def test_an_order_rests_and_is_found(venue: Venue, promised: OrderIntent) -> None:
    venue.fills_none()
    assert venue.broker.find(promised.client_order_id) is None
    order = venue.broker.submit(promised)
    assert (order.client_order_id, order.broker) == (promised.client_order_id, venue.broker.name)
    assert order.broker_order_id
    assert (order.status, order.quantity, order.filled_quantity) == (OrderStatus.ACCEPTED, promised.quantity, 0)
    assert (order.limit_price, order.filled_price, order.replaced_prices) == (WORTH, None, ())
    assert leg_key(order.legs) == leg_key(promised.legs)
    agree(venue, promised, order)


@pytest.mark.parametrize("promised", [put(), spread()], ids=["one leg", "two legs"])
def test_an_order_is_filled(venue: Venue, promised: OrderIntent) -> None:
    venue.fills_all()
    venue.broker.submit(promised)
    order = venue.broker.find(promised.client_order_id)
    assert order is not None
    assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, promised.quantity)
    assert order.filled_price is not None
    assert order.filled_price >= WORTH
    fills = venue.broker.fills(promised.client_order_id)
    assert -sum(fill.quantity * fill.price for fill in fills) == order.filled_price * promised.quantity
    agree(venue, promised, order)


def test_an_id_is_taken_once(venue: Venue) -> None:
    venue.fills_none()
    first = venue.broker.submit(put())
    again = venue.reopen().submit(put(limit_price=Decimal("2.47")))
    assert again == first
    assert len(venue.broker.orders()) == 1


def test_a_part_is_filled_and_the_rest_withdrawn(venue: Venue) -> None:
    venue.fills_some()
    venue.broker.submit(put())
    order = venue.broker.find(put().client_order_id)
    assert order is not None
    assert order.status is OrderStatus.PARTIALLY_FILLED
    assert 0 < order.filled_quantity < 5
    agree(venue, put(), order)
    ended = venue.broker.cancel(order.client_order_id)
    assert (ended.status, ended.filled_quantity) == (OrderStatus.CANCELLED, order.filled_quantity)
    agree(venue, put(), ended)
    assert venue.broker.cancel(order.client_order_id) == ended


@pytest.mark.parametrize("legs", [PUT.legs, SPREAD.legs], ids=["one leg", "two legs"])
@pytest.mark.parametrize("quantity", [1, 5])
def test_a_walk_keeps_its_row_and_its_prices(venue: Venue, legs: tuple[Leg, ...], quantity: int) -> None:
    promised = put(legs=legs, quantity=quantity)
    venue.fills_none()
    venue.broker.submit(promised)
    for cents in (249, 248, 247):
        order = venue.broker.replace(promised.client_order_id, Decimal(cents) / 100)
    assert order.replaced_prices == (WORTH, Decimal("2.49"), Decimal("2.48"))
    assert (order.limit_price, order.status, order.quantity) == (
        Decimal("2.47"), OrderStatus.ACCEPTED, promised.quantity
    )  # fmt: skip
    assert venue.broker.replace(promised.client_order_id, Decimal("2.47")) == order
    assert len(venue.broker.orders()) == 1
    agree(venue, promised, order)


def test_what_was_filled_is_not_sent_again(venue: Venue) -> None:
    venue.fills_some()
    venue.broker.submit(put())
    filled = 0
    for cents in range(249, 240, -1):
        order = venue.broker.find(put().client_order_id)
        assert order is not None
        assert filled <= order.filled_quantity <= 5
        filled = order.filled_quantity
        if order.status.is_final:
            break
        venue.broker.replace(put().client_order_id, Decimal(cents) / 100)
    assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, 5)
    agree(venue, put(), order)


@pytest.mark.parametrize("quantity", [1, 5])
def test_an_order_that_was_filled_meanwhile_is_not_moved(venue: Venue, quantity: int) -> None:
    venue.fills_none()
    promised = put(quantity=quantity)
    venue.broker.submit(promised)
    venue.fill_resting(promised.client_order_id)
    with pytest.raises(BrokerRejected, match="nothing left to move"):
        venue.broker.replace(promised.client_order_id, Decimal("2.40"))
    order = venue.broker.find(promised.client_order_id)
    assert order is not None
    assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, quantity)
    agree(venue, promised, order)


def test_an_order_that_was_filled_meanwhile_is_not_withdrawn(venue: Venue) -> None:
    venue.fills_none()
    venue.broker.submit(put())
    venue.fill_resting(put().client_order_id)
    order = venue.broker.cancel(put().client_order_id)
    assert (order.status, order.filled_quantity) == (OrderStatus.FILLED, 5)
    agree(venue, put(), order)


def test_what_was_withdrawn_is_not_moved(venue: Venue) -> None:
    venue.fills_none()
    venue.broker.submit(put())
    venue.broker.cancel(put().client_order_id)
    with pytest.raises(BrokerRejected, match="nothing left to move"):
        venue.broker.replace(put().client_order_id, Decimal("2.40"))


def test_a_refusal_leaves_no_order(venue: Venue) -> None:
    venue.refuses()
    with pytest.raises(BrokerRejected):
        venue.broker.submit(put())
    assert venue.broker.find(put().client_order_id) is None
    assert venue.broker.orders() == ()


@pytest.mark.parametrize("changes", [{"quantity": 0}, {"limit_price": Decimal("2.505")}, {"legs": ()}])
def test_what_no_exchange_takes_is_not_sent(venue: Venue, changes: dict[str, Any]) -> None:
    with pytest.raises(BrokerRejected):
        venue.broker.submit(put(**changes))
    assert venue.broker.orders() == ()


def test_orders_that_nobody_knows_cannot_be_touched(venue: Venue) -> None:
    for touch in (lambda: venue.broker.replace("tg-0", WORTH), lambda: venue.broker.cancel("tg-0")):
        with pytest.raises(BrokerRejected, match="unknown"):
            touch()
    assert venue.broker.fills("tg-0") == ()


def test_several_orders_are_told_apart_oldest_first(venue: Venue) -> None:
    venue.fills_none()
    promised = [put(), spread(), put(revision=1)]
    for each in promised:
        venue.broker.submit(each)
    venue.broker.replace(promised[0].client_order_id, Decimal("2.49"))
    assert [order.client_order_id for order in venue.broker.orders()] == [each.client_order_id for each in promised]
    assert [len(order.replaced_prices) for order in venue.broker.orders()] == [1, 0, 0]


def test_closing_pays_a_debit(venue: Venue) -> None:
    venue.hold(leg(480).contract.occ, -5)
    venue.fills_all()
    closing = put(
        purpose=Purpose.CLOSE, legs=(leg(480, 1),), revision=1, limit_price=-WORTH, floor_price=Decimal("-2.60")
    )
    venue.broker.submit(closing)
    order = venue.broker.find(closing.client_order_id)
    assert order is not None
    assert (order.status, order.limit_price) == (OrderStatus.FILLED, -WORTH)
    assert order.filled_price is not None
    assert order.filled_price >= -WORTH
    assert venue.broker.positions() == ()
    agree(venue, closing, order)


def test_a_roll_closes_one_and_opens_another(venue: Venue) -> None:
    venue.hold(leg(480).contract.occ, -5)
    venue.fills_all()
    roll = put(
        purpose=Purpose.ROLL, legs=(leg(480, 1), leg(470, -1)), revision=1,
        limit_price=Decimal("-2.50"), floor_price=Decimal("-2.60"),
    )  # fmt: skip
    venue.broker.submit(roll)
    assert {each.symbol: each.quantity for each in venue.broker.positions()} == {leg(470).contract.occ: -5}
