"""The quantitative part of the score: the weighted mean of the margins that exist."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from tools.domain.score import FilterResult
from tools.screening.verdict import weighted_mean


def quantitative(filters: Iterable[FilterResult]) -> float | None:
    """Weighted mean of the margins, 0-10, weights renormalised over the filters that have one (spec D).

    Yes/no filters, gates, and what is unknown or not applicable carry no margin and stay out. None where
    no filter with weight is left.
    """
    scored = [(each.margin, each.weight) for each in filters if each.margin is not None]
    mean = weighted_mean((np.array([m]) for m, _ in scored), (w for _, w in scored), length=1)[0]
    return None if np.isnan(mean) else float(mean)
