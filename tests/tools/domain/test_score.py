"""The confidence that ranks candidates and sizes trades (F17)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.domain.score import ScoreWeights, confidence

SCORE = st.floats(0, 10)


def test_the_worked_example() -> None:
    """Spec D: quantitative 8.0829 and model 7.0 give 78.42."""
    assert confidence(quantitative=8.0829, model=7.0) == pytest.approx(78.42, abs=5e-3)


@pytest.mark.parametrize(("quantitative", "model"), [(None, 7.0), (8.0, None), (None, None)])
def test_a_part_that_is_unknown_leaves_none(quantitative: float | None, model: float | None) -> None:
    assert confidence(quantitative=quantitative, model=model) is None


def test_weights_are_renormalised_without_the_fit() -> None:
    even = ScoreWeights(quantitative=0.3, model=0.3, fit=0.4)
    assert confidence(quantitative=8.0, model=6.0, weights=even) == pytest.approx(70)


def test_no_weight_before_the_fit_leaves_none() -> None:
    only_fit = ScoreWeights(quantitative=0, model=0, fit=1)
    assert confidence(quantitative=8.0, model=7.0, weights=only_fit) is None


@given(quantitative=SCORE, model=SCORE)
def test_it_lies_between_its_parts(quantitative: float, model: float) -> None:
    sure = confidence(quantitative=quantitative, model=model)
    assert sure is not None
    assert 10 * min(quantitative, model) - 1e-9 <= sure <= 10 * max(quantitative, model) + 1e-9
