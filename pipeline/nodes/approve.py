"""approve: waits for a person. Nothing but the interrupt stands here, because this node runs again on resume.

The person's answer is a row in the ledger (compare-and-swap) before the thread is resumed with it.
"""

from __future__ import annotations

from langgraph.types import interrupt

from pipeline.state import Thread


def approve(state: Thread) -> Thread:
    answer = interrupt({"decision_id": state["decision_id"]})
    return {"verdict": answer["verdict"]}
