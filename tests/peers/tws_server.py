"""TWS on the loopback interface: its text protocol over a real socket, and the 14 faults of the order path.

with TwsServer() as server:
    server.exchange.market(take=-1)                # whatever comes is filled at once
    server.will(Fault.DROPPED, "submit")           # the first order arrives, its acknowledgement does not
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import Any, Self

from tests.peers.faults import Fault, Happenings
from tests.peers.tws_exchange import INACTIVE, WORKING, Exchange, Execution, Leg, Ticket
from tests.peers.tws_line import Line
from tests.peers.tws_messages import (
    BAG,
    Fields,
    Listed,
    completed_order,
    contract_details,
    error,
    execution,
    listed,
    open_order,
    order_status,
    portfolio,
    position,
)

VERSION = 178
OPEN_ORDERS, ALL_OPEN_ORDERS, COMPLETED, EXECUTIONS = 5, 16, 99, 7
LOSES = {
    Fault.READ_TIMEOUT, Fault.FAILED_AFTER, Fault.DROPPED, Fault.NOT_FOUND
}  # fmt: skip
"""What takes an order and leaves its sender without a word."""


class TwsServer:
    """`exchange` is the account; `called` counts what was asked by kind, `seen` holds every message's fields."""

    def __init__(self, exchange: Exchange | None = None) -> None:
        self.exchange = exchange or Exchange()
        self.exchange.listeners.append(self._push)
        self.called: Counter[str] = Counter()
        self.seen: list[list[str]] = []
        self.unknown: set[str] = set()
        self.extra: list[Listed] = []
        self._script: dict[tuple[str, int], Fault] = {}
        self._hides: Counter[int] = Counter()
        self._shut = 0
        self._happenings = Happenings(self.exchange)
        self._numbers: dict[str, int] = {}
        self._clients: dict[int, Line] = {}
        self._lock = threading.RLock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def will(self, fault: Fault, call: str, *, at: int = 1, times: int = 1) -> None:
        """What goes wrong at the `at`-th call of a kind, and at those right after it."""
        for number in range(at, at + times):
            self._script[call, self.called[call] + number] = fault

    def calm(self) -> None:
        """Nothing goes wrong from now on."""
        self._script.clear()

    def drop(self) -> None:
        """Every connection is lost, and the next ones are taken again."""
        with self._lock:
            for client in list(self._clients.values()):
                client.hang_up()

    def say(self, *fields: Fields) -> None:
        """To everybody, unasked."""
        with self._lock:
            for client in self._clients.values():
                for each in fields:
                    client.send(each)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self.drop()
        self._server.server_close()
        self._thread.join()

    # What a connection does.

    def admits(self, client: Line) -> bool:
        with self._lock:
            if self._shut:
                self._shut -= 1
                return False
            if client.id in self._clients:
                client.send(error(-1, 326, "Unable to connect as the client id is already in use."))
                return False
            self._clients[client.id] = client
            client.send([15, 1, self.exchange.number])
            client.send([9, 1, self.exchange.next_order_id()])
            return True

    def leave(self, client: Line) -> None:
        with self._lock:
            if self._clients.get(client.id) is client:
                del self._clients[client.id]

    def hear(self, client: Line, fields: list[str]) -> None:
        """One message: what goes wrong with it, and what is answered."""
        if client.is_cut:
            client.is_cut = False
            client.send(error(-1, 1102, "Connectivity has been restored - data maintained."))
        with self._lock:
            self.seen.append(fields)
            call = self._kind(client, fields)
            self.called[call] += 1
            fault = self._script.get((call, self.called[call]))
        sends = call in {"submit", "replace", "cancel"}
        match fault:
            case Fault.CONNECT_TIMEOUT:
                self._shut = 1
                return client.hang_up()
            case Fault.RATE_LIMITED:
                return client.send(error(-1, 100, "Max rate of messages per second has been exceeded."))
            case Fault.FAILED_BEFORE:
                number = int(fields[2 if call == "cancel" else 1]) if sends else -1
                return client.send(error(number, 322, "Error processing request."))
            case Fault.REJECTED:
                return self._reject(client, call, fields)
            case Fault.NOT_FOUND if not sends:
                self._hides.update((int(fields[0]), COMPLETED, EXECUTIONS))
        if call != "submit":
            self._happenings.happen(fault)
        client.is_mute, client.is_double = (
            fault in LOSES and (sends or fault != Fault.NOT_FOUND),
            fault is Fault.TWICE,
        )
        self._answer(client, fields)
        if call == "submit":
            self._happenings.happen(fault)
        was_mute, client.is_mute, client.is_double = client.is_mute, False, False
        if was_mute:
            self._lose(client, fault)
        return None

    def _lose(self, client: Line, fault: Fault | None) -> None:
        if fault is Fault.NOT_FOUND:
            self._hides.update((ALL_OPEN_ORDERS, COMPLETED, EXECUTIONS))
        if fault is Fault.FAILED_AFTER:
            client.is_cut = True
            client.send(error(-1, 1100, "Connectivity between IB and TWS has been lost."))
        elif fault is not Fault.READ_TIMEOUT:
            client.hang_up()

    def _reject(self, client: Line, call: str, fields: list[str]) -> None:
        words = "Order rejected - reason: insufficient available funds"
        match call:
            case "submit":
                ticket = self._ticket(client, fields)
                self._refused(client, ticket, words)
            case "replace":
                client.send(error(int(fields[1]), 201, words))
            case "cancel":
                client.send(error(int(fields[2]), 10148, "OrderId cannot be cancelled, state: PendingCancel."))
            case "fills":
                client.send(error(int(fields[2]), 322, "Error processing request."))
            case _:
                client.send(error(-1, 322, "Error processing request."))

    def _refused(self, client: Line, ticket: Ticket, words: str) -> None:
        """Kept by TWS as inactive, and told as an error of that order."""
        ticket.status = INACTIVE
        client.send(error(ticket.order_id, 201, words))

    def _kind(self, client: Line, fields: list[str]) -> str:
        match int(fields[0]):
            case 3:
                return "replace" if self.exchange.known(client.id, int(fields[1])) else "submit"
            case 4:
                return "cancel"
            case kind:
                return {ALL_OPEN_ORDERS: "find", EXECUTIONS: "fills"}.get(kind, "other")

    def _answer(self, client: Line, fields: list[str]) -> None:
        match int(fields[0]):
            case 3:
                self._place(client, fields)
            case 4:
                self._cancel(client, int(fields[2]))
            case kind:
                for each in self._told(client, kind, fields):
                    client.send(each)

    def _told(self, client: Line, kind: int, fields: list[str]) -> Iterator[Fields]:
        account = self.exchange.number
        hidden = self._hides[kind] > 0
        self._hides[kind] -= hidden
        match kind:
            case 5 | 16:
                for ticket in self.exchange.tickets:
                    if ticket.status == WORKING and not hidden and (kind == 16 or ticket.client_id == client.id):
                        yield open_order(ticket, *self._contract(ticket), account)
                        yield order_status(ticket)
                yield [53, 1]
            case 99:
                for ticket in self.exchange.tickets:
                    if ticket.status != WORKING and not hidden:
                        yield completed_order(ticket, *self._contract(ticket), account)
                yield [102]
            case 7:
                found = [] if hidden else self._happenings.shuffled(self.exchange.listed())
                for each in found:
                    yield from execution(int(fields[2]), each, self._executed(each), account)
                yield [55, 1, fields[2]]
            case 61:
                for symbol, quantity in sorted(self.exchange.positions.items()):
                    if quantity:
                        yield position(account, self._listed(symbol), quantity)
                yield [62, 1]
            case 6 if fields[2] == "1":
                yield from self._figures()
            case 9:
                yield from self._details(fields)
            case 62:
                yield [64, 1, fields[2]]

    def _figures(self) -> Iterator[Fields]:
        account, cash = self.exchange.number, f"{self.exchange.cash:.2f}"
        for name in ("CashBalance", "AvailableFunds"):
            yield [6, 2, name, cash, "USD", account]
        for symbol, quantity in sorted(self.exchange.positions.items()):
            if quantity:
                yield portfolio(account, self._listed(symbol), quantity)
        yield [54, 1, account]

    def _details(self, fields: list[str]) -> Iterator[Fields]:
        request, number = int(fields[2]), int(fields[3] or 0)
        symbol, kind, local = fields[4], fields[5], fields[13]
        found = [each for each in self.extra if number == each.con_id or (kind == "FOP" and symbol == each.symbol)]
        if not found:
            wanted = (local if kind == "OPT" else symbol).replace(" ", "" if kind == "OPT" else ".")
            if number:
                wanted = next((each for each, known in self._numbers.items() if known == number), "")
            found = [self._listed(wanted)] if wanted and wanted not in self.unknown and kind != "FOP" else []
        if not found:
            yield error(request, 200, "No security definition has been found for the request")
            return
        for each in found:
            yield contract_details(request, each)
        yield [52, 1, request]

    def _ticket(self, client: Line, fields: list[str]) -> Ticket:
        """A new order as it was sent."""
        combo = fields[35:] if fields[4] == "BAG" else []
        legs = [
            Leg(self._symbol(int(part[0])), int(part[1]) * (1 if part[2] == "BUY" else -1))
            for part in (combo[1 + 8 * place :] for place in range(int(combo[0]) if combo else 0))
        ] or [Leg(self._symbol(int(fields[2])), 1)]
        return Ticket(
            perm_id=0, client_id=client.id, order_id=int(fields[1]), ref=fields[26], action=fields[16],
            total=int(float(fields[17])), limit=Decimal(fields[19]), tif=fields[21], legs=legs,
        )  # fmt: skip

    def _place(self, client: Line, fields: list[str]) -> None:
        known = self.exchange.known(client.id, int(fields[1]))
        if known is None:
            ticket = self._ticket(client, fields)
            self.exchange.place(ticket)
            if ticket.status == INACTIVE:
                self._refused(client, ticket, f"Order rejected - reason: {ticket.why}")
        elif known.status != WORKING:
            client.send(error(known.order_id, 104, "Cannot modify a filled order."))
        else:
            self.exchange.move(known, Decimal(fields[19]), int(float(fields[17])))

    def _cancel(self, client: Line, order_id: int) -> None:
        ticket = self.exchange.known(client.id, order_id)
        if ticket is None:
            client.send(error(order_id, 10147, f"OrderId {order_id} that needs to be cancelled is not found."))
        elif ticket.status != WORKING:
            client.send(error(order_id, 10148, f"OrderId {order_id} can not be cancelled, state: {ticket.status}."))
        else:
            self.exchange.cancel(ticket)
            client.send(error(order_id, 202, "Order Canceled - reason:"))

    def _push(self, ticket: Ticket, done: list[Execution]) -> None:
        """News to whoever sent the order."""
        client = self._clients.get(ticket.client_id)
        if client is None:
            return
        if not done:
            client.send(open_order(ticket, *self._contract(ticket), self.exchange.number))
        for each in done:
            for message in execution(-1, each, self._executed(each), self.exchange.number):
                client.send(message)
        client.send(order_status(ticket))

    def _executed(self, each: Execution) -> Listed:
        return self._listed(each.symbol) if each.symbol else BAG

    def _contract(self, ticket: Ticket) -> tuple[Listed, list[Fields]]:
        if len(ticket.legs) == 1:
            return self._listed(ticket.legs[0].symbol), []
        legs: list[Fields] = [
            [self._listed(leg.symbol).con_id, abs(leg.ratio), "BUY" if leg.ratio > 0 else "SELL", "SMART",
             "0", "0", "", "-1"]
            for leg in ticket.legs
        ]  # fmt: skip
        return BAG, legs

    def _listed(self, symbol: str) -> Listed:
        with self._lock:
            return listed(self._numbers.setdefault(symbol, 1000 + len(self._numbers)), symbol)

    def _symbol(self, number: int) -> str:
        return next(symbol for symbol, known in self._numbers.items() if known == number)


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


def _handler(server: TwsServer) -> type[BaseRequestHandler]:
    class Handler(BaseRequestHandler):
        def handle(self) -> None:
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client = Line(self.request)
            with contextlib.suppress(OSError):
                self.converse(client)
            server.leave(client)

        def converse(self, client: Any) -> None:
            assert client.read(4) == b"API\0"
            client.greeting()
            client.send([VERSION, "20261120 10:45:00 EST"])
            client.id = int(client.hear()[2])
            if server.admits(client):
                while True:
                    server.hear(client, client.hear())

    return Handler
