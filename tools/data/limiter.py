"""The pace of requests: one limiter per service, shared by everything in the process that talks to it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from tools.data.patience import Passing

MINUTE = 60.0
LONGEST_HOLD = 900.0  # a service that asks for more is asked again sooner, and may say so again


class RateLimiter:
    """At most `requests` in any `seconds`, whichever threads make them; the rest wait their turn.

    A sliding window, not a steady drip: a chain of twenty pages goes out at once where the minute has room.
    `clock` is monotonic, in seconds.
    """

    def __init__(
        self,
        *,
        requests: int,
        seconds: float = MINUTE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._requests, self._seconds = requests, seconds
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._sent: deque[float] = deque(maxlen=requests)
        self._held_until = 0.0
        self._count = 0

    @property
    def count(self) -> int:
        """How many requests were let through so far."""
        return self._count

    def acquire(self, *, until: float | None = None) -> None:
        """Wait for a place and take it; `Passing` at once where none comes free before the time `until`."""
        while (wait := self._take()) > 0:
            if until is not None and self._clock() + wait > until:
                raise Passing("leaves no room for another request in time (rate limit); try again later")
            self._sleep(wait)

    def hold(self, seconds: float) -> None:
        """Let nobody through for so long, at most `LONGEST_HOLD`: the other side has said so."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + min(seconds, LONGEST_HOLD))

    def _take(self) -> float:
        """0 with a place taken, else the seconds until it is worth asking again."""
        with self._lock:
            now = self._clock()
            full = len(self._sent) == self._requests
            free_at = max(self._held_until, self._sent[0] + self._seconds if full else 0.0)
            if free_at > now:
                return free_at - now
            self._sent.append(now)
            self._count += 1
            return 0.0
