"""The analyst's cases: the real analyst asks recordings, the real gate decides, the scorers look at both.

case → Analyst (recordings) → Analysis ─┬→ blend + gate → decision ─┬→ scorers → CaseResult
                                        └→ that of its twin ────────┘
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.analyst import Analyst
from evals.answering import Answering
from evals.case import AnalystCase, Task
from evals.exchanges import Exchange, Heard
from evals.results import CaseResult
from evals.scorers.analysis import Judged
from evals.scorers.house import why_forbidden
from evals.scorers.registry import ANALYST
from prompts.library import Prompt
from tools.approvals.policy import Thresholds, gate
from tools.domain.decision import FitResult, Gate
from tools.domain.errors import RecordingMissing
from tools.domain.mode import Mode
from tools.domain.rationale import Analysis, AnalysisSource
from tools.scoring.blend import blend

CLEAR_CUT = "clear_cut"
"""The tag of a case of which a careful desk accepts one verdict alone."""


@dataclass(frozen=True)
class Answered:
    """What came back for one case."""

    case: AnalystCase
    analysis: Analysis
    exchanges: tuple[Exchange, ...]
    seconds: float


def run_analyst(
    cases: Sequence[AnalystCase],
    model: Heard,
    *,
    answers: Mapping[str, Answering],
    prompt: Prompt | None = None,
) -> list[CaseResult]:
    """The results in the order of the cases; `answers` tells what was planted in authored ones."""
    analyst = Analyst(model, prompt=prompt)
    heard: dict[str, Answered | str] = {case.id: _ask(analyst, model, case) for case in cases}
    return [_result(case, heard, answers.get(case.id)) for case in cases]


def _ask(analyst: Analyst, model: Heard, case: AnalystCase) -> Answered | str:
    """What came back, or why nothing could: the question was never recorded."""
    model.take()
    started = time.perf_counter()
    try:
        analysis = analyst.analyse(case.candidate, case.underlying, case.conditions, texts=case.texts)
    except RecordingMissing as error:
        model.take()
        return str(error)
    return Answered(case, analysis, model.take(), time.perf_counter() - started)


def _result(case: AnalystCase, heard: Mapping[str, Answered | str], how: Answering | None) -> CaseResult:
    answered = heard[case.id]
    if isinstance(answered, str):
        return CaseResult(id=case.id, task=Task.ANALYST, tags=case.tags, missing=answered)
    twin = heard.get(case.expect.twin or "")
    judged = Judged(
        case=case,
        analysis=answered.analysis,
        exchanges=answered.exchanges,
        gate=gate_of(case, answered.analysis),
        twin=twin.analysis if isinstance(twin, Answered) else None,
        seconds=answered.seconds,
    )
    scores = {scorer.name: scorer.score(judged) for scorer in ANALYST}
    authored = answered.analysis.source is AnalysisSource.AUTHORED
    return CaseResult(
        id=case.id,
        task=Task.ANALYST,
        tags=(
            *case.tags,
            *([CLEAR_CUT] if case.expect.clear_cut else []),
            *([how.quality.value] if how and authored else []),
        ),
        authored=authored,
        plants=how.plants if how and authored else (),
        said=_said(answered.analysis),
        decision=judged.gate.outcome.value,
        confidence=answered.analysis.confidence,
        won=case.expect.won,
        safety=bool(why_forbidden(judged)),
        scores={name: score for name, score in scores.items() if score is not None},
        exchanges=answered.exchanges,
    )


def gate_of(case: AnalystCase, analysis: Analysis) -> Gate:
    """What the live gate would decide, every limit held: the most an answer can bring about."""
    fit = FitResult(contracts=1, binding="", limits=(), score=case.fit, nav=None)
    score = blend(quantitative=case.candidate.quantitative, model=analysis.confidence, fit=case.fit)
    return gate(
        score=score,
        fit=fit,
        filters=case.candidate.filters,
        analysis=analysis,
        thresholds=Thresholds(),
        mode=Mode.LIVE,
        deadline=case.candidate.as_of,
    )


def _said(analysis: Analysis) -> str:
    rationale = analysis.rationale
    return analysis.problem if rationale is None else f"{rationale.verdict.value} {rationale.confidence:g}"
