"""Where a decision goes next. Each route reads the thread's state and names a node."""

from __future__ import annotations

from langgraph.graph import END

from pipeline.state import Thread
from tools.domain.decision import Outcome


def after_screen(thread: Thread) -> str:
    """What the screen refuses for missing data never reaches the model."""
    return END if thread.get("outcome") == Outcome.REFUSED else "analyse"


def after_score(thread: Thread) -> str:
    """Approved by score → order (unless nothing may be sent); the human band → approve; refused → end."""
    match thread["outcome"]:
        case Outcome.APPROVED:
            return "order" if thread["send"] else END
        case Outcome.WAITING:
            return "approve" if thread["send"] else END
        case _:
            return END


def after_approve(thread: Thread) -> str:
    """Only a person's yes goes on to the order."""
    return "order" if thread.get("verdict") == Outcome.APPROVED else END
