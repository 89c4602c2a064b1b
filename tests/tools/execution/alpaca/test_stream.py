"""The order stream: tells of changes, survives a dropped connection, and misses nothing that happened meanwhile."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from tests.peers.alpaca_order_stream import OrderStreamServer
from tests.peers.alpaca_server import KEY, SECRET
from tests.peers.alpaca_trading_server import TradingServer
from tests.tools.execution.contract.test_orders import put, spread
from tools.domain.errors import BrokerError
from tools.domain.order import OrderStatus
from tools.execution.alpaca.broker import AlpacaBroker
from tools.execution.alpaca.stream import OrderStream

ID, OTHER = put().client_order_id, spread().client_order_id
SOON = 10.0


@pytest.fixture
def updates(server: TradingServer) -> Iterator[OrderStreamServer]:
    with OrderStreamServer(server.exchange) as found:
        yield found


class Heard:
    """What the stream called with, in order."""

    def __init__(self) -> None:
        self.ids: queue.Queue[str] = queue.Queue()

    def __call__(self, client_order_id: str) -> None:
        self.ids.put(client_order_id)

    def next(self) -> str:
        return self.ids.get(timeout=SOON)

    def all(self) -> list[str]:
        found = []
        while not self.ids.empty():
            found.append(self.ids.get())
        return found


Listen = Callable[..., OrderStream]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def listen(updates: OrderStreamServer, broker: AlpacaBroker, heard: Heard) -> Iterator[Listen]:
    started: list[OrderStream] = []

    def start(secret: str = SECRET, **changes: object) -> OrderStream:
        options = {"orders": broker.orders, "on_change": heard, "url": updates.url, "first_wait": 0.02} | changes
        stream = OrderStream(key=KEY, secret=secret, longest_wait=0.1, **options)  # type: ignore[arg-type]
        started.append(stream)
        stream.start()
        return stream

    yield start
    for stream in started:
        stream.stop()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SOON
    while not condition():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.005)


def test_each_change_is_told_under_the_intents_id(
    listen: Listen, heard: Heard, broker: AlpacaBroker, server: TradingServer
) -> None:
    stream = listen()
    until(lambda: not stream.failure)
    broker.submit(put())
    assert heard.next() == ID
    broker.replace(ID, Decimal("2.49"))
    server.exchange.execute()
    time.sleep(0.05)
    assert set(heard.all()) == {ID}


def test_what_our_books_hold_already_is_not_told_when_it_begins(
    listen: Listen, heard: Heard, broker: AlpacaBroker, server: TradingServer
) -> None:
    broker.submit(spread())
    broker.submit(put())
    known = broker.orders()
    server.exchange.execute()  # after our books were written, and before anybody listens
    stream = listen(known=known)
    until(lambda: not stream.failure)
    assert heard.all() == [ID]


def test_what_was_lost_with_the_connection_is_caught_up(
    listen: Listen, heard: Heard, broker: AlpacaBroker, server: TradingServer, updates: OrderStreamServer
) -> None:
    broker.submit(put())
    broker.submit(spread())
    listen()
    until(lambda: updates.signed_in == 1)
    assert [heard.next(), heard.next()] == [ID, OTHER]
    updates.losing = True
    server.exchange.execute()
    time.sleep(0.05)
    assert heard.all() == []
    updates.losing = False
    updates.drop()
    assert heard.next() == OTHER
    order = broker.find(OTHER)
    assert order is not None
    assert order.status is OrderStatus.FILLED
    until(lambda: updates.signed_in == 2)
    server.exchange.execute()
    assert heard.next() == ID


def test_nothing_is_lost_over_many_drops(
    listen: Listen, heard: Heard, broker: AlpacaBroker, server: TradingServer, updates: OrderStreamServer
) -> None:
    """Whoever listens and looks up what changed ends with what the broker holds."""
    known: dict[str, OrderStatus] = {}

    def look(client_order_id: str) -> None:
        order = broker.find(client_order_id)
        assert order is not None
        known[client_order_id] = order.status

    listen(on_change=look)
    promised = [put(revision=number) for number in range(12)]
    for number, each in enumerate(promised):
        updates.losing = number % 3 == 1
        broker.submit(each)
        if number % 2:
            server.exchange.execute()
        if number % 3 == 2:
            updates.drop()
    updates.losing = False
    updates.drop()
    until(lambda: known == {order.client_order_id: order.status for order in broker.orders()})


def test_a_broker_that_cannot_be_asked_is_asked_again(
    listen: Listen, heard: Heard, broker: AlpacaBroker, updates: OrderStreamServer
) -> None:
    broker.submit(put())
    failures = iter([BrokerError("down"), BrokerError("down")])

    def orders() -> object:
        for failure in failures:
            raise failure
        return broker.orders()

    stream = listen(orders=orders)
    assert heard.next() == ID
    until(lambda: not stream.failure)
    assert updates.signed_in == 3


def test_a_refused_key_is_said_and_never_listens(listen: Listen, updates: OrderStreamServer) -> None:
    stream = listen(secret="wrong")
    until(lambda: "refused the key" in stream.failure)
    assert updates.signed_in == 0


def test_it_stops_at_once_from_any_thread_and_from_within(
    listen: Listen, broker: AlpacaBroker, updates: OrderStreamServer
) -> None:
    quiet = listen()
    until(lambda: not quiet.failure)
    before = time.monotonic()
    for thread in [threading.Thread(target=quiet.stop) for _ in range(3)]:
        thread.start()
    quiet.stop()
    assert time.monotonic() - before < 3
    assert quiet.failure == "it was stopped"
    called: list[str] = []

    def once(client_order_id: str) -> None:
        called.append(client_order_id)
        stream.stop()

    broker.submit(put())
    broker.submit(spread())
    stream = listen(on_change=once)
    until(lambda: stream.failure == "it was stopped")
    assert called == [ID]


def test_it_stops_while_nobody_answers(listen: Listen) -> None:
    stream = listen(url="ws://127.0.0.1:9/stream")
    time.sleep(0.05)
    stream.stop()
    assert stream.failure == "it was stopped"
