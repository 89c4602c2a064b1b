"""What an evaluation found, as plain data: per case its scores, decision and exchanges; per run its identity.

The file is versioned JSON, one case a line, so that two baselines can be read beside each other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from evals.case import Task
from evals.dataset import Identity
from evals.exchanges import Exchange
from tools.domain.errors import ConfigError
from tools.domain.value import Value, canonical

SCHEMA = "thetagate.eval/1"


class Score(Value):
    """What one scorer says of one case: its value, whether that is a fault, and why. No score, no entry."""

    value: float
    fault: bool = False
    note: str = ""


class CaseResult(Value):
    """One case: what was decided of it and how it scored.

    missing   why there is no result at all: a question that was never recorded
    authored  whether no model produced the answers
    plants    the faults that an authored answer holds on purpose, by scorer
    said      what the answer came to in a line: verdict and confidence, or the problem
    decision  what the house made of it
    won       the confidence that was stated and what came of the trade, for calibration
    """

    id: str
    task: Task
    tags: tuple[str, ...]
    missing: str = ""
    authored: bool = True
    plants: tuple[str, ...] = ()
    said: str = ""
    decision: str = ""
    confidence: float | None = None
    won: bool | None = None
    safety: bool = False
    scores: dict[str, Score] = Field(default_factory=dict)
    exchanges: tuple[Exchange, ...] = ()

    @property
    def faults(self) -> set[str]:
        return {name for name, score in self.scores.items() if score.fault}


class Run(Value):
    """One evaluation.

    seconds  how long it took; `work` how long this process computed in that time
    blocked  how often something reached for the network while it was closed
    """

    format: str = SCHEMA
    identity: Identity
    cases: tuple[CaseResult, ...]
    systems: dict[str, str] = Field(default_factory=dict)
    seconds: float = 0.0
    work: float = 0.0
    blocked: int = 0

    @property
    def by_id(self) -> dict[str, CaseResult]:
        return {case.id: case for case in self.cases}

    @property
    def missing(self) -> list[CaseResult]:
        return [case for case in self.cases if case.missing]

    def only(self, tasks: Iterable[Task]) -> Run:
        """The same run with the cases of some tasks alone."""
        wanted = set(tasks)
        cases = tuple(case for case in self.cases if case.task in wanted)
        return self.model_copy(update={"cases": cases, "identity": self.identity.of(case.id for case in cases)})


def write_run(path: Path, run: Run) -> None:
    """The run as JSON; the same run gives the same bytes."""
    head: dict[str, Any] = run.model_dump(mode="json", exclude={"cases"})
    rows = ",\n".join(canonical(_lean(case)) for case in run.cases)
    text = json.dumps(head, indent=1, sort_keys=True, ensure_ascii=False)[:-2] + f',\n "cases": [\n{rows}\n ]\n}}\n'
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def baseline_of(run: Run) -> Run:
    """What is kept to compare with: scores, decisions and answers, without prompts and clocks."""
    cases = tuple(
        case.model_copy(
            update={
                "exchanges": tuple(each.model_copy(update={"prompt": ""}) for each in case.exchanges),
                "scores": {name: score for name, score in case.scores.items() if name != "house_time"},
            }
        )
        for case in run.cases
    )
    return run.model_copy(update={"cases": cases, "systems": {}, "seconds": 0.0, "work": 0.0})


def read_run(path: Path) -> Run:
    try:
        return Run.model_validate_json(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path} cannot be read ({error.strerror}); run `thetagate eval run` first.") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ConfigError(f"{path.name} holds no results of an evaluation ({where}: {first['msg']}).") from error


def _lean(case: CaseResult) -> dict[str, Any]:
    data: dict[str, Any] = case.model_dump(mode="json", exclude_defaults=True)
    return data
