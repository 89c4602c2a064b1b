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
from evals.case import AnalystCase, CycleCase, ReviewerCase, Task
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
        systems={
            task.value: load(task.value, folder=where.prompts)["system"].render()
            for task in cases
            if task is not Task.CYCLE
        },
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
    return run_cycles(
        cases,
        lambda case: replaying(_own(Task.CYCLE, case.id, where)),
        prompt=load("analyst", folder=where.prompts),
    )


def _own(task: Task, case: str, where: Material) -> list[Path]:
    """The cassette of one case; none where it asks nothing, or was never recorded."""
    return [path for path in cassettes(task, where.recordings) if path.name == f"{case}{ENDING}"]


def _reviewer(where: Material) -> list[CaseResult]:
    from agents.talk_recorded import RecordedTalker
    from evals.days import recorded_days
    from evals.reviewing import load_conversations
    from evals.tasks.reviewer import run_reviewer

    cases = [case for case in load_cases(Task.REVIEWER, where.cases) if isinstance(case, ReviewerCase)]
    days = [case for case in load_cases(Task.CYCLE, where.cases) if isinstance(case, CycleCase)]
    written = load_conversations()
    return run_reviewer(
        cases,
        lambda case: RecordedTalker(*_own(Task.REVIEWER, case.id, where)),
        recorded_days(days, where.recordings, prompt=load("analyst", folder=where.prompts)),
        plants=lambda case: written[case].plants if case in written else (),
        prompt=load("reviewer", folder=where.prompts),
    )


RUNNERS: dict[Task, Callable[[Material], list[CaseResult]]] = {
    Task.ANALYST: _analyst,
    Task.REVIEWER: _reviewer,
    Task.CYCLE: _cycle,
}
