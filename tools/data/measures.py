"""What a chain says of the next 30 days: the vol at the money, the model-free index, the skew.

    chain → expiries around 30 days → surface → vol, skew
          └→ strips of two terms              → index

One function for the present and for every stored day, so that a rank compares like with like.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import BoolArray, Chain
from tools.domain.errors import DataError
from tools.pricing.surface.figures import skew, term_structure
from tools.pricing.surface.fit import fit_surface
from tools.pricing.volatility_index import volatility_index

DAYS = 30
_SIDES = 2  # expiries on either side: what holds the surface in place at 30 days
_NEAREST = 2  # days; nearer, gamma is what a quote prices


@dataclass(frozen=True, slots=True)
class Measures:
    """Decimals per √year in calendar time, None where the quotes do not tell.

    vol_30    at the money forward, 30 calendar days on, of the surface
    index_30  by the published Cboe VIX method, as a decimal
    skew_30   vol of the put less that of the call of forward delta 0.25
    """

    vol_30: float | None = None
    index_30: float | None = None
    skew_30: float | None = None


def measure(chain: Chain) -> Measures:
    """All None for a chain without bid and ask, or without an expiry beyond 30 days."""
    index = volatility_index(chain).value / 100
    near = _around(chain)
    if not near.any():
        return Measures(index_30=_known(index))
    try:
        surface = fit_surface(chain.take(near)).surface
    except DataError:
        return Measures(index_30=_known(index))
    return Measures(
        vol_30=_known(float(term_structure(surface, days=DAYS)[0])),
        index_30=_known(index),
        skew_30=_known(skew(surface, days=DAYS).risk_reversal),
    )


def _around(chain: Chain) -> BoolArray:
    """Rows of the two last expiries up to 30 days out and of the two first beyond; none where none is beyond."""
    alive = (chain.dte >= _NEAREST) & (chain.ask > 0)
    days = np.unique(chain.dte[alive])
    before, after = days[days <= DAYS][-_SIDES:], days[days > DAYS][:_SIDES]
    if not len(after):
        return np.zeros(len(chain), dtype=np.bool_)
    return np.asarray(alive & np.isin(chain.dte, np.concatenate([before, after])))


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
