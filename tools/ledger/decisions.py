"""Decisions as rows: found by id or prefix, listed, and moved between states by compare-and-set alone."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from tools.domain.decision import Approval, DecisionState, Gate, Outcome
from tools.domain.errors import AlreadyDecided, LedgerError, NotFound
from tools.domain.mode import Mode
from tools.ledger import chain
from tools.ledger.instant import from_text, on_the_clock, to_text
from tools.ledger.schema import decisions, scans

_BY_ID = select(decisions).where(decisions.c.id == bindparam("id"))
_MOVE = update(decisions).where(decisions.c.id == bindparam("owner"), decisions.c.state == bindparam("expected"))

_PAST = {
    DecisionState.APPROVED: "approved",
    DecisionState.REFUSED: "refused",
    DecisionState.REJECTED: "rejected",
    DecisionState.EXPIRED: "expired",
}


@dataclass(frozen=True)
class DecisionRow:
    """One decision in a listing; its whole story is the record. `scan` is the key of the scan that proposed it."""

    id: str
    scan: str
    account: str
    as_of: datetime
    book: str
    underlying: str
    structure: str
    label: str
    rank: int
    state: DecisionState
    deadline: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def outcome(self) -> Outcome | None:
        """None while it is only proposed."""
        return None if self.state is DecisionState.PROPOSED else Outcome(self.state.value)


def find(
    connection: Connection,
    *,
    states: Iterable[DecisionState] = (),
    scan: str | None = None,
    book: str | None = None,
    underlying: str | None = None,
    limit: int | None = None,
) -> tuple[DecisionRow, ...]:
    """Newest snapshot first, then in rank order."""
    query = select(decisions).order_by(decisions.c.as_of.desc(), decisions.c.rank, decisions.c.id)
    wanted = [state.value for state in states]
    if wanted:
        query = query.where(decisions.c.state.in_(wanted))
    for column, value in ((decisions.c.scan, scan), (decisions.c.book, book), (decisions.c.underlying, underlying)):
        if value is not None:
            query = query.where(column == value)
    return tuple(_row(row) for row in connection.execute(query.limit(limit)))


def modes(connection: Connection) -> dict[str, Mode]:
    """Of the scan that proposed each decision, by its id."""
    query = select(decisions.c.id, scans.c.mode).join(scans, scans.c.key == decisions.c.scan)
    return {row.id: Mode(row.mode) for row in connection.execute(query)}


def get(connection: Connection, decision_id: str) -> DecisionRow:
    row = connection.execute(_BY_ID, {"id": decision_id}).first()
    if row is None:
        raise _not_found(connection, decision_id)
    return _row(row)


def resolve(connection: Connection, wanted: str) -> DecisionRow:
    """The row of an id or of its unambiguous beginning, with or without `d-`; `NotFound` otherwise."""
    start = wanted if wanted.startswith("d-") else f"d-{wanted}"
    row = connection.execute(_BY_ID, {"id": start}).first()
    if row is not None:
        return _row(row)
    query = select(decisions).where(decisions.c.id.startswith(start, autoescape=True)).order_by(decisions.c.id)
    found = connection.execute(query.limit(6)).all() if wanted else []
    if len(found) == 1:
        return _row(found[0])
    if found:
        near = ", ".join(each.id for each in found[:5])
        raise NotFound(f"{wanted!r} could be {near}; give more of the id.")
    raise _not_found(connection, wanted)


def move(
    connection: Connection,
    row: DecisionRow,
    *,
    expected: DecisionState,
    to: DecisionState,
    at: datetime,
    deadline: datetime | None = None,
) -> None:
    """Compare-and-set: `AlreadyDecided` unless the decision is still in `expected`."""
    changed = connection.execute(
        _MOVE,
        {
            "owner": row.id,
            "expected": expected.value,
            "state": to.value,
            "deadline": to_text(deadline) if deadline else None,
            "updated_at": to_text(at),
        },
    )
    if changed.rowcount != 1:
        raise already_decided(connection, row.id)


def already_decided(connection: Connection, decision_id: str) -> LedgerError:
    """`d-… was already rejected by anna in console at 10:42 New York time.`"""
    row = get(connection, decision_id)
    if row.state in {DecisionState.PROPOSED, DecisionState.WAITING}:
        return LedgerError(
            f"{row.id} is {row.state.value}, so this step does not apply to it; run the pipeline first."
        )
    who, when = "the gate", row.updated_at
    for event in chain.read(connection, decision_id=row.id, kinds=("gate", "approval")):
        if event.kind == "approval":
            approval = Approval.model_validate(event.data)
            who, when = f"{approval.by} in {approval.channel}", approval.at
        elif Gate.model_validate(event.data).outcome is Outcome.REFUSED:
            who, when = "the gate", from_text(event.at)
    return AlreadyDecided(
        f"{row.id} was already {_PAST[row.state]} by {who} at {on_the_clock(when)}.", state=row.state.value
    )


def _not_found(connection: Connection, wanted: str) -> NotFound:
    known = connection.scalars(select(decisions.c.id).order_by(decisions.c.created_at.desc()).limit(1000)).all()
    near = difflib.get_close_matches(wanted, known, n=3, cutoff=0.5)
    hint = (
        f"the nearest are {', '.join(near)}" if near else "list them with `thetagate approvals` or `thetagate run`"
    )
    return NotFound(f"The ledger holds no decision {wanted!r}; {hint if known else 'it holds none yet'}.")


def _row(row: Row[Any]) -> DecisionRow:
    return DecisionRow(
        id=row.id,
        scan=row.scan,
        account=row.account,
        as_of=from_text(row.as_of),
        book=row.book,
        underlying=row.underlying,
        structure=row.structure,
        label=row.label,
        rank=row.rank,
        state=DecisionState(row.state),
        deadline=from_text(row.deadline) if row.deadline else None,
        created_at=from_text(row.created_at),
        updated_at=from_text(row.updated_at),
    )
