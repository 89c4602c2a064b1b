"""kill -9 around every write and every broker call of one trade, then again from the start.

    approve → claim → submit → fills, order → replace … → cancel → done → finish
       ✗        ✗       ✗           ✗           ✗           ✗       ✗       ✗

After the second run there is one order at the broker, and the broker's book, ours and the undisturbed run's agree.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.tools.ledger.forking import in_child
from tests.tools.ledger.specimens import AS_OF, approval, candidate, gate, intent, leg, opening, reservation, scan
from tools.domain.account import Position
from tools.domain.decision import DecisionState, Outcome
from tools.domain.order import Fill, Order
from tools.execution.executor import execute
from tools.execution.fill_model import FillModel
from tools.execution.simulated import SimulatedBroker
from tools.ledger.store import Ledger

PUT = candidate(leg(480))
QUOTE = (2.46, 2.54)
MODEL = FillModel(at_mid=0.2, partial=0.9)


@dataclass(frozen=True)
class Trade:
    """One way for an order to go: by its seed and its floor."""

    name: str
    seed: int
    floor: str

    @property
    def intent(self) -> Any:
        return intent(PUT, quantity=6, floor_price=Decimal(self.floor))


WALKED = Trade("walked and filled in parts", seed=13, floor="2.45")
CANCELLED = Trade("filled in part, the rest cancelled", seed=13, floor="2.47")


class Killing:
    """Stands before a store or a broker; its process dies right before or right after one call."""

    def __init__(self, inner: Any, method: str, *, after: bool, call: int) -> None:
        self._inner, self._method, self._after, self._left = inner, method, after, call

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name != self._method:
            return found

        def deadly(*arguments: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = found(*arguments, **named)
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return deadly


@dataclass(frozen=True)
class Books:
    """What the broker and the ledger hold at the end."""

    order: Order
    fills: tuple[Fill, ...]
    recorded: tuple[Fill, ...]
    cash: Decimal
    broker_cash: Decimal
    positions: tuple[Position, ...]
    state: DecisionState
    reserved: int


def trade(home: Path, way: Trade, wrap: Callable[[Any], Any] = lambda inner: inner) -> None:
    """Approve, execute, finish: what a run does, however far the run before it came."""
    with_ledger = Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", now=lambda: AS_OF)
    broker = open_broker(home, way)
    ledger, broker = wrap(with_ledger), wrap(broker)
    if with_ledger.decision(PUT.id).state is DecisionState.WAITING:
        ledger.approve(PUT.id, approval(way.intent), way.intent)
    promised = with_ledger.intent(PUT.id)
    assert promised is not None
    execute(promised, broker=broker, store=ledger, check=lambda *_: (), pause=lambda: None)
    ledger.finish(PUT.id)
    with_ledger.close()


def open_broker(home: Path, way: Trade) -> Any:
    return SimulatedBroker.open(
        home / "broker.sqlite", quote=lambda _: QUOTE, now=lambda: AS_OF, seed=way.seed, model=MODEL
    )


def books(home: Path, way: Trade) -> Books:
    ledger, broker = Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", now=lambda: AS_OF), open_broker(home, way)
    assert ledger.verify() == []
    assert ledger.unfinished_intents() == ()
    (order,) = broker.orders()
    found = Books(
        order=order,
        fills=broker.fills(order.client_order_id),
        recorded=ledger.record(PUT.id).fills,
        cash=ledger.cash(),
        broker_cash=broker.cash(),
        positions=ledger.account().positions,
        state=ledger.decision(PUT.id).state,
        reserved=len(ledger.reservations()),
    )
    assert ledger.order(order.client_order_id) == order
    ledger.close()
    broker.close()
    return found


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which one decision waits for its approval; copied, never used."""
    home = tmp_path_factory.mktemp("waiting")
    ledger = Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", now=lambda: AS_OF)
    ledger.open_account(opening())
    ledger.propose(**scan(PUT))
    ledger.reserve(reservation(PUT.id))
    ledger.settle(PUT.id, gate(Outcome.WAITING))
    ledger.close()
    return home


@pytest.fixture(scope="module")
def undisturbed(waiting: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Books]:
    found = {}
    for way in (WALKED, CANCELLED):
        home = tmp_path_factory.mktemp("undisturbed") / "home"
        shutil.copytree(waiting, home)
        trade(home, way)
        found[way.name] = books(home, way)
    return found


def test_the_ways_are_what_they_are_named(undisturbed: dict[str, Books]) -> None:
    walked, cancelled = undisturbed[WALKED.name], undisturbed[CANCELLED.name]
    assert walked.order.status == "filled"
    assert len(walked.fills) >= 3
    assert len(walked.order.replaced_prices) >= 3
    assert cancelled.order.status == "cancelled"
    assert 0 < cancelled.order.filled_quantity < 6
    for one in (walked, cancelled):
        assert one.recorded == one.fills
        assert one.state is DecisionState.APPROVED
        assert one.reserved == 0
        assert one.cash - Decimal("250000.1") == one.broker_cash
        assert sum(fill.quantity for fill in one.fills) == -one.order.filled_quantity


POINTS = [
    ("approve", 1),
    ("claim_intent", 1),
    ("submit", 1),
    ("fills", 1),
    ("record_fill", 1),
    ("record_fill", 3),
    ("record_order", 1),
    ("record_order", 3),
    ("mark_intent", 1),
    ("find", 1),
    ("find", 3),
    ("replace", 1),
    ("replace", 2),
    ("replace", 3),
    ("finish", 1),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("method", "call"), POINTS)
def test_killed_while_walking(
    waiting: Path, tmp_path: Path, undisturbed: dict[str, Books], method: str, call: int, after: bool
) -> None:
    expect_the_same(waiting, tmp_path, undisturbed, WALKED, (method, call, after))


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("method", "call"), [("cancel", 1), ("record_order", 5), ("mark_intent", 5)])
def test_killed_while_cancelling(
    waiting: Path, tmp_path: Path, undisturbed: dict[str, Books], method: str, call: int, after: bool
) -> None:
    expect_the_same(waiting, tmp_path, undisturbed, CANCELLED, (method, call, after))


def test_killed_again_and_again(waiting: Path, tmp_path: Path, undisturbed: dict[str, Books]) -> None:
    """One trade whose every attempt dies a little further on, until one gets through."""
    home = tmp_path / "home"
    shutil.copytree(waiting, home)
    codes = []
    for method in (
        "approve",
        "claim_intent",
        "submit",
        "record_fill",
        "replace",
        "replace",
        "record_order",
        "finish",
    ):
        point = (method, 1, True)
        codes += in_child(lambda point=point: killed_at(home, WALKED, point))
    assert codes.count(-signal.SIGKILL) >= 6
    trade(home, WALKED)
    assert books(home, WALKED) == undisturbed[WALKED.name]


def expect_the_same(
    waiting: Path, tmp_path: Path, undisturbed: dict[str, Books], way: Trade, point: tuple[str, int, bool]
) -> None:
    home = tmp_path / "home"
    shutil.copytree(waiting, home)
    assert in_child(lambda: killed_at(home, way, point)) == [-signal.SIGKILL]
    trade(home, way)
    assert books(home, way) == undisturbed[way.name]


def killed_at(home: Path, way: Trade, point: tuple[str, int, bool]) -> None:
    method, call, after = point
    trade(home, way, lambda inner: Killing(inner, method, after=after, call=call))
