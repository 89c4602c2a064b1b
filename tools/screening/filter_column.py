"""One criterion on every row: what was measured, whom it refuses, the verdict, and the result a candidate keeps.

criterion, rows → asked: whom it refuses → of the rows that came through: state and margin → result in words

A verdict costs several times the comparison that refuses, and most rows are refused: only the rest is judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from tools.domain.chain import BoolArray, FloatArray, IntArray
from tools.domain.score import FilterResult, FilterState
from tools.screening.criteria import Criterion, CriterionKind
from tools.screening.measured import Measured
from tools.screening.measures import measure
from tools.screening.rows import Rows
from tools.screening.rules import SPECS, Subject
from tools.screening.verdict import Verdict, evaluate, margins, refused, state_of, unknown
from tools.screening.wording import sentence


@dataclass(frozen=True, eq=False, slots=True)
class Asked:
    """A criterion put to every row; columns inside have length n, or 1 where all rows share the value.

    refused  rows that fail it where it is required
    """

    criterion: Criterion
    measured: Measured
    refused: BoolArray

    @classmethod
    def of(cls, criterion: Criterion, rows: Rows) -> Asked:
        measured = measure(criterion.rule, rows)
        return cls(
            criterion,
            measured,
            refused(
                criterion, values=measured.values, applicable=measured.applicable, threshold=measured.threshold
            ),
        )

    @property
    def subject(self) -> Subject:
        return SPECS[self.criterion.rule].subject

    @property
    def is_shared(self) -> bool:
        """Whether one value is that of all rows."""
        return len(self.measured.values) == 1

    @property
    def column(self) -> FilterColumn:
        """The criterion on every row."""
        return FilterColumn(self.criterion, self.measured)

    def count(self, length: int, among: BoolArray | None = None) -> int:
        """How many of `length` rows, or of those `among` them, it refuses."""
        if len(self.refused) == length:
            return int(np.count_nonzero(self.refused if among is None else self.refused & among))
        everyone = length if among is None else int(np.count_nonzero(among))
        return everyone if self.refused[0] else 0

    def at(self, rows: IntArray) -> FilterColumn:
        """The criterion on some of the rows."""
        return FilterColumn(self.criterion, self.measured.take(rows))


@dataclass(frozen=True, eq=False)
class FilterColumn:
    """A criterion on rows whose verdicts matter; columns inside have length n, or 1 where all share the value."""

    criterion: Criterion
    measured: Measured

    @classmethod
    def of(cls, criterion: Criterion, rows: Rows) -> FilterColumn:
        return cls(criterion, measure(criterion.rule, rows))

    @property
    def subject(self) -> Subject:
        return SPECS[self.criterion.rule].subject

    @cached_property
    def verdict(self) -> Verdict:
        told = self.measured
        return evaluate(self.criterion, values=told.values, applicable=told.applicable, threshold=told.threshold)

    @cached_property
    def margin(self) -> FloatArray:
        told = self.measured
        return margins(self.criterion, values=told.values, applicable=told.applicable, threshold=told.threshold)

    @property
    def is_shared(self) -> bool:
        return len(self.measured.values) == 1

    @property
    def unknown(self) -> BoolArray:
        told = self.measured
        return unknown(self.criterion, values=told.values, applicable=told.applicable, threshold=told.threshold)

    def worst(self, legs: IntArray) -> IntArray:
        """Of each unit in `legs` (units, k) the row that holds the filter worst, the first among equals."""
        if self.is_shared or self._held_alike:
            return legs[:, 0]
        place = np.argmax(self.verdict.gravity[legs], axis=1)
        return np.asarray(legs[np.arange(len(legs)), place])

    @property
    def _held_alike(self) -> bool:
        """Whether all rows that got through hold it alike: a gate that refuses, and knows of every row."""
        gate = self.criterion.required and not self.criterion.has_margin
        return gate and self.measured.applicable and not self.unknown.any()

    def take(self, index: IntArray) -> FilterColumn:
        return FilterColumn(self.criterion, self.measured.take(index))

    def result(self, row: int) -> FilterResult:
        """The outcome on one row, in numbers and in words."""
        asked, told = self.criterion, self.measured
        row = 0 if self.is_shared else row
        measured = float(told.values[row])
        state = state_of(asked, measured, applicable=told.applicable, threshold=told.threshold)
        value = None if state is FilterState.NOT_APPLICABLE else _finite(measured)
        own = asked.bound if asked.threshold_from is None else told.threshold
        text = sentence(asked, told, state=state, value=value, threshold=own)
        if asked.kind is CriterionKind.YES_NO or state is FilterState.NOT_APPLICABLE:
            return _often(asked, state, value, own, text)
        margin = _finite(self.margin[row]) if asked.has_margin else None
        return _result(asked, state, value, own, text, margin)


def refused_by(asked: Iterable[Asked], length: int) -> BoolArray:
    """Which of `length` rows any of them refuses."""
    refused = np.zeros(length, dtype=np.bool_)
    for each in asked:
        refused |= each.refused
    return refused


def _result(
    asked: Criterion,
    state: FilterState,
    value: float | None,
    threshold: float | None,
    text: str,
    margin: float | None = None,
) -> FilterResult:
    return FilterResult(
        rule=asked.rule.value,
        state=state,
        value=value,
        threshold=threshold,
        band=asked.band,
        margin=margin,
        weight=asked.weight,
        required=asked.required,
        on_unknown=asked.on_unknown,
        unit=SPECS[asked.rule].scale.value,
        text=text,
    )


@lru_cache(maxsize=1024)
def _often(
    asked: Criterion, state: FilterState, value: float | None, threshold: float | None, text: str
) -> FilterResult:
    """What has no margin reads the same on most rows of most days."""
    return _result(asked, state, value, threshold, text)


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
