"""A criterion: one rule with the bounds a book sets for it. Every impossible bound names its key."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Literal, Self

from pydantic import Field, model_validator

from tools.domain.score import OnUnknown
from tools.domain.value import Value
from tools.screening.impossible import refuse
from tools.screening.ratings import LADDER, notch
from tools.screening.rules import SPECS, Rule, Scale


class CriterionKind(StrEnum):
    """How a value is held against its bounds. Ranges are half-open, low ≤ value < high (decision D7)."""

    ABOVE = "above"
    AT_LEAST = "at_least"
    BELOW = "below"
    AT_MOST = "at_most"
    BETWEEN = "between"
    YES_NO = "yes_no"
    AT_LEAST_CLASS = "at_least_class"


RISING = frozenset({CriterionKind.ABOVE, CriterionKind.AT_LEAST})
FALLING = frozenset({CriterionKind.BELOW, CriterionKind.AT_MOST})
ThresholdFact = Literal["sector_put_call_ratio"]

_BOUND_KEYS = ("worst", "threshold", "ideal", "low", "high", "target", "threshold_from")
_KEYS_OF_KIND: dict[CriterionKind, frozenset[str]] = {
    **dict.fromkeys(RISING | FALLING, frozenset({"worst", "threshold", "ideal", "threshold_from"})),
    CriterionKind.BETWEEN: frozenset({"low", "high", "target"}),
    CriterionKind.YES_NO: frozenset(),
    CriterionKind.AT_LEAST_CLASS: frozenset({"threshold"}),
}
_KINDS_OF_SCALE: dict[Scale, frozenset[CriterionKind]] = {
    Scale.YES_NO: frozenset({CriterionKind.YES_NO}),
    Scale.RATING: frozenset({CriterionKind.AT_LEAST_CLASS}),
}
_NUMERIC_KINDS = RISING | FALLING | {CriterionKind.BETWEEN}
KeyProblem = tuple[str, str]


class Criterion(Value):
    """What a book asks of one rule. Bounds are in the rule's own unit (fractions as decimals).

    required         a fail refuses the contract; otherwise it only lowers the score
    weight           share in the mean of the margins, ≥ 0
    worst, threshold, ideal   where the margin is 0, 5 and 10; one-sided kinds only
    low, high, target         margin 5 at both edges, 10 at the target; `between` only
    margin           false makes a gate: it passes or fails and stays out of the mean
    threshold_from   the threshold is this fact of the underlying; worst and ideal are distances from it
    on_unknown       what a missing input does to the trade
    """

    rule: Rule
    kind: CriterionKind
    required: bool = True
    weight: float = Field(default=1.0, ge=0)
    margin: bool = True
    worst: float | None = None
    threshold: float | str | None = None
    ideal: float | None = None
    low: float | None = None
    high: float | None = None
    target: float | None = None
    threshold_from: ThresholdFact | None = None
    on_unknown: OnUnknown = OnUnknown.HUMAN

    @cached_property
    def has_margin(self) -> bool:
        """Whether the rule enters the mean: yes/no and class rules never do."""
        return self.margin and self.kind in _NUMERIC_KINDS

    @cached_property
    def bound(self) -> float | None:
        """The single threshold as a number; None for ranges, yes/no, and thresholds taken from a fact."""
        if isinstance(self.threshold, str):
            rung = notch(self.threshold)
            return None if rung is None else float(rung)
        return self.threshold

    @cached_property
    def band(self) -> tuple[float, float] | None:
        return None if self.low is None or self.high is None else (self.low, self.high)

    @model_validator(mode="after")
    def _possible(self) -> Self:
        problems = [((key,), text) for key, text in _problems(self)]
        if problems:
            refuse(type(self).__name__, problems)
        return self


def _problems(c: Criterion) -> Iterator[KeyProblem]:
    scale = SPECS[c.rule].scale
    kinds = _KINDS_OF_SCALE.get(scale, _NUMERIC_KINDS)
    if c.kind not in kinds:
        yield "kind", f"{c.rule} is measured as {scale}; its kind is one of {', '.join(sorted(kinds))}"
        return
    stray = [key for key in _BOUND_KEYS if getattr(c, key) is not None and key not in _KEYS_OF_KIND[c.kind]]
    yield from ((key, f"has no meaning for kind {c.kind.value!r}") for key in stray)
    if stray:
        return
    if c.kind is CriterionKind.AT_LEAST_CLASS:
        yield from _class_problems(c)
    elif c.kind is CriterionKind.BETWEEN:
        yield from _range_problems(c)
    elif c.kind in RISING | FALLING:
        yield from _bound_problems(c)


def _class_problems(c: Criterion) -> Iterator[KeyProblem]:
    if not isinstance(c.threshold, str) or notch(c.threshold) is None:
        yield "threshold", f"must be a rating class such as {LADDER[14]!r}"


def _range_problems(c: Criterion) -> Iterator[KeyProblem]:
    missing = [key for key in ("low", "high") if getattr(c, key) is None]
    yield from ((key, "is missing; a range has a low and a high edge") for key in missing)
    if c.low is None or c.high is None:
        return
    if c.low >= c.high:
        yield "high", f"must lie above low ({c.low:g}); it is {c.high:g}"
    elif c.target is None and c.margin:
        yield "target", "is missing; it is where the margin is 10 (or set margin = false)"
    elif c.target is not None and not c.low < c.target < c.high:
        yield "target", f"must lie between low ({c.low:g}) and high ({c.high:g}); it is {c.target:g}"


def _bound_problems(c: Criterion) -> Iterator[KeyProblem]:
    if isinstance(c.threshold, str):
        yield "threshold", "must be a number"
        return
    if (c.threshold is None) == (c.threshold_from is None):
        yield "threshold", "is missing" if c.threshold is None else "and threshold_from exclude each other"
        return
    missing = [key for key in ("worst", "ideal") if getattr(c, key) is None]
    if not c.margin:
        return
    yield from ((key, "is missing; without it there is no margin (or set margin = false)") for key in missing)
    if c.worst is None or c.ideal is None:
        return
    threshold = c.threshold or 0.0
    sign = 1.0 if c.kind in RISING else -1.0
    order = "worst < threshold < ideal" if sign > 0 else "worst > threshold > ideal"
    at = f"threshold {threshold:g}" if c.threshold_from is None else f"the distance 0 from {c.threshold_from}"
    if not sign * c.worst < sign * threshold:
        yield "worst", f"must keep {order}; it is {c.worst:g} with {at}"
    if not sign * threshold < sign * c.ideal:
        yield "ideal", f"must keep {order}; it is {c.ideal:g} with {at}"
