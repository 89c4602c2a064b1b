"""Which GICS sectors an underlying is exposed to."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tools.domain.chain import FloatArray
from tools.domain.fact import Fact
from tools.domain.market import InstrumentKind, UnderlyingFacts


def sector_weights(facts: UnderlyingFacts) -> Fact[dict[str, float]]:
    """Weights by sector: a fund's look-through where known, else 1 in its own sector.

    Indices and broad-index funds whose weights are not known are exempt (spec F, preamble).
    """
    if facts.sector_weights:
        return Fact.known(dict(facts.sector_weights), source="look-through")
    if facts.sector.value is not None:
        return Fact.known({facts.sector.value: 1.0}, source=facts.sector.source)
    if not facts.kind.has_sectors:
        return Fact.not_applicable(f"{facts.kind.value} belong to no sector")
    if facts.kind is InstrumentKind.INDEX or facts.broad_index:
        return Fact.not_applicable("a broad index without known weights is exempt")
    return Fact.unknown(facts.sector.reason or "its sector is not known")


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
