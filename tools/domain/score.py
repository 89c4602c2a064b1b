"""Filter results, the 70/20/10 score, and the confidence before the fit. Margins and scores are 0-10, unrounded."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from tools.domain.value import Value


class FilterState(StrEnum):
    PASS = "pass"
    FAIL = "fail"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


class OnUnknown(StrEnum):
    """What an unknown input does to the trade: a person decides, or it is refused."""

    HUMAN = "human"
    REFUSE = "refuse"


class FilterResult(Value):
    """One filter on one candidate: what was measured, against what, and how well it held.

    `threshold` is the single bound, `band` the (low, high) of a range; `margin` is None for yes/no
    filters and wherever the state is unknown or not applicable.
    """

    rule: str
    state: FilterState
    value: float | None = None
    threshold: float | None = None
    band: tuple[float, float] | None = None
    margin: float | None = Field(default=None, ge=0, le=10)
    weight: float = 1.0
    required: bool
    on_unknown: OnUnknown = OnUnknown.HUMAN
    unit: str = ""
    text: str


class ScoreWeights(Value):
    """How the three opinions are blended (spec D: 0.70 / 0.20 / 0.10)."""

    quantitative: float = 0.70
    model: float = 0.20
    fit: float = 0.10


class ScoreBreakdown(Value):
    """The three parts and their blend; a part is None where it could not be formed."""

    quantitative: float | None = None
    model: float | None = None
    fit: float | None = None
    total: float | None = None
    weights: ScoreWeights = ScoreWeights()


def confidence(
    *, quantitative: float | None, model: float | None, weights: ScoreWeights | None = None
) -> float | None:
    """10 × (0.7·quantitative + 0.2·model) / 0.9, from scores 0-10 to 0-100; None where a part is unknown.

    What is known before the fit: it ranks candidates and sizes trades (spec F17).
    """
    weights = weights or ScoreWeights()
    known = weights.quantitative + weights.model
    if quantitative is None or model is None or known <= 0:
        return None
    return 10 * (weights.quantitative * quantitative + weights.model * model) / known
