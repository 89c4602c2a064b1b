"""Where an exposure belongs by GICS sector: look-through, own sector, exempt, or unknown."""

from __future__ import annotations

from tools.domain.market import UnderlyingFacts
from tools.risk.measure import UNKNOWN_SECTOR


def sector_amounts(facts: UnderlyingFacts | None, amount: float) -> tuple[dict[str, float], bool]:
    """`amount` by sector, and whether the underlying is exempt (a broad index without known weights).

    A fund is looked through where its weights are known; a sector fund counts fully in its sector; what no
    sector is known of is kept under `UNKNOWN_SECTOR`.
    """
    if facts is None:
        return {UNKNOWN_SECTOR: amount}, False
    weights = facts.weights_by_sector
    if weights.value is not None:
        return {sector: weight * amount for sector, weight in weights.value.items()}, False
    return ({UNKNOWN_SECTOR: amount}, False) if weights.is_unknown else ({}, True)
