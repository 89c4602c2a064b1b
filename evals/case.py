"""What a case is: the facts that are given, what is expected of the answer and of the house, and tags.

Answers are no part of a case: a model gives them, or a person in its place (`evals/answers`).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from evals.answering import Answering
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionState, Outcome
from tools.domain.halt import Strength
from tools.domain.market import Conditions, UnderlyingFacts
from tools.domain.outside import OutsideText
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
    """One candidate with its facts. `fit` is the portfolio's part of its score, 0-10; `texts` others published."""

    id: str
    tags: tuple[str, ...]
    candidate: Candidate
    underlying: UnderlyingFacts
    conditions: Conditions
    texts: tuple[OutsideText, ...] = ()
    fit: float = Field(ge=0, le=10)
    expect: Expectation

    @property
    def group(self) -> str:
        """The cassette it is recorded in: one per structure."""
        return self.candidate.structure.value


class ReviewTurn(Value):
    """One question of a conversation, and what a good answer to it holds.

    cites  beginnings of the fields that the answer has to name; `tools` those that have to be asked
    """

    question: str
    mentions: tuple[str, ...] = ()
    avoids: tuple[str, ...] = ()
    cites: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()


class ReviewerCase(Value):
    """A conversation about one decision of a day among the cycle's cases; `by` rules, or a recorded model."""

    id: str
    tags: tuple[str, ...]
    day: str
    label: str
    by: Literal["rules", "recorded"]
    turns: tuple[ReviewTurn, ...] = Field(min_length=1)


class CycleExpectation(Value):
    """What is decided of the candidates by label, and nothing else is proposed; `reasons` name a rule by label.

    orders  how many orders leave, however often the cycle is run
    """

    decisions: dict[str, DecisionState]
    reasons: dict[str, str] = Field(default_factory=dict)
    orders: int


class CycleCase(Value):
    """One day of the embedded market, changed, run through the whole pipeline.

    symbols   the underlyings that are listed that day
    market    what is different of the market, by the names in `evals/market.py`
    settings  what is different of the settings, section by section
    account   cash and positions as in a portfolio file
    halt      what a person has stopped before: stop-entries, flatten, kill
    answers   how the analyst answers by label; where nothing is said, as on the embedded day
    again     the same cycle is run a second time
    """

    id: str
    story: str
    tags: tuple[str, ...]
    symbols: tuple[str, ...]
    market: dict[str, Any] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict)
    account: dict[str, Any] = Field(default_factory=lambda: {"cash": 1_000_000, "positions": []})
    halt: Strength | None = None
    answers: dict[str, Answering] = Field(default_factory=dict)
    again: bool = False
    expect: CycleExpectation

    @property
    def plants(self) -> tuple[str, ...]:
        return tuple(sorted({name for how in self.answers.values() for name in how.plants}))


Case = AnalystCase | ReviewerCase | CycleCase


def fingerprint(case: Value) -> str:
    """The content of a case in twelve hex digits: another fact is another case."""
    return digest(case.model_dump(mode="json"))[:12]
