"""Offers as rows: written when a card is shown, spent by the first answer to it, never spent twice.

offer → row + event         spend: NULL → who, by compare-and-set         turn_away: an event and nothing else
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from tools.domain.errors import LedgerError
from tools.domain.offer import Announced, Offer, Standing
from tools.ledger import chain
from tools.ledger.chain import Entry, Event
from tools.ledger.instant import to_text
from tools.ledger.schema import announcements, offers

OFFER, SPENT, TURNED_AWAY = "offer", "offer_spent", "turned_away"

_FIND = select(offers).where(offers.c.nonce == bindparam("wanted"))
_LATEST = (
    select(offers)
    .where(offers.c.decision_id == bindparam("owner"), offers.c.channel == bindparam("through"))
    .order_by(offers.c.number.desc())
    .limit(1)
)
_SPEND = update(offers).where(
    offers.c.nonce == bindparam("wanted"), offers.c.decision_id == bindparam("owner"), offers.c.spent_by.is_(None)
)


def put(connection: Connection, offer: Offer, *, at: datetime) -> None:
    """Write down what is shown, before anybody sees it."""
    chain.append(
        connection,
        kind=OFFER,
        key=f"{OFFER}/{offer.nonce}",
        body=offer,
        actor=offer.channel,
        at=at,
        decision_id=offer.decision_id,
    )
    connection.execute(
        insert(offers).values(
            nonce=offer.nonce,
            decision_id=offer.decision_id,
            channel=offer.channel,
            body=chain.body_text(OFFER, offer),
            number=chain.head(connection)[0],
        )
    )


def find(connection: Connection, nonce: str) -> Standing | None:
    row = connection.execute(_FIND, {"wanted": nonce}).first()
    return None if row is None else _standing(row)


def latest(connection: Connection, decision_id: str, channel: str) -> Standing | None:
    """What the channel showed last of a decision."""
    row = connection.execute(_LATEST, {"owner": decision_id, "through": channel}).first()
    return None if row is None else _standing(row)


def spend(connection: Connection, nonce: str, *, decision_id: str, by: str, at: datetime) -> Entry:
    """The one answer an offer of the decision is good for, and the event that tells of it.

    `LedgerError` for a second answer and for an offer that was never made.
    """
    values = {"wanted": nonce, "owner": decision_id, "spent_by": by, "spent_at": to_text(at)}
    if connection.execute(_SPEND, values).rowcount != 1:
        raise LedgerError("This card has been answered before, or nobody was ever shown it; look at it again.")
    text = chain.body_text(SPENT, {"nonce": nonce, "by": by})
    return Entry(SPENT, f"{SPENT}/{nonce}", text, by, decision_id)


def turn_away(connection: Connection, told: dict[str, str], *, at: datetime) -> None:
    """What somebody tried and why it counted for nothing: evidence, and nothing else changes."""
    number = chain.head(connection)[0] + 1
    chain.append(
        connection, kind=TURNED_AWAY, key=f"{TURNED_AWAY}/{number}", body=told, actor=told["channel"], at=at
    )


def rows(connection: Connection) -> dict[str, tuple[str, str | None]]:
    """(body, who spent it) by nonce, as the table has it."""
    return {row.nonce: (row.body, row.spent_by) for row in connection.execute(select(offers))}


def told(events: Iterable[Event]) -> dict[str, tuple[str, str | None]]:
    """What the events say, in the form of `rows`."""
    said: dict[str, tuple[str, str | None]] = {}
    for event in events:
        if event.kind == OFFER:
            said[event.data["nonce"]] = (event.body, None)
        elif event.kind == SPENT and event.data["nonce"] in said:
            said[event.data["nonce"]] = (said[event.data["nonce"]][0], event.data["by"])
    return said


def announce(connection: Connection, announced: Announced) -> None:
    """Where the card of a decision stands, in place of where it stood before."""
    forget(connection, announced.decision_id, announced.channel)
    connection.execute(insert(announcements).values(**announced.model_dump()))


def announced(connection: Connection, channel: str) -> tuple[Announced, ...]:
    """Every card a channel has standing."""
    found = connection.execute(
        select(announcements).where(announcements.c.channel == channel).order_by(announcements.c.decision_id)
    )
    return tuple(Announced.model_validate(dict(row._mapping)) for row in found)


def forget(connection: Connection, decision_id: str, channel: str) -> None:
    connection.execute(
        announcements.delete().where(announcements.c.decision_id == decision_id, announcements.c.channel == channel)
    )


def _standing(row: Row[tuple[str, ...]]) -> Standing:
    return Standing(offer=Offer.model_validate_json(row.body), spent_by=row.spent_by)
