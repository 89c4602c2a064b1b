"""analyse: the language model's one opinion, asked once and kept with its prompt, tokens and cost."""

from __future__ import annotations

from langgraph.runtime import Runtime

from pipeline.services import Services
from pipeline.state import Thread


def analyse(state: Thread, runtime: Runtime[Services]) -> Thread:
    services = runtime.context
    record = services.ledger.record(state["decision_id"])
    if record.analysis is None:
        facts = services.snapshot.facts[record.candidate.underlying]
        analysis = services.analyst.analyse(record.candidate, facts, services.snapshot.conditions)
        services.ledger.add_part(record.id, "analysis", analysis, actor="analyst")
    return {}
