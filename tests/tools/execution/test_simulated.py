from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.tools.execution.conftest import Market
from tests.tools.ledger.specimens import AS_OF, candidate, intent, leg
from tools.domain.account import Position
from tools.domain.contract import Right
from tools.domain.errors import BrokerError, BrokerRejected
from tools.domain.order import OrderIntent, OrderStatus
from tools.execution.broker import Broker
from tools.execution.simulated import SimulatedBroker

OpenBroker = Callable[..., SimulatedBroker]
PUT = candidate(leg(480))
OCC = PUT.legs[0].contract.occ


def put(**changes: object) -> OrderIntent:
    return intent(PUT, **changes)


def test_at_the_natural_price_all_is_filled_at_once(open_broker: OpenBroker) -> None:
    broker: Broker = open_broker()
    order = broker.submit(put(limit_price=Decimal("2.48")))
    assert (order.status, order.filled_quantity, order.filled_price) == (OrderStatus.FILLED, 2, Decimal("2.48"))
    (fill,) = broker.fills(order.client_order_id)
    assert (fill.symbol, fill.quantity, fill.price, fill.commission) == (OCC, -2, Decimal("2.48"), Decimal("1.30"))
    # 1,000 + 2 × 100 × 2.48 - 1.30
    assert broker.cash() == Decimal("1494.70")
    assert broker.positions() == (Position(symbol=OCC, quantity=-2, price=None),)


def test_through_the_natural_price_the_market_pays_its_own(open_broker: OpenBroker) -> None:
    order = open_broker().submit(put(limit_price=Decimal("2.40")))
    assert order.filled_price == Decimal("2.48")


def test_a_duplicate_id_returns_the_order_that_exists(open_broker: OpenBroker) -> None:
    broker = open_broker()
    first = broker.submit(put(limit_price=Decimal("2.48")))
    assert broker.submit(put(limit_price=Decimal("2.48"))) == first
    assert broker.submit(put(limit_price=Decimal("2.40"), quantity=9)) == first
    assert broker.orders() == (first,)
    assert len(broker.fills(first.client_order_id)) == 1


def test_a_walk_fills_the_remainder_and_keeps_its_prices(open_broker: OpenBroker) -> None:
    broker = open_broker(at_mid=0.0)
    order = broker.submit(put())
    assert (order.status, order.filled_quantity) == (OrderStatus.ACCEPTED, 0)
    order = broker.replace(order.client_order_id, Decimal("2.48"))
    assert (order.status, order.limit_price) == (OrderStatus.FILLED, Decimal("2.48"))
    assert order.replaced_prices == (Decimal("2.50"),)
    with pytest.raises(BrokerRejected, match="nothing left to move"):
        broker.replace(order.client_order_id, Decimal("2.47"))


def test_partial_fills_leave_a_remainder_that_can_be_cancelled(open_broker: OpenBroker) -> None:
    broker = open_broker(at_mid=1.0, partial=1.0)
    order = broker.submit(put(quantity=10))
    assert order.status is OrderStatus.PARTIALLY_FILLED
    assert 0 < order.filled_quantity < 10
    cancelled = broker.cancel(order.client_order_id)
    assert (cancelled.status, cancelled.filled_quantity) == (OrderStatus.CANCELLED, order.filled_quantity)
    assert broker.cancel(order.client_order_id) == cancelled
    assert broker.positions()[0].quantity == -order.filled_quantity


def test_the_average_price_is_that_of_the_executions(open_broker: OpenBroker) -> None:
    broker = open_broker(at_mid=1.0, partial=1.0)
    order = broker.submit(put(quantity=3))
    part = order.filled_quantity
    order = broker.replace(order.client_order_id, Decimal("2.48"))
    expected = (part * Decimal("2.50") + (3 - part) * Decimal("2.48")) / 3
    assert order.filled_quantity == 3
    assert order.filled_price is not None
    assert abs(order.filled_price - expected) < Decimal("0.000001")
    fills = broker.fills(order.client_order_id)
    assert len({fill.fill_id for fill in fills}) == len(fills) == 2


def test_replacing_with_the_same_price_asks_the_market_nothing(open_broker: OpenBroker) -> None:
    broker = open_broker(at_mid=0.0)
    order = broker.submit(put())
    assert broker.replace(order.client_order_id, Decimal("2.50")) == order


def test_a_reopened_book_knows_everything(open_broker: OpenBroker) -> None:
    before = open_broker()
    order = before.submit(put(limit_price=Decimal("2.48")))
    before.close()
    after = open_broker()
    assert after.find(order.client_order_id) == order
    assert after.cash() == Decimal("1494.70")
    assert after.find("tg-nothing") is None
    assert after.fills("tg-nothing") == ()


def test_the_seed_decides_and_nothing_else(open_broker: OpenBroker) -> None:
    ids = [intent(candidate(leg(400 + step)), quantity=5) for step in range(30)]

    def outcome(seed: int, name: str) -> list[tuple[OrderStatus, int]]:
        broker = open_broker(seed, name=name)
        return [(order.status, order.filled_quantity) for order in map(broker.submit, ids)]

    assert outcome(1, "a") == outcome(1, "b")
    assert outcome(1, "c") != outcome(2, "d")


def test_a_spread_fills_leg_by_leg_at_its_net_credit(open_broker: OpenBroker, tmp_path: Path) -> None:
    marks = {480.0: 4.30, 470.0: 3.05}

    def quote(legs: tuple) -> tuple[float, float]:
        mid = -sum(one.quantity * marks[one.contract.strike] for one in legs)
        return mid - 0.02 * len(legs), mid + 0.02 * len(legs)

    spread = candidate(leg(480, -1), leg(470, 1))
    broker = SimulatedBroker.open(tmp_path / "spread.sqlite", quote=quote, now=lambda: AS_OF)
    order = broker.submit(intent(spread, quantity=3, limit_price=Decimal("1.21"), floor_price=Decimal("1.21")))
    assert order.filled_price == Decimal("1.21")
    short, long = broker.fills(order.client_order_id)
    assert (short.quantity, long.quantity) == (-3, 3)
    assert short.price - long.price == Decimal("1.21")
    assert broker.cash() == 3 * 100 * Decimal("1.21") - 6 * Decimal("0.65")
    broker.close()


def test_a_condor_is_one_order_whose_four_fills_sum_to_its_net(tmp_path: Path) -> None:
    marks = {470.0: 3.05, 480.0: 4.30, 520.0: 3.90, 530.0: 2.70}

    def quote(legs: tuple) -> tuple[float, float]:
        mid = -sum(one.quantity * marks[one.contract.strike] for one in legs)
        return mid - 0.02 * len(legs), mid + 0.02 * len(legs)

    condor = candidate(leg(470, 1), leg(480, -1), leg(520, -1, right=Right.CALL), leg(530, 1, right=Right.CALL))
    broker = SimulatedBroker.open(tmp_path / "condor.sqlite", quote=quote, now=lambda: AS_OF)
    price = Decimal("2.37")
    order = broker.submit(intent(condor, quantity=3, limit_price=price, floor_price=price))
    fills = broker.fills(order.client_order_id)
    assert (order.filled_quantity, order.filled_price) == (3, price)
    assert [fill.quantity for fill in fills] == [3, -3, -3, 3]
    assert -sum(fill.quantity * fill.price for fill in fills) == 3 * price
    assert broker.cash() == 300 * price - 12 * Decimal("0.65")
    assert sorted(held.quantity for held in broker.positions()) == [-3, -3, 3, 3]
    broker.close()


def test_closing_pays_a_debit(open_broker: OpenBroker) -> None:
    broker = open_broker()
    bought = candidate(leg(480, 1))
    order = broker.submit(intent(bought, limit_price=Decimal("-2.52"), floor_price=Decimal("-2.55")))
    assert order.filled_price == Decimal("-2.52")
    (fill,) = broker.fills(order.client_order_id)
    assert (fill.quantity, fill.price) == (2, Decimal("2.52"))
    assert broker.cash() == 1000 - 2 * 100 * Decimal("2.52") - Decimal("1.30")


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": 0},
        {"quantity": -3},
        {"legs": ()},
        {"limit_price": Decimal("2.505")},
        {"limit_price": Decimal("5.00")},
        {"limit_price": Decimal("0.50")},
    ],
)
def test_what_no_exchange_would_take_is_rejected_and_leaves_no_order(
    open_broker: OpenBroker, changes: dict[str, object]
) -> None:
    broker = open_broker()
    with pytest.raises(BrokerRejected):
        broker.submit(put(**changes))
    assert broker.orders() == ()
    assert broker.cash() == 1000


def test_without_a_market_nothing_is_taken(open_broker: OpenBroker, market: Market) -> None:
    market.credit = None
    with pytest.raises(BrokerRejected, match="no market"):
        open_broker().submit(put())


def test_the_exchange_may_say_no(open_broker: OpenBroker) -> None:
    broker = open_broker(rejection=1.0)
    order = broker.submit(put(limit_price=Decimal("2.48")))
    assert (order.status, order.filled_quantity) == (OrderStatus.REJECTED, 0)
    assert broker.fills(order.client_order_id) == ()


def test_unknown_orders_cannot_be_moved_or_cancelled(open_broker: OpenBroker) -> None:
    broker = open_broker()
    for call in (lambda: broker.cancel("tg-x"), lambda: broker.replace("tg-x", Decimal("1.00"))):
        with pytest.raises(BrokerRejected, match="unknown here"):
            call()


def test_a_broken_book_says_so(tmp_path: Path, market: Market) -> None:
    path = tmp_path / "broken.sqlite"
    path.write_text("not a book " * 500)
    with pytest.raises(BrokerError, match="could not be used"):
        SimulatedBroker.open(path, quote=market, now=lambda: AS_OF)
