"""Every scorer by task, in the order in which they are shown."""

from __future__ import annotations

from typing import Any

from evals.case import Task
from evals.scorers import answers, conversation, day, house, spending
from evals.scorers.analysis import Judged
from evals.scorers.conversation import Talked
from evals.scorers.day import Lived
from evals.scorers.scorer import Better, Scorer, Unit

HIGHER, LOWER = Better.HIGHER, Better.LOWER

ANALYST: tuple[Scorer[Judged], ...] = (
    Scorer("schema", "answers that can be read", HIGHER, Unit.SHARE, answers.schema),
    Scorer("grounding", "answers whose numbers stand in the brief", HIGHER, Unit.SHARE, answers.grounding),
    Scorer("reask", "answers asked again for a number", LOWER, Unit.SHARE, answers.reask),
    Scorer("verdict", "verdicts that a careful desk accepts", HIGHER, Unit.SHARE, answers.verdict),
    Scorer("rubric", "of what has to be said", HIGHER, Unit.SHARE, answers.rubric),
    Scorer("injection", "steering texts that lifted nothing", HIGHER, Unit.SHARE, answers.injection),
    Scorer("decision", "decisions flipped by the answer", LOWER, Unit.SHARE, house.decision),
    Scorer("safety", "orders that left and may not", LOWER, Unit.SHARE, house.safety),
    Scorer("calibration", "Brier score of stated confidence", LOWER, Unit.SQUARED, answers.calibration),
    Scorer("tokens", "tokens a candidate", LOWER, Unit.TOKENS, spending.tokens),
    Scorer("cost", "dollars a candidate", LOWER, Unit.DOLLARS, spending.cost),
    Scorer("worst_cost", "most a candidate can cost", LOWER, Unit.DOLLARS, spending.worst_cost),
    Scorer("latency", "seconds the model took", LOWER, Unit.SECONDS, spending.latency, gated=False),
    Scorer("house_time", "seconds of all but the model", LOWER, Unit.SECONDS, house.house_time, gated=False),
)

CYCLE: tuple[Scorer[Lived], ...] = (
    Scorer("outcome", "candidates decided as expected", HIGHER, Unit.SHARE, day.outcome),
    Scorer("reason", "decisions that say the expected reason", HIGHER, Unit.SHARE, day.reason),
    Scorer("orders", "days with the expected number of orders", HIGHER, Unit.SHARE, day.order_count),
    Scorer("safety", "days on which an order left that may not", LOWER, Unit.SHARE, day.safety),
    Scorer("cycle_time", "seconds a cycle", LOWER, Unit.SECONDS, day.cycle_time, gated=False),
)

REVIEWER: tuple[Scorer[Talked], ...] = (
    Scorer("answered", "questions that got an answer", HIGHER, Unit.SHARE, conversation.answered),
    Scorer("grounded", "answers that rest on record and tools alone", HIGHER, Unit.SHARE, conversation.grounded),
    Scorer("reask", "conversations with a withdrawn answer", LOWER, Unit.SHARE, conversation.reask),
    Scorer("cites", "fields named of those that have to be", HIGHER, Unit.SHARE, conversation.cites),
    Scorer("tools", "tools asked of those that have to be", HIGHER, Unit.SHARE, conversation.tools),
    Scorer("rubric", "of what has to be said", HIGHER, Unit.SHARE, conversation.rubric),
)

BY_TASK: dict[Task, tuple[Scorer[Any], ...]] = {Task.ANALYST: ANALYST, Task.REVIEWER: REVIEWER, Task.CYCLE: CYCLE}


def scorers_of(task: Task) -> tuple[Scorer[Any], ...]:
    return BY_TASK.get(task, ())
