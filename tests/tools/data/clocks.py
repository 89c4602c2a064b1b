"""A clock that only sleeping moves."""

from __future__ import annotations

import threading


class FakeClock:
    """Seconds that pass when somebody sleeps; `slept` holds how long each sleep was."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            self.slept.append(seconds)
