"""The records of a day among the cycle's cases, lived again from its recordings; each day once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path

from evals.case import CycleCase, Task
from evals.exchanges import ENDING, cassettes, replaying
from prompts.library import Prompt
from tools.domain.decision import DecisionRecord
from tools.domain.errors import ConfigError


def recorded_days(
    cases: Iterable[CycleCase], recordings: Path, *, prompt: Prompt | None = None
) -> Callable[[str], Sequence[DecisionRecord]]:
    """From a day's id to its records; `RecordingMissing` where a question of it was never recorded."""
    from evals.tasks.cycle import live

    days = {case.id: case for case in cases}

    @cache
    def records(day: str) -> Sequence[DecisionRecord]:
        if day not in days:
            raise ConfigError(f"There is no day {day!r} among the cycle's cases.")
        own = [path for path in cassettes(Task.CYCLE, recordings) if path.name == f"{day}{ENDING}"]
        return live(days[day], replaying(own), prompt=prompt).records

    return records
