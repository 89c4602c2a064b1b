"""An answer to a card, and what makes it count for nothing, whichever channel it came through.

user unknown → stranger      no such showing, or of another card → forged      answered before → replayed
more than five minutes old → expired      edited since → superseded            else it counts
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tools.domain.decision import DecisionRecord
from tools.domain.offer import Standing

QUOTE_MINUTES = 5.0
"""How long what was shown may be approved, at most."""

TOLERANCE = 0.02
"""How far the mid may have moved since it was shown, as a share of the credit: the slippage budget of K2."""


class Word(StrEnum):
    """`override` lets through what was refused; `edit` changes a waiting trade and approves nothing."""

    APPROVE = "approve"
    REJECT = "reject"
    OVERRIDE = "override"
    EDIT = "edit"


@dataclass(frozen=True)
class Answer:
    """What somebody said through a channel. `user` is the channel's own id, `secret` stands on the card alone."""

    decision_id: str
    word: Word
    channel: str
    user: str
    secret: str = ""
    reason: str = ""
    contracts: int | None = None
    price: Decimal | None = None


@dataclass(frozen=True)
class Decided:
    """What a channel tells the person who answered.

    took    whether this very answer counted
    record  of a decision that is decided, now or before
    """

    text: str
    took: bool
    record: DecisionRecord | None = None


class Fault(StrEnum):
    STRANGER = "stranger"
    FORGED = "forged"
    REPLAYED = "replayed"
    EXPIRED = "expired"
    NO_OVERRIDE = "no_override"
    SUPERSEDED = "superseded"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Fault.STRANGER: "You are not among those who may decide here; `[[approvers]]` in the settings names them.",
    Fault.FORGED: "This is no card that was shown; nothing was decided. Open the waiting trade and answer there.",
    Fault.REPLAYED: "This card was answered before; nothing was decided now. Look at the card as it stands.",
    Fault.EXPIRED: "The quote on this card is too old to approve; the card now shows the present one. Look again.",
    Fault.NO_OVERRIDE: "You may decide what waits, not override what was refused; `may_override` says who may.",
    Fault.SUPERSEDED: "The trade was edited after this card was shown; the card now shows it as it is. Look again.",
}


def fault(answer: Answer, standing: Standing | None, *, revision: int, now: datetime | None) -> Fault | None:
    """Why an answer to a showing counts for nothing, None where it counts. A no needs no fresh quote.

    `now` None leaves the age to a later look.
    """
    if standing is None:
        return Fault.FORGED
    offer = standing.offer
    if (offer.decision_id, offer.channel) != (answer.decision_id, answer.channel):
        return Fault.FORGED
    if standing.spent_by is not None:
        return Fault.REPLAYED
    if answer.word is Word.REJECT:
        return None
    if offer.intent.revision != revision:
        return Fault.SUPERSEDED
    in_time = now is None or offer.shown_at <= now < offer.good_until
    return None if in_time else Fault.EXPIRED


def has_moved(shown: float, fresh: float, *, tick: Decimal, tolerance: float = TOLERANCE) -> bool:
    """Whether a mid has left what was shown by more than the tolerance, never less than a tick, either way."""
    allowed = max(tolerance * abs(shown), float(tick))
    return not abs(fresh - shown) <= allowed + 1e-9
