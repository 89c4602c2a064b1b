"""Reservations: what an undecided or unfilled trade holds, so that the next fit counts it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from tools.domain.account import Reservation
from tools.domain.value import digest
from tools.ledger import chain
from tools.ledger.instant import to_text
from tools.ledger.schema import events, reservations


def hold(connection: Connection, reservation: Reservation, *, account: str, at: datetime) -> None:
    """Reserve, or replace what this decision reserves. What was released stays released."""
    body = chain.body_text("reservation", reservation)
    owner = reservation.decision_id
    query = select(reservations.c.body, reservations.c.released_at).where(reservations.c.decision_id == owner)
    stored = connection.execute(query).first()
    if stored is not None and (stored.released_at is not None or stored.body == body):
        return
    if stored is None:
        connection.execute(
            insert(reservations).values(decision_id=owner, account=account, body=body, reserved_at=to_text(at))
        )
    else:
        connection.execute(
            update(reservations)
            .where(reservations.c.decision_id == owner)
            .values(body=body, reserved_at=to_text(at))
        )
    chain.append(
        connection,
        kind="reservation",
        key=f"{owner}/reservation/{digest(body)[:16]}",
        body=reservation,
        actor="fit",
        at=at,
        decision_id=owner,
    )


def renew(connection: Connection, reservation: Reservation, *, at: datetime) -> None:
    """Hold again what a refused decision had let go."""
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
        key=f"{reservation.decision_id}/reservation/override",
        body=reservation,
        actor="fit",
        at=at,
        decision_id=reservation.decision_id,
    )


def release(connection: Connection, decision_id: str, *, why: str, at: datetime) -> bool:
    """Let go of what the decision holds; False when it held nothing."""
    changed = connection.execute(
        update(reservations)
        .where(reservations.c.decision_id == decision_id, reservations.c.released_at.is_(None))
        .values(released_at=to_text(at), released_why=why)
    )
    if changed.rowcount != 1:
        return False
    earlier = select(func.count()).where(events.c.decision_id == decision_id, events.c.kind == "release")
    chain.append(
        connection,
        kind="release",
        key=f"{decision_id}/release/{connection.scalar(earlier)}",
        body={"why": why},
        actor="ledger",
        at=at,
        decision_id=decision_id,
    )
    return True


def held(connection: Connection, *, account: str, excluding: str | None = None) -> tuple[Reservation, ...]:
    """Everything reserved now but for `excluding`, in the order in which it was reserved."""
    query = (
        select(reservations.c.body)
        .where(reservations.c.account == account, reservations.c.released_at.is_(None))
        .order_by(reservations.c.reserved_at, reservations.c.decision_id)
    )
    if excluding is not None:
        query = query.where(reservations.c.decision_id != excluding)
    return tuple(Reservation.model_validate_json(body) for body in connection.scalars(query))


def find(connection: Connection, decision_id: str) -> Reservation | None:
    """What the decision reserved last, held or released."""
    body = connection.scalar(select(reservations.c.body).where(reservations.c.decision_id == decision_id))
    return None if body is None else Reservation.model_validate_json(body)
