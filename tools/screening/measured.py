"""What a rule measures: a column of values, and why some of them are missing."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from tools.domain.chain import FloatArray, IntArray
from tools.domain.fact import Fact


class Measured(NamedTuple):
    """`unknown` and `exempt` are the reasons for nan values and for rules that do not apply.

    Yes/no rules measure 1 (holds) or 0 and bring both sentences. `threshold` is the fact a criterion with
    `threshold_from` is held against, None when that is unknown.
    """

    values: FloatArray
    unknown: str = ""
    exempt: str = ""
    applicable: bool = True
    holds: str = ""
    breaks: str = ""
    threshold: float | None = None

    def take(self, index: IntArray) -> Measured:
        if len(self.values) == 1:
            return self
        return self._replace(values=self.values[index])


def shared(value: float | None) -> FloatArray:
    return np.array([math.nan if value is None else float(value)])


def exempt(reason: str) -> Measured:
    return Measured(shared(None), applicable=False, exempt=reason)


def missing(fact: Fact[Any]) -> Measured:
    """What a fact without a value means for its rule."""
    return Measured(shared(None), unknown=fact.reason) if fact.is_unknown else exempt(fact.reason)
