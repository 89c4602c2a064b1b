"""Scans: what one look at the market delivered, and the decisions it proposed, all in one transaction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from tools.domain.candidate import Candidate
from tools.domain.chain import SourceCounts
from tools.domain.decision import DecisionState
from tools.domain.errors import LedgerError
from tools.domain.value import Value, canonical
from tools.ledger import chain
from tools.ledger.instant import from_text, to_text
from tools.ledger.schema import decisions, events, scans

Proposal = tuple[Candidate, Mapping[str, Any]]


class Taken(Value):
    """A leg set that another book had already taken in this snapshot; `decision_id` is the one that has it."""

    book: str
    label: str
    decision_id: str


class RecordedScan(Value):
    """One scan as recorded. `decision_ids` are in rank order; `market` says how to open the same market again."""

    key: str
    account: str
    as_of: datetime
    mode: str
    market: dict[str, Any]
    counts: SourceCounts
    rejected: dict[str, int]
    decision_ids: tuple[str, ...] = ()
    taken: tuple[Taken, ...] = ()


def find(connection: Connection, key: str) -> RecordedScan | None:
    row = connection.execute(select(scans).where(scans.c.key == key)).first()
    return None if row is None else _scan(row)


def latest(connection: Connection) -> RecordedScan | None:
    """The scan recorded last, whatever its clock said."""
    query = select(events.c.key).where(events.c.kind == "scan").order_by(events.c.seq.desc()).limit(1)
    key = connection.scalar(query)
    return None if key is None else find(connection, key.removeprefix("scan/"))


def record(
    connection: Connection, scan: RecordedScan, proposals: Sequence[Proposal], *, at: datetime
) -> RecordedScan:
    """Writes the scan and a `proposed` decision per leg set nobody has; returns it with its ids filled in.

    The same decision found by an earlier scan of this instant is listed again and stays as it is.
    """
    new: list[tuple[int, Candidate, Mapping[str, Any]]] = []
    ids: list[str] = []
    taken: list[Taken] = []
    owners = _owners(connection, scan)
    for rank, (candidate, facts) in enumerate(proposals):
        if candidate.as_of != scan.as_of:
            raise LedgerError(f"{candidate.label} was priced at {candidate.as_of}, not at its scan's {scan.as_of}.")
        owner = owners.get(candidate.legs_hash)
        if owner is None:
            owners[candidate.legs_hash] = candidate.id
            new.append((rank, candidate, facts))
        elif owner != candidate.id:
            taken.append(Taken(book=candidate.book, label=candidate.label, decision_id=owner))
            continue
        if candidate.id not in ids:
            ids.append(candidate.id)
    whole = scan.model_copy(update={"decision_ids": tuple(ids), "taken": tuple(taken)})
    _insert_scan(connection, whole, at)
    for rank, candidate, facts in new:
        _insert_decision(connection, whole, candidate, facts, rank=rank, at=at)
    return whole


def _owners(connection: Connection, scan: RecordedScan) -> dict[str, str]:
    """Leg set → decision id, for everything proposed at this scan's instant."""
    query = select(decisions.c.legs_hash, decisions.c.id).where(
        decisions.c.account == scan.account, decisions.c.as_of == to_text(scan.as_of)
    )
    return {row.legs_hash: row.id for row in connection.execute(query)}


def _insert_scan(connection: Connection, scan: RecordedScan, at: datetime) -> None:
    data = scan.model_dump(mode="json")
    nested = ("market", "counts", "rejected", "decision_ids", "taken")
    chain.append(connection, kind="scan", key=f"scan/{scan.key}", body=data, actor="screen", at=at)
    columns = {name: canonical(data[name]) for name in nested}
    connection.execute(
        insert(scans).values(
            key=scan.key,
            account=scan.account,
            as_of=to_text(scan.as_of),
            mode=scan.mode,
            created_at=to_text(at),
            **columns,
        )
    )


def _insert_decision(
    connection: Connection,
    scan: RecordedScan,
    candidate: Candidate,
    facts: Mapping[str, Any],
    *,
    rank: int,
    at: datetime,
) -> None:
    connection.execute(
        insert(decisions).values(
            id=candidate.id,
            scan=scan.key,
            account=scan.account,
            as_of=to_text(scan.as_of),
            book=candidate.book,
            underlying=candidate.underlying,
            structure=candidate.structure.value,
            label=candidate.label,
            legs_hash=candidate.legs_hash,
            rank=rank,
            state=DecisionState.PROPOSED.value,
            created_at=to_text(at),
            updated_at=to_text(at),
        )
    )
    for kind, body in (("candidate", candidate), ("facts", dict(facts))):
        chain.append(
            connection,
            kind=kind,
            key=f"{candidate.id}/{kind}/0",
            body=body,
            actor="screen",
            at=at,
            decision_id=candidate.id,
        )


def _scan(row: Row[Any]) -> RecordedScan:
    return RecordedScan(
        key=row.key,
        account=row.account,
        as_of=from_text(row.as_of),
        mode=row.mode,
        market=json.loads(row.market),
        counts=SourceCounts(**json.loads(row.counts)),
        rejected=json.loads(row.rejected),
        decision_ids=tuple(json.loads(row.decision_ids)),
        taken=tuple(Taken(**item) for item in json.loads(row.taken)),
    )
