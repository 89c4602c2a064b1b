"""One evaluation: cases and recordings in, the network closed, results and an identity out.

cases ─┬→ analyst ──┐
       ├→ reviewer ─┼→ results → Run
       └→ cycle ────┘
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from evals.answering import load_answers
from evals.case import AnalystCase, Case, CycleCase, ReviewerCase, Task
from evals.dataset import FOLDER, identity, load_cases
from evals.exchanges import RECORDINGS, cassettes, own_cassette, replaying
from evals.results import CaseResult, Run
from evals.sealed import sealed
from evals.tasks.analyst import run_analyst
from prompts.library import FOLDER as PROMPTS
from prompts.library import Prompt, load

if TYPE_CHECKING:
    from evals.days import Days

Progress = Callable[[str, int, int], None]

BASELINE = Path(__file__).parent / "baseline.json"


@dataclass(frozen=True)
class Material:
    """Where everything is read from: by default what ships."""

    cases: Path = FOLDER
    recordings: Path = RECORDINGS
    prompts: Path = PROMPTS


def quiet(_name: str, _done: int, _total: int) -> None:
    """Progress that nobody watches."""


def run(
    tasks: Collection[Task] = tuple(Task), *, material: Material | None = None, progress: Progress = quiet
) -> Run:
    """The tasks over all their cases; the network is closed from the first question to the last answer."""
    bench = _Bench(material or Material())
    started, worked = time.perf_counter(), time.process_time()
    results: list[CaseResult] = []
    chosen = [task for task in Task if task in tasks]
    with sealed() as attempts:
        for done, task in enumerate(chosen, start=1):
            results += bench.results(task)
            progress(task.value, done, len(chosen))
    return Run(
        identity=identity((case for task in chosen for case in bench.cases(task)), prompts=bench.where.prompts),
        cases=tuple(results),
        systems={task.value: bench.prompt(task)["system"].render() for task in chosen if task is not Task.CYCLE},
        seconds=time.perf_counter() - started,
        work=time.process_time() - worked,
        blocked=len(attempts),
    )


class _Bench:
    """What one evaluation has on its table: cases, prompts and days, each read or lived once."""

    def __init__(self, where: Material) -> None:
        self.where = where
        self._cases: dict[Task, tuple[Case, ...]] = {}

    def cases(self, task: Task) -> tuple[Case, ...]:
        if task not in self._cases:
            self._cases[task] = load_cases(task, self.where.cases)
        return self._cases[task]

    def prompt(self, task: Task) -> Prompt:
        return load(task.value, folder=self.where.prompts)

    @cached_property
    def days(self) -> Days:
        from evals.days import Days

        cases = (case for case in self.cases(Task.CYCLE) if isinstance(case, CycleCase))
        return Days(cases, self.where.recordings, prompt=self.prompt(Task.ANALYST))

    def results(self, task: Task) -> list[CaseResult]:
        match task:
            case Task.ANALYST:
                return self._analyst()
            case Task.REVIEWER:
                return self._reviewer()
            case Task.CYCLE:
                return self._cycle()

    def _analyst(self) -> list[CaseResult]:
        return run_analyst(
            [case for case in self.cases(Task.ANALYST) if isinstance(case, AnalystCase)],
            replaying(cassettes(Task.ANALYST, self.where.recordings)),
            answers=load_answers(Task.ANALYST.value),
            prompt=self.prompt(Task.ANALYST),
        )

    def _reviewer(self) -> list[CaseResult]:
        from agents.talk_recorded import RecordedTalker
        from evals.reviewing import load_conversations
        from evals.tasks.reviewer import run_reviewer

        written = load_conversations()
        return run_reviewer(
            [case for case in self.cases(Task.REVIEWER) if isinstance(case, ReviewerCase)],
            lambda case: RecordedTalker(*own_cassette(Task.REVIEWER, case.id, self.where.recordings)),
            self.days.records,
            plants=lambda case: written[case].plants if case in written else (),
            prompt=self.prompt(Task.REVIEWER),
        )

    def _cycle(self) -> list[CaseResult]:
        from evals.tasks.cycle import run_cycles

        return run_cycles([case for case in self.cases(Task.CYCLE) if isinstance(case, CycleCase)], self.days)
