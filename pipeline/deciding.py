"""A person's word on a waiting decision: one row by compare-and-swap, then the thread goes on with it.

    approve: limits again, without its own reservation ─┬→ approval + intent + audit → order → book
                                                        └→ refused by the limit
Killed between the row and the order, the next approve, reject or run finishes the thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline import ordering
from pipeline.fitting import fit_candidate
from pipeline.threads import Threads
from tools.approvals import policy
from tools.domain.decision import Approval, DecisionRecord, DecisionState, Outcome

if TYPE_CHECKING:
    from pipeline.wiring import Session


def approve(session: Session, wanted: str, *, by: str, reason: str, channel: str = "console") -> DecisionRecord:
    """Let it through. `AlreadyDecided` for whoever comes second; a limit's veto leaves it refused with reasons."""
    services = session.services
    services.ledger.expire_due(services.now())
    record = services.ledger.record(wanted)
    if record.state is DecisionState.WAITING and record.fit is not None:
        again, _ = fit_candidate(record, services, contracts=record.fit.contracts)
        refusal = policy.refused_by_limits(again)
        if refusal is not None:
            services.ledger.refuse(record.id, refusal)
            return conclude(session, record.id)
        intent = ordering.promise(record, record.fit.contracts, services)
        approval = Approval(
            verdict=Outcome.APPROVED.value,
            by=by,
            channel=channel,
            at=services.now(),
            reason=reason,
            order_hash=intent.order_hash,
        )
        services.ledger.approve(record.id, approval, intent)
        return conclude(session, record.id)
    return _came_late(session, record)


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
    Threads(session.services, session.graph).finish(decision_id)
    return session.services.ledger.record(decision_id)


def _came_late(session: Session, record: DecisionRecord) -> DecisionRecord:
    """Somebody was first: finish what they may have left unfinished, then say so."""
    record = conclude(session, record.id)
    raise session.services.ledger.already_decided(record.id)
