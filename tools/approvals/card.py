"""The approval card: what a person needs to decide, drawn from the decision record alone.

Channels show the same card in their own dress; the words and the numbers are made here.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from tools.approvals.reprice import at_credit
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionRecord, LimitResult, LimitState
from tools.domain.errors import LedgerError
from tools.domain.mode import Mode
from tools.domain.order import OrderIntent
from tools.domain.structure import Leg
from tools.domain.value import Value


class RiskLine(Value):
    """One limit before and after the trade, in its own unit; `before` as in `LimitResult`."""

    name: str
    before: float | None
    after: float | None
    limit: float | None
    unit: str
    state: LimitState


class ScorePart(Value):
    """One of the three opinions: its weight 0-1 and its score 0-10, None where it is unknown."""

    name: str
    weight: float
    value: float | None


class Shown(Value):
    """What the card asks for as the market stands: the very order that an answer with `secret` approves.

    quoted_at   when its market was quoted
    good_until  how long this showing may be approved
    """

    candidate: Candidate
    intent: OrderIntent
    secret: str
    quoted_at: datetime
    good_until: datetime


class Card(Value):
    """One waiting decision. Credit is per share; premium and max loss (positive) are of the whole trade.

    limit, floor  where the order begins and the worst it takes, None on a card that nobody can answer
    secret        what an answer must carry; it stands here alone
    """

    decision_id: str
    mode: Mode
    title: str
    legs: tuple[str, ...]
    contracts: int
    credit: float
    premium: float
    max_loss: float
    breakevens: tuple[float, ...]
    pop: float | None
    score: str
    parts: tuple[ScorePart, ...] = ()
    reasons: tuple[str, ...]
    risk: tuple[RiskLine, ...]
    narrative: str
    analyst: str
    quote_age_seconds: float
    feed: str
    expires: datetime | None
    revision: int = 0
    limit: Decimal | None = None
    floor: Decimal | None = None
    good_until: datetime | None = None
    secret: str = ""


def card(record: DecisionRecord, *, mode: Mode, now: datetime, shown: Shown | None = None) -> Card:
    """The card of a decision that has been fitted and scored; `LedgerError` for one that has not.

    `shown` is the order it asks for now; without it the card tells of the trade as it was proposed.
    """
    fit = record.fit
    if fit is None:
        raise LedgerError(
            f"{record.id} has not been fitted yet, so there is nothing to approve; run the pipeline first."
        )
    candidate, analysis = _as_edited(record) if shown is None else shown.candidate, record.analysis
    quoted_at = candidate.as_of if shown is None else shown.quoted_at
    rationale = None if analysis is None else analysis.rationale
    return Card(
        decision_id=record.id,
        mode=mode,
        title=candidate.label,
        legs=tuple(_leg(leg, fit.contracts) for leg in candidate.legs),
        contracts=fit.contracts,
        credit=candidate.credit,
        premium=candidate.credit * candidate.multiplier * fit.contracts,
        max_loss=candidate.max_loss * fit.contracts,
        breakevens=candidate.breakevens,
        pop=candidate.pop,
        score=score_sum(record),
        parts=_score_parts(record),
        reasons=tuple(reason.text for reason in record.reasons),
        risk=tuple(_risk(limit) for limit in fit.limits if limit.state is not LimitState.NOT_APPLICABLE),
        narrative="no analysis" if rationale is None else rationale.risk_narrative,
        analyst="" if analysis is None else f"{analysis.source.value}, {analysis.model}",
        quote_age_seconds=(now - quoted_at).total_seconds(),
        feed=candidate.feed,
        expires=None if record.gate is None else record.gate.deadline,
        revision=record.revision,
        limit=None if shown is None else shown.intent.limit_price,
        floor=None if shown is None else shown.intent.floor_price,
        good_until=None if shown is None else shown.good_until,
        secret="" if shown is None else shown.secret,
    )


def score_sum(record: DecisionRecord) -> str:
    """`0.70 × 8.08 + 0.20 × 7.00 + 0.10 × 6.50 = 7.71`; an unknown part is a question mark."""
    score = record.score
    if score is None:
        return "not scored"
    weights = score.weights
    parts = ((weights.quantitative, score.quantitative), (weights.model, score.model), (weights.fit, score.fit))
    summed = " + ".join(f"{weight:.2f} × {_number(value)}" for weight, value in parts)
    return f"{summed} = {_number(score.total)}"


def _as_edited(record: DecisionRecord) -> Candidate:
    """At the price that a person has put on it."""
    price = None if record.edit is None else record.edit.price
    return record.candidate if price is None else at_credit(record.candidate, float(price))


def _score_parts(record: DecisionRecord) -> tuple[ScorePart, ...]:
    score = record.score
    if score is None:
        return ()
    weights = score.weights
    return (
        ScorePart(name="quantitative", weight=weights.quantitative, value=score.quantitative),
        ScorePart(name="model", weight=weights.model, value=score.model),
        ScorePart(name="fit", weight=weights.fit, value=score.fit),
    )


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"


def _leg(leg: Leg, contracts: int) -> str:
    """`sell 2 SPY 2026-12-18 480 put`."""
    side = "sell" if leg.quantity < 0 else "buy"
    contract = leg.contract
    count = abs(leg.quantity) * contracts
    return f"{side} {count} {contract.underlying} {contract.expiry} {contract.strike:g} {contract.right.value}"


def _risk(limit: LimitResult) -> RiskLine:
    return RiskLine(
        name=limit.name,
        before=limit.before,
        after=limit.after,
        limit=limit.limit,
        unit=limit.unit,
        state=limit.state,
    )
