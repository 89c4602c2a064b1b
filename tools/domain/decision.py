"""The decision record: the immutable story of one candidate, from facts to fills.

    facts → filters → analysis → fit → score → outcome → approval → intent → order → fills → settlements

A record is the ordered list of its parts. Each part is written once, hashed, and chained to the one
before it; every card, page, answer and replay is drawn from the record alone.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tools.domain.activity import Booking
from tools.domain.candidate import Candidate
from tools.domain.order import Fill, Order, OrderIntent
from tools.domain.past_trade import SimilarTrade
from tools.domain.rationale import Analysis
from tools.domain.score import ScoreBreakdown
from tools.domain.value import Value


class Outcome(StrEnum):
    APPROVED = "approved"
    WAITING = "waiting"
    REFUSED = "refused"
    EXPIRED = "expired"
    REJECTED = "rejected"


class DecisionState(StrEnum):
    """The compare-and-set column of a decision. Only the arrows drawn here exist.

    proposed → approved | waiting | refused;  waiting → approved | rejected | expired | refused
    refused → approved, by a person's override of a score and of nothing else
    """

    PROPOSED = "proposed"
    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Reason(Value):
    """Why a trade was refused, lowered or sent to a person."""

    rule: str
    value: float | None = None
    limit: float | None = None
    text: str


class Refusal(Value):
    """Why the pre-trade gate let an order not go out, or not move, at a limit."""

    client_order_id: str
    price: Decimal
    reasons: tuple[Reason, ...]


class LimitState(StrEnum):
    PASS = "pass"
    ALERT = "alert"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class LimitResult(Value):
    """One limit before and after the proposed trade and all reservations.

    `before` is None where the measure is unknown (`state` says so), else where only the new trade has one.
    `headroom` is the share of the limit that remains after the trade, 0-1; None where it does not apply.
    `vetoes` is true when the trade worsens the measure beyond its limit, or the measure is unknown.
    """

    rule: str
    name: str
    before: float | None
    after: float | None
    limit: float | None
    alert: float | None = None
    unit: str = ""
    state: LimitState
    vetoes: bool = False
    headroom: float | None = None
    overridable: bool = False
    source: str = "house"
    text: str


class FitResult(Value):
    """Portfolio fit of the sized trade: every limit, the contracts, what bound the size, and the 0-10 score."""

    contracts: int
    binding: str
    limits: tuple[LimitResult, ...]
    score: float
    nav: float | None

    @property
    def vetoes(self) -> tuple[LimitResult, ...]:
        return tuple(limit for limit in self.limits if limit.vetoes)

    @property
    def unknown(self) -> tuple[LimitResult, ...]:
        """What could not be measured, vetoed or not."""
        return tuple(limit for limit in self.limits if limit.state is LimitState.UNKNOWN)


class Gate(Value):
    """What the score and the limits together decided, before any person."""

    outcome: Outcome
    reasons: tuple[Reason, ...]
    deadline: datetime | None = None


class Approval(Value):
    """Who let the trade through or stopped it.

    nonce  digest of the one showing it answers, empty where nothing was shown (a score, the clock)
    """

    verdict: str
    by: str
    channel: str
    at: datetime
    reason: str = ""
    order_hash: str = ""
    revision: int = 0
    nonce: str = ""


class Edit(Value):
    """What a person made of a waiting trade: its next revision, measured again before anybody approves it.

    price  credit per share below which nothing is sold; None keeps the desk's own walk from the mid
    """

    revision: int
    contracts: int
    price: Decimal | None
    by: str
    channel: str
    reason: str = ""


class Ending(Value):
    """One order that ended or moved the trade of a decision.

    action  what asked for it: the exits that were reached, the legs, and for a roll what it becomes
    """

    action: dict[str, Any]
    intent: OrderIntent
    order: Order | None = None
    fills: tuple[Fill, ...] = ()


class RecordPart(Value):
    """One immutable part as stored: `body` is the JSON of the value named by `kind`."""

    kind: str
    at: datetime
    actor: str
    body: dict[str, Any]
    previous: str
    hash: str


class DecisionRecord(Value):
    """The whole record, assembled from its parts. `content_hash` covers every part in order.

    `similar` are the past trades that the analyst was told of, () where none was.
    `intent`, `order` and `fills` are those of the entry, `endings` the orders that came after it and `settlements`
    what happened to it without one, each oldest first; `refusals` what the pre-trade gate stopped of any. `weighed`
    is what the first fit was made from, None in records of before it was kept.
    """

    id: str
    state: DecisionState
    outcome: Outcome | None
    candidate: Candidate
    facts: dict[str, Any]
    similar: tuple[SimilarTrade, ...] = ()
    analysis: Analysis | None = None
    weighed: dict[str, Any] | None = None
    fit: FitResult | None = None
    score: ScoreBreakdown | None = None
    gate: Gate | None = None
    edit: Edit | None = None
    approval: Approval | None = None
    intent: OrderIntent | None = None
    order: Order | None = None
    fills: tuple[Fill, ...] = ()
    endings: tuple[Ending, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    settlements: tuple[Booking, ...] = ()
    reasons: tuple[Reason, ...] = ()
    parts: tuple[RecordPart, ...]
    content_hash: str

    @property
    def revision(self) -> int:
        """Of the entry as it waits or was approved; 0 until a person edits it."""
        return 0 if self.edit is None else self.edit.revision

    @property
    def client_order_id(self) -> str | None:
        return None if self.intent is None else self.intent.client_order_id
