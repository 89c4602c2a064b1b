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
def spread_out(spread: FloatArray, fall: FloatArray, slopes: FloatArray, points: FloatArray) -> None:
    """`points` (3, p): the gaps ln X - ln B, and by how much vol and the option's rate move them."""
    gaps, by_vol, by_rate = points[0], points[1], points[2]
    points[:] = 0.0
    for j in range(len(fall)):
        size, vol_slope, rate_slope = fall[j], slopes[0, j], slopes[1, j]
        for k in range(points.shape[1]):
            part = spread[j, k] * size
            gaps[k] += part * size
            by_vol[k] += part * vol_slope
            by_rate[k] += part * rate_slope
    for k in range(points.shape[1]):
        gap = math.sqrt(max(gaps[k], 0.0))
        inverse = 1.0 / gap if gap > FLAT else 0.0
        gaps[k] = gap
        by_vol[k] *= inverse
        by_rate[k] *= inverse


@njit(cache=True, nogil=True, error_model="numpy")
def premium_at(
    put: Put, log_spot: float, fall: FloatArray, slopes: FloatArray, rule: Quadrature, points: FloatArray
) -> Premium:
    """The premium at a spot above the boundary, `slopes` (2, n) as `exercise_boundary.solve` gives them.

    `points` (3, p) is scratch.
    """
    distance = (log_spot - log_limit(put) + fall[-1]) / (put.vol * math.sqrt(put.years))
    zoom = zoom_for(distance, len(rule.angles))
    spread_out(rule.spread[zoom], fall, slopes, points)
    return integrated(put, log_spot, rule.angles[zoom], points)


@adding_lane
def integrated(put: Put, log_spot: float, angles: FloatArray, points: FloatArray) -> Premium:
    """The sums over all points."""
    _, years, rate, income, vol = put
    start, start_slope = log_limit(put), limit_slope(put)
    sign = -1.0 if put.mirrored else 1.0
    drift, root = rate - income - 0.5 * vol * vol, math.sqrt(years)
    whole, whole_inverse, per_vol = vol * root, 1.0 / (vol * root), 1.0 / vol
    spot = math.exp(log_spot)
    price = delta = gamma = vega = rho = 0.0
    for k in range(angles.shape[1]):
        sine, gap = angles[0, k], points[0, k]
        s, deviation, inverse = years * sine * sine, whole * sine, whole_inverse * angles[1, k]
        low = (log_spot - start + gap + drift * s) * inverse
        high = low + deviation
        weight = years * angles[2, k]
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
