"""American prices and Greeks over columns, from the tree; European ones where exercise never pays.

price, delta and gamma are read off the tree, theta follows from the Black-Scholes equation, vega and rho
from central bumps on the same tree.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.black_scholes import greeks
from tools.pricing.kernels.option import Dividends, Option, before, with_rate, with_vol
from tools.pricing.kernels.tree import extrapolated

FloatArray = npt.NDArray[np.float64]

VOL_BUMP = 2e-3  # of the volatility
RATE_BUMP = 1e-4


@njit(cache=True, nogil=True, error_model="numpy")
def never_exercised(option: Option, dividends: Dividends) -> bool:
    """True where waiting always pays: a call without income at r ≥ 0, a put on income at r ≤ 0."""
    if len(dividends.years) > 0:
        return False
    if option.right > 0.0:
        return option.rate >= 0.0 and option.dividend_yield <= 0.0
    return option.rate <= 0.0 and option.dividend_yield >= 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def american_greeks(
    option: Option, dividends: Dividends, steps: int
) -> tuple[float, float, float, float, float, float]:
    """(price, delta, gamma, theta, vega, rho); an option worth exercising now moves with the spot alone."""
    if never_exercised(option, dividends):
        return greeks(option)
    price, delta, gamma = extrapolated(option, dividends, steps)
    if price <= option.right * (option.spot - option.strike):
        return price, option.right, 0.0, 0.0, 0.0, 0.0
    bump = option.vol * VOL_BUMP
    calmer = extrapolated(with_vol(option, option.vol - bump), dividends, steps)[0]
    wilder = extrapolated(with_vol(option, option.vol + bump), dividends, steps)[0]
    lower = extrapolated(with_rate(option, option.rate - RATE_BUMP), dividends, steps)[0]
    higher = extrapolated(with_rate(option, option.rate + RATE_BUMP), dividends, steps)[0]
    carried = (option.rate - option.dividend_yield) * option.spot * delta
    theta = option.rate * price - carried - 0.5 * (option.vol * option.spot) ** 2 * gamma
    return price, delta, gamma, theta, (wilder - calmer) / (2.0 * bump), (higher - lower) / (2.0 * RATE_BUMP)


@njit(cache=True, nogil=True, error_model="numpy")
def american_columns(columns: FloatArray, dividends: Dividends, steps: int, out: FloatArray) -> None:
    """Fill `out` (6, n): price, delta, gamma, theta, vega, rho.

    `columns` (7, n) holds the fields of `Option`, rows taken as valid. `dividends` are shared; those on or
    after a row's expiry do not concern it.
    """
    for i in range(columns.shape[1]):
        row = columns[:, i]
        option = Option(row[0], row[1], row[2], row[3], row[4], row[5], row[6])
        out[:, i] = american_greeks(option, before(dividends, option.years), steps)
