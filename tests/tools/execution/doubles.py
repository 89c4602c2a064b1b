"""A store in memory and a broker whose calls go wrong on order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from tools.domain.errors import OutcomeUnknown
from tools.domain.order import Fill, IntentState, Order, OrderIntent
from tools.execution.simulated import SimulatedBroker


class MemoryStore:
    """Implements `IntentStore`."""

    def __init__(self) -> None:
        self.states: dict[str, IntentState] = {}
        self.orders: dict[str, Order] = {}
        self.fills: dict[str, Fill] = {}
        self.history: list[Order] = []

    def intent_state(self, client_order_id: str) -> IntentState:
        return self.states.get(client_order_id, IntentState.PENDING)

    def claim_intent(self, client_order_id: str) -> bool:
        if self.intent_state(client_order_id) is not IntentState.PENDING:
            return False
        self.states[client_order_id] = IntentState.SENDING
        return True

    def mark_intent(self, client_order_id: str, state: IntentState) -> None:
        self.states[client_order_id] = state

    def order(self, client_order_id: str) -> Order | None:
        return self.orders.get(client_order_id)

    def record_order(self, order: Order) -> bool:
        self.orders[order.client_order_id] = order
        self.history.append(order)
        return True

    def record_fill(self, fill: Fill) -> bool:
        known = fill.fill_id in self.fills
        self.fills[fill.fill_id] = fill
        return not known


Fault = Callable[[Callable[[], Any]], Any]
"""Takes the real call, and makes of it what went wrong."""


def lost_before(call: Callable[[], Any]) -> Any:
    """The request never arrived."""
    raise OutcomeUnknown("no answer in time")


def lost_after(call: Callable[[], Any]) -> Any:
    """The request arrived, its answer did not."""
    call()
    raise OutcomeUnknown("no answer in time")


def nothing(call: Callable[[], Any]) -> Any:
    """A false not-found."""
    return None


def no_fills(call: Callable[[], Any]) -> Any:
    """Executions that are late."""
    return ()


def raising(error: Exception) -> Fault:
    def fault(call: Callable[[], Any]) -> Any:
        raise error

    return fault


class FaultyBroker:
    """Implements `Broker`: the simulated one, but call `n` of a method goes wrong. `log` is what was asked."""

    name = "faulty"

    def __init__(
        self, inner: SimulatedBroker, faults: dict[tuple[str, int], Fault] | None = None, *, unique_ids: bool = True
    ) -> None:
        self.inner = inner
        self.faults = faults or {}
        self.enforces_unique_ids = unique_ids
        self.log: list[str] = []
        self._calls: Counter[str] = Counter()

    def asked(self, method: str) -> int:
        """How often a method was called so far."""
        return self._calls[method]

    def _call(self, method: str, *arguments: Any) -> Any:
        self._calls[method] += 1
        self.log.append(method)

        def real() -> Any:
            return getattr(self.inner, method)(*arguments)

        fault = self.faults.get((method, self._calls[method]), self.faults.get((method, 0)))
        return fault(real) if fault else real()

    def submit(self, intent: OrderIntent) -> Order:
        return self._call("submit", intent)

    def find(self, client_order_id: str) -> Order | None:
        return self._call("find", client_order_id)

    def replace(self, client_order_id: str, limit_price: Decimal) -> Order:
        return self._call("replace", client_order_id, limit_price)

    def cancel(self, client_order_id: str) -> Order:
        return self._call("cancel", client_order_id)

    def fills(self, client_order_id: str) -> tuple[Fill, ...]:
        return self._call("fills", client_order_id)

    def orders(self) -> tuple[Order, ...]:
        return self.inner.orders()

    def positions(self) -> Any:
        return self.inner.positions()

    def cash(self) -> Decimal:
        return self.inner.cash()

    def account(self) -> Any:
        return self._call("account")

    def activities(self, *, since: date) -> Any:
        return self.inner.activities(since=since)
