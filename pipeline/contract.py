"""The stable JSON contracts, drawn from decision records alone. Unknown parts are null; scores are unrounded.

thetagate.run/1        one run: its decisions, each with scores, outcome, reasons and order
thetagate.screen/1     one screen: what the source gave, what became a candidate, what was rejected
thetagate.approvals/1  what waits for a person
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tools.domain.activity import Booking
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionRecord, Outcome
from tools.domain.halt import Halt
from tools.domain.market import Snapshot
from tools.domain.order import Order

if TYPE_CHECKING:
    from pipeline.managing import Managed
    from pipeline.rollouts import Reviewed

RUN_SCHEMA = "thetagate.run/1"
SCREEN_SCHEMA = "thetagate.screen/1"
APPROVALS_SCHEMA = "thetagate.approvals/1"


def run(
    *,
    as_of: datetime,
    mode: str,
    records: Iterable[DecisionRecord],
    rejected: Mapping[str, int],
    source: str,
    simulated: bool,
    settled: Iterable[Booking] = (),
    managed: Iterable[Managed] = (),
    reviews: Iterable[Reviewed] = (),
    halt: Halt | None = None,
    sends: bool = True,
) -> dict[str, Any]:
    """One run. Where nothing is sent (a dry run) there is no order."""
    return {
        "schema": RUN_SCHEMA,
        "as_of": as_of.isoformat(),
        "mode": mode,
        "source": {"name": source, "simulated": simulated},
        "rejected": dict(sorted(rejected.items())),
        "halt": None if halt is None else halt.model_dump(mode="json"),
        "rollout": [rollout(each) for each in reviews],
        "settled": [booking(each) for each in settled],
        "trades": [trade(each) for each in managed],
        "decisions": [decision(record) | ({} if sends else {"order": None}) for record in records],
    }


def decision(record: DecisionRecord) -> dict[str, Any]:
    """One decision. `max_loss` and `collateral` are money of the whole sized trade; `credit` is per share."""
    candidate, score = record.candidate, record.score
    contracts = record.fit.contracts if record.fit else 1
    return {
        "id": record.id,
        "book": candidate.book,
        "underlying": candidate.underlying,
        "structure": candidate.structure.value,
        "legs": legs(candidate, contracts),
        "contracts": contracts,
        "credit": candidate.credit,
        "pop": candidate.pop,
        "max_loss": candidate.max_loss * contracts,
        "collateral": candidate.collateral * contracts,
        "scores": {
            "quantitative": score.quantitative if score else candidate.quantitative,
            "model": score.model if score else (record.analysis.confidence if record.analysis else None),
            "fit": score.fit if score else (record.fit.score if record.fit else None),
            "total": score.total if score else None,
        },
        "outcome": record.outcome.value if record.outcome else None,
        "reasons": [reason.model_dump(mode="json") for reason in record.reasons],
        "deadline": record.gate.deadline.isoformat() if record.gate and record.gate.deadline else None,
        "analysis": record.analysis.source.value if record.analysis else None,
        "order": order(record.order, record.client_order_id),
    }


def booking(line: Booking) -> dict[str, Any]:
    """What the broker did to one line of the books without being asked; cash in account currency."""
    activity, got = line.activity, line.delivered
    return {
        "id": activity.activity_id,
        "kind": activity.kind.value,
        "at": activity.at.isoformat(),
        "book": line.book or None,
        "decision_id": line.decision_id or None,
        "symbol": activity.symbol or None,
        "quantity": line.quantity,
        "delivered": None if got is None else {"symbol": got.symbol, "quantity": got.quantity, "kept": line.kept},
        "cash": float(line.cash),
    }


def rollout(reviewed: Reviewed) -> dict[str, Any]:
    """Where a book stood and stands, and what it has shown; capital and profits in account currency."""
    shown = reviewed.shown
    told = reviewed.backtest
    return {
        "book": reviewed.before.book,
        "stage": reviewed.after.stage.value,
        "fraction": reviewed.after.stage.fraction,
        "since": reviewed.after.since.isoformat(),
        "was": reviewed.before.stage.value,
        "move": reviewed.after.move if reviewed.after != reviewed.before else "stays",
        "reasons": list(reviewed.reasons),
        "evidence": {
            "days": reviewed.days,
            "trades": shown.trades,
            "wins": shown.wins,
            "win_rate": shown.win_rate,
            "pnl": shown.pnl,
            "average_pnl": shown.average_pnl,
            "drawdown": shown.drawdown,
            "capital": reviewed.capital,
        },
        "backtest": None
        if told is None
        else {
            "version": told.version,
            "from": told.figures.get("from"),
            "to": told.figures.get("to"),
            "trades": told.figures.get("trades"),
            "win_rate": told.figures.get("win rate"),
            "average_pnl": told.figures.get("average trade"),
        },
    }


def trade(managed: Managed) -> dict[str, Any]:
    """An open trade and what was done with it: hold, close or roll, why, and the order where one was sent."""
    action, ending = managed.action, managed.ending
    return {
        "id": action.trade.id,
        "book": action.trade.book,
        "underlying": action.trade.underlying,
        "contracts": action.trade.contracts,
        "action": action.kind,
        "exits": [signal.model_dump(mode="json") for signal in action.signals],
        "waits": action.waits if action.kind == "hold" else "",
        "order": None if ending is None else order(ending.order, ending.intent.client_order_id),
    }


def legs(candidate: Candidate, contracts: int) -> list[dict[str, Any]]:
    return [
        {
            "occ": leg.contract.occ,
            "right": leg.contract.right.value,
            "strike": leg.contract.strike,
            "expiry": leg.contract.expiry.isoformat(),
            "quantity": leg.quantity * contracts,
        }
        for leg in candidate.legs
    ]


def order(placed: Order | None, client_order_id: str | None) -> dict[str, Any] | None:
    """The order as the broker last reported it; `pending` while only our intent exists."""
    if placed is None:
        if client_order_id is None:
            return None
        return {
            "client_order_id": client_order_id,
            "status": "pending",
            "limit_price": None,
            "filled_price": None,
            "filled_quantity": 0,
        }
    return {
        "client_order_id": placed.client_order_id,
        "status": placed.status.value,
        "limit_price": float(placed.limit_price),
        "filled_price": None if placed.filled_price is None else float(placed.filled_price),
        "filled_quantity": placed.filled_quantity,
    }


def approvals(records: Iterable[DecisionRecord], *, now: datetime | None) -> dict[str, Any]:
    waiting = [record for record in records if record.outcome is Outcome.WAITING]
    return {
        "schema": APPROVALS_SCHEMA,
        "now": None if now is None else now.isoformat(),
        "approvals": [{**decision(record), "label": record.candidate.label} for record in waiting],
    }


def screen(
    snapshot: Snapshot, *, candidates: Iterable[Candidate], rejected: Mapping[str, int], only: Collection[str] = ()
) -> dict[str, Any]:
    """`source.rows` = `source.used` + the sum of `source.dropped`; `rejected` counts contracts per failed rule."""
    counts = snapshot.counts
    return {
        "schema": SCREEN_SCHEMA,
        "as_of": snapshot.as_of.isoformat(),
        "source": {
            "name": snapshot.source,
            "simulated": snapshot.simulated,
            "rows": counts.rows,
            "used": counts.used,
            "dropped": dict(sorted(counts.dropped.items())),
        },
        "underlyings": [
            {"symbol": symbol, "spot": chain.spot}
            for symbol, chain in sorted(snapshot.chains.items())
            if not only or symbol in only
        ],
        "candidates": [
            {"id": item.id, "label": item.label, **item.model_dump(mode="json"), "legs": legs(item, 1)}
            for item in candidates
        ],
        "rejected": dict(sorted(rejected.items())),
        "notes": list(snapshot.notes),
    }
