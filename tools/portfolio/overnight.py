"""The overnight gap of F15: what options are worth after it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.domain.chain import FloatArray
from tools.pricing import european
from tools.risk.profile import OvernightGap

DAYS_PER_YEAR = 365.0
BOTH_WAYS = ((False,), (True,))


def value_after(
    *,
    right: npt.ArrayLike,
    strike: npt.ArrayLike,
    dte: npt.ArrayLike,
    vol: npt.ArrayLike,
    spot: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    gap: OvernightGap,
    upwards: npt.ArrayLike = False,
    is_volatility: npt.ArrayLike = False,
) -> FloatArray:
    """Per-share option values with spot moved by `gap.move` (or its mirror where `upwards`) and vol multiplied.

    Arguments broadcast: with `BOTH_WAYS` as `upwards`, n options have (2, n) values, after the fall and the rise.
    `is_volatility`: the underlying is itself a volatility, as VIX is, so that it is multiplied like the others.
    right +1 call, -1 put; dte calendar days; vol decimal per year. The larger of the European value and
    intrinsic value, which bounds an American option from below; intrinsic alone on expiry day; `nan`
    where vol is unknown.
    """
    right, strike, vol, spot = (np.asarray(each, dtype=np.float64) for each in (right, strike, vol, spot))
    shock = np.where(upwards, 1 - gap.move, 1 + gap.move)
    moved = spot * np.where(is_volatility, gap.vol_factor, shock)
    intrinsic = np.maximum(right * (moved - strike), 0.0)
    years = np.asarray(dte, dtype=np.float64) / DAYS_PER_YEAR
    priced = european.value(
        right=right, spot=moved, strike=strike, years=years, rate=rate, dividend_yield=dividend_yield,
        vol=vol * gap.vol_factor,
    ).price  # fmt: skip
    alive = np.where(years > 0, priced, intrinsic)
    return np.asarray(np.maximum(intrinsic, np.where(np.isnan(vol), np.nan, alive)))
