"""A past decision made again: the desk's steps from the record, and the analysis checked against what was asked.

record ─┬→ tools.desk.replay: candidate, fit, score, gate ─┐
        └→ brief → digest · numbers of the answer ─────────┴→ Replayed
"""

from __future__ import annotations

from typing import Any

from agents.brief import brief
from agents.grounding import check, facts_of
from agents.schemas import narrative
from tools.desk.replay import Replayed, differ, replay
from tools.domain.decision import DecisionRecord
from tools.domain.market import Conditions, UnderlyingFacts
from tools.domain.rationale import Analysis, AnalysisSource
from tools.domain.value import digest

UNASKED = frozenset({AnalysisSource.ASSUMED})
"""Sources that were shown no brief."""


def replay_record(record: DecisionRecord) -> Replayed:
    """Make the decision again, its analysis included: the answer is the recorded one, the rest is made anew."""
    made = replay(record)
    analysis = record.analysis
    if analysis is None or analysis.source in UNASKED:
        return made
    found = tuple(differ(_told(analysis), _again(record, analysis), "analysis"))
    return made.model_copy(
        update={"checked": _with_analysis(made.checked), "differences": (*found, *made.differences)}
    )


def _told(analysis: Analysis) -> dict[str, Any]:
    return {"brief_digest": analysis.brief_digest, "grounded": analysis.grounded, "misses": list(analysis.misses)}


def _again(record: DecisionRecord, analysis: Analysis) -> dict[str, Any]:
    """What today's code says of the same answer to the same question."""
    asked = brief(
        record.candidate,
        UnderlyingFacts.model_validate(record.facts["underlying"]),
        Conditions.model_validate(record.facts["conditions"]),
    )
    misses = () if analysis.rationale is None else check(narrative(analysis.rationale), facts_of(asked)).misses
    return {
        "brief_digest": digest(asked),
        "grounded": analysis.rationale is not None and not misses,
        "misses": [f"{miss.number}: {miss.reason}" for miss in misses],
    }


def _with_analysis(checked: tuple[str, ...]) -> tuple[str, ...]:
    """In the order of the pipeline: after the candidate, before its fit."""
    before = tuple(step for step in checked if step == "candidate")
    return (*before, "analysis", *checked[len(before) :])
