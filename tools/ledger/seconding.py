"""Two people for one override: the first word waits in the chain, a second one, of somebody else, lets it go.

refused ─ first ──→ refused (its word is an event)
        └ second, another person, the same order ──→ approved (both approvals + intent + reservation)
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from tools.domain.account import Reservation
from tools.domain.decision import DecisionState
from tools.domain.errors import LedgerError
from tools.domain.offer import Asked
from tools.ledger import chain, decisions, settlement

KIND = "override_asked"


def second(connection: Connection, word: Asked, reservation: Reservation, *, since: datetime, at: datetime) -> str:
    """Who asked first, once somebody else agrees; "" while nobody has. `LedgerError` for one's own second word."""
    approval, intent = word.approval, word.intent
    row = decisions.get(connection, intent.decision_id)
    if row.state is not DecisionState.REFUSED:
        raise decisions.already_decided(connection, row.id)
    if not approval.reason.strip():
        raise LedgerError("An override needs its reason; it stands in the record for good.")
    asked = [
        each
        for each in _words(connection, row.id)
        if each.intent.order_hash == intent.order_hash and each.approval.at >= since
    ]
    others = [each.approval for each in asked if not _same(each.approval.by, approval.by)]
    if others:
        settlement.override(connection, row.id, approval, intent, reservation, agreeing_with=others[-1], at=at)
        return others[-1].by
    if asked:
        raise LedgerError(
            f"{approval.by} has asked for this already; somebody else has to agree, nobody is one's own second."
        )
    key = f"{row.id}/{KIND}/{chain.told(connection, row.id, KIND)}"
    chain.append(connection, kind=KIND, key=key, body=word, actor=approval.by, at=at, decision_id=row.id)
    return ""


def open_words(connection: Connection, *, since: datetime) -> tuple[Asked, ...]:
    """The newest first word of each trade that is still refused."""
    newest = {each.intent.decision_id: each for each in _words(connection, None) if each.approval.at >= since}
    refused = DecisionState.REFUSED
    return tuple(word for owner, word in newest.items() if decisions.get(connection, owner).state is refused)


def _words(connection: Connection, decision_id: str | None) -> list[Asked]:
    events = chain.read(connection, decision_id=decision_id, kinds=(KIND,))
    return [Asked.model_validate(event.data) for event in events]


def _same(one: str, other: str) -> bool:
    """Names are people: letters' case and spaces make nobody a second person."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
