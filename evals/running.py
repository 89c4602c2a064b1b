"""One evaluation: cases and recordings in, the network closed, results and an identity out.

cases ─┬→ analyst ──┐
       ├→ reviewer ─┼→ results → Run
       └→ cycle ────┘
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from evals.answering import load_answers
from evals.case import AnalystCase, CycleCase, Task
from evals.dataset import FOLDER, identity, load_cases
from evals.exchanges import ENDING, RECORDINGS, cassettes, replaying
from evals.results import CaseResult, Run
from evals.sealed import sealed
from evals.tasks.analyst import run_analyst
from prompts.library import FOLDER as PROMPTS
from prompts.library import load

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
    where = material or Material()
    started = time.perf_counter()
    cases = {task: load_cases(task, where.cases) for task in Task if task in tasks}
    results: list[CaseResult] = []
    with sealed() as attempts:
        for done, task in enumerate(cases, start=1):
            results += RUNNERS[task](where) if task in RUNNERS else []
            progress(task.value, done, len(cases))
    return Run(
        identity=identity((case for each in cases.values() for case in each), prompts=where.prompts),
        cases=tuple(results),
        systems={Task.ANALYST.value: load("analyst", folder=where.prompts)["system"].render()},
        seconds=time.perf_counter() - started,
        blocked=len(attempts),
    )


def _analyst(where: Material) -> list[CaseResult]:
    cases = [case for case in load_cases(Task.ANALYST, where.cases) if isinstance(case, AnalystCase)]
    return run_analyst(
        cases,
        replaying(cassettes(Task.ANALYST, where.recordings)),
        answers=load_answers(Task.ANALYST.value),
        prompt=load("analyst", folder=where.prompts),
    )


def _cycle(where: Material) -> list[CaseResult]:
    from evals.tasks.cycle import run_cycles

    cases = [case for case in load_cases(Task.CYCLE, where.cases) if isinstance(case, CycleCase)]
    recorded = {path.name.removesuffix(ENDING): path for path in cassettes(Task.CYCLE, where.recordings)}
    return run_cycles(
        cases,
        lambda case: replaying(recorded[name] for name in recorded if name == case.id),
        prompt=load("analyst", folder=where.prompts),
    )


RUNNERS: dict[Task, Callable[[Material], list[CaseResult]]] = {Task.ANALYST: _analyst, Task.CYCLE: _cycle}
