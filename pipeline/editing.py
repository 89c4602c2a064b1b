"""A person's terms for a waiting trade, measured as if it had been proposed with them.

contracts, price → candidate at that credit → limits, gate, fit, score → the next revision | reasons against it
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline import ordering
from pipeline.fitting import fit_candidate
from pipeline.offering import priced
from tools.desk.entering import refused_for_adjustment, score_entry
from tools.domain.account import Reservation
from tools.domain.decision import DecisionRecord, Edit, FitResult, Outcome, Reason
from tools.domain.errors import InputError, LedgerError
from tools.domain.score import ScoreBreakdown

if TYPE_CHECKING:
    from pipeline.services import Services


MOST = 1_000_000
"""Beyond it a number is a slip of the keyboard, whatever the caps of an order are."""


@dataclass(frozen=True)
class Edited:
    """The next revision with its measures, and why it must not be; empty where it may."""

    edit: Edit
    fit: FitResult
    score: ScoreBreakdown
    reservation: Reservation
    reasons: tuple[Reason, ...]


def edited(
    record: DecisionRecord,
    services: Services,
    *,
    by: str,
    channel: str,
    reason: str,
    contracts: int | None,
    price: Decimal | None,
) -> Edited:
    """The trade on these terms; what is not said stays as it waits. `InputError` for what can be no order."""
    if record.fit is None:
        raise LedgerError(f"{record.id} has not been fitted yet, so it has no terms; run the pipeline first.")
    count = record.fit.contracts if contracts is None else contracts
    _check(count, price, record, services)
    kept = None if record.edit is None else record.edit.price
    edit = Edit(
        revision=record.revision + 1,
        contracts=count,
        price=kept if price is None else price,
        by=by,
        channel=channel,
        reason=reason,
    )
    new = record.model_copy(update={"edit": edit, "fit": record.fit.model_copy(update={"contracts": count})})
    fresh = priced(new, services)
    fit, reservation = fit_candidate(
        record.model_copy(update={"candidate": fresh.candidate}), services, contracts=count
    )
    score, gate = score_entry(
        fresh.candidate,
        book=services.books[record.candidate.book],
        house=services.house,
        analysis=record.analysis,
        fitted=fit,
        deadline=ordering.deadline(services),
    )
    adjusted = refused_for_adjustment(record.candidate, services.snapshot)
    reasons = (
        *(gate.reasons if gate.outcome is Outcome.REFUSED else ()),
        *(() if adjusted is None else adjusted.reasons),
        *ordering.gate(fresh.intent, fresh.intent.limit_price, services, services.requote(fresh.intent.legs)),
        *_given_away(edit, new, services),
    )
    return Edited(edit, fit, score, reservation, reasons)


def _check(contracts: int, price: Decimal | None, record: DecisionRecord, services: Services) -> None:
    if not 1 <= contracts <= MOST:
        raise InputError(f"{contracts} contracts are no order; reject {record.id} to sell nothing.")
    if price is None:
        return
    tick = ordering.promise(record, contracts, services).tick
    sold = record.candidate.credit > 0
    if not price.is_finite() or abs(price) > MOST or (price > 0) != sold or price % tick:
        raise InputError(
            f"{price} is no price for {record.id}; "
            f"give the credit per share in ticks of {tick}, negative for what is paid."
        )


def _given_away(edit: Edit, new: DecisionRecord, services: Services) -> tuple[Reason, ...]:
    """A price below what the desk's own walk would end at gives away more than the slippage budget (K2)."""
    if edit.price is None:
        return ()
    walk = priced(new.model_copy(update={"edit": edit.model_copy(update={"price": None})}), services)
    if math.isnan(walk.mid) or edit.price >= walk.intent.floor_price:
        return ()
    floor = walk.intent.floor_price
    text = f"{edit.price} gives away more than the slippage budget allows; the worst is {floor}"
    return (Reason(rule="slippage", value=float(edit.price), limit=float(floor), text=text),)
