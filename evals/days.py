"""The days of the cycle's cases as they went: lived once from their recordings, for whoever asks."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evals.case import CycleCase, Task
from evals.exchanges import Exchange, own_cassette, replaying
from evals.tasks.cycle import live
from prompts.library import Prompt
from tools.domain.decision import DecisionRecord
from tools.domain.errors import ConfigError


@dataclass(frozen=True)
class LivedDay:
    """What a cycle decided, how many orders the broker took in all, and what was asked and answered on the way."""

    records: tuple[DecisionRecord, ...]
    orders: int
    exchanges: tuple[Exchange, ...]
    seconds: float


class Days:
    """Every day at most once. `RecordingMissing` leaves where a question of a day was never recorded."""

    def __init__(self, cases: Iterable[CycleCase], recordings: Path, *, prompt: Prompt | None = None) -> None:
        self._cases = {case.id: case for case in cases}
        self._recordings, self._prompt = recordings, prompt
        self._lived: dict[str, LivedDay] = {}

    def lived(self, day: str) -> LivedDay:
        if day not in self._lived:
            self._lived[day] = self._live(day)
        return self._lived[day]

    def records(self, day: str) -> tuple[DecisionRecord, ...]:
        return self.lived(day).records

    def _live(self, day: str) -> LivedDay:
        if day not in self._cases:
            raise ConfigError(f"There is no day {day!r} among the cycle's cases.")
        started = time.perf_counter()
        model = replaying(own_cassette(Task.CYCLE, day, self._recordings))
        records, orders = live(self._cases[day], model, prompt=self._prompt)
        exchanges = tuple(sorted(model.take(), key=lambda each: each.prompt))
        return LivedDay(records, orders, exchanges, time.perf_counter() - started)
