"""book: lets the reservation of a finished order go and marks what it brought."""

from __future__ import annotations

from langgraph.runtime import Runtime

from pipeline import ordering
from pipeline.services import Services
from pipeline.state import Thread
from tools.portfolio.quoting import marks


def book(state: Thread, runtime: Runtime[Services]) -> Thread:
    services = runtime.context
    intent = ordering.promised(state["decision_id"], services)
    prices = marks(services.snapshot, (leg.contract.occ for leg in intent.legs))
    services.ledger.finish(intent.decision_id, prices=prices)
    return {}
