"""One cycle: the market is scanned once, then every decision's thread is run to where it must stop.

    expire → what the broker did without being asked
           → delivered shares sold → open trades: exits and rolls, or all closed (`flatten`)
           → reserve, where cash is short → scan → propose
           → analyse (side by side) → fit + score (one by one, in rank order) → reserve → order → book
           → rebalance what leans → measure

A cycle on a snapshot that was scanned before returns its decisions and finishes what was interrupted;
the result equals that of a cycle nobody interrupted.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.managing import Managed, flatten_trades, manage_trades, rebalance_trades, sell_delivered
from pipeline.market import MarketChoice
from pipeline.measuring import measure_cycle
from pipeline.raising import raise_for, raise_for_open
from pipeline.rollouts import Reviewed
from pipeline.scan import Scan, scan_market
from pipeline.services import Services
from pipeline.settling import enter_activities
from pipeline.threads import Threads
from tools.desk.scan import Progress
from tools.domain.activity import Booking
from tools.domain.decision import DecisionRecord, DecisionState, Gate, Outcome, Reason
from tools.domain.halt import Halt, Strength
from tools.domain.order import Purpose
from tools.portfolio.quoting import marks
from tools.scoring.rank import rank_key

if TYPE_CHECKING:
    from pipeline.graph import Graph


@dataclass(frozen=True)
class Cycle:
    """What a cycle saw and decided, in rank order."""

    as_of: datetime
    source: str
    simulated: bool
    scan: Scan
    records: tuple[DecisionRecord, ...]
    sends: bool
    settled: tuple[Booking, ...] = ()
    managed: tuple[Managed, ...] = ()
    reviews: tuple[Reviewed, ...] = ()
    halt: Halt | None = None


def run_cycle(services: Services, graph: Graph, choice: MarketChoice, *, send: bool, progress: Progress) -> Cycle:
    services.ledger.expire_due(services.now())
    threads = Threads(services, graph)
    settled: tuple[Booking, ...] = ()
    if send:
        settled = catch_up(services, threads)
        _ = services.differences  # before anything of this run changes either side
    services.ledger.mark_prices(
        marks(services.snapshot, (held.symbol for held in services.ledger.account().positions))
    )
    managed = manage(services, threads, send=send)
    scan = scan_market(services, choice, progress)
    ids = scan.decision_ids
    analyse_all(services, threads, ids, send=send, progress=progress)
    ranked = rank(services, (services.ledger.record(decision_id) for decision_id in ids))
    for done, decision_id in enumerate(ranked, start=1):
        threads.advance(decision_id)
        progress("fit", done, len(ranked))
    for done, decision_id in enumerate(ranked, start=1):
        if services.draining():
            break
        managed += raise_for(services, threads, decision_id) if send else ()
        threads.finish(decision_id)
        progress("order", done, len(ranked))
    if send and _moves(services.halt()) and not services.draining():
        managed += rebalance_trades(services, threads)
    records = tuple(services.ledger.record(decision_id) for decision_id in ranked)
    if send:
        measure_cycle(services, records)
    return Cycle(
        as_of=services.snapshot.as_of,
        source=services.snapshot.source,
        simulated=services.snapshot.simulated,
        scan=scan,
        records=records,
        sends=send,
        settled=settled,
        managed=managed,
        reviews=services.reviews,
        halt=services.halt(),
    )


def manage(services: Services, threads: Threads, *, send: bool) -> tuple[Managed, ...]:
    """Open trades, as their books and as a person who stopped something have it."""
    halt = services.halt()
    if send and halt is not None and halt.strength is Strength.FLATTEN:
        for intent in services.ledger.unfinished_intents():
            threads.finish(intent.decision_id)  # what a killed run promised: closings go out, the rest is stopped
        sold = sell_delivered(services, threads, send=True)
        return sold + flatten_trades(services, threads, why=halt.text)
    sends = send and _moves(halt)
    managed = sell_delivered(services, threads, send=sends)
    managed += manage_trades(services, threads, send=sends)
    return managed + (raise_for_open(services, threads) if sends else ())


def _moves(halt: Halt | None) -> bool:
    """Whether trades may still be moved."""
    return halt is None or not halt.stops(Purpose.ROLL)


def catch_up(services: Services, threads: Threads) -> tuple[Booking, ...]:
    """Executions before what happened without an order, for that is about what they brought; and once more what
    still rests on a contract that a split has taken away."""
    close_the_past(services, threads)
    settled = enter_activities(services)
    if any(each.restates for each in settled):
        close_the_past(services, threads)
    return settled


def close_the_past(services: Services, threads: Threads) -> None:
    """What runs on other snapshots left: promised orders are seen to their end, proposals on old quotes refused.

    What this snapshot's own run left goes on in rank order with the rest: a fit must see reservations where an
    undisturbed run would have seen them.
    """
    now = services.snapshot.fingerprint
    for intent in services.ledger.unfinished_intents():
        if services.ledger.decision(intent.decision_id).scan != now:
            threads.finish(intent.decision_id)
    for row in services.ledger.decisions(states=[DecisionState.PROPOSED]):
        if row.scan != now:
            text = f"the run ended before its fit, and its quotes are of {row.as_of:%Y-%m-%d %H:%M}"
            gate = Gate(outcome=Outcome.REFUSED, reasons=(Reason(rule="stale", text=text),))
            services.ledger.settle(row.id, gate)


def analyse_all(
    services: Services, threads: Threads, ids: tuple[str, ...], *, send: bool, progress: Progress
) -> None:
    """Every thread up to its fit. The order in which models answer decides nothing."""
    with ThreadPoolExecutor(max_workers=services.settings.model.concurrency) as pool:
        begun = [pool.submit(threads.begin, decision_id, send=send) for decision_id in ids]
        try:
            for done, future in enumerate(begun, start=1):
                future.result()
                progress("analyse", done, len(ids))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)  # Ctrl-C or a failure: nothing new is asked
            raise


def rank(services: Services, records: Iterable[DecisionRecord]) -> tuple[str, ...]:
    """Ids by the book's turn, then pre-fit confidence; those without an opinion come last."""
    books, weights = services.books, services.settings.score.weights
    keyed = [
        (
            rank_key(
                turn=books[record.candidate.book].turn(record.candidate.structure),
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
