"""What a scorer is: a pure function with a name, the direction that is better, and a unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from evals.results import Score

T = TypeVar("T")


class Better(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"


class Unit(StrEnum):
    """A share is gated in points of a hundred, everything else in percent of what the baseline measured."""

    SHARE = "share"
    TOKENS = "tokens"
    DOLLARS = "USD"
    SECONDS = "seconds"
    SQUARED = "squared error"


@dataclass(frozen=True)
class Scorer(Generic[T]):
    """`score` gives None where the scorer has nothing to say of a case. What a clock says is not `gated`."""

    name: str
    title: str
    better: Better
    unit: Unit
    score: Callable[[T], Score | None]
    gated: bool = True
