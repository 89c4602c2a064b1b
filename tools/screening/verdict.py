"""From measured values to states and margins, a column at a time.

    values, applicable → state (pass, fail, unknown, not applicable) → margin 0-10 → weighted mean

The margin is piecewise linear: 0 at worst, 5 at the threshold, 10 at the ideal; for a range 10 at the
target, 5 at both edges and 0 half a range beyond either edge, wherever inside the target lies (spec B).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

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
    known = ~np.isnan(values)
    if criterion.threshold_from is not None and threshold is None:
        known = np.zeros_like(known)
    state = np.where(known, _holds(criterion, values, bound).astype(np.int8), UNKNOWN)
    state = np.where(applicable, state, NOT_APPLICABLE).astype(np.int8, copy=False)
    margin = np.full(values.shape, np.nan)
    if criterion.has_margin:
        margin = np.where(state <= PASS, np.clip(_margin(criterion, values, bound), 0.0, 10.0), np.nan)
    return Verdict(state, margin)


def weighted_mean(margins: Iterable[FloatArray], weights: Iterable[float], *, length: int) -> FloatArray:
    """Mean of the margins that exist in each row, weights renormalised over those; nan where there is none.

    Each margin column has length `length` or 1.
    """
    total = np.zeros(length)
    mass = np.zeros(length)
    for margin, weight in zip(margins, weights, strict=True):
        present = ~np.isnan(margin)
        total += np.where(present, weight * margin, 0.0)
        mass += np.where(present, weight, 0.0)
    with np.errstate(invalid="ignore"):
        return np.where(mass > 0, total / mass, np.nan)


def _holds(criterion: Criterion, values: FloatArray, bound: float | None) -> BoolArray:
    limit = np.nan if bound is None else bound
    match criterion.kind:
        case CriterionKind.ABOVE:
            held = values > limit
        case CriterionKind.AT_LEAST | CriterionKind.AT_LEAST_CLASS:
            held = values >= limit
        case CriterionKind.BELOW:
            held = values < limit
        case CriterionKind.AT_MOST:
            held = values <= limit
        case CriterionKind.BETWEEN:
            low, high = criterion.band or (np.nan, np.nan)
            held = (values >= low) & (values < high)
        case CriterionKind.YES_NO:
            held = values > 0
    return np.asarray(held, dtype=np.bool_)


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
