"""Black-Scholes-Merton price and Greeks, one option at a time and over columns.

Black & Scholes (1973), Merton (1973); formulas as in Haug, Option Pricing Formulas, 2nd ed., 1.1.6 and 2.
The out-of-the-money side is computed and the other follows from put-call parity, so that small prices
keep their relative accuracy.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.normal import below, density
from tools.pricing.kernels.option import Option

FloatArray = npt.NDArray[np.float64]


@njit(cache=True, nogil=True, error_model="numpy")
def log_ratio(a: float, b: float) -> float:
    """ln(a / b), accurate also where a and b nearly agree."""
    difference = (a - b) / b
    return math.log1p(difference) if abs(difference) < 0.5 else math.log(a / b)


@njit(cache=True, nogil=True, error_model="numpy")
def carried_difference(option: Option) -> float:
    """S·e^(-qT) - K·e^(-rT), accurate also where the two nearly agree."""
    moved = option.spot * math.expm1(-option.dividend_yield * option.years)
    return (option.spot - option.strike) + (moved - option.strike * math.expm1(-option.rate * option.years))


@njit(cache=True, nogil=True, error_model="numpy")
def greeks(option: Option) -> tuple[float, float, float, float, float, float]:
    """(price, delta, gamma, theta, vega, rho) of one European option."""
    right, spot, strike, years, rate, dividend_yield, vol = option
    root = math.sqrt(years)
    deviation = vol * root
    d1 = (log_ratio(spot, strike) + (rate - dividend_yield) * years) / deviation + 0.5 * deviation
    d2 = d1 - deviation
    asset = spot * math.exp(-dividend_yield * years)
    cash = strike * math.exp(-rate * years)
    side = 1.0 if cash > asset else -1.0  # the out-of-the-money right
    price = max(side * (asset * below(side * d1) - cash * below(side * d2)), 0.0)
    if side != right:
        price += right * carried_difference(option)
    asset_share = asset * below(right * d1)
    cash_share = cash * below(right * d2)
    peak = asset * density(d1)
    delta = right * asset_share / spot
    gamma = peak / (spot * spot * deviation)
    theta = -0.5 * peak * vol / root + right * (dividend_yield * asset_share - rate * cash_share)
    return price, delta, gamma, theta, peak * root, right * years * cash_share


@njit(cache=True, nogil=True, error_model="numpy")
def european_columns(columns: FloatArray, out: FloatArray) -> None:
    """Fill `out` (6, n): price, delta, gamma, theta, vega, rho.

    `columns` (7, n) holds the fields of `Option`. Rows are taken as valid.
    """
    for i in range(columns.shape[1]):
        row = columns[:, i]
        out[:, i] = greeks(Option(row[0], row[1], row[2], row[3], row[4], row[5], row[6]))
