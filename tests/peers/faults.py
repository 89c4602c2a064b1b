"""What goes wrong on the way to a broker and back, and those of it that happen at the exchange: for every peer."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol, TypeVar

T = TypeVar("T")


class Fault(StrEnum):
    """The order path's fourteen. The last six are events: they happen at a call instead of to it."""

    CONNECT_TIMEOUT = "connect timeout"
    READ_TIMEOUT = "read timeout"
    RATE_LIMITED = "429"
    FAILED_BEFORE = "500 before acceptance"
    FAILED_AFTER = "500 after acceptance"
    DROPPED = "disconnect after acceptance"
    TWICE = "duplicate acknowledgement"
    NOT_FOUND = "false not-found"
    SHUFFLED = "out-of-order or duplicate fill"
    PARTIAL = "partial fill"
    REJECTED = "reject"
    CANCEL_RACE = "cancel-fill race"
    REPLACE_RACE = "replace race"
    LATE = "late fill"


CALLS = ("submit", "find", "replace", "cancel", "fills")
PATIENT, HASTY = 10.0, 0.6
"""Seconds that a client waits for one answer: long on a busy machine, short where it waits in vain."""

SHUFFLES = 5
"""So many lists of executions come out of order, once they do."""


class Executing(Protocol):
    """An exchange that fills the order which is open now."""

    def execute(self, units: int = -1, *, hidden: int = 0) -> None: ...


class Happenings:
    """The events among the faults, at one exchange."""

    def __init__(self, exchange: Executing) -> None:
        self._exchange = exchange
        self._shuffles = 0

    def happen(self, fault: Fault | None) -> None:
        match fault:
            case Fault.PARTIAL:
                self._exchange.execute(1)
            case Fault.CANCEL_RACE:
                self._exchange.execute()
            case Fault.REPLACE_RACE:
                self._exchange.execute(2)
            case Fault.LATE:
                self._exchange.execute(hidden=2)
            case Fault.SHUFFLED:
                self._shuffles = SHUFFLES
            case _:
                pass

    def shuffled(self, told: list[T]) -> list[T]:
        """Executions in the wrong order, one of them twice, as long as that lasts."""
        if not self._shuffles:
            return told
        self._shuffles -= 1
        return [*reversed(told), *told[:1]]
