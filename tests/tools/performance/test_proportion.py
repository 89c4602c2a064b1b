from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from tools.domain.errors import InputError
from tools.performance.proportion import cases_to_show, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_published_intervals(successes: int, n: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I, method 3: score without continuity correction."""
    found = wilson(successes, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


@given(st.integers(1, 400), st.data(), st.sampled_from([0.8, 0.95, 0.99]))
def test_agrees_with_scipy(n: int, data: st.DataObject, confidence: float) -> None:
    successes = data.draw(st.integers(0, n))
    theirs = binomtest(successes, n).proportion_ci(confidence_level=confidence, method="wilson")
    ours = wilson(successes, n, confidence=confidence)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-12)
    assert 0 <= ours.low <= ours.estimate <= ours.high <= 1


def test_of_no_cases_anything_is_possible() -> None:
    found = wilson(0, 0)
    assert math.isnan(found.estimate)
    assert (found.low, found.high) == (0.0, 1.0)


@given(st.floats(0.01, 0.99))
def test_the_fewest_cases_are_the_fewest(share: float) -> None:
    n = cases_to_show(share)
    assert wilson(n, n).low >= share - 1e-12
    assert n == 1 or wilson(n - 1, n - 1).low < share


def test_what_is_no_share_is_refused() -> None:
    for successes, n in ((3, 2), (-1, 2)):
        with pytest.raises(InputError):
            wilson(successes, n)
    with pytest.raises(InputError):
        cases_to_show(1.0)
