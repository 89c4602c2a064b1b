"""Decision records: the parts of one decision, read back from its events in order.

Each part's hash covers the hash before it, so a record can be checked by itself, wherever it was exported to;
the last hash is the content hash of the whole.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection

from tools.domain.activity import Booking
from tools.domain.candidate import Candidate
from tools.domain.decision import (
    Approval,
    DecisionRecord,
    Edit,
    Ending,
    FitResult,
    Gate,
    Reason,
    RecordPart,
    Refusal,
)
from tools.domain.errors import LedgerError
from tools.domain.order import Fill, Order, OrderIntent, Purpose
from tools.domain.past_trade import Compared
from tools.domain.rationale import Analysis
from tools.domain.score import ScoreBreakdown
from tools.domain.value import canonical
from tools.ledger import chain, decisions
from tools.ledger.chain import Event
from tools.ledger.decisions import DecisionRow
from tools.ledger.instant import from_text
from tools.ledger.schema import GENESIS

V = TypeVar("V", bound=BaseModel)

GUARDED = frozenset(
    {
        "scan",
        "opening",
        "gate",
        "approval",
        "exit",
        "intent",
        "intent_state",
        "order",
        "fill",
        "reservation",
        "release",
        "rollout",
        "edit",
        "offer",
        "offer_spent",
        "override_asked",
        "turned_away",
        "activity",
        "accounted",
        "rollback_day",
    }
)
"""Kinds whose events change rows as well: only the step that changes both may write them."""

SIMILAR = "similar"
"""The part that keeps which past trades the analyst was told of."""

PAID = ("analysis", "review")
"""Kinds of parts whose `usage` says what a model cost."""

READ_BACK = 4096
"""Parts kept as values, since each step of a decision reads the parts before it again and none ever changes."""


def add(
    connection: Connection,
    decision_id: str,
    kind: str,
    body: BaseModel | dict[str, Any],
    *,
    actor: str,
    at: datetime,
    revision: int = 0,
) -> bool:
    """Write a part once; False when the same was written before, `LedgerError` when something else was."""
    if kind in GUARDED:
        raise LedgerError(f"A part of kind {kind!r} is written by the step that changes its rows, not by itself.")
    decisions.get(connection, decision_id)
    key = f"{decision_id}/{kind}/{revision}"
    return chain.append(connection, kind=kind, key=key, body=body, actor=actor, at=at, decision_id=decision_id)


def assemble(connection: Connection, row: DecisionRow) -> DecisionRecord:
    """The whole record; where a kind was written more than once, the fields show the latest."""
    return _assembled(row, list(chain.read(connection, decision_id=row.id)))


def assemble_all(connection: Connection, rows: Sequence[DecisionRow]) -> tuple[DecisionRecord, ...]:
    """The records of many decisions, in their order."""
    stories = chain.stories(connection, [row.id for row in rows])
    return tuple(_assembled(row, stories[row.id]) for row in rows)


def _assembled(row: DecisionRow, events: Sequence[Event]) -> DecisionRecord:
    parts = _parts(events)
    latest = {event.kind: event for event in events}
    facts = latest.get("facts")
    candidate = _value(latest, "candidate", Candidate)
    if candidate is None:
        raise LedgerError(f"The record of {row.id} has lost its candidate; run `thetagate audit verify`.")
    gate, approval = _value(latest, "gate", Gate), _value(latest, "approval", Approval)
    similar = latest.get(SIMILAR)
    entry, endings = _orders(events)
    return DecisionRecord(
        id=row.id,
        state=row.state,
        outcome=row.outcome,
        candidate=candidate,
        facts={} if facts is None else facts.data,
        similar=() if similar is None else _read_back(Compared, similar).trades,
        analysis=_value(latest, "analysis", Analysis),
        weighed=latest["weighed"].data if "weighed" in latest else None,
        fit=_value(latest, "fit", FitResult),
        score=_value(latest, "score", ScoreBreakdown),
        gate=gate,
        edit=_value(latest, "edit", Edit),
        approval=approval,
        intent=None if entry is None else entry.intent,
        order=None if entry is None else entry.order,
        fills=() if entry is None else entry.fills,
        endings=endings,
        refusals=tuple(_read_back(Refusal, event) for event in events if event.kind == "refusal"),
        settlements=tuple(_read_back(Booking, event) for event in events if event.kind == "activity"),
        reasons=_reasons(gate, approval),
        parts=parts,
        content_hash=parts[-1].hash,
    )


def _orders(events: Sequence[Event]) -> tuple[Ending | None, tuple[Ending, ...]]:
    """The order that opened the trade, in its last revision, and those that ended or moved it, in their order."""
    intents = [_read_back(OrderIntent, event) for event in events if event.kind == "intent"]
    orders = {event.data["client_order_id"]: event for event in events if event.kind == "order"}
    actions = {event.key.rpartition("/")[2]: event.data for event in events if event.kind == "exit"}
    fills: dict[str, list[Fill]] = {}
    for event in events:
        if event.kind == "fill":
            fill = _read_back(Fill, event)
            fills.setdefault(fill.client_order_id, []).append(fill)
    told = [
        Ending(
            action=actions.get(str(intent.revision), {}),
            intent=intent,
            order=_value(orders, intent.client_order_id, Order),
            fills=tuple(fills.get(intent.client_order_id, ())),
        )
        for intent in intents
    ]
    opening = [each for each in told if each.intent.purpose is Purpose.OPEN]
    later = tuple(each for each in told if each.intent.purpose is not Purpose.OPEN)
    return opening[-1] if opening else None, later


def _parts(events: Sequence[Event]) -> tuple[RecordPart, ...]:
    parts: list[RecordPart] = []
    for event in events:
        parts.append(_part(parts[-1].hash if parts else GENESIS, event))
    return tuple(parts)


@lru_cache(maxsize=READ_BACK)
def _part(previous: str, event: Event) -> RecordPart:
    return RecordPart(
        kind=event.kind,
        at=from_text(event.at),
        actor=event.actor,
        body=event.data,
        previous=previous,
        hash=_seal(previous, event),
    )


def _seal(previous: str, event: Event) -> str:
    """`digest([previous, kind, at, actor, body])`; the body stands as it is stored, which is canonical JSON."""
    head = canonical([previous, event.kind, event.at, event.actor])
    return hashlib.sha256(f"{head[:-1]},{event.body}]".encode()).hexdigest()


def _value(latest: dict[str, Event], kind: str, model: type[V]) -> V | None:
    event = latest.get(kind)
    return None if event is None else _read_back(model, event)


@lru_cache(maxsize=READ_BACK)
def _read_back(model: type[V], event: Event) -> V:
    try:
        return model.model_validate(event.data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise LedgerError(
            f"{event.key} cannot be read back ({where}: {first['msg']}); run `thetagate audit verify`."
        ) from None


def _reasons(gate: Gate | None, approval: Approval | None) -> tuple[Reason, ...]:
    """The gate's reasons, and a person's or the clock's where they ended it."""
    said = () if gate is None else gate.reasons
    if approval is None or approval.verdict == "approved":
        return said
    text = f"{approval.verdict} by {approval.by}" + (f": {approval.reason}" if approval.reason else "")
    return (*said, Reason(rule=approval.verdict, text=text))
