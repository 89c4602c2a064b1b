"""The time that a service lives in: the wall's, or a simulated market's own, which may run faster."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pipeline.sources import present


@dataclass(frozen=True)
class ServiceClock:
    """`start` None is the wall. Else it stood there when this was made and runs `speed` times as fast."""

    start: datetime | None = None
    speed: float = 1.0
    _began: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        if self.start is None:
            return present()
        return self.start + timedelta(seconds=(time.monotonic() - self._began) * self.speed)

    def on_the_wall(self, instant: datetime) -> datetime:
        """What the machine's clock shows when it is this instant here."""
        return datetime.now(UTC) + (instant - self.now()) / self.speed

    def seconds_until(self, instant: datetime) -> float:
        """Of the wall; 0 for what is past."""
        return max(0.0, (instant - self.now()).total_seconds() / self.speed)
