"""A person's word on a decision: one row by compare-and-swap, then the thread goes on with it.

    approve: quote again ─┬→ moved: shown anew, it goes on waiting
                          └→ limits again, without its own reservation ─┬→ approval + intent + audit → order → book
                                                                        └→ refused by the limit
    edit: limits, gate, fit and score of the new terms → the next revision waits
    override: what a score refused takes one person, what an overridable limit refused takes two

Killed between the row and the order, the next approve, reject or run finishes the thread.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline import ordering
from pipeline.editing import edited
from pipeline.fitting import fit_candidate
from pipeline.offering import Priced, priced, show
from pipeline.raising import raise_for
from pipeline.settling import enter_activities
from pipeline.threads import Threads
from tools.approvals import policy
from tools.approvals.authority import CONSOLE
from tools.approvals.card import Card
from tools.desk.entering import refused_for_adjustment
from tools.domain.chain import new_york_date
from tools.domain.decision import Approval, DecisionRecord, DecisionState, Outcome, Reason
from tools.domain.errors import InputError, LedgerError, ThetagateError
from tools.domain.offer import Asked, Offer
from tools.domain.order import OrderIntent, Purpose

if TYPE_CHECKING:
    from pipeline.services import Services
    from pipeline.wiring import Session


class Vetoed(ThetagateError):
    """What stands against the trade is more than a score: nobody overrides it here."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__("; ".join(f"{reason.rule}: {reason.text}" for reason in reasons))
        self.reasons = reasons


class StillWaiting(ThetagateError):
    """Nothing was decided: somebody has to look, or to agree. `card` is what there is to look at now."""

    def __init__(self, message: str, card: Card | None = None) -> None:
        super().__init__(message)
        self.card = card


def approve(
    session: Session, wanted: str, *, by: str, reason: str, channel: str = CONSOLE, offer: Offer | None = None
) -> DecisionRecord:
    """Let it through. `AlreadyDecided` for whoever comes second; a limit's veto leaves it refused with reasons.

    `offer` is the showing that is answered. The console's verb shows and answers at once: it counts where the
    price is still that of the console's last card, or of the proposal. `StillWaiting` where the price has moved.
    """
    services = session.services
    services.ledger.expire_due(services.now())
    enter_activities(services)
    record = services.ledger.record(wanted)
    if record.state is not DecisionState.WAITING or record.fit is None:
        return _came_late(session, record)
    _check_running(services)
    shown = offer or _on_the_console(record, services, channel)
    fresh = priced(record, services)
    _look_again(record, fresh, record.candidate.credit if shown is None else shown.mid, services, channel, by=by)
    again, _ = fit_candidate(_as_priced(record, fresh), services, contracts=record.fit.contracts)
    refusal = refused_for_adjustment(record.candidate, services.snapshot) or policy.refused_by_limits(again)
    if refusal is not None:
        services.ledger.refuse(record.id, refusal)
        return conclude(session, record.id)
    intent = fresh.intent if shown is None else shown.intent
    nonce = "" if shown is None else shown.nonce
    services.ledger.approve(
        record.id, _yes(services, intent, by=by, reason=reason, channel=channel, nonce=nonce), intent
    )
    return conclude(session, record.id)


def edit(
    session: Session,
    wanted: str,
    *,
    by: str,
    reason: str,
    channel: str = CONSOLE,
    contracts: int | None = None,
    price: Decimal | None = None,
) -> DecisionRecord:
    """Put other terms on a waiting trade, measured as if it had been proposed so; `Vetoed` leaves it as it was."""
    services = session.services
    services.ledger.expire_due(services.now())
    enter_activities(services)
    record = services.ledger.record(wanted)
    if record.state is not DecisionState.WAITING:
        return _came_late(session, record)
    _check_running(services)
    new = edited(record, services, by=by, channel=channel, reason=reason, contracts=contracts, price=price)
    if new.reasons:
        raise Vetoed(new.reasons)
    services.ledger.edit(record.id, new.edit, fit=new.fit, score=new.score, reservation=new.reservation)
    record = services.ledger.record(record.id)
    if price is not None and channel == CONSOLE:
        show(record, services, CONSOLE)  # who types a price has seen it
    return record


def override(
    session: Session, wanted: str, *, by: str, reason: str, channel: str = CONSOLE, offer: Offer | None = None
) -> DecisionRecord:
    """Let through what its score, or an overridable limit, refused; `Vetoed` where anything else stands against it.

    A limit takes a second person: the first word is kept and `StillWaiting`.
    """
    services = session.services
    enter_activities(services)
    record = services.ledger.record(wanted)
    if record.state is not DecisionState.REFUSED or record.fit is None:
        return approve(session, wanted, by=by, reason=reason, channel=channel, offer=offer)
    _check_fresh(record, services)
    _check_running(services)
    asked = asked_for(services, record.id)
    fresh = priced(record, services)
    _still_there(record, fresh, record.candidate.credit if asked is None else asked.mid, services)
    again, reservation = fit_candidate(_as_priced(record, fresh), services, contracts=record.fit.contracts)
    firm = policy.beyond_two(record.candidate.filters, again)
    adjusted = refused_for_adjustment(record.candidate, services.snapshot)
    if firm or adjusted is not None:
        raise Vetoed((*firm, *(() if adjusted is None else adjusted.reasons)))
    intent = fresh.intent if asked is None else asked.intent
    nonce = "" if offer is None else offer.nonce
    word = _yes(services, intent, by=by, reason=reason, channel=channel, nonce=nonce)
    limits = policy.beyond_override(record.candidate.filters, again)
    if not limits:
        services.ledger.override(record.id, word, intent, reservation)
        return conclude(session, record.id)
    first = services.ledger.second(
        Asked(approval=word, intent=intent, mid=fresh.mid), reservation, since=_since(services)
    )
    if not first:
        told = "; ".join(f"{limit.rule}: {limit.text}" for limit in limits)
        raise StillWaiting(f"A second person has to agree to {record.id}, against {told}.")
    return conclude(session, record.id)


def reject(
    session: Session, wanted: str, *, by: str, reason: str, channel: str = CONSOLE, offer: Offer | None = None
) -> DecisionRecord:
    """Stop it. `AlreadyDecided` for whoever comes second."""
    services = session.services
    services.ledger.expire_due(services.now())
    record = services.ledger.record(wanted)
    if record.state is not DecisionState.WAITING:
        return _came_late(session, record)
    word = Approval(
        verdict=Outcome.REJECTED.value,
        by=by,
        channel=channel,
        at=services.now(),
        reason=reason,
        nonce="" if offer is None else offer.nonce,
    )
    services.ledger.reject(record.id, word)
    return conclude(session, record.id)


def conclude(session: Session, decision_id: str) -> DecisionRecord:
    """Run the thread to its end with the answer that stands in the ledger."""
    threads = Threads(session.services, session.graph)
    raise_for(session.services, threads, decision_id)
    threads.finish(decision_id)
    return session.services.ledger.record(decision_id)


def asked_for(services: Services, decision_id: str) -> Asked | None:
    """The first person's word for an override of this decision that still stands."""
    return next((word for word in words(services) if word.intent.decision_id == decision_id), None)


def words(services: Services) -> tuple[Asked, ...]:
    """First words for overrides that wait for a second person."""
    return services.ledger.asked(since=_since(services))


def _since(services: Services) -> datetime:
    """A first word stands as long as a question does."""
    return services.now() - timedelta(minutes=services.settings.approvals.deadline_minutes)


def _check_fresh(record: DecisionRecord, services: Services) -> None:
    """What was refused is overridden on the day it was proposed, while a question of its age would still stand."""
    candidate = record.candidate
    if candidate.snapshot == services.snapshot.fingerprint:
        return
    if candidate.as_of < _since(services) or new_york_date(candidate.as_of) != new_york_date(services.now()):
        raise InputError(f"{record.id} rests on quotes of {candidate.as_of:%Y-%m-%d %H:%M}; run again first.")


def _check_running(services: Services) -> None:
    """`Vetoed` while new trades are stopped; what waits goes on waiting."""
    stopped = ordering.halted(services, Purpose.OPEN)
    if stopped:
        raise Vetoed((stopped,))


def _on_the_console(record: DecisionRecord, services: Services, channel: str) -> Offer | None:
    """The console's last card of this decision, while it may be answered; other channels name theirs."""
    if channel != CONSOLE:
        raise LedgerError(
            f"An answer through {channel} is bound to a card that was shown there, and this one is not."
        )
    last = services.ledger.latest_offer(record.id, CONSOLE)
    if last is None or last.spent_by is not None or last.offer.intent.revision != record.revision:
        return None
    return last.offer if last.offer.shown_at <= services.now() < last.offer.good_until else None


def _look_again(
    record: DecisionRecord, fresh: Priced, mid: float, services: Services, channel: str, *, by: str
) -> None:
    """`StillWaiting` with a new card where the market has left the price that was shown, or shows none."""
    if fresh.is_still(mid, services):
        return
    if math.isnan(fresh.mid):
        raise StillWaiting(f"{record.id} has no quote on both sides now; nothing was sent, it goes on waiting.")
    shown = show(record, services, channel)
    raise StillWaiting(
        f"The mid of {record.id} has moved from {mid:.2f} to {fresh.mid:.2f} since {by} was shown it; "
        "it waits at the new price. Look at the card and answer again.",
        shown,
    )


def _still_there(record: DecisionRecord, fresh: Priced, mid: float, services: Services) -> None:
    if not fresh.is_still(mid, services):
        now = "has no quote on both sides" if math.isnan(fresh.mid) else f"is at {fresh.mid:.2f}"
        raise InputError(f"{record.id} was refused at {mid:.2f} and {now} now; run again, and decide on that.")


def _as_priced(record: DecisionRecord, fresh: Priced) -> DecisionRecord:
    return record.model_copy(update={"candidate": fresh.candidate})


def _yes(
    services: Services, intent: OrderIntent, *, by: str, reason: str, channel: str, nonce: str = ""
) -> Approval:
    return Approval(
        verdict=Outcome.APPROVED.value,
        by=by,
        channel=channel,
        at=services.now(),
        reason=reason,
        order_hash=intent.order_hash,
        revision=intent.revision,
        nonce=nonce,
    )


def _came_late(session: Session, record: DecisionRecord) -> DecisionRecord:
    """Somebody was first: finish what they may have left unfinished, then say so."""
    record = conclude(session, record.id)
    raise session.services.ledger.already_decided(record.id)
