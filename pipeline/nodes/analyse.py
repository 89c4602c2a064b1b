"""analyse: the language model's one opinion, asked once and kept with its prompt, tokens and cost.

The past trades it is told of are a part of the record, written first: what was asked can be asked again.
What others have published about the underlying is weighed after it, where it could still stop an approval.
"""

from __future__ import annotations

from functools import partial

from langgraph.runtime import Runtime

from pipeline.services import Services
from pipeline.state import Thread
from tools.desk.entering import may_approve
from tools.domain.decision import DecisionRecord
from tools.domain.past_trade import Compared, SimilarTrade
from tools.portfolio.similar import entry_features


def analyse(state: Thread, runtime: Runtime[Services]) -> Thread:
    services = runtime.context
    record = services.ledger.record(state["decision_id"])
    if record.analysis is None:
        candidate, snapshot = record.candidate, services.snapshot
        similar = record.similar or _similar(record, services)
        if similar:
            services.ledger.add_part(record.id, "similar", Compared(trades=similar), actor="analyst")
        analysis = services.analyst.analyse(
            candidate,
            snapshot.facts[candidate.underlying],
            snapshot.conditions,
            similar=similar,
            texts=services.news(candidate.underlying, candidate.as_of),
            matters=partial(may_approve, candidate, book=services.books[candidate.book], house=services.house),
        )
        services.ledger.add_part(record.id, "analysis", analysis, actor="analyst")
    return {}


def _similar(record: DecisionRecord, services: Services) -> tuple[SimilarTrade, ...]:
    """What was over before the candidate was priced."""
    count, snapshot = services.settings.model.similar_trades, services.snapshot
    if not count:
        return ()
    features = entry_features(record.candidate, snapshot.facts[record.candidate.underlying], snapshot.conditions)
    return services.past.nearest(features, before=record.candidate.as_of, count=count, simulated=snapshot.simulated)
