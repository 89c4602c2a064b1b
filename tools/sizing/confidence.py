"""Sizing confidence and its tiers (F17)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tools.domain.score import ScoreWeights
from tools.risk.profile import Tier


def confidence(*, quantitative: float | None, model: float | None, weights: ScoreWeights = ScoreWeights()) -> float:
    """10 × (0.7·quantitative + 0.2·model) / 0.9, from scores 0-10 to 0-100; `nan` where a part is unknown.

    Fit is left out because it is known only after sizing (F17).
    """
    if quantitative is None or model is None:
        return math.nan
    blend = weights.quantitative * quantitative + weights.model * model
    return 10 * blend / (weights.quantitative + weights.model)


def tier_fraction(confidence: float, tiers: Sequence[Tier]) -> float:
    """Share of NAV of the tier that holds `confidence`: half-open (D7), 0 below the first, `nan` if unknown."""
    if math.isnan(confidence):
        return math.nan
    fraction = 0.0
    for tier in tiers:
        if confidence >= tier.start:
            fraction = tier.fraction
    return fraction
