"""An analyst who answers by rule, and what is answered."""

from __future__ import annotations

from collections.abc import Callable

from tools.backtest.opinions import Opinion
from tools.desk.assumed import assumed_analysis
from tools.domain.candidate import Candidate
from tools.domain.market import Snapshot
from tools.domain.rationale import Analysis, AnalysisSource, Verdict


def analysis_of(confidence: float, *, verdict: Verdict = Verdict.APPROVE, recorded: bool = True) -> Analysis:
    given = assumed_analysis(confidence)
    assert given.rationale is not None
    return given.model_copy(
        update={
            "rationale": given.rationale.model_copy(update={"verdict": verdict}),
            "source": AnalysisSource.RECORDED if recorded else AnalysisSource.AUTHORED,
        }
    )


class Says:
    """An analyst by rule."""

    recordings: tuple[str, ...] = ("days.yaml",)

    def __init__(self, rule: Callable[[Candidate], Opinion]) -> None:
        self._rule = rule

    def opinion(self, candidate: Candidate, snapshot: Snapshot) -> Opinion:
        return self._rule(candidate)
