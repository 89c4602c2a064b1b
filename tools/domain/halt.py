"""The kill switch: what a person has stopped, how firmly, and why (spec H7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from tools.domain.decision import Reason
from tools.domain.order import Purpose
from tools.domain.value import Value

RULE = "kill_switch"


class Strength(StrEnum):
    """Each stops what the one before it stops, and more.

    stop-entries   no new trade; exits and rolls go on
    flatten        every open trade is closed, and nothing else is sent
    kill           nothing is sent at all
    """

    STOP_ENTRIES = "stop-entries"
    FLATTEN = "flatten"
    KILL = "kill"


_FIRMNESS = {strength: place for place, strength in enumerate(Strength)}
_LETS_THROUGH = {
    Strength.STOP_ENTRIES: frozenset({Purpose.CLOSE, Purpose.ROLL}),
    Strength.FLATTEN: frozenset({Purpose.CLOSE}),
    Strength.KILL: frozenset[Purpose](),
}


class Halt(Value):
    """In force until a named person lifts it."""

    strength: Strength
    by: str
    reason: str
    at: datetime

    def stops(self, purpose: Purpose) -> bool:
        return purpose not in _LETS_THROUGH[self.strength]

    def refuses(self, purpose: Purpose) -> Reason | None:
        """Why an order of this purpose must not be sent; None where it may."""
        return Reason(rule=RULE, text=self.text) if self.stops(purpose) else None

    @property
    def text(self) -> str:
        return f"{self.strength.value} by {self.by} on {self.at:%Y-%m-%d %H:%M} UTC: {self.reason}"


def firmest(halts: Iterable[Halt | None]) -> Halt | None:
    """The one that stops the most; of equals the first."""
    known = [halt for halt in halts if halt is not None]
    return max(known, key=lambda halt: _FIRMNESS[halt.strength], default=None)
