"""What people and the clock do to a home, verb by verb, and the places at which that dies.

    run · yes in Slack, on the page, at the console · no · flatten · kill · resume

Ledger, broker, threads and kill switch are the product's own, patched in a forked child alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.checkpoint.sqlite import SqliteSaver

from pipeline.cli.app import run_app
from tests.crash.fuse import Fuse, Point
from tests.pipeline.answering import answer
from tests.pipeline.floor import PEOPLE, Floor
from tools.execution import halt_file
from tools.execution.simulated import SimulatedBroker
from tools.ledger.store import Ledger

WATCHED: tuple[tuple[Any, str, tuple[str, ...]], ...] = (
    (Ledger, "ledger", ("propose", "reserve", "settle", "put_offer", "approve", "reject", "claim_intent")),
    (Ledger, "ledger", ("record_order", "record_fill", "mark_intent", "finish", "promise_exit", "put_halt")),
    (SimulatedBroker, "broker", ("submit", "find", "replace", "cancel", "fills", "orders", "positions", "cash")),
    (SimulatedBroker, "broker", ("activities",)),
    (SqliteSaver, "checkpoint", ("put", "put_writes")),
    (PostgresSaver, "checkpoint", ("put", "put_writes")),
    (halt_file, "file", ("write", "clear")),
)


@contextmanager
def wired(fuse: Fuse) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, fuse.in_place():
        for owner, prefix, names in WATCHED:
            for name in names:
                patch.setattr(owner, name, _through(fuse, f"{prefix}.{name}", getattr(owner, name)))
        yield


def _through(fuse: Fuse, place: str, call: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *args, **named: fuse.through(place, lambda: call(*args, **named))


Act = Callable[[Path, str], object]
"""On a home and the decision that waits there."""


def verb(*words: str) -> Act:
    def act(home: Path, waiting: str) -> int:
        return run_app([*(waiting if word == "IT" else word for word in words), "--home", str(home)])

    return act


def says_yes(channel: str) -> Act:
    """Anna presses Approve on the card that this process has shown her."""

    def act(home: Path, waiting: str) -> None:
        with ExitStack() as stack:
            patch = stack.enter_context(pytest.MonkeyPatch.context())
            floor = stack.enter_context(Floor.open(home, patch))
            floor.approvals.refresh()
            floor.approvals.decide(answer(floor, channel, waiting))
        (home / "thetagate.toml").write_text(PEOPLE)

    return act


RUN = verb("run", "--json")


@dataclass(frozen=True)
class Scene:
    """`begun` says that a run has gone before; `afterwards` comes to the end of it, whoever died."""

    name: str
    act: Act
    points: tuple[Point, ...]
    begun: bool = True
    afterwards: Act = RUN


WHY = ("--reason", "a drill", "--by", "Ada", "--yes")
ORDERED = (
    Point("the yes is kept", "ledger.approve"),
    Point("its thread goes on", "checkpoint.put_writes"),
    Point("its order is claimed", "ledger.claim_intent"),
    Point("its order is sent", "broker.submit"),
    Point("its order is done", "ledger.finish"),
    Point("its thread has ended", "checkpoint.put"),
)

SCENES = (
    Scene(
        "a run",
        RUN,
        (
            Point("the broker's activities are asked for", "broker.activities"),
            Point("the broker's positions are read", "broker.positions"),
            Point("proposals are kept", "ledger.propose"),
            Point("a thread begins", "checkpoint.put"),
            Point("a node's first writes", "checkpoint.put_writes"),
            Point("threads are half way", "checkpoint.put", 20),
            Point("nodes are half way", "checkpoint.put_writes", 20),
            Point("a fit is reserved", "ledger.reserve"),
            Point("a gate is settled", "ledger.settle"),
            Point("an order is sent", "broker.submit"),
            Point("its execution is booked", "ledger.record_fill"),
            Point("a second order is sent", "broker.submit", 2),
        ),
        begun=False,
    ),
    Scene("a yes at the console", verb("approve", "IT", "--json"), ORDERED),
    Scene("a yes in Slack", says_yes("slack"), (Point("the card is offered", "ledger.put_offer"), *ORDERED)),
    Scene("a yes on the page", says_yes("web"), (Point("the card is offered", "ledger.put_offer"), *ORDERED)),
    Scene(
        "a no",
        verb("reject", "IT", "--reason", "no", "--json"),
        (Point("the no is kept", "ledger.reject"), Point("its thread ends", "checkpoint.put")),
    ),
    Scene(
        "flatten",
        verb("flatten", *WHY, "--json"),
        (
            Point("the file stands", "file.write"),
            Point("the row stands", "ledger.put_halt"),
            Point("a closing is promised", "ledger.promise_exit"),
            Point("a thread is opened again", "checkpoint.put"),
            Point("a closing is sent", "broker.submit"),
            Point("another closing is promised", "ledger.promise_exit", 2),
            Point("another closing is booked", "ledger.finish", 2),
        ),
        afterwards=verb("flatten", *WHY, "--json"),
    ),
    Scene(
        "kill, then resume",
        lambda home, it: [verb("kill", *WHY[:-1])(home, it), verb("resume", *WHY[:-1])(home, it)],
        (
            Point("the file stands", "file.write"),
            Point("the row stands", "ledger.put_halt"),
            Point("the broker's orders are read", "broker.orders"),
            Point("the row is lifted", "ledger.put_halt", 2),
            Point("the file is gone", "file.clear"),
        ),
        afterwards=lambda home, it: [verb("kill", *WHY[:-1])(home, it), verb("resume", *WHY[:-1])(home, it)],
    ),
)
