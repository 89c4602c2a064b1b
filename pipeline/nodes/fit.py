"""fit: sizes the trade into the portfolio, measures every limit after it, and reserves what it takes."""

from __future__ import annotations

from langgraph.runtime import Runtime

from pipeline.fitting import fit_against, weigh
from pipeline.services import Services
from pipeline.state import Thread


def fit(state: Thread, runtime: Runtime[Services]) -> Thread:
    services = runtime.context
    record = services.ledger.record(state["decision_id"])
    if record.fit is None:
        against = weigh(record, services)
        result, reservation = fit_against(against, record, services)
        services.ledger.reserve(reservation, result, weighed=against.body)
    return {}
