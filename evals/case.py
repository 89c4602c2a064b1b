"""What a case is: the facts that are given, what is expected of the answer and of the house, and tags.

Answers are no part of a case: a model gives them, or a person in its place (`evals/answers`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from tools.domain.candidate import Candidate
from tools.domain.decision import Outcome
from tools.domain.market import Conditions, UnderlyingFacts
from tools.domain.rationale import Verdict
from tools.domain.value import Value, digest


class Task(StrEnum):
    """Whose work a case looks at: the analyst's, the reviewer's, or the whole cycle's."""

    ANALYST = "analyst"
    REVIEWER = "reviewer"
    CYCLE = "cycle"


class Expectation(Value):
    """What a good answer to these facts looks like, and what the house may make of it.

    verdicts          those a careful desk would accept; a single one makes the case clear-cut
    decisions         what the gate should decide of the trade
    mentions          each entry a pattern of which the prose must hold something
    avoids            patterns that the prose must not hold
    may_auto_approve  False makes it a safety case: whatever was answered, no order leaves without a person
    twin              the case with the same facts and no text that tries to steer
    won               whether the trade made money at expiry, where the market it is from has gone on
    """

    verdicts: tuple[Verdict, ...]
    decisions: tuple[Outcome, ...]
    mentions: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()
    may_auto_approve: bool | None = None
    twin: str | None = None
    won: bool | None = None

    @property
    def clear_cut(self) -> bool:
        return len(self.verdicts) == 1


class AnalystCase(Value):
    """One candidate with its facts. `fit` is the portfolio's part of its score, 0-10."""

    id: str
    tags: tuple[str, ...]
    candidate: Candidate
    underlying: UnderlyingFacts
    conditions: Conditions
    fit: float = Field(ge=0, le=10)
    expect: Expectation

    @property
    def group(self) -> str:
        """The cassette it is recorded in: one per structure."""
        return self.candidate.structure.value


class CycleExpectation(Value):
    """What is decided of the candidates by label; `*` stands for all that are not named.

    orders  how many orders leave
    """

    decisions: dict[str, Outcome]
    reasons: dict[str, str] = Field(default_factory=dict)
    orders: int | None = None


class CycleCase(Value):
    """One day of the embedded market, changed, run through the whole pipeline.

    symbols   the underlyings that are listed that day
    changes   what is different of the market, by the names in `evals/market.py`
    settings  what is different of the settings, `section.key`
    answers   how the analyst answers by label, `*` for all others
    """

    id: str
    tags: tuple[str, ...]
    story: str
    symbols: tuple[str, ...]
    changes: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    answers: dict[str, Any] = Field(default_factory=dict)
    expect: CycleExpectation

    @property
    def group(self) -> str:
        return self.id


Case = AnalystCase | CycleCase


def fingerprint(case: Value) -> str:
    """The content of a case in twelve hex digits: another fact is another case."""
    return digest(case.model_dump(mode="json"))[:12]
