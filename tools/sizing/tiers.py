"""Confidence tiers (F17)."""

from __future__ import annotations

from collections.abc import Sequence

from tools.risk.profile import Tier


def tier_fraction(confidence: float, tiers: Sequence[Tier]) -> float:
    """Share of NAV of the tier that holds `confidence` (0-100): half-open (D7), 0 below the first."""
    fraction = 0.0
    for tier in tiers:
        if confidence >= tier.start:
            fraction = tier.fraction
    return fraction
