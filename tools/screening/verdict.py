"""From measured values to states and margins, a column at a time.

    values, applicable → state (pass, fail, unknown, not applicable) → margin 0-10 → weighted mean

The margin is piecewise linear: 0 at worst, 5 at the threshold, 10 at the ideal; for a range 10 at the
target, 5 at both edges and 0 half a range beyond either edge, wherever inside the target lies (spec B).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from tools.domain.chain import BoolArray, FloatArray, IntArray
from tools.domain.score import FilterState
from tools.screening.criteria import FALLING, Criterion, CriterionKind

StateArray = npt.NDArray[np.int8]

STATES = (FilterState.FAIL, FilterState.PASS, FilterState.UNKNOWN, FilterState.NOT_APPLICABLE)
FAIL, PASS, UNKNOWN, NOT_APPLICABLE = (np.int8(code) for code in range(4))
# By state; margins reach from 0 to 10, so that they order rows of one state only.
_GRAVITY = np.array([40.0, 20.0, 60.0, 0.0])


@dataclass(frozen=True, eq=False, slots=True)
class Verdict:
    """`state` indexes `STATES`; `margin` is nan without one. Both have length n, or 1 when all rows share them."""

    state: StateArray
    margin: FloatArray

    def take(self, index: IntArray) -> Verdict:
        return self if len(self.state) == 1 else Verdict(self.state[index], self.margin[index])

    @property
    def gravity(self) -> FloatArray:
        """How much each row speaks against itself: unknown before failed before passed, small margins first."""
        return _GRAVITY[self.state] - np.where(np.isnan(self.margin), 0.0, self.margin)


def evaluate(
    criterion: Criterion,
    *,
    values: FloatArray,
    applicable: BoolArray | bool = True,
    threshold: float | None = None,
) -> Verdict:
    """Hold a column of measured values (length n or 1, nan = unknown) against one criterion.

    `threshold` replaces the criterion's own where that is taken from a fact; without it the state is unknown.
    """
    bound = criterion.bound if threshold is None else threshold
    state = (~_fails(criterion, values, bound)).view(np.int8)  # what does not fail is PASS, unless it is unknown
    state[_untold(criterion, values, threshold)] = UNKNOWN
    if applicable is not True:
        state[~np.broadcast_to(applicable, state.shape)] = NOT_APPLICABLE
    return Verdict(state, margins(criterion, values=values, applicable=applicable, threshold=threshold))


def margins(
    criterion: Criterion,
    *,
    values: FloatArray,
    applicable: BoolArray | bool = True,
    threshold: float | None = None,
) -> FloatArray:
    """The margins alone; arguments as in `evaluate`."""
    if not criterion.has_margin or applicable is False:
        return np.full(values.shape, np.nan)
    margin = _margin(criterion, values, criterion.bound if threshold is None else threshold).clip(0.0, 10.0)
    return margin if applicable is True else np.where(applicable, margin, np.nan)


def refused(
    criterion: Criterion, *, values: FloatArray, applicable: bool = True, threshold: float | None = None
) -> BoolArray:
    """Which values a required criterion refuses, known ones that do not hold; arguments as in `evaluate`."""
    if not (criterion.required and applicable):
        return np.zeros(len(values), dtype=np.bool_)
    return _fails(criterion, values, criterion.bound if threshold is None else threshold)


def unknown(
    criterion: Criterion, *, values: FloatArray, applicable: bool = True, threshold: float | None = None
) -> BoolArray:
    """Which values are unknown; arguments as in `evaluate`."""
    return _untold(criterion, values, threshold) if applicable else np.zeros(len(values), dtype=np.bool_)


def state_of(
    criterion: Criterion, value: float, *, applicable: bool = True, threshold: float | None = None
) -> FilterState:
    """The state of a single value; arguments as in `evaluate`."""
    if not applicable:
        return FilterState.NOT_APPLICABLE
    if math.isnan(value) or (criterion.threshold_from is not None and threshold is None):
        return FilterState.UNKNOWN
    fails = _fails(criterion, value, criterion.bound if threshold is None else threshold)
    return FilterState.FAIL if fails else FilterState.PASS


def weighted_mean(margins: Iterable[FloatArray], weights: Iterable[float], *, length: int) -> FloatArray:
    """Mean of the margins that exist in each row, weights renormalised over those; nan where there is none.

    Each margin column has length `length` or 1.
    """
    total = np.zeros(length)
    mass = np.zeros(length)
    for margin, weight in zip(margins, weights, strict=True):
        missing = np.isnan(margin)
        if missing.any():
            total += np.where(missing, 0.0, weight * margin)
            mass += np.where(missing, 0.0, weight)
        else:
            total += weight * margin
            mass += weight
    mass[mass <= 0] = np.nan
    return total / mass


def _untold(criterion: Criterion, values: FloatArray, threshold: float | None) -> BoolArray:
    if criterion.threshold_from is not None and threshold is None:
        return np.ones(len(values), dtype=np.bool_)
    return np.isnan(values)


@overload
def _fails(criterion: Criterion, values: float, bound: float | None) -> bool: ...


@overload
def _fails(criterion: Criterion, values: FloatArray, bound: float | None) -> BoolArray: ...


def _fails(criterion: Criterion, values: float | FloatArray, bound: float | None) -> bool | BoolArray:
    """Values on the wrong side of their bound; nothing compares with nan, so that what is unknown never fails."""
    limit = np.nan if bound is None else bound
    failed: bool | BoolArray
    match criterion.kind:
        case CriterionKind.ABOVE:
            failed = values <= limit
        case CriterionKind.AT_LEAST | CriterionKind.AT_LEAST_CLASS:
            failed = values < limit
        case CriterionKind.BELOW:
            failed = values >= limit
        case CriterionKind.AT_MOST:
            failed = values > limit
        case CriterionKind.BETWEEN:
            low, high = criterion.band or (np.nan, np.nan)
            failed = (values < low) | (values >= high)
        case CriterionKind.YES_NO:
            failed = values <= 0
    return failed


def _margin(criterion: Criterion, values: FloatArray, bound: float | None) -> FloatArray:
    if criterion.kind is CriterionKind.BETWEEN:
        low, high = criterion.band or (np.nan, np.nan)
        half = (high - low) / 2
        target = np.nan if criterion.target is None else criterion.target
        return np.interp(values, [low - half, low, target, high, high + half], [0.0, 5.0, 10.0, 5.0, 0.0])
    if bound is None or criterion.worst is None or criterion.ideal is None:
        return np.full(values.shape, np.nan)
    origin = 0.0 if criterion.threshold_from is None else bound
    sign = -1.0 if criterion.kind in FALLING else 1.0
    knots = [sign * (origin + criterion.worst), sign * bound, sign * (origin + criterion.ideal)]
    return np.interp(sign * values, knots, [0.0, 5.0, 10.0])
