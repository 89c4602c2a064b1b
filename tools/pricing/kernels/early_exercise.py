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

from tools.pricing.kernels.exercise_boundary import FLAT, Put, fill_gaps, limit_slope, log_limit
from tools.pricing.kernels.normal import INV_SQRT_2PI, SQRT_HALF

FloatArray = npt.NDArray[np.float64]


class Quadrature(NamedTuple):
    """Per zoom (z): sin θ and weights (z, p), interpolation (z, n, p) from the boundary's nodes to cos θ."""

    sines: FloatArray
    weights: FloatArray
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
def premium_at(put: Put, log_spot: float, fall: FloatArray, slopes: FloatArray, rule: Quadrature) -> Premium:
    """The premium at a spot above the boundary, `slopes` (2, n) as `exercise_boundary.solve` gives them."""
    _, years, rate, income, vol = put
    start, start_slope = log_limit(put), limit_slope(put)
    sign = -1.0 if put.mirrored else 1.0
    zoom = zoom_for((log_spot - start + fall[-1]) / (vol * math.sqrt(years)), len(rule.sines))
    points = rule.sines.shape[1]
    gaps, by_vol, by_rate = np.empty(points), np.zeros(points), np.zeros(points)
    fill_gaps(rule.spread[zoom], fall, gaps)
    for j in range(len(fall)):
        vol_slope, rate_slope = fall[j] * slopes[0, j], fall[j] * slopes[1, j]
        for k in range(points):
            by_vol[k] += rule.spread[zoom, j, k] * vol_slope
            by_rate[k] += rule.spread[zoom, j, k] * rate_slope
    drift = rate - income - 0.5 * vol * vol
    spot = math.exp(log_spot)
    price = delta = gamma = vega = rho = 0.0
    for k in range(points):
        s = years * rule.sines[zoom, k] ** 2
        deviation = vol * math.sqrt(s)
        low = (log_spot - start + gaps[k] + drift * s) / deviation
        high = low + deviation
        weight = years * rule.weights[zoom, k]
        cash, asset = math.exp(-rate * s) * weight, math.exp(-income * s) * weight * spot
        cash_above, asset_above = cash * 0.5 * math.erfc(low * SQRT_HALF), asset * 0.5 * math.erfc(high * SQRT_HALF)
        peak = cash * INV_SQRT_2PI * math.exp(-0.5 * low * low)
        drain = income * math.exp(start - gaps[k])
        flow = (rate - drain) / deviation
        inverse = 1.0 / gaps[k] if gaps[k] > FLAT else 0.0
        price += rate * cash_above - income * asset_above
        delta -= peak * flow + income * asset_above
        gamma += peak / deviation * (rate + flow * low)
        vega += peak * ((rate * high - drain * low) / vol - flow * by_vol[k] * inverse)
        rho += peak * flow * (start_slope - by_rate[k] * inverse - sign * s)
        rho += -asset_above * (1.0 - income * s) if put.mirrored else cash_above * (1.0 - rate * s)
    return Premium(price, delta / spot, gamma / (spot * spot), vega, rho)
