"""book: lets the reservation of a finished order go and marks what is held now."""

from __future__ import annotations

from langgraph.runtime import Runtime

from pipeline.quoting import marks
from pipeline.services import Services
from pipeline.state import Thread


def book(state: Thread, runtime: Runtime[Services]) -> Thread:
    services = runtime.context
    services.ledger.finish(state["decision_id"])
    services.ledger.mark_prices(marks(services.snapshot, services.ledger.account()))
    return {}
