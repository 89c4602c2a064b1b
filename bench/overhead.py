"""What the pipeline costs per decision beside the model, against the bare cost of its checkpoints.

    bare   the same graph with empty nodes: same saver and settings, same steps, stops and workers
    real   a cycle on the embedded day's proposals: ledger, portfolio, limits, score, orders, simulated broker

Both sides take every decision down the same path. The analyst answers at once with a prepared analysis, and
the scan before the graph is not timed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from agents.analyst import Analyst
from agents.offline import OfflineModel
from bench.measurement import Bar, Kind, Measurement, Timed, in_turns, timed
from pipeline.brokers import open_broker
from pipeline.checkpoints import open_checkpoints
from pipeline.cycle import Cycle, run_cycle
from pipeline.graph import build
from pipeline.halting import in_force
from pipeline.home import Home
from pipeline.market import MarketChoice
from pipeline.messages import open_messages
from pipeline.reconciling import compare
from pipeline.scan import scan_market
from pipeline.services import Services
from pipeline.settings import Settings
from pipeline.state import Thread
from pipeline.wiring import open_books, open_ledger, open_snapshot, opening_account
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionRecord, Outcome
from tools.domain.market import Conditions, Snapshot, UnderlyingFacts
from tools.domain.rationale import Analysis
from tools.portfolio.quoting import of_snapshot

if TYPE_CHECKING:
    from pipeline.graph import Graph

CHOICE = MarketChoice()
SETTINGS = Settings()
BAR = Bar(Kind.RATIO, 3.0)


class Prepared(Analyst):
    """The offline analyst's words, thought of once: asking again costs nothing."""

    def __init__(self) -> None:
        super().__init__(OfflineModel())
        self._known: dict[str, Analysis] = {}

    def analyse(
        self,
        candidate: Candidate,
        facts: UnderlyingFacts,
        conditions: Conditions,
        **beside: Any,
    ) -> Analysis:
        if candidate.id not in self._known:
            self._known[candidate.id] = super().analyse(candidate, facts, conditions, **beside)
        return self._known[candidate.id]


def measure(rounds: int) -> Iterator[Measurement]:
    snapshot, analyst = open_snapshot(CHOICE), Prepared()
    records = real(snapshot, analyst).cycle.records
    bare_seconds, real_seconds = in_turns(
        lambda: bare(records) / len(records),
        lambda: real(snapshot, analyst).seconds / len(records),
        rounds=rounds,
    )
    yield Measurement(
        name="pipeline, per decision",
        base=Timed("checkpoints alone", bare_seconds),
        real=Timed("all but the model", real_seconds),
        bar=BAR,
        note=told(records),
    )


def told(records: tuple[DecisionRecord, ...]) -> str:
    """How many decisions, and how many ended how."""
    counts = {outcome: sum(record.outcome is outcome for record in records) for outcome in Outcome}
    return f"{len(records)} decisions: " + ", ".join(f"{n} {outcome}" for outcome, n in counts.items() if n)


# the whole


@dataclass(frozen=True)
class Run:
    cycle: Cycle
    seconds: float


def real(snapshot: Snapshot, analyst: Analyst) -> Run:
    """One cycle in a fresh home whose market has been scanned."""
    cycles: list[Cycle] = []
    with TemporaryDirectory() as folder, opened(Home(Path(folder)), snapshot, analyst) as (services, graph):
        scan_market(services, CHOICE, quiet)
        seconds = timed(lambda: cycles.append(run_cycle(services, graph, CHOICE, send=True, progress=quiet)))
    return Run(cycles[0], seconds)


@contextmanager
def opened(
    home: Home, snapshot: Snapshot, analyst: Analyst, *, settings: Settings = SETTINGS
) -> Iterator[tuple[Services, Graph]]:
    """What `wiring.open_session` opens, on a market and an analyst that are there already."""

    def now() -> Any:
        return snapshot.as_of

    with ExitStack() as stack:
        ledger = stack.enter_context(open_ledger(home, now=now))
        saver = stack.enter_context(open_checkpoints(home.checkpoints))
        ledger.open_account(opening_account(snapshot, CHOICE, settings, None))
        broker = stack.enter_context(open_broker(home, settings, snapshot, ledger, now, CHOICE))
        services = Services(
            settings=settings,
            ledger=ledger,
            broker=broker,
            analyst=analyst,
            snapshot=snapshot,
            books=open_books(settings),
            now=now,
            pause=lambda: None,
            halt=in_force(home, ledger),
            reconcile=partial(compare, ledger, broker),
            messages=open_messages(home, settings),
            requote=of_snapshot(snapshot),
        )
        yield services, build(saver)


def quiet(step: str, done: int, total: int) -> None:
    """Nobody watches."""


# its checkpoints alone


def bare(records: tuple[DecisionRecord, ...]) -> float:
    """The same threads with nothing in their nodes; looking where a thread stands is the pipeline's own cost."""
    with TemporaryDirectory() as folder, open_checkpoints(Home(Path(folder)).checkpoints) as saver:
        graph = empty_graph(saver, {record.id: record for record in records})
        return timed(lambda: walk(graph, records))


def walk(graph: Graph, records: tuple[DecisionRecord, ...]) -> None:
    """The steps of `pipeline/threads.py` in the order of `pipeline/cycle.py`."""
    with ThreadPoolExecutor(max_workers=SETTINGS.model.concurrency) as pool:
        for started in [pool.submit(begin, graph, record.id) for record in records]:
            started.result()
    for record in records:
        if record.fit is not None:
            step(graph, None, record.id, "approve", "order")
    for record in records:
        if record.outcome in {Outcome.APPROVED, Outcome.WAITING}:
            step(graph, None, record.id)


def begin(graph: Graph, decision_id: str) -> None:
    step(graph, {"decision_id": decision_id, "send": True}, decision_id, "fit")


def step(graph: Graph, value: Any, decision_id: str, *stop_before: str) -> None:
    graph.invoke(
        value,
        {"configurable": {"thread_id": decision_id}},
        durability="sync",
        interrupt_before=stop_before or None,
    )


def empty_graph(saver: Any, records: Mapping[str, DecisionRecord]) -> Graph:
    """The pipeline's own graph, whose nodes say what the real ones said and do nothing."""

    def nothing(state: Thread) -> Thread:
        return {}

    def screen(state: Thread) -> Thread:
        return {} if records[state["decision_id"]].fit is not None else {"outcome": Outcome.REFUSED.value}

    def score(state: Thread) -> Thread:
        return {"outcome": str(records[state["decision_id"]].outcome)}

    def order(state: Thread) -> Thread:
        return {"order": "filled"}

    empty: dict[str, Any] = {"screen": screen, "analyse": nothing, "fit": nothing}
    empty |= {"score": score, "order": order, "book": nothing}
    with patch.multiple("pipeline.graph", **empty):
        return build(saver)
