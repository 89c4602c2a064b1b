"""What a waiting decision asks for as the market stands, and showing it: every card is an offer in the ledger.

record + snapshot → priced: candidate, order, mid → offer (digest of a fresh secret) → card with the secret
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from pipeline import ordering
from tools.approvals.answer import has_moved
from tools.approvals.card import Card, Shown, card
from tools.approvals.reprice import at_credit
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionRecord
from tools.domain.errors import LedgerError
from tools.domain.money import exact
from tools.domain.offer import Offer, digest_of
from tools.domain.order import OrderIntent
from tools.portfolio.quoting import quote

if TYPE_CHECKING:
    from pipeline.services import Services


@dataclass(frozen=True)
class Priced:
    """A decision as it would be ordered now. `mid` is the market's, `nan` without a quote on both sides."""

    candidate: Candidate
    intent: OrderIntent
    mid: float

    def is_still(self, mid: float, services: Services) -> bool:
        """Whether the market has stayed where it was shown at."""
        tolerance = services.settings.approvals.tolerance
        return not has_moved(mid, self.mid, tick=self.intent.tick, tolerance=tolerance)


def priced(record: DecisionRecord, services: Services) -> Priced:
    """At the market's mid now, or at the price a person has put on it."""
    fit = record.fit
    if fit is None:
        raise LedgerError(f"{record.id} has not been fitted yet, so it has no order; run the pipeline first.")
    mid = _mid(record.candidate, services)
    wanted = None if record.edit is None else record.edit.price
    credit = float(wanted) if wanted is not None else record.candidate.credit if math.isnan(mid) else mid
    candidate = at_credit(record.candidate, credit)
    return Priced(candidate, ordering.promise(record, fit.contracts, services, candidate=candidate), mid)


def show(record: DecisionRecord, services: Services, channel: str, *, intent: OrderIntent | None = None) -> Card:
    """A new showing of a decision: written down, then made. `intent` is an order that another has asked for."""
    now, secret = services.now(), secrets.token_urlsafe(24)
    fresh = priced(record, services)
    good_until = now + timedelta(minutes=services.settings.approvals.quote_minutes)
    asked = intent or fresh.intent
    services.ledger.put_offer(
        Offer(
            nonce=digest_of(secret),
            decision_id=record.id,
            channel=channel,
            intent=asked,
            mid=fresh.candidate.credit if math.isnan(fresh.mid) else fresh.mid,
            shown_at=now,
            good_until=good_until,
        )
    )
    shown = Shown(
        candidate=fresh.candidate,
        intent=asked,
        secret=secret,
        quoted_at=services.snapshot.as_of,
        good_until=good_until,
    )
    return card(record, mode=services.settings.mode, now=now, shown=shown)


def _mid(candidate: Candidate, services: Services) -> float:
    """Credit per share at the mid of a quote on both sides."""
    if candidate.snapshot == services.snapshot.fingerprint:
        return candidate.credit
    found = quote(services.snapshot, candidate.legs)
    mid = math.nan if found is None else float(exact(sum(found) / 2))
    return mid or math.nan
