"""Filter results and the 70/20/10 score. Margins and scores run from 0 to 10, unrounded."""

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
