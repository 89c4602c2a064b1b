"""One criterion on every row: what was measured, the verdict, and the result that a candidate keeps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tools.domain.chain import BoolArray, FloatArray, IntArray
from tools.domain.score import FilterResult, FilterState
from tools.screening.criteria import Criterion
from tools.screening.measured import Measured
from tools.screening.measures import measure
from tools.screening.rows import Rows
from tools.screening.rules import SPECS, Subject
from tools.screening.verdict import FAIL, STATES, UNKNOWN, Verdict, evaluate
from tools.screening.wording import sentence

Value = TypeVar("Value", bound=np.generic)


@dataclass(frozen=True, eq=False, slots=True)
class FilterColumn:
    """Columns inside have length n, or 1 where all rows share the value."""

    criterion: Criterion
    measured: Measured
    verdict: Verdict

    @classmethod
    def of(cls, criterion: Criterion, rows: Rows) -> FilterColumn:
        measured = measure(criterion.rule, rows)
        verdict = evaluate(
            criterion, values=measured.values, applicable=measured.applicable, threshold=measured.threshold
        )
        return cls(criterion, measured, verdict)

    @property
    def subject(self) -> Subject:
        return SPECS[self.criterion.rule].subject

    @property
    def refused(self) -> BoolArray:
        """Rows that fail a required filter."""
        return np.equal(self.verdict.state, FAIL) & self.criterion.required

    def worst(self, legs: IntArray) -> IntArray:
        """Of each unit in `legs` (units, k) the row that holds the filter worst, the first among equals."""
        if len(self.verdict.state) == 1 or self._held_alike:
            return legs[:, 0]
        place = np.argmax(self.verdict.gravity[legs], axis=1)
        return np.asarray(legs[np.arange(len(legs)), place])

    @property
    def _held_alike(self) -> bool:
        """Whether all rows that got through hold it alike: a gate that refuses, and knows of every row."""
        gate = self.criterion.required and not self.criterion.has_margin
        return gate and not bool(np.any(self.verdict.state >= UNKNOWN))

    def take(self, index: IntArray) -> FilterColumn:
        return FilterColumn(self.criterion, self.measured.take(index), self.verdict.take(index))

    def result(self, row: int) -> FilterResult:
        """The outcome on one row, in numbers and in words."""
        row = row if len(self.verdict.state) > 1 else 0
        state = STATES[self.verdict.state[row]]
        value = None if state is FilterState.NOT_APPLICABLE else _finite(self.measured.values[row])
        own = self.criterion.bound if self.criterion.threshold_from is None else self.measured.threshold
        return FilterResult(
            rule=self.criterion.rule.value,
            state=state,
            value=value,
            threshold=own,
            band=self.criterion.band,
            margin=_finite(self.verdict.margin[row]),
            weight=self.criterion.weight,
            required=self.criterion.required,
            on_unknown=self.criterion.on_unknown,
            unit=SPECS[self.criterion.rule].scale.value,
            text=sentence(self.criterion, self.measured, state=state, value=value, threshold=own),
        )


@dataclass(frozen=True, eq=False, slots=True)
class Reached:
    """A column seen from the `rows` that came through: only what ranks them is looked up for all of these."""

    column: FilterColumn
    rows: IntArray

    @property
    def margin(self) -> FloatArray:
        return _at(self.column.verdict.margin, self.rows)

    @property
    def unknown(self) -> BoolArray:
        return np.equal(_at(self.column.verdict.state, self.rows), UNKNOWN)

    def take(self, index: IntArray) -> FilterColumn:
        """The column of some of the rows, by their places among them."""
        return self.column.take(self.rows[index])


def _at(values: npt.NDArray[Value], rows: IntArray) -> npt.NDArray[Value]:
    return values if len(values) == 1 else values[rows]


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
