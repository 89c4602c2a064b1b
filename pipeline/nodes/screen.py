"""screen: a proposal whose missing data its book refuses ends here, before a model is paid for it."""

from __future__ import annotations

from langgraph.runtime import Runtime

from pipeline.services import Services
from pipeline.state import Thread
from tools.approvals import policy
from tools.domain.decision import Outcome


def screen(state: Thread, runtime: Runtime[Services]) -> Thread:
    ledger = runtime.context.ledger
    record = ledger.record(state["decision_id"])
    refusal = policy.refused_for_missing_data(record.candidate.filters)
    if refusal is None:
        return {}
    ledger.settle(record.id, refusal)
    return {"outcome": Outcome.REFUSED.value}
