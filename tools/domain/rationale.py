"""What the analyst says of a candidate, and where the words come from."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from tools.domain.outside import Heard
from tools.domain.value import Value


class Verdict(StrEnum):
    APPROVE = "approve"
    CAUTION = "caution"
    DECLINE = "decline"


class AnalysisSource(StrEnum):
    """`authored` marks a recording that a person wrote and no model produced; `assumed` that nobody was asked."""

    LIVE = "live"
    RECORDED = "recorded"
    AUTHORED = "authored"
    OFFLINE = "offline"
    ASSUMED = "assumed"


class Scenario(Value):
    best: str
    base: str
    worst: str


class Rationale(Value):
    """The analyst's structured answer (spec C)."""

    rationale: str
    risk_narrative: str
    risk_factors: tuple[str, ...]
    catalysts: tuple[str, ...]
    sentiment: str
    earnings: str
    sector_and_macro: str
    scenarios: Scenario
    similar_trades: str
    exit_plan: str
    verdict: Verdict
    confidence: float = Field(ge=0, le=10)


class Usage(Value):
    """Tokens, cost and time of the calls behind one analysis. `cost_usd` is None where no price is known.

    `cached_tokens` are those of the input that the provider read from its cache.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: float | None = None
    seconds: float | None = None
    calls: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Both together; a cost or a time that one of them lacks is unknown for both."""
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            cost_usd=_both(self.cost_usd, other.cost_usd),
            seconds=_both(self.seconds, other.seconds),
            calls=self.calls + other.calls,
        )


class Analysis(Value):
    """A rationale with its provenance; `rationale` is None when no usable answer was had (`problem` says why).

    facts_alone  the confidence before texts from outside were weighed; None where none were
    outside      what became of every such text; `unheard` why those that were to be read could not be weighed
    """

    rationale: Rationale | None
    problem: str = ""
    source: AnalysisSource
    provider: str
    model: str
    prompt_fingerprint: str
    brief_digest: str
    grounded: bool
    misses: tuple[str, ...] = ()
    usage: Usage = Usage()
    facts_alone: float | None = None
    outside: tuple[Heard, ...] = ()
    unheard: str = ""

    @property
    def confidence(self) -> float | None:
        return None if self.rationale is None else self.rationale.confidence


def _both(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else first + second
