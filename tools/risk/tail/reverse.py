"""Reverse stress: the smallest move of the market that loses a given share of the book.

a ladder of index moves, vols moving with them → the rung nearest to none that loses enough, either way
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.risk.tail.holdings import Assets, Holdings
from tools.risk.tail.revalue import revalue
from tools.risk.tail.shock import Shock

FloatArray = npt.NDArray[np.float64]

STEP, DEEPEST, HIGHEST = 0.0025, -0.60, 0.60
VOL_SLOPE = -4.2
"""Log change of 30-day implied vol per log return of the index: daily closes of VIX against the S&P 500,
1999 to 2018, regress with this slope and correlate with -0.74."""


@dataclass(frozen=True)
class Breaking:
    """The smallest index move that loses `loss`, and what vols are multiplied by there; `nan` where none does."""

    move: float
    vol_factor: float
    loss: float


def vol_response(log_return: FloatArray) -> FloatArray:
    """What 30-day vols are multiplied by as the index moves."""
    return np.asarray(np.exp(VOL_SLOPE * log_return))


def smallest_loss(holdings: Holdings, assets: Assets, *, loss: float) -> Breaking:
    """The index move nearest to none at which at least `loss` is lost; every underlying moves by its beta."""
    ladder = np.arange(DEEPEST, HIGHEST + STEP / 2, STEP)
    ladder = ladder[np.argsort(np.abs(ladder), kind="stable")]
    simple = np.maximum(np.outer(ladder, assets.beta), -0.99)
    factor = vol_response(np.log1p(ladder))
    losses = -revalue(holdings, assets, Shock(spot=np.log1p(simple), vol_factor=factor)).sum(axis=0)
    if np.isnan(losses).any():
        return Breaking(math.nan, math.nan, math.nan)
    broken = np.flatnonzero(losses >= loss)
    if not len(broken):
        return Breaking(math.nan, math.nan, float(losses.max(initial=0.0)))
    first = broken[0]
    return Breaking(float(ladder[first]), float(factor[first]), float(losses[first]))
