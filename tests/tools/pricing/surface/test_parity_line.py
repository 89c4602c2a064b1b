"""One maturity's parity line: exact, robust, and silent where it is not told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.pricing.surface.parity_line import parity_line

STRIKES = np.arange(80.0, 121.0, 2.0)
DISCOUNT, FORWARD = 0.97, 101.3
GAP = DISCOUNT * (FORWARD - STRIKES)
WIDTH = np.full(len(STRIKES), 0.2)


def test_exact_pairs_tell_forward_and_discount() -> None:
    line = parity_line(strike=STRIKES, gap=GAP, width=WIDTH, discount=0.95, rate_error=0.0025)
    assert line is not None
    assert line.rate_told
    assert line.discount == pytest.approx(DISCOUNT, abs=1e-12)
    assert line.forward == pytest.approx(FORWARD, abs=1e-9)
    assert line.scatter_bp == pytest.approx(0, abs=1e-6)
    assert line.outliers == 0


def test_american_pairs_keep_the_discount_they_are_given() -> None:
    line = parity_line(strike=STRIKES, gap=GAP, width=WIDTH, discount=0.96, rate_error=0.0)
    assert line is not None
    assert not line.rate_told
    assert line.discount == 0.96


def test_two_pairs_tell_nothing() -> None:
    assert parity_line(strike=STRIKES[:2], gap=GAP[:2], width=WIDTH[:2], discount=1.0, rate_error=0.01) is None


@given(
    bad=st.lists(st.integers(0, len(STRIKES) - 1), min_size=1, max_size=4, unique=True),
    size=st.floats(1.0, 50.0),
    sign=st.sampled_from([-1, 1]),
)
def test_a_fifth_of_bad_pairs_does_not_move_the_forward(bad: list[int], size: float, sign: int) -> None:
    gap = GAP.copy()
    gap[bad] += sign * size
    line = parity_line(strike=STRIKES, gap=gap, width=WIDTH, discount=DISCOUNT, rate_error=0.0025)
    assert line is not None
    assert line.forward == pytest.approx(FORWARD, rel=2e-4)


def test_pairs_that_contradict_the_rest_are_counted() -> None:
    gap = GAP.copy()
    gap[10] += 3
    line = parity_line(strike=STRIKES, gap=gap, width=WIDTH, discount=DISCOUNT, rate_error=0.0)
    assert line is not None
    assert line.outliers == 1
