"""Offers: what a channel showed people of a waiting decision. An answer is bound to one, and to nothing else."""

from __future__ import annotations

import hashlib
from datetime import datetime

from tools.domain.decision import Approval
from tools.domain.order import OrderIntent
from tools.domain.value import Value


class Offer(Value):
    """One showing of one order, good for one answer until `good_until`.

    nonce   digest of the secret that stands on the card alone; who has read the books cannot answer with it
    mid     credit per share at the market's mid when it was shown
    """

    nonce: str
    decision_id: str
    channel: str
    intent: OrderIntent
    mid: float
    shown_at: datetime
    good_until: datetime


class Standing(Value):
    """An offer as it stands now: `spent_by` is who answered it, None while nobody has."""

    offer: Offer
    spent_by: str | None = None


class Asked(Value):
    """A first person's word for an override that takes two: the order somebody else has to agree to."""

    approval: Approval
    intent: OrderIntent
    mid: float


class Announced(Value):
    """Where a channel keeps its card of a decision (a message's id) and which showing stands on it."""

    decision_id: str
    channel: str
    place: str
    nonce: str


def digest_of(secret: str) -> str:
    """What the books keep of a card's secret: SHA-256, 64 hex digits."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
