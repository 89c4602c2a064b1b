"""What moves: one row of a shock per path, all at one instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

REFERENCE_YEARS = 30 / 365
"""The maturity whose volatility a shock names: that of the VIX."""

LEAST_VOL = 0.01
"""No shock takes a volatility to nothing."""


@dataclass(frozen=True, eq=False)
class Shock:
    """Paths (p) of joint moves of n underlyings; no time passes on them.

    spot        (p, n) log returns
    vol_factor  (p,) what 30-day implied vols are multiplied by
    rate        (p,) parallel move of rates, decimal per year
    skew        (p,) added to the vol of a strike for every 10 % (log) that it lies under the spot before
    dividends   what every dividend ahead is multiplied by
    """

    spot: FloatArray
    vol_factor: FloatArray | None = None
    rate: FloatArray | None = None
    skew: FloatArray | None = None
    dividends: float = 1.0

    @property
    def paths(self) -> int:
        return len(self.spot)


def vols_after(
    shock: Shock, *, vol: FloatArray, years: FloatArray, strike: FloatArray, spot: FloatArray
) -> FloatArray:
    """(m, 1) where no path moves them, else (m, p): contracts' vols after a shock of the 30-day one.

    Longer vols move less, (factor - 1)·√(30 d / T), and shorter ones no more than the whole: the usual rule of
    desks for parallel moves of a term structure, not a law. Arguments are (m,).
    """
    if shock.vol_factor is None and shock.skew is None:
        return vol[:, None]
    factor = np.ones(shock.paths) if shock.vol_factor is None else shock.vol_factor
    skew = np.zeros(shock.paths) if shock.skew is None else shock.skew
    reach = np.minimum(1.0, np.sqrt(REFERENCE_YEARS / years))
    under = np.log(spot / strike) / 0.1
    moved = vol[:, None] * (1 + reach[:, None] * (factor - 1)) + under[:, None] * skew
    return np.maximum(moved, LEAST_VOL)
