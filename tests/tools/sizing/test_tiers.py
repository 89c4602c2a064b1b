"""Confidence tiers (F17)."""

from __future__ import annotations

import pytest

from tools.risk.profile import INCOME, Tier
from tools.sizing.tiers import tier_fraction


@pytest.mark.parametrize(
    ("value", "fraction"),
    [
        (0, 0), (59.999, 0), (60, 0.01), (69.999, 0.01), (70, 0.03), (78.42, 0.03), (79.5, 0.03), (80, 0.05),
        (89.999, 0.05), (90, 0.08), (100, 0.08),
    ],
)  # fmt: skip
def test_tiers_are_half_open(value: float, fraction: float) -> None:
    """D7: seed 003 leaves 79.5 between its tiers; here no value falls between two."""
    assert tier_fraction(value, INCOME.tiers) == fraction


def test_a_single_tier_caps_a_small_book() -> None:
    """INCOME_POP risks 1 % whatever its confidence (F17)."""
    assert tier_fraction(95, (Tier(start=0, fraction=0.01),)) == 0.01
