"""The event chain: append-only, one after the other, each hashed together with the hash before it.

    hash(n) = SHA-256 of canonical [seq, kind, decision, key, actor, at, body, hash(n-1)]

A changed, missing or reordered event breaks every hash after it; a cut-off tail disagrees with the head row.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, bindparam, func, insert, select, update

from tools.domain.errors import LedgerError
from tools.domain.value import canonical, digest
from tools.ledger.instant import to_text
from tools.ledger.schema import GENESIS, HEAD_ROW, chain_head, events

# Built once, here and in the other modules of the room: building a statement costs more than running it.
_BODY = select(events.c.body).where(events.c.key == bindparam("key"))
_HEAD = select(chain_head.c.seq, chain_head.c.hash).where(chain_head.c.id == HEAD_ROW)
_MOVE_HEAD = update(chain_head).where(chain_head.c.id == HEAD_ROW)
_WRITE = insert(events)
_TOLD = select(func.count()).where(
    events.c.decision_id == bindparam("decision_id"), events.c.kind == bindparam("kind")
)
_ALL = select(events).order_by(events.c.seq)
AT_ONCE = 500  # decisions whose events one statement asks for
_STORY = _ALL.where(events.c.decision_id == bindparam("decision_id"))


@dataclass(frozen=True)
class Event:
    """One thing that happened. `key` names it: what has been recorded under a key is never recorded twice."""

    seq: int
    kind: str
    decision_id: str | None
    key: str
    actor: str
    at: str
    body: str
    previous: str
    hash: str

    @cached_property
    def data(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.body)
        return parsed

    def computed_hash(self) -> str:
        return digest(
            [self.seq, self.kind, self.decision_id, self.key, self.actor, self.at, self.body, self.previous]
        )


def body_text(kind: str, body: BaseModel | dict[str, Any]) -> str:
    """The canonical JSON of a value; `LedgerError` for what JSON cannot hold (NaN, sets …)."""
    try:
        return canonical(body.model_dump(mode="json") if isinstance(body, BaseModel) else body)
    except (TypeError, ValueError) as error:
        raise LedgerError(f"The {kind} cannot be recorded: {error}. Unknown numbers are None, never NaN.") from None


def append(
    connection: Connection,
    *,
    kind: str,
    key: str,
    body: BaseModel | dict[str, Any],
    actor: str,
    at: datetime,
    decision_id: str | None = None,
) -> bool:
    """Record once. True when written now, False when the same was there already.

    `LedgerError` when `key` holds something else: a record is never rewritten. Needs a write transaction.
    """
    text = body_text(kind, body)
    stored = connection.scalar(_BODY, {"key": key})
    if stored == text:
        return False
    if stored is not None:
        raise LedgerError(f"{key} is recorded already and says something else; what is recorded is never changed.")
    head = connection.execute(_HEAD).one()
    event = Event(
        seq=head.seq + 1,
        kind=kind,
        decision_id=decision_id,
        key=key,
        actor=actor,
        at=to_text(at),
        body=text,
        previous=head.hash,
        hash="",
    )
    sealed = event.computed_hash()
    connection.execute(_WRITE, {**asdict(event), "hash": sealed})
    connection.execute(_MOVE_HEAD, {"seq": event.seq, "hash": sealed})
    return True


def read(connection: Connection, *, decision_id: str | None = None, kinds: tuple[str, ...] = ()) -> Iterator[Event]:
    """Events in order, all or those of one decision or of some kinds."""
    query = _ALL if decision_id is None else _STORY
    if kinds:
        query = query.where(events.c.kind.in_(kinds))
    for row in connection.execute(query, {} if decision_id is None else {"decision_id": decision_id}):
        yield Event(**row._mapping)


def stories(connection: Connection, decision_ids: Sequence[str]) -> dict[str, list[Event]]:
    """The events of many decisions in order, by decision, from a few readings."""
    told: dict[str, list[Event]] = {each: [] for each in decision_ids}
    for start in range(0, len(decision_ids), AT_ONCE):
        wanted = decision_ids[start : start + AT_ONCE]
        for row in connection.execute(_ALL.where(events.c.decision_id.in_(wanted))):
            told[row.decision_id].append(Event(**row._mapping))
    return told


def told(connection: Connection, decision_id: str, kind: str) -> int:
    """How many events of a kind a decision has: the number of the next one."""
    return connection.scalar(_TOLD, {"decision_id": decision_id, "kind": kind}) or 0


def find(connection: Connection, key: str) -> Event | None:
    row = connection.execute(select(events).where(events.c.key == key)).first()
    return None if row is None else Event(**row._mapping)


def head(connection: Connection) -> tuple[int, str]:
    """The last event's number and hash; 0 and the genesis hash before the first."""
    found = connection.execute(_HEAD).first()
    return (0, GENESIS) if found is None else (int(found.seq), str(found.hash))


def breaks(connection: Connection) -> list[str]:
    """Every place where the chain does not hold, in words; empty when it is whole."""
    problems = []
    previous, seq = GENESIS, 0
    for event in read(connection):
        if event.seq != seq + 1:
            problems.append(f"event {seq + 1} is missing: event {event.seq} follows event {seq}")
        if event.previous != previous:
            problems.append(f"event {event.seq} ({event.key}) is not chained to the event before it")
        if event.computed_hash() != event.hash:
            problems.append(f"event {event.seq} ({event.key}) was changed after it was written")
        previous, seq = event.hash, event.seq
    head = connection.execute(_HEAD).first()
    if head is None or (head.seq, head.hash) != (seq, previous):
        problems.append(f"the chain ends at event {seq}, which is not the head that was last written")
    return problems
