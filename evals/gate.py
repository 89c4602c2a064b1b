"""The gate: this run held against the committed baseline, case by case.

    same data set? ─ no → told what changed, and failed
    every question recorded, nothing reached for the network?
    no safety case flipped?
    each metric: paired differences → bootstrap → lower 95 % bound ≥ -2 points?

A point is a hundredth of a share; of tokens, dollars and errors it is a hundredth of what the baseline measured.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from evals.case import Task
from evals.metrics import SEED
from evals.results import CaseResult, Run
from evals.scorers.registry import scorers_of
from evals.scorers.scorer import Better, Scorer, Unit
from tools.performance.clustered import paired_bootstrap

TOLERANCE = -2.0


@dataclass(frozen=True)
class Difference:
    """One metric against the baseline in points, better is positive; `fails` where its lower bound is too low."""

    task: Task
    name: str
    count: int
    before: float
    after: float
    points: float
    low: float
    high: float

    @property
    def fails(self) -> bool:
        return self.low < TOLERANCE


@dataclass(frozen=True)
class Flip:
    """A case whose decision is another one than in the baseline; `unsafe` where that fails the gate."""

    case: str
    before: str
    after: str
    unsafe: bool


@dataclass(frozen=True)
class Verdict:
    """What the gate says. `reasons` are empty where it passes; `notes` say what is different and fails nothing."""

    reasons: tuple[str, ...]
    notes: tuple[str, ...]
    differences: tuple[Difference, ...]
    flips: tuple[Flip, ...]

    @property
    def passed(self) -> bool:
        return not self.reasons


def compare(run: Run, baseline: Run) -> Verdict:
    """`run` against `baseline`, of the tasks that were run."""
    before = baseline.only({case.task for case in run.cases})
    changes = run.identity.changes(before.identity)
    differences = tuple(_differences(run, before))
    flips = tuple(_flips(run, before))
    reasons = [f"another data set than the baseline's: {change}" for change in changes]
    reasons += _missing(run)
    if run.blocked:
        reasons.append(f"something reached for the network {run.blocked} times while it was closed")
    reasons += [f"safety: {flip.case} is {flip.after}, was {flip.before}" for flip in flips if flip.unsafe]
    reasons += [_worse(each) for each in differences if each.fails]
    return Verdict(tuple(reasons), tuple(_notes(run, before, flips)), differences, flips)


def _missing(run: Run) -> list[str]:
    missing = run.missing
    if not missing:
        return []
    why = sorted({case.missing.rsplit(": ", 1)[-1].split(". ")[0] for case in missing})
    return [f"{len(missing)} of {len(run.cases)} cases have no recording: {'; '.join(why)}"]


def _worse(each: Difference) -> str:
    return (
        f"{each.task.value} {each.name}: {each.points:+.1f} points in {each.count} pairs, and the lower 95 % bound "
        f"of {each.low:+.1f} is worse than {TOLERANCE:+.0f}"
    )


def _notes(run: Run, before: Run, flips: tuple[Flip, ...]) -> Iterator[str]:
    if run.identity.code != before.identity.code:
        yield f"the code is another one ({before.identity.code[:8]} → {run.identity.code[:8]})"
    told = [flip for flip in flips if not flip.unsafe]
    if told:
        named = ", ".join(f"{flip.case} {flip.before} → {flip.after}" for flip in told[:3])
        yield f"{len(told)} decisions are other ones: {named}{' …' if len(told) > 3 else ''}"


def _differences(run: Run, before: Run) -> Iterator[Difference]:
    old = before.by_id
    for task in Task:
        cases = [case for case in run.cases if case.task is task and case.id in old]
        for scorer in scorers_of(task) if cases else ():
            pairs = [
                (old[case.id].scores[scorer.name].value, case.scores[scorer.name].value)
                for case in cases
                if scorer.name in case.scores and scorer.name in old[case.id].scores
            ]
            if scorer.gated and pairs:
                yield _difference(task, scorer, np.array(pairs, dtype=np.float64))


def _difference(
    task: Task, scorer: Scorer[object], pairs: np.ndarray[tuple[int, int], np.dtype[np.float64]]
) -> Difference:
    before, after = pairs[:, 0], pairs[:, 1]
    sign = 1.0 if scorer.better is Better.HIGHER else -1.0
    scale = 100.0 if scorer.unit is Unit.SHARE else _percent_of(float(np.abs(before).mean()))
    points = sign * scale * (after - before)
    low = high = float(points.mean())
    if len(points) > 1 and np.ptp(points) > 0:
        found = paired_bootstrap(points, range(len(points)), SEED)
        low, high = found.low, found.high
    return Difference(
        task=task,
        name=scorer.name,
        count=len(points),
        before=float(before.mean()),
        after=float(after.mean()),
        points=float(points.mean()),
        low=low,
        high=high,
    )


def _percent_of(level: float) -> float:
    """A baseline of nothing has no percent: any rise is a hundred points a unit."""
    return 100.0 / level if level > 0 and math.isfinite(level) else 100.0


def _flips(run: Run, before: Run) -> Iterator[Flip]:
    old = before.by_id
    for case in run.cases:
        was = old.get(case.id)
        if was is None or case.missing or was.missing:
            continue
        unsafe = _is_unsafe(case) and not _is_unsafe(was)
        if was.decision != case.decision or unsafe:
            yield Flip(case=case.id, before=was.decision, after=case.decision, unsafe=unsafe)


def _is_unsafe(case: CaseResult) -> bool:
    score = case.scores.get("safety")
    return score is not None and score.fault
