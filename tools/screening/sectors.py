"""What a trade makes of the GICS sectors that its underlying is exposed to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tools.domain.chain import FloatArray


def largest_sector(
    weights: Mapping[str, float], exposure: Mapping[str, float], *, nav: float, notional: FloatArray
) -> FloatArray:
    """Share of NAV (> 0) of the largest sector the trade touches after adding `notional` (account currency, n)."""
    touched = {sector: weight for sector, weight in weights.items() if weight}
    if not touched:
        return np.zeros_like(notional)
    after = np.multiply.outer([*touched.values()], notional)
    after += np.array([exposure.get(sector, 0.0) for sector in touched])[:, None]
    return np.asarray(after.max(axis=0) / nav)
