"""Numbers that differ never read alike."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from tools.domain.wording import told_apart


def percent(value: float, places: int) -> str:
    return f"{value:.{places}%}"


def test_as_many_decimals_as_it_takes() -> None:
    assert told_apart(0.05, 0.05, percent, places=1) == "5.0%"
    assert told_apart(0.051, 0.05, percent, places=1) == "5.1%"
    assert told_apart(0.05004, 0.05, percent, places=1) == "5.004%"


@given(st.floats(0.001, 10), st.floats(1e-9, 0.01))
def test_a_miss_is_always_seen(limit: float, miss: float) -> None:
    said = told_apart(limit + miss, limit, percent, places=1)
    digits = len(said.rstrip("%").partition(".")[2])
    assert said != percent(limit, digits) or math.isclose(limit + miss, limit, rel_tol=1e-15)
