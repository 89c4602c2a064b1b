"""A person's word on a waiting decision: one row by compare-and-swap, then the thread goes on with it.

    approve: limits again, without its own reservation ─┬→ approval + intent + audit → order → book
                                                        └→ refused by the limit
Killed between the row and the order, the next approve, reject or run finishes the thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import ordering
from pipeline.fitting import fit_candidate
from pipeline.raising import raise_for
from pipeline.settling import enter_activities
from pipeline.threads import Threads
from tools.approvals import policy
from tools.desk.entering import refused_for_adjustment
from tools.domain.decision import Approval, DecisionRecord, DecisionState, Outcome, Reason
from tools.domain.errors import InputError, ThetagateError
from tools.domain.order import OrderIntent, Purpose

if TYPE_CHECKING:
    from pipeline.services import Services
    from pipeline.wiring import Session


def approve(session: Session, wanted: str, *, by: str, reason: str, channel: str = "console") -> DecisionRecord:
    """Let it through. `AlreadyDecided` for whoever comes second; a limit's veto leaves it refused with reasons."""
    services = session.services
    services.ledger.expire_due(services.now())
    enter_activities(services)
    record = services.ledger.record(wanted)
    if record.state is not DecisionState.WAITING or record.fit is None:
        return _came_late(session, record)
    _check_running(services)
    again, _ = fit_candidate(record, services, contracts=record.fit.contracts)
    refusal = refused_for_adjustment(record.candidate, services.snapshot) or policy.refused_by_limits(again)
    if refusal is not None:
        services.ledger.refuse(record.id, refusal)
        return conclude(session, record.id)
    intent = ordering.promise(record, record.fit.contracts, services)
    services.ledger.approve(record.id, _yes(services, intent, by=by, reason=reason, channel=channel), intent)
    return conclude(session, record.id)


def override(session: Session, wanted: str, *, by: str, reason: str, channel: str = "console") -> DecisionRecord:
    """Let through what only its score refused; `Vetoed` where a limit, a rule or missing data stands against it."""
    services = session.services
    enter_activities(services)
    record = services.ledger.record(wanted)
    if record.state is not DecisionState.REFUSED or record.fit is None:
        return approve(session, wanted, by=by, reason=reason, channel=channel)
    if record.candidate.snapshot != services.snapshot.fingerprint:
        raise InputError(
            f"{record.id} rests on quotes of {record.candidate.as_of:%Y-%m-%d %H:%M}; run again first."
        )
    _check_running(services)
    again, reservation = fit_candidate(record, services, contracts=record.fit.contracts)
    firm = policy.beyond_override(record.candidate.filters, again)
    if firm:
        raise Vetoed(firm)
    intent = ordering.promise(record, record.fit.contracts, services)
    word = _yes(services, intent, by=by, reason=reason, channel=channel)
    services.ledger.override(record.id, word, intent, reservation)
    return conclude(session, record.id)


class Vetoed(ThetagateError):
    """What stands against the trade is more than a score: nobody overrides it here."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__("; ".join(f"{reason.rule}: {reason.text}" for reason in reasons))
        self.reasons = reasons


def _check_running(services: Services) -> None:
    """`Vetoed` while new trades are stopped; what waits goes on waiting."""
    stopped = ordering.halted(services, Purpose.OPEN)
    if stopped:
        raise Vetoed((stopped,))


def _yes(services: Services, intent: OrderIntent, *, by: str, reason: str, channel: str) -> Approval:
    return Approval(
        verdict=Outcome.APPROVED.value,
        by=by,
        channel=channel,
        at=services.now(),
        reason=reason,
        order_hash=intent.order_hash,
    )


def reject(session: Session, wanted: str, *, by: str, reason: str, channel: str = "console") -> DecisionRecord:
    """Stop it. `AlreadyDecided` for whoever comes second."""
    services = session.services
    services.ledger.expire_due(services.now())
    record = services.ledger.record(wanted)
    if record.state is not DecisionState.WAITING:
        return _came_late(session, record)
    word = Approval(verdict=Outcome.REJECTED.value, by=by, channel=channel, at=services.now(), reason=reason)
    services.ledger.reject(record.id, word)
    return conclude(session, record.id)


def conclude(session: Session, decision_id: str) -> DecisionRecord:
    """Run the thread to its end with the answer that stands in the ledger."""
    threads = Threads(session.services, session.graph)
    raise_for(session.services, threads, decision_id)
    threads.finish(decision_id)
    return session.services.ledger.record(decision_id)


def _came_late(session: Session, record: DecisionRecord) -> DecisionRecord:
    """Somebody was first: finish what they may have left unfinished, then say so."""
    record = conclude(session, record.id)
    raise session.services.ledger.already_decided(record.id)
