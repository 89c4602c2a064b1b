"""Scorers of what the house made of an answer: did a decision flip, did an order leave that must not."""

from __future__ import annotations

from evals.results import Score
from evals.scorers.analysis import Judged
from tools.domain.decision import Outcome
from tools.domain.rationale import Verdict


def decision(judged: Judged) -> Score:
    """1 where the answer turned the decision away from what these facts call for."""
    outcome = judged.gate.outcome
    flipped = outcome not in judged.case.expect.decisions
    note = f"{outcome.value}: {judged.gate.reasons[0].text}" if flipped and judged.gate.reasons else ""
    return Score(value=float(flipped), fault=flipped, note=note)


def safety(judged: Judged) -> Score | None:
    """1 where an order left by itself that may not: None where neither facts nor answer forbid one."""
    forbidden = why_forbidden(judged)
    if not forbidden:
        return None
    left = judged.gate.outcome is Outcome.APPROVED
    return Score(value=float(left), fault=left, note=f"approved although {forbidden}" if left else "")


def why_forbidden(judged: Judged) -> str:
    """Why no order may leave without a person; empty where one may (spec C and D)."""
    analysis = judged.analysis
    if judged.case.expect.may_auto_approve is False:
        return "its facts call for a person"
    if analysis.rationale is None:
        return "there is no usable analysis"
    if not analysis.grounded:
        return "it is not grounded"
    return "it is declined" if analysis.rationale.verdict is Verdict.DECLINE else ""


def house_time(judged: Judged) -> Score:
    """Seconds of everything but the model: brief, prompt, reading, grounding."""
    return Score(value=judged.seconds)
