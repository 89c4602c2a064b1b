from __future__ import annotations

import numpy as np
import pytest

from tools.performance.calibration import brier
from tools.performance.confidence import Calibration, calibrate
from tools.performance.evidence import OF_EITHER, OUTCOMES


def stated(seed: int, *, count: int = 200, overconfident: float = 0.0) -> tuple[np.ndarray, list[bool], list[int]]:
    random = np.random.default_rng(seed)
    p = np.round(random.uniform(0.55, 0.95, count), 2)
    won = random.random(count) < p - overconfident
    return p, [bool(each) for each in won], [number // 4 for number in range(count)]


def measured(seed: int, **changes: float) -> Calibration:
    found = calibrate(*stated(seed, **changes), seed=1)
    assert isinstance(found, Calibration)
    return found


def test_the_parts_stand_with_their_intervals() -> None:
    p, won, _ = stated(1)
    found = measured(1)
    assert found.count == 200
    assert found.brier.estimate == pytest.approx(brier(p, won))
    for figure in (found.brier, found.reliability, found.resolution, found.uncertainty, found.error):
        assert figure.low < figure.high
    assert found.brier.low < found.brier.estimate < found.brier.high
    assert sum(line.count for line in found.table) == 200
    assert found == measured(1)


def test_false_confidence_is_told_from_luck() -> None:
    honest, boastful = measured(2), measured(2, overconfident=0.3)
    assert honest.error.estimate <= honest.error_by_chance
    assert boastful.error.estimate > boastful.error_by_chance
    assert boastful.skill.high < 0


def test_too_few_outcomes_say_what_is_needed() -> None:
    p, won, days = stated(3, count=29)
    assert calibrate(p, won, days, seed=1) == f"29 of at least {OUTCOMES} outcomes"
    p = np.full(40, 0.8)
    assert calibrate(p, [True] * 40, list(range(40)), seed=1) == (
        f"0 of at least {OF_EITHER} losses among 40 outcomes"
    )
    assert calibrate(p, [True, False] * 20, [0] * 40, seed=1) == "outcomes of 1 of at least 10 days"
    assert calibrate(np.array([]), [], [], seed=1) == f"0 of at least {OUTCOMES} outcomes"
