"""The far side: the simulated exchange, which also bears witness to what should never have reached it."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

from tools.calendar.sessions import session_close, session_open
from tools.domain.account import BrokerAccount
from tools.domain.chain import new_york_date
from tools.domain.contract import parse_occ
from tools.domain.halt import Halt
from tools.domain.mode import Mode
from tools.domain.order import Order, OrderIntent, OrderStatus
from tools.execution.simulated import SimulatedBroker

MONEY = Decimal(400_000)


class Witness(SimulatedBroker):
    """Every order that arrives is held against what was so at that moment; what is wrong is kept in `wrongs`."""

    clock: Callable[[], datetime]
    halt: Callable[[], Halt | None]
    most: int
    wrongs: list[str]
    arrived: Counter[str]
    messages: deque[tuple[datetime, str, Decimal | None]]

    def watch(self, clock: Callable[[], datetime], halt: Callable[[], Halt | None], *, most: int) -> None:
        self.clock, self.halt, self.most = clock, halt, most
        self.wrongs, self.arrived, self.messages = [], Counter(), deque()
        self._connection.execute("PRAGMA synchronous=OFF")  # no power is cut here

    def submit(self, intent: OrderIntent) -> Order:
        doubled = self.messages and self.messages[-1] == (self.clock(), intent.client_order_id, intent.limit_price)
        self.arrived[intent.client_order_id] += 0 if doubled else 1
        self._saw(intent, intent.limit_price)
        return super().submit(intent)

    def replace(self, client_order_id: str, limit_price: Decimal) -> Order:
        with self._transaction() as connection:
            intent = self._known(connection, client_order_id).intent
        self._saw(intent, limit_price)
        return super().replace(client_order_id, limit_price)

    def cancel(self, client_order_id: str) -> Order:
        self._count(client_order_id, None)
        return super().cancel(client_order_id)

    def account(self) -> BrokerAccount:
        """What is sold short is secured with its strike."""
        secured = sum(
            (Decimal(-held.quantity) * 100 * Decimal(parse_occ(held.symbol)[3]))
            for held in self.positions()
            if held.quantity < 0
        )
        return BrokerAccount(number="SIM-0001", mode=Mode.PAPER, buying_power=MONEY - secured)

    def ring(self) -> None:
        """The closing bell: what rests is over."""
        with self._transaction() as connection:
            for order in [row[0] for row in connection.execute("SELECT client_order_id FROM orders")]:
                if not self._known(connection, order).status.is_final:
                    self._set_status(connection, order, OrderStatus.EXPIRED)

    def _saw(self, intent: OrderIntent, price: Decimal) -> None:
        now, halt = self.clock(), self.halt()
        recent = self._count(intent.client_order_id, price)
        day = new_york_date(now)
        for wrong, what in (
            (not session_open(day) <= now <= session_close(day), "after hours"),
            (halt is not None and halt.stops(intent.purpose), "against the kill switch"),
            (recent > self.most, f"as message {recent} of a minute"),
            (not intent.floor_price <= price <= intent.limit_price, f"at {price}, outside its limits"),
        ):
            if wrong:
                self.wrongs.append(f"{intent.client_order_id} arrived {what} at {now}")

    def _count(self, order_id: str, price: Decimal | None) -> int:
        """Messages of the last minute; one that the network has doubled is one."""
        now = self.clock()
        if not self.messages or self.messages[-1] != (now, order_id, price):
            self.messages.append((now, order_id, price))
        return sum(at > now - timedelta(minutes=1) for at, _, _ in self.messages)
