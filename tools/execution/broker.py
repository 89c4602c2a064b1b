"""What every broker offers. Concrete brokers sit beside this file; one contract suite covers them all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import Protocol

from tools.domain.account import BrokerAccount, Position
from tools.domain.activity import Activity
from tools.domain.order import Fill, Order, OrderIntent


class Broker(Protocol):
    """A place that takes limit orders. Every call may raise `BrokerRejected`, `OutcomeUnknown` or `BrokerError`.

    `enforces_unique_ids` says whether a second order with the same client order id is refused there;
    where it is not, nothing is ever sent again without a person.
    """

    name: str
    enforces_unique_ids: bool

    def submit(self, intent: OrderIntent) -> Order:
        """Send once. A duplicate id returns the order that exists."""
        ...

    def find(self, client_order_id: str) -> Order | None:
        """The order under this id, None when the broker has never heard of it."""
        ...

    def replace(self, client_order_id: str, limit_price: Decimal) -> Order:
        """Move the limit of the unfilled remainder."""
        ...

    def cancel(self, client_order_id: str) -> Order:
        """Withdraw the unfilled remainder; an order already final is returned as it is."""
        ...

    def fills(self, client_order_id: str) -> tuple[Fill, ...]:
        """Every execution of the order so far."""
        ...

    def orders(self) -> tuple[Order, ...]: ...

    def positions(self) -> tuple[Position, ...]: ...

    def cash(self) -> Decimal: ...

    def account(self) -> BrokerAccount: ...

    def activities(self, *, since: date) -> tuple[Activity, ...]:
        """What happened without an order from a New York date on, oldest first; may repeat what was told before."""
        ...


OnChange = Callable[[str], None]
"""Called with the client order id of an intent whose order changed, on the watcher's own thread."""

OnState = Callable[[str], None]
"""Called each time a watcher begins to hear, with "", and each time it ceases to, with the reason; there too."""


class Watcher(Protocol):
    """Listens on a thread of its own from `start` to `stop`, whatever connection is lost in between."""

    @property
    def failure(self) -> str:
        """Why it is not listening now, "" while it is."""
        ...

    def start(self) -> None: ...

    def stop(self) -> None:
        """Returns when nothing is called any more."""
        ...


class Telling(Broker, Protocol):
    """A broker that tells by itself which orders changed; what they are now, whoever listens looks up."""

    def close(self) -> None: ...

    def watch(self, on_change: OnChange, *, on_state: OnState, known: Iterable[Order]) -> Watcher:
        """Not started yet. Nothing is told of `known` orders, those of our books, until they differ."""
        ...
