"""A measurement: two sides timed in turns, so that a busy moment hits both, and the bar it is held against."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

Side = Callable[[], float]
"""One round of a side: prepares what it needs, then returns the seconds of what is measured."""


class Kind(StrEnum):
    """What a bar limits: real / base, or the seconds of the real side alone."""

    RATIO = "ratio"
    SECONDS = "seconds"


@dataclass(frozen=True)
class Bar:
    kind: Kind
    limit: float


@dataclass(frozen=True)
class Timed:
    """A side's rounds, in seconds per unit of what is measured."""

    label: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


@dataclass(frozen=True)
class Measurement:
    """`note` says what the numbers are about: how many rows, decisions or commits; `reason` why a bar is missed."""

    name: str
    base: Timed
    real: Timed
    bar: Bar
    note: str = ""
    reason: str = ""

    @property
    def ratio(self) -> float:
        return self.real.median / self.base.median

    @property
    def value(self) -> float:
        return self.ratio if self.bar.kind is Kind.RATIO else self.real.median

    @property
    def met(self) -> bool:
        return self.value <= self.bar.limit

    @property
    def gap(self) -> str:
        """Why the bar is missed; empty where it is met."""
        return "" if self.met else self.reason or "no reason on record"


def in_turns(base: Side, real: Side, *, rounds: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Seconds of each round, base and real; one round of each before them warms caches and is thrown away."""
    base()
    real()
    pairs = [(base(), real()) for _ in range(rounds)]
    return tuple(first for first, _ in pairs), tuple(second for _, second in pairs)


def timed(work: Callable[[], object]) -> float:
    """Seconds `work` takes."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
