"""The world of one scenario: a clock that is set by hand, a venue that does only what it is told, and our books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.scenarios.market import Bells
from tests.tools.execution.asking import ask
from tests.tools.execution.doubles import Fault, FaultyBroker
from tests.tools.ledger.specimens import AS_OF
from tools.domain.account import BrokerAccount
from tools.domain.decision import Reason
from tools.domain.mode import Mode
from tools.domain.order import Fill, Order, OrderIntent, OrderStatus
from tools.domain.structure import Leg
from tools.execution.executor import execute
from tools.execution.gate import SendLimits
from tools.execution.messages import MessageLog
from tools.execution.simulated import SimulatedBroker
from tools.ledger.store import Ledger

Step = Callable[["World"], None]
STEPS = 5
"""Moves of a price walk: from 2.50 to 2.45 a cent at a time."""


@dataclass(frozen=True)
class Scenario:
    """A name that says what is being lived through, and its steps in order."""

    name: str
    steps: tuple[Step, ...]


def scenario(name: str, *steps: Step) -> Scenario:
    return Scenario(name, steps)


class Dead(BaseException):
    """The process was killed."""


class Quotes:
    """A put at 2.48 to 2.52, until it is moved; a bought leg mirrored."""

    def __init__(self, world: World) -> None:
        self.credit: tuple[float, float] | None = (2.48, 2.52)
        self.age: float | None = 0.0
        self.stopped: frozenset[str] = frozenset()
        self._world = world

    def __call__(self, legs: Sequence[Leg]) -> tuple[float, float] | None:
        if self.credit is None:
            return None
        bid, ask_ = self.credit
        return (bid, ask_) if legs[0].quantity < 0 else (-ask_, -bid)

    def quoted_at(self) -> datetime | None:
        return None if self.age is None else self._world.now - timedelta(seconds=self.age)

    def halted(self) -> frozenset[str]:
        return self.stopped


class Venue(SimulatedBroker):
    """Accepts what it is sent and does nothing else by itself."""

    told: BrokerAccount = BrokerAccount(number="PA-7731", mode=Mode.PAPER)

    def _match(self, *_: Any, **__: Any) -> None:
        """Nobody trades until a scenario says so."""

    def account(self) -> BrokerAccount:
        return self.told

    def fill(self, order_id: str, units: int, price: Decimal | None = None) -> None:
        """So many units of an order are executed, at its limit unless said otherwise."""
        with self._transaction() as connection:
            ticket = self._known(connection, order_id)
            self._execute(connection, ticket, units, ticket.prices[-1] if price is None else price)
            filled = self._known(connection, order_id).filled
            whole = filled == ticket.intent.quantity
            if not ticket.status.is_final or whole:
                status = OrderStatus.FILLED if whole else OrderStatus.PARTIALLY_FILLED
                self._set_status(connection, order_id, status)

    def end(self, order_id: str, status: OrderStatus) -> None:
        with self._transaction() as connection:
            self._set_status(connection, order_id, status)


@dataclass
class World:
    home: Path
    now: datetime = AS_OF
    limits: SendLimits = field(default_factory=SendLimits)
    at_pause: dict[int, list[Step]] = field(default_factory=dict)
    deadly: tuple[str, int, bool] | None = None
    failure: Exception | None = None
    excused: set[str] = field(default_factory=set)
    order_id: str = ""
    decision_id: str = ""
    sold: Any = None
    last: Order | None = None

    def __post_init__(self) -> None:
        self.quotes = Quotes(self)
        self.bells = Bells()
        self.ledger = self._books()
        held = self.ledger.account().positions
        self.venue = Venue.open(
            self.home / "broker.sqlite",
            quote=self.quotes,
            now=self.clock,
            cash=self.ledger.cash(),
            positions=held,
        )
        self.broker = FaultyBroker(self.venue)
        self.messages = self._messages()
        self._pauses = 0
        self._calls = 0

    def clock(self) -> datetime:
        return self.now

    def restart(self) -> None:
        """Another process on the same books."""
        self.ledger.close()
        self.ledger = self._books()
        self.messages = self._messages()

    def close(self) -> None:
        self.ledger.close()
        self.venue.close()

    def run(self, promised: OrderIntent) -> None:
        """One run of one order. What it raises is kept; a killed one is followed by a restart."""
        self._pauses, self.failure = 0, None
        try:
            self.last = execute(
                promised,
                broker=Deadly(self, self.broker),
                store=Deadly(self, self.ledger),
                check=self.check,
                pause=self.pause,
                note=self.messages.note,
                steps=STEPS,
            )
            self.ledger.finish(promised.decision_id)
        except Dead:
            self.deadly = None
            self.restart()
        except Exception as error:  # noqa: BLE001 - what a run says is what a scenario looks at
            self.failure = error

    def check(self, promised: OrderIntent, price: Decimal) -> tuple[Reason, ...]:
        return ask(
            promised,
            price,
            ledger=self.ledger,
            broker=self.broker,
            market=self.quotes,
            messages=self.messages,
            now=self.now,
            limits=self.limits,
        )

    def pause(self) -> None:
        """Five seconds go by, and what was to happen in them."""
        self._pauses += 1
        self.now += timedelta(seconds=5)
        for happening in self.at_pause.pop(self._pauses, []):
            happening(self)

    def lives_through(self, name: str, call: Callable[[], Any]) -> Any:
        if self.deadly is None or self.deadly[0] != name:
            return call()
        _, left, after = self.deadly
        if left > 1:
            self.deadly = (name, left - 1, after)
            return call()
        if after:
            call()
        raise Dead

    @property
    def fills(self) -> tuple[Fill, ...]:
        return self.venue.fills(self.order_id)

    def fault(self, method: str, number: int, fault: Fault) -> None:
        """Call `number` of a method from now on goes wrong; 0 is every one."""
        done = self.broker.log.count(method)
        self.broker.faults[method, number + done if number else 0] = fault

    def _books(self) -> Ledger:
        return Ledger.open(f"sqlite:///{self.home / 'ledger.sqlite'}", now=self.clock)

    def _messages(self) -> MessageLog:
        window = timedelta(seconds=self.limits.message_seconds)
        return MessageLog(self.home / "messages.log", window=window, now=self.clock)


class Deadly:
    """Stands before the books or the broker for the call at which the process is killed."""

    def __init__(self, world: World, inner: Any) -> None:
        self._world, self._inner = world, inner

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found
        return lambda *values, **named: self._world.lives_through(name, lambda: found(*values, **named))
