"""Two people for one override: the first word waits in the chain, a second one, of somebody else, lets it go.

refused ─ first ──→ refused (its word is an event)
        └ second, another person, the same order ──→ approved (both approvals + intent + reservation)
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from tools.domain.account import Reservation
from tools.domain.decision import Approval, DecisionState
from tools.domain.errors import LedgerError
from tools.domain.order import OrderIntent
from tools.ledger import chain, decisions, settlement

KIND = "override_asked"


def second(
    connection: Connection,
    decision_id: str,
    approval: Approval,
    intent: OrderIntent,
    reservation: Reservation,
    *,
    since: datetime,
    at: datetime,
) -> str:
    """Who asked first, once somebody else agrees; "" while nobody has. `LedgerError` for one's own second word."""
    row = decisions.get(connection, decision_id)
    if row.state is not DecisionState.REFUSED:
        raise decisions.already_decided(connection, row.id)
    if not approval.reason.strip():
        raise LedgerError("An override needs its reason; it stands in the record for good.")
    asked = [
        word
        for word in _asked(connection, decision_id)
        if word.order_hash == intent.order_hash and since <= word.at <= at
    ]
    others = [word for word in asked if not _same(word.by, approval.by)]
    if others:
        settlement.override(connection, decision_id, approval, intent, reservation, agreeing_with=others[-1], at=at)
        return others[-1].by
    if asked:
        raise LedgerError(
            f"{approval.by} has asked for this already; somebody else has to agree, nobody is one's own second."
        )
    number = chain.told(connection, decision_id, KIND)
    key = f"{decision_id}/{KIND}/{number}"
    chain.append(connection, kind=KIND, key=key, body=approval, actor=approval.by, at=at, decision_id=decision_id)
    return ""


def _asked(connection: Connection, decision_id: str) -> list[Approval]:
    events = chain.read(connection, decision_id=decision_id, kinds=(KIND,))
    return [Approval.model_validate(event.data) for event in events]


def _same(one: str, other: str) -> bool:
    """Names are people: letters' case and spaces make nobody a second person."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
