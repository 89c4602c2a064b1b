"""score: blends the three opinions, lets the limits speak, and settles what happens next.

The score, the gate's word, an approval by score and its order intent are one transaction.
"""

from __future__ import annotations

from functools import partial

from langgraph.runtime import Runtime

from pipeline import ordering
from pipeline.services import Services
from pipeline.state import Thread
from tools.desk.entering import score_entry
from tools.domain.decision import Approval, DecisionState, Gate, Outcome
from tools.domain.order import Purpose


def score(state: Thread, runtime: Runtime[Services]) -> Thread:
    services = runtime.context
    record = services.ledger.record(state["decision_id"])
    if record.state is not DecisionState.PROPOSED:
        return {"outcome": record.state.value}
    breakdown, gate = score_entry(
        record.candidate,
        book=services.books[record.candidate.book],
        house=services.house,
        analysis=record.analysis,
        fitted=record.fit,
        deadline=ordering.deadline(services),
    )
    stopped = ordering.halted(services, Purpose.OPEN)
    if stopped and gate.outcome is not Outcome.REFUSED:
        gate = Gate(outcome=Outcome.REFUSED, reasons=(stopped,))
    settle = partial(services.ledger.settle, record.id, gate, score=breakdown)
    if gate.outcome is not Outcome.APPROVED or record.fit is None:
        return {"outcome": settle().value}
    intent = ordering.promise(record, record.fit.contracts, services)
    approval = Approval(
        verdict=Outcome.APPROVED.value, by="score", channel="score", at=services.now(), order_hash=intent.order_hash
    )
    return {"outcome": settle(intent=intent, approval=approval).value}
