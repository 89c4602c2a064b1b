"""order: sends the promised intent exactly once and walks its price; a rerun finds the order instead."""

from __future__ import annotations

from functools import partial

from langgraph.runtime import Runtime

from pipeline import ordering
from pipeline.services import Services
from pipeline.state import Thread
from tools.execution.executor import execute


def order(state: Thread, runtime: Runtime[Services]) -> Thread:
    services = runtime.context
    placed = execute(
        ordering.promised(state["decision_id"], services),
        broker=services.broker,
        store=services.ledger,
        check=partial(ordering.check, services=services),
        pause=services.pause,
        note=services.messages.note,
        steps=services.settings.execution.walk_steps,
    )
    return {"order": placed.status.value}
