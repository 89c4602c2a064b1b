"""Confidence and tiers (F17)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.risk.profile import INCOME, Tier
from tools.sizing.confidence import confidence, tier_fraction


def test_the_worked_example() -> None:
    """Spec D: quantitative 8.0829, model 7.0 give 78.42, in the tier [70, 80)."""
    value = confidence(quantitative=8.0829, model=7.0)
    assert value == pytest.approx(78.42, abs=0.005)
    assert tier_fraction(value, INCOME.tiers) == 0.03


@pytest.mark.parametrize(
    ("value", "fraction"),
    [
        (0, 0), (59.999, 0), (60, 0.01), (69.999, 0.01), (70, 0.03), (79, 0.03), (79.5, 0.03), (80, 0.05),
        (89.999, 0.05), (90, 0.08), (100, 0.08),
    ],
)  # fmt: skip
def test_tiers_are_half_open(value: float, fraction: float) -> None:
    """D7: seed 003 leaves 79.5 between its tiers; here no value falls between two."""
    assert tier_fraction(value, INCOME.tiers) == fraction


@pytest.mark.parametrize(("quantitative", "model"), [(None, 7.0), (8.0, None), (None, None)])
def test_an_unknown_part_makes_it_unknown(quantitative: float | None, model: float | None) -> None:
    value = confidence(quantitative=quantitative, model=model)
    assert math.isnan(value)
    assert math.isnan(tier_fraction(value, INCOME.tiers))


def test_a_single_tier_caps_a_small_book() -> None:
    """INCOME_POP risks 1 % whatever its confidence (F17)."""
    assert tier_fraction(95, (Tier(start=0, fraction=0.01),)) == 0.01


@given(st.floats(0, 10), st.floats(0, 10))
def test_confidence_lies_between_its_parts(quantitative: float, model: float) -> None:
    value = confidence(quantitative=quantitative, model=model)
    assert 10 * min(quantitative, model) - 1e-9 <= value <= 10 * max(quantitative, model) + 1e-9
