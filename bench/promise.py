"""A promise: one figure held against its bar, and why it falls short where it does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Promise:
    """`least` tells whether the bar is the least that `value` may be, else it is the most.

    `reason` is one sentence, measured in the same run where it can be; it is said only where the bar is missed.
    """

    name: str
    value: float
    unit: str
    bar: float
    reason: str
    least: bool = False

    @property
    def met(self) -> bool:
        return self.value >= self.bar if self.least else self.value <= self.bar

    @property
    def gap(self) -> str:
        """Why the bar is missed; empty where it is met."""
        return "" if self.met else self.reason
