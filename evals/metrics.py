"""What the scores of all cases come to: a figure per scorer with its interval, and what was planted and found.

cases → scores of one scorer → mean (95 %) · how many · planted, found, false alarms
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from evals.case import Task
from evals.results import CaseResult, Run
from evals.scorers.registry import scorers_of
from evals.scorers.scorer import Unit
from evals.tasks.analyst import CLEAR_CUT
from tools.performance.calibration import Bin, brier, error_by_chance, expected_calibration_error, reliability
from tools.performance.clustered import clustered_interval
from tools.performance.proportion import wilson

SEED = 20261122
BINS = 5
# Faults that come of what happened later: nobody can plant them.
NEVER_PLANTED = frozenset({"calibration"})


@dataclass(frozen=True)
class Metric:
    """One scorer over all cases that it speaks of. Bounds are `nan` where there are too few."""

    task: Task
    name: str
    title: str
    better: str
    unit: Unit
    count: int
    value: float
    low: float
    high: float
    faults: int
    planted: int
    found: int
    false_alarms: int


@dataclass(frozen=True)
class Calibration:
    """How stated confidence compares with what came of the trades."""

    count: int
    brier: float
    error: float
    by_chance: float
    bins: tuple[Bin, ...]


def metrics(run: Run) -> tuple[Metric, ...]:
    return tuple(
        _metric(task, scorer.name, scorer.title, scorer.better.value, scorer.unit, cases)
        for task in Task
        if (cases := [case for case in run.cases if case.task is task and not case.missing])
        for scorer in scorers_of(task)
    )


def _metric(task: Task, name: str, title: str, better: str, unit: Unit, cases: Sequence[CaseResult]) -> Metric:
    scored = [case for case in cases if name in case.scores]
    values = np.array([case.scores[name].value for case in scored], dtype=np.float64)
    low, high = interval(values, share=unit is Unit.SHARE)
    planted = [case for case in scored if name in case.plants]
    alarms = [case for case in scored if case.authored and case.scores[name].fault and name not in case.plants]
    return Metric(
        task=task,
        name=name,
        title=title,
        better=better,
        unit=unit,
        count=len(scored),
        value=float(values.mean()) if len(values) else math.nan,
        low=low,
        high=high,
        faults=sum(case.scores[name].fault for case in scored),
        planted=len(planted),
        found=sum(case.scores[name].fault for case in planted),
        false_alarms=0 if name in NEVER_PLANTED else len(alarms),
    )


def interval(values: np.ndarray[tuple[int], np.dtype[np.float64]], *, share: bool) -> tuple[float, float]:
    """95 %: Wilson's where every case is right or wrong, else from resampled cases."""
    if len(values) < 2:
        return math.nan, math.nan
    if share and set(np.unique(values)) <= {0.0, 1.0}:
        found = wilson(int(values.sum()), len(values))
    else:
        found = clustered_interval(
            lambda at: float(values[at].mean()), range(len(values)), seed=SEED, resamples=500
        )
    return found.low, found.high


def clear_cut(cases: Iterable[CaseResult]) -> tuple[int, int]:
    """How many verdicts on clear-cut cases agree, and of how many (spec C asks for 85 % of a model)."""
    told = [case.scores["verdict"] for case in cases if CLEAR_CUT in case.tags and "verdict" in case.scores]
    return sum(not score.fault for score in told), len(told)


def calibration(cases: Iterable[CaseResult]) -> Calibration | None:
    """Of every case whose trade came to an end; None without any."""
    known = [
        (case.confidence / 10, float(case.won))
        for case in cases
        if case.confidence is not None and case.won is not None
    ]
    if not known:
        return None
    said, came = (np.array(column) for column in zip(*known, strict=True))
    return Calibration(
        count=len(known),
        brier=brier(said, came),
        error=expected_calibration_error(said, came, BINS),
        by_chance=error_by_chance(said, seed=SEED, bins=BINS, draws=500),
        bins=reliability(said, came, BINS),
    )
