"""American prices and Greeks where exercise pays between two boundaries only: what is earned below the upper one
less what is earned below the lower one, over the time from today in which they are apart.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.black_scholes import log_ratio
from tools.pricing.kernels.continuous import TOUCHING, European, Valued, completed, european_at, exercised, store
from tools.pricing.kernels.early_exercise import Premium, integrated, set_times, spread_out, zoom_for
from tools.pricing.kernels.exercise_boundary import Put, as_put
from tools.pricing.kernels.meeting import Ending, ending, last_gaps, set_ending
from tools.pricing.kernels.option import Option, option_at
from tools.pricing.kernels.rule import Rule
from tools.pricing.kernels.two_boundaries import Pair, breadth, empty_pair, low_slope, solve_pair

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Apart(NamedTuple):
    """Both boundaries while they are apart: to the pair's life, then to their meeting or to today."""

    pair: Pair
    end: Ending


@njit(cache=True, nogil=True, error_model="numpy")
def solved(put: Put, rule: Rule, pair: Pair) -> Apart:
    """The boundaries of a put; `pair` receives what of them could be solved."""
    solve_pair(put, rule.boundary, pair)
    return Apart(pair, ending(put, rule.boundary.nodes, pair))


@njit(cache=True, nogil=True, error_model="numpy")
def earned_between(put: Put, log_spot: float, distance: float, apart: Apart, rule: Rule) -> Premium:
    """The premium `distance` deviations of the whole life from the next boundary."""
    pair, end = apart
    life, later = pair.years[0], end.years
    lag = put.years - life - later
    zoom = zoom_for(distance * math.sqrt(put.years / life), len(rule.premium.angles))
    points = np.empty((6, rule.premium.angles.shape[2]))
    set_times(put.vol, lag + later, life, rule.premium.angles[zoom], points)
    spread_out(rule.premium.spread[zoom], 1.0, pair.gaps[0], pair.slopes[:, 0], points)
    upper = integrated(put, log_spot, 0.0, 0.0, points)
    spread_out(rule.premium.spread[zoom], -1.0, pair.gaps[1], pair.slopes[:, 1], points)
    lower = integrated(put, log_spot, -breadth(put), low_slope(put), points)
    earned = difference(upper, lower)
    if later > 0.0:
        zoom = zoom_for(distance * math.sqrt(put.years / later), len(rule.premium.angles))
        angles = rule.premium.angles[zoom]
        set_times(put.vol, lag, later, angles, points)
        set_ending(put, end, 0, angles, points)
        upper = integrated(put, log_spot, 0.0, 0.0, points)
        set_ending(put, end, 1, angles, points)
        lower = integrated(put, log_spot, -breadth(put), low_slope(put), points)
        earned = difference(earned, difference(lower, upper))
    return earned


@njit(cache=True, nogil=True, error_model="numpy")
def difference(one: Premium, other: Premium) -> Premium:
    return Premium(
        one.price - other.price,
        one.delta - other.delta,
        one.gamma - other.gamma,
        one.vega - other.vega,
        one.rho - other.rho,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def between(option: Option, european: European, put: Put, apart: Apart, rule: Rule) -> Valued:
    """One option from its boundaries; NaN where they could not be found."""
    if apart.pair.years[0] == 0.0:
        return Valued(math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan, math.nan)
    lag = put.years - apart.pair.years[0] - apart.end.years
    sign, deviation = -1.0 if put.mirrored else 1.0, put.vol * math.sqrt(put.years)
    log_spot = sign * log_ratio(option.spot, option.strike)
    g, h = last_gaps(put, apart.pair, apart.end)
    upper, lower = -g, h - breadth(put)
    first, second = option.strike * math.exp(sign * upper), option.strike * math.exp(sign * lower)
    if lag > 0.0:
        first = second = math.nan
    elif lower <= log_spot <= upper:
        return exercised(option, european, first, second)
    distance = max(log_spot - upper, lower - log_spot) / deviation
    extra = earned_between(put, log_spot, max(distance, math.sqrt(lag / put.years)), apart, rule)
    return completed(option, european, put, extra, lag == 0.0 and distance < TOUCHING, first, second)


@njit(cache=True, nogil=True, error_model="numpy")
def two_sided_columns(fields: tuple[FloatArray, ...], rows: IntArray, rule: Rule, out: FloatArray) -> None:
    """Make the European values in `out` (9, n) American at `rows`; boundaries serve the rows that follow."""
    pair, known = empty_pair(len(rule.boundary.nodes)), Put(False, 0.0, 0.0, 0.0, 0.0)
    apart = Apart(pair, Ending(np.empty((2, 3, 3)), 0.0))
    for i in rows:
        option = option_at(fields, i)
        put = as_put(option)
        if put != known:
            apart, known = solved(put, rule, pair), put
        store(between(option, european_at(out, i), put, apart, rule), i, out)
