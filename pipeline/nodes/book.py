"""book: takes the final order into positions and lets the reservation go."""

from __future__ import annotations

from langgraph.runtime import Runtime

from pipeline.services import Services
from pipeline.state import Thread


def book(thread: Thread, runtime: Runtime[Services]) -> Thread:
    runtime.context.ledger.finish(thread["decision_id"])
    return {}
