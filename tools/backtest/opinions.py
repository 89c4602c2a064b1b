"""Who speaks for the model over history, and whose words a run rests on.

candidate, snapshot ─→ Analyst ─→ Opinion (analysis · what it could know) ─→ Opinions, counted
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from tools.backtest.hindsight import Hindsight
from tools.desk.assumed import assumed_analysis
from tools.domain.candidate import Candidate
from tools.domain.market import Snapshot
from tools.domain.rationale import Analysis, AnalysisSource


@dataclass(frozen=True, slots=True)
class Opinion:
    """What is said of one candidate.

    hindsight  what the answer could know, None where nobody answered
    missed     why no recording answers, empty where one does or none was looked for
    """

    analysis: Analysis
    hindsight: Hindsight | None = None
    missed: str = ""


class Analyst(Protocol):
    """Speaks for the model. `recordings` names what is replayed, empty where nobody is asked."""

    recordings: tuple[str, ...]

    def opinion(self, candidate: Candidate, snapshot: Snapshot) -> Opinion: ...


class Assumed:
    """One stated confidence for every candidate."""

    recordings: tuple[str, ...] = ()

    def __init__(self, confidence: float) -> None:
        self._opinion = assumed(confidence)

    def opinion(self, candidate: Candidate, snapshot: Snapshot) -> Opinion:
        return self._opinion


@lru_cache
def assumed(confidence: float, missed: str = "") -> Opinion:
    """What stands in where nobody answers; `missed` says why no recording does."""
    return Opinion(assumed_analysis(confidence), missed=missed)


@dataclass(slots=True)
class Opinions:
    """Whose opinions a run rests on: candidates by who spoke of them, and answers by what they could know.

    confidence  what is assumed where no recording answers, 0-10
    """

    confidence: float
    recordings: tuple[str, ...] = ()
    sources: Counter[AnalysisSource] = field(default_factory=Counter)
    hindsight: Counter[Hindsight] = field(default_factory=Counter)

    def add(self, opinion: Opinion) -> None:
        self.sources[opinion.analysis.source] += 1
        if opinion.hindsight is not None:
            self.hindsight[opinion.hindsight] += 1

    @property
    def asked(self) -> int:
        return self.sources.total()

    @property
    def answered(self) -> int:
        return self.hindsight.total()

    @property
    def assumed(self) -> int:
        return self.asked - self.answered

    @property
    def may_be_hindsight(self) -> bool:
        """Whether any answer could know something of what came after its decision."""
        return bool(self.hindsight[Hindsight.PART] + self.hindsight[Hindsight.WHOLE])

    @property
    def by_source(self) -> str:
        return ", ".join(f"{source.value} {count:,}" for source, count in sorted(self.sources.items())) or "none"

    @property
    def by_hindsight(self) -> str:
        return ", ".join(f"{label.value} {self.hindsight[label]:,}" for label in Hindsight)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What a reader must know of the model's part of the score, the gravest first."""
        if not self.recordings:
            return (f"No analyst was asked: {self._assumption()}.",)
        told = (self._hindsight(), self._coverage(), self._authored(), self._undated())
        return tuple(sentence for sentence in told if sentence)

    def _assumption(self) -> str:
        return (
            f"a confidence of {self.confidence:g} of 10 is assumed for every candidate, so nothing here measures "
            "what a language model adds or prevents"
        )

    def _coverage(self) -> str:
        who = f"The recordings in {', '.join(self.recordings)}"
        if not self.asked:
            return f"{who} were asked nothing: no candidate came up."
        if not self.answered:
            return f"{who} answer none of {self.asked:,} candidates: {self._assumption()}."
        answers = f"{who} answer {self.answered:,} of {self.asked:,} candidates"
        if not self.assumed:
            return f"{answers}."
        return f"{answers}; for the other {self.assumed:,} a confidence of {self.confidence:g} of 10 is assumed."

    def _hindsight(self) -> str:
        if not self.may_be_hindsight:
            return ""
        whole, part = (f"{self.hindsight[each]:,}" for each in (Hindsight.WHOLE, Hindsight.PART))
        return (
            f"The model's part of the score may be hindsight: of {self.answered:,} recorded answers {whole} could "
            f"know how their trade ended, and {part} a part of its days."
        )

    def _authored(self) -> str:
        count = self.sources[AnalysisSource.AUTHORED]
        if not count:
            return ""
        return f"Of the recorded answers {count:,} were written by a person; no model produced them."

    def _undated(self) -> str:
        count = self.hindsight[Hindsight.UNKNOWN]
        if not count:
            return ""
        return f"Of the recorded answers {count:,} were given nobody knows when; they may be hindsight too."
