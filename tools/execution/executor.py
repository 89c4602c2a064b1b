"""Sends one intent and sees it to its end. Killed anywhere and called again, it still makes exactly one order.

    done? ─→ return it
      │
    claim ─ first ──→ gate → submit ─┐
      └ claimed before: look up ─────┴→ walk: pause · look · gate · replace → cancel the rest → fills, order, done

The claim is written before the send, so whoever finds it knows that a send may have happened. Every send, the
repeated ones too, and every replace passes the gate; every message is noted before it goes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tools.domain.decision import Reason
from tools.domain.errors import BrokerError, BrokerRejected, OutcomeUnknown
from tools.domain.order import Fill, IntentState, Order, OrderIntent, OrderStatus
from tools.execution.broker import Broker
from tools.execution.messages import Message, uncounted
from tools.execution.price_walk import STEPS, ladder

SENDS = 2
"""How often one call sends to a broker that refuses duplicates, when neither answer nor order can be found."""

LOOKS = 3
"""How often a cancel or a missing fill is looked for before it is left to the next call."""

PreTradeCheck = Callable[[OrderIntent, Decimal], tuple[Reason, ...]]
"""Why the intent must not be sent at this price; empty when it may."""


class IntentStore(Protocol):
    """Where promises and the broker's answers are kept. Every write is durable on return and may be repeated."""

    def intent_state(self, client_order_id: str) -> IntentState: ...

    def claim_intent(self, client_order_id: str) -> bool:
        """pending → sending; True for the one caller that may send without looking up first."""
        ...

    def mark_intent(self, client_order_id: str, state: IntentState) -> None: ...

    def order(self, client_order_id: str) -> Order | None: ...

    def record_order(self, order: Order) -> bool: ...

    def record_fill(self, fill: Fill) -> bool: ...


def execute(
    intent: OrderIntent,
    *,
    broker: Broker,
    store: IntentStore,
    check: PreTradeCheck,
    pause: Callable[[], None],
    note: Callable[[Message], None] = uncounted,
    steps: int = STEPS,
) -> Order:
    """The order as it ended. Nothing rests at the broker afterwards, or `OutcomeUnknown` says that it may.

    Status `unknown`: whether the order exists cannot be told; a broker that enforces ids is asked again by the
    next call, any other is left to a person. `BrokerError` when the broker cannot be reached for a look-up.
    """
    if store.intent_state(intent.client_order_id) is IntentState.DONE:
        stored = store.order(intent.client_order_id)
        if stored is not None:
            return stored
    run = _Run(intent=intent, broker=broker, store=store, check=check, pause=pause, note=note, steps=steps)
    order = run.place()
    if order.status is OrderStatus.UNKNOWN:
        return order
    return run.close(run.walk(order))


@dataclass(frozen=True)
class _Run:
    intent: OrderIntent
    broker: Broker
    store: IntentStore
    check: PreTradeCheck
    pause: Callable[[], None]
    note: Callable[[Message], None]
    steps: int

    @property
    def id(self) -> str:
        return self.intent.client_order_id

    def place(self) -> Order:
        """Have the order at the broker: send it, or find the one that was sent."""
        if self.store.claim_intent(self.id):
            reasons = self.reasons()
            return self.never_sent(reasons) if reasons else self.send()
        found = self.broker.find(self.id)
        if found is not None:
            return self.saw(found)
        recorded = self.store.order(self.id)
        if recorded is not None and recorded.status.is_final:
            return recorded
        if not self.broker.enforces_unique_ids:
            why = f"{self.broker.name} does not refuse duplicates, so a person must look before it is sent again"
        elif reasons := self.reasons():
            # not found is no proof of absence, so this must not be called refused
            why = f"it must not be sent again now ({reasons})"
        else:
            return self.send(repeated=True)
        return self.unknown(f"{self.id} may have been sent before and {self.broker.name} does not know it; {why}.")

    def reasons(self) -> str:
        """Why the pre-trade gate stops the first price, in words; empty when it may go."""
        found = self.check(self.intent, self.intent.limit_price)
        return "; ".join(f"{reason.rule}: {reason.text}" for reason in found)

    def send(self, *, repeated: bool = False) -> Order:
        """Send, and after an unknown outcome look before anything else. Only one order can come of it.

        repeated  a run before this one may have sent it
        """
        for attempt in range(SENDS if self.broker.enforces_unique_ids else 1):
            if attempt and (reasons := self.reasons()):
                return self.unknown(f"{self.id} may have been sent and must not be sent again now ({reasons}).")
            self.note(Message.SEND)
            try:
                order = self.broker.submit(self.intent)
            except BrokerRejected as error:
                if not (repeated or attempt):
                    return self.never_sent(str(error))
                return self.refused_again(str(error))
            except OutcomeUnknown:
                found = self.look()
            else:
                return self.saw(order)
            if found is not None:
                return self.saw(found)
        return self.unknown(
            f"{self.broker.name} gave no answer for {self.id} and does not know it yet; look it up there."
        )

    def refused_again(self, why: str) -> Order:
        """A no to what may have been sent before: the first one may be what it was refused for."""
        found = self.look()
        if found is not None:
            return self.saw(found)
        return self.unknown(f"{self.id} may have been sent before, and sent again it was refused ({why}).")

    def walk(self, order: Order) -> Order:
        """Move the unfilled remainder rung by rung, then give the last rung its time."""
        rungs = ladder(self.intent.limit_price, self.intent.floor_price, tick=self.intent.tick, steps=self.steps)
        for price in rungs[1:]:
            if order.status.is_final:
                return order
            if price >= order.limit_price:
                continue  # a run before this one had come further
            self.pause()
            order = self.refresh(order)
            if order.status.is_final or self.check(self.intent, price):
                return order
            order = self.move(order, price)
        if not order.status.is_final:
            self.pause()
            order = self.refresh(order)
        return order

    def move(self, order: Order, price: Decimal) -> Order:
        self.note(Message.REPLACE)
        try:
            return self.saw(self.broker.replace(self.id, price))
        except (BrokerRejected, OutcomeUnknown):
            return self.refresh(order)  # filled meanwhile, or moved without telling: the broker knows

    def close(self, order: Order) -> Order:
        """Nothing rests unattended: cancel the remainder, collect every fill, and be done."""
        order = order if order.status.is_final else self.cancel(order)
        for _ in range(LOOKS):
            if order.filled_quantity == 0 or self.is_complete(order, self.collect()):
                self.store.mark_intent(self.id, IntentState.DONE)
                return order
            self.pause()
            order = self.refresh(order)
        return order  # the order has ended but executions are still to come: the next call collects them

    def cancel(self, order: Order) -> Order:
        for _ in range(LOOKS):
            self.note(Message.CANCEL)
            try:
                order = self.saw(self.broker.cancel(self.id))
            except (BrokerRejected, OutcomeUnknown):
                order = self.refresh(order)
            if order.status.is_final:
                return order
            self.pause()
        raise OutcomeUnknown(
            f"The rest of {self.id} could not be cancelled and may still be working at {self.broker.name}; "
            "look there, then run again."
        )

    def look(self) -> Order | None:
        """After an unknown outcome: a false not-found is common right after a send, so wait first."""
        self.pause()
        try:
            return self.broker.find(self.id)
        except BrokerError:
            return None

    def refresh(self, order: Order) -> Order:
        """The broker's present word; one that says nothing new, or has lost sight of the order, changes nothing.

        Nor does one that a later word has overtaken: an old "nothing filled" would end the search for executions.
        """
        found = self.broker.find(self.id)
        if found is None or found == order or found.is_older_than(order):
            return order
        return self.saw(found)

    def saw(self, order: Order) -> Order:
        """Record what the broker shows, fills before the order, so that a filled order never lacks its fills."""
        self.collect()
        self.store.record_order(order)
        if not order.status.is_final:
            self.store.mark_intent(self.id, IntentState.WORKING)
        return order

    def collect(self) -> tuple[Fill, ...]:
        """Every execution told so far, once, however often it is told."""
        fills = {fill.fill_id: fill for fill in self.broker.fills(self.id)}
        for fill in fills.values():
            self.store.record_fill(fill)
        return tuple(fills.values())

    def is_complete(self, order: Order, fills: tuple[Fill, ...]) -> bool:
        """Every leg of every filled unit has its execution."""
        done: dict[str, int] = {}
        for fill in fills:
            done[fill.symbol] = done.get(fill.symbol, 0) + fill.quantity
        return all(done.get(leg.contract.occ) == leg.quantity * order.filled_quantity for leg in self.intent.legs)

    def never_sent(self, why: str) -> Order:
        """Refused before an order came to be."""
        order = self.ours(OrderStatus.REJECTED, why)
        self.store.record_order(order)
        return order

    def unknown(self, why: str) -> Order:
        order = self.ours(OrderStatus.UNKNOWN, why)
        self.store.record_order(order)
        self.store.mark_intent(self.id, IntentState.UNKNOWN)
        return order

    def ours(self, status: OrderStatus, text: str) -> Order:
        return Order(
            client_order_id=self.id,
            broker=self.broker.name,
            broker_order_id=None,
            legs=self.intent.legs,
            status=status,
            quantity=self.intent.quantity,
            limit_price=self.intent.limit_price,
            text=text,
        )
