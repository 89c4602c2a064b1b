"""How a decision is decided. Each function is one transaction's worth of work: all of it happens, or nothing.

settle   proposed → approved (approval + intent) | waiting (deadline) | refused (reservation released)
approve  waiting → approved (approval + intent)          reject, refuse, expire   waiting → … (released)
override refused → approved (approval + intent, reserved again)
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, insert

from tools.domain.account import Reservation
from tools.domain.decision import Approval, DecisionState, Gate, Outcome
from tools.domain.errors import LedgerError
from tools.domain.order import OrderIntent
from tools.ledger import chain, decisions, intents, reservations
from tools.ledger.decisions import DecisionRow
from tools.ledger.instant import on_the_clock, to_text
from tools.ledger.schema import approvals

_WORD = insert(approvals)


def settle(
    connection: Connection,
    decision_id: str,
    gate: Gate,
    *,
    intent: OrderIntent | None,
    approval: Approval | None,
    at: datetime,
) -> DecisionState:
    """Apply the gate to a proposed decision. One that was settled before stays as it is: its state is returned."""
    row = decisions.get(connection, decision_id)
    if row.state is not DecisionState.PROPOSED:
        return row.state
    to = DecisionState(gate.outcome.value)
    if to not in {DecisionState.APPROVED, DecisionState.WAITING, DecisionState.REFUSED}:
        raise LedgerError(f"A gate decides approved, waiting or refused, not {to.value}.")
    decisions.move(connection, row, expected=DecisionState.PROPOSED, to=to, at=at, deadline=gate.deadline)
    _write_gate(connection, row, gate, at)
    if to is DecisionState.APPROVED:
        if intent is None or approval is None:
            raise LedgerError(f"{row.id} cannot be approved without its approval and its order intent.")
        _grant(connection, row, approval, intent, at)
    if to is DecisionState.REFUSED:
        reservations.release(connection, row.id, why="refused", at=at)
    return to


def approve(
    connection: Connection, decision_id: str, approval: Approval, intent: OrderIntent, *, at: datetime
) -> DecisionState:
    """A person's yes, or `expired` when the deadline had passed. `AlreadyDecided` for whoever comes second."""
    row = decisions.get(connection, decision_id)
    if row.state is DecisionState.WAITING and row.deadline is not None and approval.at >= row.deadline:
        _expire(connection, row, at)
        return DecisionState.EXPIRED
    decisions.move(connection, row, expected=DecisionState.WAITING, to=DecisionState.APPROVED, at=at)
    _grant(connection, row, approval, intent, at)
    return DecisionState.APPROVED


def override(
    connection: Connection,
    decision_id: str,
    approval: Approval,
    intent: OrderIntent,
    reservation: Reservation,
    *,
    at: datetime,
) -> None:
    """A person's yes to what a score alone had refused; what the trade takes is held again."""
    if not approval.reason.strip():
        raise LedgerError("An override needs its reason; it stands in the record for good.")
    row = decisions.get(connection, decision_id)
    decisions.move(connection, row, expected=DecisionState.REFUSED, to=DecisionState.APPROVED, at=at)
    reservations.renew(connection, reservation, at=at)
    _grant(connection, row, approval, intent, at)


def reject(connection: Connection, decision_id: str, approval: Approval, *, at: datetime) -> None:
    """A person's no."""
    if approval.verdict != Outcome.REJECTED:
        raise LedgerError(f"A rejection must carry the verdict 'rejected', not {approval.verdict!r}.")
    row = decisions.get(connection, decision_id)
    decisions.move(connection, row, expected=DecisionState.WAITING, to=DecisionState.REJECTED, at=at)
    _write_approval(connection, row, approval, at)
    reservations.release(connection, row.id, why="rejected", at=at)


def refuse(connection: Connection, decision_id: str, gate: Gate, *, at: datetime) -> None:
    """A limit's no to a decision that was waiting: the second look before the order vetoed it."""
    if gate.outcome is not Outcome.REFUSED:
        raise LedgerError(f"A second look may only refuse, not {gate.outcome.value}.")
    row = decisions.get(connection, decision_id)
    decisions.move(connection, row, expected=DecisionState.WAITING, to=DecisionState.REFUSED, at=at)
    _write_gate(connection, row, gate, at)
    reservations.release(connection, row.id, why="refused", at=at)


def expire_due(connection: Connection, *, now: datetime, at: datetime) -> tuple[str, ...]:
    """The clock's no to everything whose deadline has come; the ids it ended."""
    due = [
        row
        for row in decisions.find(connection, states=[DecisionState.WAITING])
        if row.deadline is not None and row.deadline <= now
    ]
    for row in due:
        _expire(connection, row, at)
    return tuple(row.id for row in due)


def _expire(connection: Connection, row: DecisionRow, at: datetime) -> None:
    decisions.move(connection, row, expected=DecisionState.WAITING, to=DecisionState.EXPIRED, at=at)
    when = on_the_clock(row.deadline) if row.deadline else "its deadline"
    word = Approval(verdict="expired", by="the clock", channel="ledger", at=at, reason=f"no answer until {when}")
    _write_approval(connection, row, word, at)
    reservations.release(connection, row.id, why="expired", at=at)


def _grant(connection: Connection, row: DecisionRow, approval: Approval, intent: OrderIntent, at: datetime) -> None:
    if approval.verdict != Outcome.APPROVED:
        raise LedgerError(f"An approval must carry the verdict 'approved', not {approval.verdict!r}.")
    if (intent.decision_id, intent.revision) != (row.id, approval.revision):
        raise LedgerError(
            f"The approval of {row.id} is for revision {approval.revision}, its order is another one."
        )
    if approval.order_hash and approval.order_hash != intent.order_hash:
        raise LedgerError(
            f"The order of {row.id} changed after it was approved; look at it again and approve anew."
        )
    _write_approval(connection, row, approval, at)
    intents.promise(connection, intent, actor=approval.by, at=at)


def _write_gate(connection: Connection, row: DecisionRow, gate: Gate, at: datetime) -> None:
    key = f"{row.id}/gate/{chain.told(connection, row.id, 'gate')}"
    chain.append(connection, kind="gate", key=key, body=gate, actor="policy", at=at, decision_id=row.id)


def _write_approval(connection: Connection, row: DecisionRow, approval: Approval, at: datetime) -> None:
    connection.execute(
        _WORD,
        {
            "decision_id": row.id,
            "revision": approval.revision,
            "person": approval.by,
            "verdict": approval.verdict,
            "channel": approval.channel,
            "at": to_text(approval.at),
            "body": chain.body_text("approval", approval),
        },
    )
    key = f"{row.id}/approval/{approval.revision}/{approval.by}"
    chain.append(connection, kind="approval", key=key, body=approval, actor=approval.by, at=at, decision_id=row.id)
