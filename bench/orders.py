"""The order path under load: a person's yes to its durable promise, a busy minute, a restart with orders open.

approve   p99 of approval + intent + audit in one commit, beside p99 of one row in a commit of its own
load      candidates from proposal to order while people answer what waits; a round is ten seconds of it
restart   books opened, compared with the broker's, and every open order seen to its end
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.measurement import Bar, Kind, Measurement, Timed, in_turns, timed
from bench.overhead import CHOICE, Prepared, opened, quiet
from pipeline.execution_settings import ExecutionSettings
from pipeline.home import Home
from pipeline.ordering import promise
from pipeline.reconciling import compare
from pipeline.scan import scan_market
from pipeline.services import Services
from pipeline.settings import AccountSettings, ScoreSettings, Settings
from pipeline.threads import Threads
from pipeline.wiring import open_snapshot
from tests.tools.ledger.specimens import (
    AS_OF,
    approval,
    candidate,
    gate,
    intent,
    leg,
    opening,
    reservation,
    scan,
)
from tools.domain.candidate import Candidate
from tools.domain.chain import SourceCounts
from tools.domain.decision import Approval, DecisionState, Outcome
from tools.domain.order import IntentState
from tools.execution.executor import execute
from tools.execution.fill_model import FillModel
from tools.execution.simulated import SimulatedBroker
from tools.ledger.store import Ledger
from tools.risk.profile import LimitProfile

if TYPE_CHECKING:
    from pipeline.graph import Graph

APPROVALS = 200
"""A round of either side; its p99 is the third slowest."""

PER_MINUTE, ROUND_SECONDS, WAITING = 600, 10, 100
ANSWERS = 10
"""Of what waits, in one round; as many others wait in their place before the next one."""

OPEN_ORDERS = 500

APPROVE_BAR = Bar(Kind.RATIO, 5.0)
LOAD_BAR = Bar(Kind.RATIO, 1.0)
RESTART_BAR = Bar(Kind.SECONDS, 30.0)

RICH = Settings(
    account=AccountSettings(cash=1e9),
    execution=ExecutionSettings(max_premium_today=1e12, max_notional_today=1e12),
    risk=LimitProfile(underlyings=99, underlyings_calm=99, day_at_risk=1.0),
)
"""An account in which no limit is reached, so that candidates become orders."""


def measure(rounds: int) -> Iterator[Measurement]:
    yield _approving(rounds)
    yield _under_load(rounds)
    yield _restarting(rounds)


# approval → durable intent


def _approving(rounds: int) -> Measurement:
    bare, real = in_turns(_inserts, _approvals, rounds=rounds)
    return Measurement(
        name="orders: a yes to its durable intent, p99",
        base=Timed("one row, one commit", bare),
        real=Timed("approval, intent and audit, one commit", real),
        bar=APPROVE_BAR,
        note=f"{APPROVALS} of each a round, SQLite in WAL, synced",
        reason=f"A synced row takes {1e3 * min(bare):.2f} ms here, less than an approval's eight statements: "
        "they are measured, not the disk.",
    )


def _inserts() -> float:
    with TemporaryDirectory() as folder, closing(sqlite3.connect(Path(folder) / "rows.sqlite")) as connection:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, body TEXT)")
        body = intent(candidate()).model_dump_json()
        return _p99(lambda _: connection.execute("INSERT INTO rows (body) VALUES (?)", (body,)))


def _approvals() -> float:
    with TemporaryDirectory() as folder, closing(_ledger(Path(folder))) as ledger:
        sold = [candidate(leg(100 + number)) for number in range(APPROVALS)]
        ledger.propose(**scan(*sold))
        for each in sold:
            ledger.reserve(reservation(each.id))
            ledger.settle(each.id, gate(Outcome.WAITING))
        orders = [intent(each) for each in sold]
        return _p99(lambda number: ledger.approve(sold[number].id, approval(orders[number]), orders[number]))


def _p99(work: Callable[[int], object]) -> float:
    return float(np.percentile([timed(partial(work, number)) for number in range(APPROVALS)], 99))


def _ledger(folder: Path) -> Ledger:
    ledger = Ledger.open(f"sqlite:///{folder / 'ledger.sqlite'}", now=lambda: AS_OF)
    ledger.open_account(opening())
    return ledger


# a busy minute


def _under_load(rounds: int) -> Measurement:
    """All rounds in one home, whose books grow; nothing may be lost on the way."""
    snapshot = open_snapshot(CHOICE)
    each_round = PER_MINUTE * ROUND_SECONDS // 60
    with TemporaryDirectory() as folder, ExitStack() as stack:
        services, graph = stack.enter_context(opened(Home(Path(folder)), snapshot, Prepared(), settings=RICH))
        threads = Threads(services, graph)
        found = [services.ledger.record(key).candidate for key in scan_market(services, CHOICE, quiet).decision_ids]
        queue = Queue(services, graph, found)
        seconds = []
        for number in range(rounds):
            queue.fill()
            candidates = _again(found, each_round, services.now() - timedelta(seconds=1 + number))
            seconds.append(_round(services, threads, candidates, queue.take()))
        queue.fill()
        _answer(services, threads, queue.take(WAITING))
        told = _nothing_lost(services, queue.answered, proposed=queue.proposed + each_round * rounds)
    return Measurement(
        name=f"orders: {PER_MINUTE} candidates a minute",
        base=Timed("the time there is for one", (60 / PER_MINUTE,) * rounds),
        real=Timed("from proposal to order", tuple(each / each_round for each in seconds)),
        bar=LOAD_BAR,
        note=f"{each_round * rounds} candidates in {sum(seconds):.1f} s while {WAITING} wait; {told}",
    )


ASKING = ScoreSettings(automatic=10.0, human=0.0)
"""Everything waits for a person."""


@dataclass
class Queue:
    """What waits for a person: filled up before every round, so that as many wait as there should."""

    services: Services
    graph: Graph
    found: Sequence[Candidate]
    waiting: list[str] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    proposed: int = 0

    def fill(self) -> None:
        asking = replace(self.services, settings=self.services.settings.model_copy(update={"score": ASKING}))
        threads = Threads(asking, self.graph)
        while lacking := WAITING - len(self.waiting):
            turn = self.proposed % len(self.found)  # some of them a limit refuses, whoever asks
            at = self.services.now() - timedelta(hours=1 + self.proposed)
            ids = _propose(self.services, _again([*self.found[turn:], *self.found[:turn]], lacking, at))
            self.proposed += len(ids)
            self.waiting += _decide(asking, threads, ids)

    def take(self, count: int = ANSWERS) -> Sequence[str]:
        """The oldest, to be answered now."""
        taken, self.waiting = self.waiting[:count], self.waiting[count:]
        self.answered += taken
        return taken


def _round(services: Services, threads: Threads, candidates: Sequence[Candidate], waiting: Sequence[str]) -> float:
    """Candidates one after the other while somebody answers what waits."""
    with ThreadPoolExecutor(max_workers=1) as person:
        start = time.perf_counter()
        answered = person.submit(_answer, services, threads, waiting)
        _decide(services, threads, _propose(services, candidates))
        answered.result()
        return time.perf_counter() - start


def _propose(services: Services, candidates: Sequence[Candidate]) -> tuple[str, ...]:
    """Their decisions; each instant is a scan of its own."""
    ids: list[str] = []
    for as_of, of_one in groupby(candidates, key=lambda each: each.as_of):
        proposals = [(each, dict[str, Any]()) for each in of_one]
        ids += services.ledger.propose(
            key=f"load-{as_of}",
            as_of=as_of,
            mode="simulated",
            market={},
            counts=SourceCounts(rows=len(proposals), used=len(proposals)),
            rejected={},
            proposals=proposals,
        )
    return tuple(ids)


def _decide(services: Services, threads: Threads, ids: Sequence[str]) -> tuple[str, ...]:
    """Every thread as far as it goes; which of them wait."""
    for each in ids:
        threads.begin(each, send=True)
        threads.advance(each)
        threads.finish(each)
    return tuple(each for each in ids if services.ledger.decision(each).state is DecisionState.WAITING)


def _answer(services: Services, threads: Threads, waiting: Sequence[str]) -> None:
    for each in waiting:
        _yes(services, threads, each)


def _yes(services: Services, threads: Threads, decision_id: str) -> None:
    record = services.ledger.record(decision_id)
    if record.fit is None:
        raise AssertionError(f"{decision_id} waits without a fit")
    order = promise(record, record.fit.contracts, services)
    word = Approval(
        verdict=Outcome.APPROVED.value, by="Ada", channel="bench", at=services.now(), order_hash=order.order_hash
    )
    services.ledger.approve(decision_id, word, order)
    threads.finish(decision_id)


def _again(found: Sequence[Candidate], count: int, at: datetime) -> list[Candidate]:
    """So many candidates of another instant: the same trades are other decisions then."""
    chosen = [found[number % len(found)] for number in range(count)]
    return [
        each.model_copy(update={"as_of": at - timedelta(minutes=number // len(found))})
        for number, each in enumerate(chosen)
    ]


def _nothing_lost(services: Services, answered: Sequence[str], *, proposed: int) -> str:
    """Every proposal was decided and every promise has its order, in words; `AssertionError` otherwise."""
    ledger = services.ledger
    states = Counter(row.state for row in ledger.decisions() if row.as_of != services.now())
    theirs = {order.client_order_id for order in services.broker.orders()}
    ended = [each for each in ledger.intents() if ledger.intent_state(each.client_order_id) is IntentState.DONE]
    lost = [
        each.client_order_id
        for each in ended
        if each.client_order_id not in theirs and not ledger.record(each.decision_id).refusals
    ]
    undone = [each for each in answered if ledger.decision(each).state is not DecisionState.APPROVED]
    if (
        states[DecisionState.PROPOSED]
        or states.total() != proposed
        or ledger.unfinished_intents()
        or lost
        or undone
    ):
        raise AssertionError(f"{states} of {proposed}, lost: {lost}, answered in vain: {undone}")
    if compare(ledger, services.broker) or ledger.verify():
        raise AssertionError("the books do not agree")
    return ", ".join(f"{count} {state.value}" for state, count in states.items()) + f", {len(theirs)} orders"


# a restart


def _restarting(rounds: int) -> Measurement:
    with TemporaryDirectory() as folder:
        before = Path(folder) / "before"
        before.mkdir()
        _crashed(before)
        looked, reconciled = in_turns(lambda: _looks(before), lambda: _restart(before), rounds=rounds)
    return Measurement(
        name=f"orders: restart with {OPEN_ORDERS} of them open",
        base=Timed("each looked up at the broker", looked),
        real=Timed("reconciled, each at its end", reconciled),
        bar=RESTART_BAR,
        note="the broker's book and ours in SQLite files, every write synced",
    )


def _crashed(home: Path) -> None:
    """A home whose process died with every order resting at the broker."""
    with closing(_ledger(home)) as ledger, closing(_broker(home)) as broker:
        sold = [candidate(leg(100 + number)) for number in range(OPEN_ORDERS)]
        ledger.propose(**scan(*sold))
        for each in sold:
            order = intent(each)
            word = approval(order, by="score")
            ledger.settle(each.id, gate(Outcome.APPROVED), intent=order, approval=word)
            ledger.claim_intent(order.client_order_id)
            broker.submit(order)


def _looks(before: Path) -> float:
    with closing(_broker(before)) as broker:
        ids = [order.client_order_id for order in broker.orders()]
        return timed(lambda: [broker.find(each) for each in ids])


def _restart(before: Path) -> float:
    with TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(before, home)
        return timed(lambda: _reconcile(home))


def _reconcile(home: Path) -> None:
    books = Ledger.open(f"sqlite:///{home / 'ledger.sqlite'}", now=lambda: AS_OF)
    with closing(books) as ledger, closing(_broker(home)) as broker:
        if not all(each.is_explained for each in compare(ledger, broker)):
            raise AssertionError("an open order is not explained")
        for each in ledger.unfinished_intents():
            execute(each, broker=broker, store=ledger, check=lambda *_: (), pause=lambda: None)
        if compare(ledger, broker) or len(broker.orders()) != OPEN_ORDERS:
            raise AssertionError("the books do not agree after the restart")


def _broker(home: Path) -> SimulatedBroker:
    """Nobody trades at the mid, so that orders rest."""
    return SimulatedBroker.open(
        home / "broker.sqlite",
        quote=lambda _: (2.00, 3.00),
        now=lambda: AS_OF,
        model=FillModel(at_mid=0.0),
        cash=Decimal(str(opening().cash)),
        positions=opening().positions,
    )
