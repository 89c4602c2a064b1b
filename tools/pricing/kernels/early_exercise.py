"""The early-exercise premium of a put on strike 1 over its boundary, differentiated term by term.

premium = ∫ r·e^-rs·Φ(-d-) - q·S·e^-qs·Φ(-d+) ds, d± to the boundary B(T - s) (Kim 1990; Jacka 1991; Carr,
Jarrow & Myneni 1992). Above the boundary every derivative of it is again such an integral; vega and rho also
move the boundary, by the slopes that come with it. With s = T·sin²θ the integrand is smooth at both ends.
Close to the boundary it changes within a short time from now: there the points crowd around θ = 0.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.elementary import adding_lane, exp, tails
from tools.pricing.kernels.exercise_boundary import FLAT, Put, limit_slope, log_limit
from tools.pricing.kernels.normal import INV_SQRT_2PI

FloatArray = npt.NDArray[np.float64]


class Quadrature(NamedTuple):
    """Per zoom (z): sin θ, its inverse, weights (z, 3, p), interpolation (z, n, p) from the nodes to cos θ."""

    angles: FloatArray
    spread: FloatArray


class Premium(NamedTuple):
    """The premium and its derivatives: in the spot, twice in the spot, in vol, in the option's rate."""

    price: float
    delta: float
    gamma: float
    vega: float
    rho: float


@njit(cache=True, nogil=True, error_model="numpy")
def zoom_for(distance: float, zooms: int) -> int:
    """How far to zoom in, `distance` deviations above the boundary: one level for every factor 4."""
    zoom = 0
    while distance < 1.0 and zoom < zooms - 1:
        distance *= 4.0
        zoom += 1
    return zoom


@njit(cache=True, nogil=True, error_model="numpy")
def spread_out(spread: FloatArray, side: float, fall: FloatArray, slopes: FloatArray, points: FloatArray) -> None:
    """Rows 0 to 2 of `points`: side·gap, and by how much vol and the option's rate move that."""
    size = points.shape[1]
    gaps, by_vol, by_rate = points[0], points[1], points[2]
    points[:3] = 0.0
    for j in range(len(fall)):
        held, vol_slope, rate_slope = fall[j], slopes[0, j], slopes[1, j]
        for k in range(size):
            part = spread[j, k] * held
            gaps[k] += part * held
            by_vol[k] += part * vol_slope
            by_rate[k] += part * rate_slope
    for k in range(size):
        gap = math.sqrt(max(gaps[k], 0.0))
        inverse = side / gap if gap > FLAT else 0.0
        gaps[k] = side * gap
        by_vol[k] *= inverse
        by_rate[k] *= inverse


@njit(cache=True, nogil=True, error_model="numpy")
def set_times(vol: float, lag: float, years: float, angles: FloatArray, points: FloatArray) -> None:
    """Rows 3 to 5 of `points`: s = lag + years·sin²θ, 1 / (vol·√s), weights."""
    times, inverses, weights = points[3], points[4], points[5]
    if lag == 0.0:
        inverse = 1.0 / (vol * math.sqrt(years))
        for k in range(points.shape[1]):
            times[k] = years * angles[0, k] * angles[0, k]
            inverses[k] = inverse * angles[1, k]
            weights[k] = years * angles[2, k]
    else:
        for k in range(points.shape[1]):
            times[k] = lag + years * angles[0, k] * angles[0, k]
            inverses[k] = 1.0 / (vol * math.sqrt(times[k]))
            weights[k] = years * angles[2, k]


@njit(cache=True, nogil=True, error_model="numpy")
def premium_at(
    put: Put, log_spot: float, fall: FloatArray, slopes: FloatArray, rule: Quadrature, points: FloatArray
) -> Premium:
    """The premium at a spot above the boundary, `slopes` (2, n) as `exercise_boundary.solve` gives them.

    `points` (6, p) is scratch.
    """
    start = log_limit(put)
    zoom = zoom_for((log_spot - start + fall[-1]) / (put.vol * math.sqrt(put.years)), len(rule.angles))
    set_times(put.vol, 0.0, put.years, rule.angles[zoom], points)
    spread_out(rule.spread[zoom], 1.0, fall, slopes, points)
    return integrated(put, log_spot, start, limit_slope(put), points)


@adding_lane
def integrated(put: Put, log_spot: float, start: float, start_slope: float, points: FloatArray) -> Premium:
    """What exercise below a boundary earns; in logs that is `start` less row 0 of `points`."""
    _, _, rate, income, vol = put
    sign = -1.0 if put.mirrored else 1.0
    drift, variance, per_vol = rate - income - 0.5 * vol * vol, vol * vol, 1.0 / vol
    spot = math.exp(log_spot)
    price = delta = gamma = vega = rho = 0.0
    for k in range(points.shape[1]):
        gap, s, inverse, weight = points[0, k], points[3, k], points[4, k], points[5, k]
        low = (log_spot - start + gap + drift * s) * inverse
        high = low + variance * s * inverse
        cash, asset = exp(-rate * s) * weight, exp(-income * s) * weight * spot
        boundary = exp(start - gap)
        peak = cash * (INV_SQRT_2PI * exp(-0.5 * low * low))
        cash_above, asset_above = tails(low, high, peak, boundary * peak, cash, asset)
        drain = income * boundary
        flow = (rate - drain) * inverse
        earned, paid = rate * cash_above, income * asset_above
        price += earned - paid
        delta -= peak * flow + paid
        gamma += peak * inverse * (rate + flow * low)
        vega += peak * ((rate * high - drain * low) * per_vol - flow * points[1, k])
        rho += peak * flow * (start_slope - points[2, k] - sign * s)
        rho += -asset_above + paid * s if put.mirrored else cash_above - earned * s
    return Premium(price, delta / spot, gamma / (spot * spot), vega, rho)
