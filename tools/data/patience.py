"""How long a request is worth repeating: failures that may pass, a few attempts, one deadline.

    attempt ─ passes ──────────────────────────────→ answer
        └──── Passing ─ wait (Retry-After, else doubling) ─ attempts and deadline left? ─┬→ attempt
                                                                                          └→ Passing

Only `Passing` is repeated; every other exception is final at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type

T = TypeVar("T")

TOO_MANY = 429
PASSING_STATUS = frozenset({408, 425, TOO_MANY, 500, 502, 503, 504, 520, 522, 524, 529})


class Passing(Exception):
    """A failure that may pass, in words that follow the service's name.

    `retry_after` is how many seconds the service asks to be left alone, 0 where it does not say.
    """

    def __init__(self, message: str, *, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Patience:
    """`deadline` seconds for one request with all its attempts and waits; `connect` for reaching the service."""

    deadline: float = 20.0
    attempts: int = 4
    connect: float = 5.0
    first_wait: float = 0.5
    longest_wait: float = 8.0


def persist(
    attempt: Callable[[float], T],
    patience: Patience,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """What `attempt(until)` returns, `until` on `clock`; the last `Passing` where none of them passed."""
    until = clock() + patience.deadline

    def wait(state: RetryCallState) -> float:
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.retry_after if isinstance(failure, Passing) else 0.0
        grown: float = patience.first_wait * 2.0 ** (state.attempt_number - 1)
        return max(asked, min(grown, patience.longest_wait))

    def spent(state: RetryCallState) -> bool:
        return state.attempt_number >= patience.attempts or clock() + wait(state) >= until

    retrying = Retrying(retry=retry_if_exception_type(Passing), wait=wait, stop=spent, sleep=sleep, reraise=True)
    return retrying(attempt, until)


def retry_after(header: str | None, *, date: str | None) -> float:
    """Seconds a Retry-After header asks for, as a number or as a date against the reply's own; 0 for none."""
    if not header:
        return 0.0
    try:
        return max(float(header), 0.0) if header.strip().replace(".", "", 1).isdigit() else _until(header, date)
    except (TypeError, ValueError):
        return 0.0


def _until(moment: str, date: str | None) -> float:
    if date is None:
        return 0.0
    return max((parsedate_to_datetime(moment) - parsedate_to_datetime(date)).total_seconds(), 0.0)
