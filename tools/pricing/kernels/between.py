"""American prices and Greeks where exercise pays between two boundaries only: what is earned below the upper one
less what is earned below the lower one, over the time from today in which they are apart.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.black_scholes import log_ratio
from tools.pricing.kernels.continuous import TOUCHING, European, Valued, completed, european_at, exercised, store
from tools.pricing.kernels.early_exercise import Premium, integrated, set_times, spread_out, zoom_for
from tools.pricing.kernels.exercise_boundary import Put, as_put
from tools.pricing.kernels.option import Option, option_at
from tools.pricing.kernels.rule import Rule
from tools.pricing.kernels.two_boundaries import Pair, breadth, empty_pair, low_slope, solve_pair

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@njit(cache=True, nogil=True, error_model="numpy")
def earned_between(put: Put, log_spot: float, distance: float, pair: Pair, rule: Rule) -> Premium:
    """The premium `distance` deviations from the next boundary."""
    years = pair.years[0]
    zoom = zoom_for(distance, len(rule.premium.angles))
    points, spread = np.empty((6, rule.premium.angles.shape[2])), rule.premium.spread[zoom]
    set_times(put.vol, put.years - years, years, rule.premium.angles[zoom], points)
    spread_out(spread, 1.0, pair.gaps[0], pair.slopes[:, 0], points)
    upper = integrated(put, log_spot, 0.0, 0.0, points)
    spread_out(spread, -1.0, pair.gaps[1], pair.slopes[:, 1], points)
    lower = integrated(put, log_spot, -breadth(put), low_slope(put), points)
    return Premium(
        upper.price - lower.price,
        upper.delta - lower.delta,
        upper.gamma - lower.gamma,
        upper.vega - lower.vega,
        upper.rho - lower.rho,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def between(option: Option, european: European, put: Put, pair: Pair, rule: Rule) -> Valued:
    """One option from its boundaries; NaN where they could not be found."""
    apart, lag = pair.years[0], put.years - pair.years[0]
    if apart == 0.0:
        return Valued(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)
    sign, deviation = -1.0 if put.mirrored else 1.0, put.vol * math.sqrt(apart)
    log_spot = sign * log_ratio(option.spot, option.strike)
    upper, lower = -pair.gaps[0, -1], pair.gaps[1, -1] - breadth(put)
    first, second = option.strike * math.exp(sign * upper), option.strike * math.exp(sign * lower)
    if lag > 0.0:
        first = second = math.nan
    elif lower <= log_spot <= upper:
        return exercised(option, european, first, second)
    distance = max(log_spot - upper, lower - log_spot) / deviation
    extra = earned_between(put, log_spot, max(distance, math.sqrt(lag / apart)), pair, rule)
    return completed(option, european, put, extra, lag == 0.0 and distance < TOUCHING, first, second)


@njit(cache=True, nogil=True, error_model="numpy")
def two_sided_columns(fields: tuple[FloatArray, ...], rows: IntArray, rule: Rule, out: FloatArray) -> None:
    """Make the European values in `out` (9, n) American at `rows`; boundaries serve the rows that follow."""
    pair, known = empty_pair(len(rule.boundary.nodes)), Put(False, 0.0, 0.0, 0.0, 0.0)
    for i in rows:
        option = option_at(fields, i)
        put = as_put(option)
        if put != known:
            solve_pair(put, rule.boundary, pair)
            known = put
        store(between(option, european_at(out, i), put, pair, rule), i, out)
