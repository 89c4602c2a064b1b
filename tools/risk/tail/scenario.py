"""What if: prices and volatilities move, and days pass.

holdings now ─→ aged by the days ─→ revalued over a grid of index moves and vols ─→ gains against now
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from tools.risk.tail.holdings import Assets, Holdings
from tools.risk.tail.revalue import revalue, worth
from tools.risk.tail.shock import Shock

FloatArray = npt.NDArray[np.float64]
DAYS_PER_YEAR = 365.0
LEAST_MOVE = -0.99


def scenario(
    holdings: Holdings, assets: Assets, *, spots: Sequence[float], vols: Sequence[float], days: float = 0.0
) -> FloatArray:
    """(m, len(spots), len(vols)) gains in money, signed, against the worth now.

    spots  simple returns of the index, all others by their beta; vols changes of 30-day implied vols as a share of
    themselves; days calendar days that pass, with what expires in them at its intrinsic value after the move.
    """
    aged = replace(holdings, years=holdings.years - days / DAYS_PER_YEAR)
    moves = np.log1p(np.maximum(np.outer(spots, assets.beta), LEAST_MOVE))
    still = np.asarray(spots) == 0
    moves[still] = 0.0  # an index that stands still moves nobody, whatever the beta
    shock = Shock(
        spot=np.repeat(moves, len(vols), axis=0),
        vol_factor=np.tile(1 + np.asarray(vols, dtype=np.float64), len(spots)),
    )
    passed = worth(aged, assets) - worth(holdings, assets)
    return (revalue(aged, assets, shock) + passed[:, None]).reshape(len(holdings), len(spots), len(vols))
