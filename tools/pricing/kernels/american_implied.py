"""American implied volatility: the inverse of the tree's price.

    price → European proxy's vol as first guess → tree → proxy's vol of the tree's price
    → secant on the difference of the two proxy vols, in a bracket → vol

Prices are compared through the vol a European proxy would need for them. That map takes the curvature
out of the problem: where early exercise is worth little the first correction is already exact, in the
far wings as well as at the money, so that four or five trees are usually enough.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.american import never_exercised
from tools.pricing.kernels.implied import ABOVE_BOUND, BELOW_BOUND, NO_TIME_VALUE, OVERFLOW, SOLVED, implied
from tools.pricing.kernels.option import Dividends, Option, before, with_vol
from tools.pricing.kernels.tree import extrapolated

FloatArray = npt.NDArray[np.float64]
FlawArray = npt.NDArray[np.uint8]

TREES = 60
TIGHT = 1e-7  # of the vol, before the last secant step
NARROW = 1e-11  # of the vol: a bracket that leaves nothing to search
FLAT = 1e-3  # slope of the proxy's vol over the option's where exercise is immediate
QUIET = 1e-5  # vol·√years below which nothing moves: a price still too low has no vol
PATIENCE = 16  # trees; whatever is not found by then lies at a kink and is bisected
SAME = 1e-12  # of the strike: two prices that agree this closely are one
WIDEST = 30.0  # vol·√years beyond which every option is worth its ceiling


@njit(cache=True, nogil=True, error_model="numpy")
def proxy(option: Option, dividends: Dividends, price: float) -> Option:
    """The European option that stands in: dividends taken off the spot, without carry where `price` needs it."""
    paid = 0.0
    for k in range(len(dividends.years)):
        paid += dividends.cash[k] * math.exp(-option.rate * dividends.years[k])
    spot = max(option.spot - paid, 0.5 * option.spot)
    european = Option(option.right, spot, option.strike, option.years, option.rate, option.dividend_yield, math.nan)
    if implied(european, price)[1] == SOLVED:
        return european
    return Option(option.right, option.spot, option.strike, option.years, 0.0, 0.0, math.nan)


@njit(cache=True, nogil=True, error_model="numpy")
def bound_flaw(option: Option, price: float) -> int:
    """Whether `price` lies between exercise today and the most the option can ever be worth."""
    intrinsic = option.right * (option.spot - option.strike)
    if intrinsic > 0.0 and abs(price - intrinsic) <= SAME * option.strike:
        return NO_TIME_VALUE
    if price <= intrinsic:
        return BELOW_BOUND
    if option.right > 0.0:
        ceiling = option.spot * math.exp(max(-option.dividend_yield * option.years, 0.0))
    else:
        ceiling = option.strike * math.exp(max(-option.rate * option.years, 0.0))
    return ABOVE_BOUND if price >= ceiling else SOLVED


@njit(cache=True, nogil=True, error_model="numpy")
def american_implied(option: Option, dividends: Dividends, price: float, steps: int) -> tuple[float, int]:
    """(vol, flaw) at which the tree of `steps` gives `price`; the vol of `option` is not looked at."""
    if never_exercised(option, dividends):
        return implied(option, price)
    flaw = bound_flaw(option, price)
    if flaw != SOLVED:
        return math.nan, flaw
    european = proxy(option, dividends, price)
    wanted = implied(european, price)[0]
    widest = WIDEST / math.sqrt(option.years)
    low, high = 0.0, widest
    vol = wanted
    last_vol, last_miss = math.nan, math.nan
    for k in range(TREES):
        found = extrapolated(with_vol(option, vol), dividends, steps)[0]
        if found < price:
            low = vol
        else:
            high = vol
        if abs(found - price) <= SAME * option.strike:
            return vol, SOLVED
        miss = implied(european, found)[0] - wanted
        slope = (miss - last_miss) / (vol - last_vol)
        if not slope > FLAT:  # the first step too, whose slope is nan
            slope = 1.0
        last_vol, last_miss = vol, miss
        vol -= miss / slope
        if not low < vol < high or k > PATIENCE:
            vol = 0.5 * (low + high) if high < widest or low == 0.0 else 2.0 * low
        elif abs(miss) <= TIGHT * vol:
            return vol, SOLVED
        if high - low <= NARROW * high:
            return vol, SOLVED
        if high * math.sqrt(option.years) < QUIET:
            return math.nan, BELOW_BOUND
    return math.nan, OVERFLOW


@njit(cache=True, nogil=True, error_model="numpy")
def american_implied_columns(
    columns: FloatArray, ex_dates: Dividends, steps: int, vol: FloatArray, flaw: FlawArray
) -> None:
    """Fill `vol` and `flaw` (n). `columns` (7, n): the fields of `Option` with the price in place of vol."""
    for i in range(columns.shape[1]):
        row = columns[:, i]
        option = Option(row[0], row[1], row[2], row[3], row[4], row[5], math.nan)
        vol[i], flaw[i] = american_implied(option, before(ex_dates, option.years), row[6], steps)
