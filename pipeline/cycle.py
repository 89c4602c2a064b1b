"""One cycle: the market is scanned once, then every decision's thread is run to where it must stop.

    expire → scan → propose ─→ analyse (side by side) ─→ fit + score (one by one, in rank order) ─→ order → book

A cycle on a snapshot that was scanned before returns its decisions and finishes what was interrupted;
the result equals that of a cycle nobody interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from langgraph.types import Command

from pipeline.market import MarketChoice
from pipeline.quoting import marks
from pipeline.scan import Progress, Scan, scan_market
from pipeline.services import Services
from tools.domain.decision import DecisionRecord, DecisionState
from tools.scoring.rank import rank_key

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from pipeline.graph import Graph


@dataclass(frozen=True)
class Cycle:
    """What a cycle saw and decided, in rank order."""

    as_of: datetime
    source: str
    scan: Scan
    records: tuple[DecisionRecord, ...]
    sends: bool


def run_cycle(services: Services, graph: Graph, choice: MarketChoice, *, send: bool, progress: Progress) -> Cycle:
    services.ledger.expire_due(services.now())
    services.ledger.mark_prices(marks(services.snapshot, services.ledger.account()))
    scan = scan_market(services, choice, progress)
    ids = scan.decision_ids
    analyse_all(services, graph, ids, send=send, progress=progress)
    ranked = rank(services, (services.ledger.record(decision_id) for decision_id in ids))
    for done, decision_id in enumerate(ranked, start=1):
        advance(services, graph, decision_id, until=("fit", "score"), stop_before=("approve", "order"))
        progress("fit", done, len(ranked))
    for done, decision_id in enumerate(ranked, start=1):
        finish(services, graph, decision_id)
        progress("order", done, len(ranked))
    return Cycle(
        as_of=services.snapshot.as_of,
        source=services.snapshot.source,
        scan=scan,
        records=tuple(services.ledger.record(decision_id) for decision_id in ranked),
        sends=send,
    )


def analyse_all(services: Services, graph: Graph, ids: tuple[str, ...], *, send: bool, progress: Progress) -> None:
    """Every thread up to its fit. The order in which models answer decides nothing."""
    done = 0
    with ThreadPoolExecutor(max_workers=services.settings.model.concurrency) as pool:
        start = [pool.submit(begin, services, graph, decision_id, send=send) for decision_id in ids]
        for future in start:
            future.result()
            done += 1
            progress("analyse", done, len(ids))


def rank(services: Services, records: Iterable[DecisionRecord]) -> tuple[str, ...]:
    """Ids by the book's rank, then pre-fit confidence; those without an opinion come last."""
    books, weights = services.books, services.settings.score.weights
    keyed = [
        (
            rank_key(
                book_rank=books[record.candidate.book].rank,
                quantitative=record.candidate.quantitative,
                model=record.analysis.confidence if record.analysis else None,
                candidate_id=record.id,
                weights=weights,
            ),
            record.id,
        )
        for record in records
    ]
    return tuple(decision_id for _, decision_id in sorted(keyed))


def thread(decision_id: str) -> RunnableConfig:
    return {"configurable": {"thread_id": decision_id}}


def begin(services: Services, graph: Graph, decision_id: str, *, send: bool) -> None:
    """Start a thread, or go on where it stopped, as far as its fit."""
    state = graph.get_state(thread(decision_id))
    if not state.values:
        step(services, graph, {"decision_id": decision_id, "send": send}, decision_id, stop_before=("fit",))
    elif set(state.next) & {"screen", "analyse"}:
        step(services, graph, None, decision_id, stop_before=("fit",))


def advance(
    services: Services, graph: Graph, decision_id: str, *, until: tuple[str, ...], stop_before: tuple[str, ...]
) -> None:
    """Go on if the thread stands before one of `until`."""
    if set(graph.get_state(thread(decision_id)).next) & set(until):
        step(services, graph, None, decision_id, stop_before=stop_before)


def finish(services: Services, graph: Graph, decision_id: str) -> None:
    """Run a thread to its end, or to the person it waits for.

    A thread whose answer is already in the ledger is resumed with it, whoever gave the answer and whenever
    the process that took it died.
    """
    state = graph.get_state(thread(decision_id))
    if not state.next:
        return
    if state.next != ("approve",):
        step(services, graph, None, decision_id)
        return
    if not state.interrupts:
        step(services, graph, None, decision_id)
    row = services.ledger.record(decision_id)
    if row.state is not DecisionState.WAITING:
        step(services, graph, Command(resume={"verdict": row.state.value}), decision_id)


def step(
    services: Services, graph: Graph, value: Any, decision_id: str, *, stop_before: tuple[str, ...] = ()
) -> None:
    graph.invoke(
        value,
        thread(decision_id),
        context=services,
        durability="sync",
        interrupt_before=stop_before or None,
    )
