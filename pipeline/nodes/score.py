"""score: blends the three opinions, lets the limits speak, and settles what happens next.

The score, the gate's word, an approval by score and its order intent are one transaction.
"""

from __future__ import annotations

from functools import partial

from langgraph.runtime import Runtime

from pipeline import ordering
from pipeline.services import Services
from pipeline.state import Thread
from tools.approvals import policy
from tools.domain.decision import Approval, DecisionState, Outcome
from tools.scoring.blend import blend


def score(state: Thread, runtime: Runtime[Services]) -> Thread:
    services = runtime.context
    record = services.ledger.record(state["decision_id"])
    if record.state is not DecisionState.PROPOSED:
        return {"outcome": record.state.value}
    breakdown = blend(
        quantitative=record.candidate.quantitative,
        model=record.analysis.confidence if record.analysis else None,
        fit=record.fit.score if record.fit else None,
        weights=services.settings.score.weights,
    )
    gate = policy.gate(
        score=breakdown,
        fit=record.fit,
        filters=record.candidate.filters,
        analysis=record.analysis,
        thresholds=services.thresholds(record.candidate.book),
        mode=services.settings.mode,
        deadline=ordering.deadline(services),
    )
    settle = partial(services.ledger.settle, record.id, gate, score=breakdown)
    if gate.outcome is not Outcome.APPROVED or record.fit is None:
        return {"outcome": settle().value}
    intent = ordering.promise(record, record.fit.contracts, services)
    approval = Approval(
        verdict=Outcome.APPROVED.value, by="score", channel="score", at=services.now(), order_hash=intent.order_hash
    )
    return {"outcome": settle(intent=intent, approval=approval).value}
