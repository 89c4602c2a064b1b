"""The market of a simulated day: a clock that moves when somebody waits, and quotes that move with it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from tools.calendar.sessions import session_close, session_open
from tools.domain.structure import Leg

DAYS = (
    date(2026, 11, 20),
    date(2026, 11, 27),  # a half day
    date(2026, 11, 2),  # the first session of winter time
    date(2026, 3, 9),  # the first session of summer time
    date(2026, 12, 24),  # a half day before a holiday
    date(2026, 11, 30),
)


class Clock:
    """The one time of a day. Only waiting moves it."""

    def __init__(self, dice: Random) -> None:
        self.day = dice.choice(DAYS)
        late = dice.random() < 0.25
        bell = session_close(self.day) if late else session_open(self.day)
        self.now = bell + timedelta(minutes=dice.uniform(-25, -5) if late else dice.uniform(-2, 20))
        self._dice = dice

    def __call__(self) -> datetime:
        return self.now

    def on(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def pause(self) -> None:
        """Between two looks of a price walk."""
        self.on(self._dice.uniform(2, 15))

    @property
    def is_over(self) -> bool:
        return self.now > session_close(self.day)


class Market:
    """A put struck at 480 is worth about 2.50 all day; the further out, the less. Now and then nobody quotes."""

    def __init__(self, seed: int, clock: Clock) -> None:
        self._seed, self._clock = seed, clock

    def __call__(self, legs: Sequence[Leg]) -> tuple[float, float] | None:
        """(bid, ask) credit of one unit."""
        if self._draw("silent") < 0.01:
            return None
        half = 0.02 * sum(abs(leg.quantity) for leg in legs)
        mid = self.mid(legs)
        return round(mid - half, 2), round(mid + half, 2)

    def mid(self, legs: Sequence[Leg]) -> float:
        level = 1 + 0.04 * (self._draw("level") - 0.5)
        return round(level * sum(-leg.quantity * _worth(leg.contract.strike) for leg in legs), 2)

    def quoted_at(self) -> datetime:
        """Rarely an old one."""
        old = 90 if self._draw("old") < 0.01 else 5
        return self._clock() - timedelta(seconds=old)

    def halted(self) -> frozenset[str]:
        return frozenset({"SPY"}) if self._draw("halt") < 0.005 else frozenset()

    def _draw(self, question: str) -> float:
        """The same within a minute, whoever asks and however often."""
        asked = f"{self._seed}|{question}|{self._clock().timestamp() // 60:.0f}"
        return int.from_bytes(hashlib.sha256(asked.encode()).digest()[:6], "big") / 2**48


def _worth(strike: float) -> float:
    return 2.5 + 0.04 * (strike - 480)
