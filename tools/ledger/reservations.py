"""Reservations: what an undecided or unfilled trade holds, so that the next fit counts it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from tools.domain.account import Reservation
from tools.ledger import chain
from tools.ledger.instant import to_text
from tools.ledger.schema import reservations

_HOLD = insert(reservations)
_OF = select(reservations.c.body, reservations.c.released_at).where(
    reservations.c.decision_id == bindparam("owner")
)
_RELEASE = update(reservations).where(
    reservations.c.decision_id == bindparam("owner"), reservations.c.released_at.is_(None)
)
_HELD = (
    select(reservations.c.body)
    .where(
        reservations.c.account == bindparam("account"),
        reservations.c.released_at.is_(None),
        reservations.c.decision_id != bindparam("excluding"),
    )
    .order_by(reservations.c.reserved_at, reservations.c.decision_id)
)


def hold(connection: Connection, reservation: Reservation, *, account: str, at: datetime) -> None:
    """Reserve, or replace what this decision reserves. What was released stays released."""
    body = chain.body_text("reservation", reservation)
    owner = reservation.decision_id
    stored = connection.execute(_OF, {"owner": owner}).first()
    if stored is not None and (stored.released_at is not None or stored.body == body):
        return
    if stored is None:
        values = {"decision_id": owner, "account": account, "body": body, "reserved_at": to_text(at)}
        connection.execute(_HOLD, values)
    else:
        connection.execute(
            update(reservations)
            .where(reservations.c.decision_id == owner)
            .values(body=body, reserved_at=to_text(at))
        )
    chain.append(
        connection,
        kind="reservation",
        key=f"{owner}/reservation/{chain.told(connection, owner, 'reservation')}",
        body=reservation,
        actor="fit",
        at=at,
        decision_id=owner,
    )


def renew(connection: Connection, reservation: Reservation, *, label: str = "override", at: datetime) -> None:
    """Hold again what a refused decision had let go, or something else in its place; `label` names the occasion."""
    connection.execute(
        update(reservations)
        .where(reservations.c.decision_id == reservation.decision_id)
        .values(
            body=chain.body_text("reservation", reservation),
            reserved_at=to_text(at),
            released_at=None,
            released_why=None,
        )
    )
    chain.append(
        connection,
        kind="reservation",
        key=f"{reservation.decision_id}/reservation/{label}",
        body=reservation,
        actor="fit",
        at=at,
        decision_id=reservation.decision_id,
    )


def release(connection: Connection, decision_id: str, *, why: str, at: datetime) -> bool:
    """Let go of what the decision holds; False when it held nothing."""
    values = {"owner": decision_id, "released_at": to_text(at), "released_why": why}
    changed = connection.execute(_RELEASE, values)
    if changed.rowcount != 1:
        return False
    chain.append(
        connection,
        kind="release",
        key=f"{decision_id}/release/{chain.told(connection, decision_id, 'release')}",
        body={"why": why},
        actor="ledger",
        at=at,
        decision_id=decision_id,
    )
    return True


def held(connection: Connection, *, account: str, excluding: str | None = None) -> tuple[Reservation, ...]:
    """Everything reserved now but for `excluding`, in the order in which it was reserved."""
    bodies = connection.scalars(_HELD, {"account": account, "excluding": excluding or ""})
    return tuple(Reservation.model_validate_json(body) for body in bodies)


def find(connection: Connection, decision_id: str) -> Reservation | None:
    """What the decision reserved last, held or released."""
    body = connection.scalar(_OF, {"owner": decision_id})
    return None if body is None else Reservation.model_validate_json(body)
