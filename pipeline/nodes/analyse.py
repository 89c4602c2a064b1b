"""analyse: the language model's one opinion, asked once and kept with its prompt, tokens and cost.

What others have published about the underlying is weighed after it, where it could still stop an approval.
"""

from __future__ import annotations

from functools import partial

from langgraph.runtime import Runtime

from pipeline.services import Services
from pipeline.state import Thread
from tools.desk.entering import may_approve


def analyse(state: Thread, runtime: Runtime[Services]) -> Thread:
    services = runtime.context
    record = services.ledger.record(state["decision_id"])
    if record.analysis is None:
        candidate, snapshot = record.candidate, services.snapshot
        analysis = services.analyst.analyse(
            candidate,
            snapshot.facts[candidate.underlying],
            snapshot.conditions,
            texts=services.news(candidate.underlying, candidate.as_of),
            matters=partial(may_approve, candidate, book=services.books[candidate.book], house=services.house),
        )
        services.ledger.add_part(record.id, "analysis", analysis, actor="analyst")
    return {}
