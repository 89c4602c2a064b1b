"""How a decision is decided. Each function is one transaction's worth of work: all of it happens, or nothing.

settle   proposed → approved (approval + intent) | waiting (deadline) | refused (reservation released)
approve  waiting → approved (approval + intent)          reject, refuse, expire   waiting → … (released)
override refused → approved (approval + intent, reserved again)      edit     waiting → waiting (next revision)
"""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import Connection, insert

from tools.domain.account import Reservation
from tools.domain.decision import Approval, DecisionState, Edit, FitResult, Gate, Outcome
from tools.domain.errors import LedgerError
from tools.domain.order import OrderIntent
from tools.domain.score import ScoreBreakdown
from tools.ledger import chain, decisions, intents, offers, reservations
from tools.ledger.chain import Entry
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
        _grant(connection, row.id, approval, intent, at)
    if to is DecisionState.REFUSED:
        reservations.release(connection, row.id, why="refused", at=at)
    return to


def approve(
    connection: Connection, decision_id: str, approval: Approval, intent: OrderIntent, *, at: datetime
) -> DecisionState:
    """A person's yes, or `expired` when the deadline had passed. `AlreadyDecided` for whoever comes second."""
    taken = decisions.take(connection, decision_id, revision=intent.revision, said_at=approval.at, at=at)
    if taken:
        _grant(connection, decision_id, approval, intent, at)
        return DecisionState.APPROVED
    row = decisions.get(connection, decision_id)
    if row.state is not DecisionState.WAITING:
        raise decisions.already_decided(connection, row.id)
    if row.deadline is not None and approval.at >= row.deadline:
        _expire(connection, row, at)
        return DecisionState.EXPIRED
    newest = chain.told(connection, row.id, decisions.EDIT)
    raise LedgerError(f"{row.id} was edited meanwhile; look at revision {newest} and approve that.")


def override(
    connection: Connection,
    decision_id: str,
    approval: Approval,
    intent: OrderIntent,
    reservation: Reservation,
    *,
    agreeing_with: Approval | None = None,
    at: datetime,
) -> None:
    """A person's yes to what had been refused, a second one's where two are needed; what it takes is held again."""
    if not approval.reason.strip():
        raise LedgerError("An override needs its reason; it stands in the record for good.")
    row = decisions.get(connection, decision_id)
    decisions.move(connection, row, expected=DecisionState.REFUSED, to=DecisionState.APPROVED, at=at)
    reservations.renew(connection, reservation, at=at)
    _grant(connection, row.id, approval, intent, at, agreeing_with=agreeing_with)


def reject(connection: Connection, decision_id: str, approval: Approval, *, at: datetime) -> None:
    """A person's no."""
    if approval.verdict != Outcome.REJECTED:
        raise LedgerError(f"A rejection must carry the verdict 'rejected', not {approval.verdict!r}.")
    row = decisions.get(connection, decision_id)
    decisions.move(connection, row, expected=DecisionState.WAITING, to=DecisionState.REJECTED, at=at)
    chain.extend(connection, _word(connection, row.id, approval, at), at=at)
    reservations.release(connection, row.id, why="rejected", at=at)


def edit(
    connection: Connection,
    decision_id: str,
    edited: Edit,
    *,
    fit: FitResult,
    score: ScoreBreakdown,
    held: Reservation,
    at: datetime,
) -> None:
    """The next revision of a waiting decision: its terms, its fit, its score, and what it takes from now on."""
    row = decisions.get(connection, decision_id)
    if row.state is not DecisionState.WAITING:
        raise decisions.already_decided(connection, row.id)
    due = chain.told(connection, row.id, decisions.EDIT) + 1
    if edited.revision != due:
        raise LedgerError(f"{row.id} was edited meanwhile; look at revision {due - 1} and edit that.")
    parts: tuple[tuple[str, BaseModel], ...] = ((decisions.EDIT, edited), ("fit", fit), ("score", score))
    for kind, body in parts:
        key = f"{row.id}/{kind}/{edited.revision}"
        chain.append(connection, kind=kind, key=key, body=body, actor=edited.by, at=at, decision_id=row.id)
    reservations.renew(connection, held, label=f"edit-{edited.revision}", at=at)


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
    chain.extend(connection, _word(connection, row.id, word, at), at=at)
    reservations.release(connection, row.id, why="expired", at=at)


def _grant(
    connection: Connection,
    decision_id: str,
    approval: Approval,
    intent: OrderIntent,
    at: datetime,
    *,
    agreeing_with: Approval | None = None,
) -> None:
    if approval.verdict != Outcome.APPROVED:
        raise LedgerError(f"An approval must carry the verdict 'approved', not {approval.verdict!r}.")
    if (intent.decision_id, intent.revision) != (decision_id, approval.revision):
        raise LedgerError(
            f"The approval of {decision_id} is for revision {approval.revision}, its order is another one."
        )
    if approval.order_hash and approval.order_hash != intent.order_hash:
        raise LedgerError(
            f"The order of {decision_id} changed after it was approved; look at it again and approve anew."
        )
    first = [] if agreeing_with is None else [_write_approval(connection, decision_id, agreeing_with)]
    word = _word(connection, decision_id, approval, at)
    promised = intents.promise(connection, intent, actor=approval.by, at=at)
    chain.extend(connection, [*first, *word, promised], at=at)


def _word(connection: Connection, decision_id: str, approval: Approval, at: datetime) -> list[Entry]:
    """A word and the showing that it answers, used up in the transaction that takes it."""
    spent = (
        [offers.spend(connection, approval.nonce, decision_id=decision_id, by=approval.by, at=at)]
        if approval.nonce
        else []
    )
    return [*spent, _write_approval(connection, decision_id, approval)]


def _write_gate(connection: Connection, row: DecisionRow, gate: Gate, at: datetime) -> None:
    key = f"{row.id}/gate/{chain.told(connection, row.id, 'gate')}"
    chain.append(connection, kind="gate", key=key, body=gate, actor="policy", at=at, decision_id=row.id)


def _write_approval(connection: Connection, decision_id: str, approval: Approval) -> Entry:
    text = chain.body_text("approval", approval)
    connection.execute(
        _WORD,
        {
            "decision_id": decision_id,
            "revision": approval.revision,
            "person": approval.by,
            "verdict": approval.verdict,
            "channel": approval.channel,
            "at": to_text(approval.at),
            "body": text,
        },
    )
    key = f"{decision_id}/approval/{approval.revision}/{approval.by}"
    return Entry("approval", key, text, approval.by, decision_id)
