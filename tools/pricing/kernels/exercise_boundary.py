"""The exercise boundary of an American put: Newton on its integral equation, all nodes at once.

    first guess → residual and Jacobian at the nodes → Newton step → … → boundary, and its slopes in vol and rate

Andersen, Lake & Offengenden, High-performance American option pricing, Journal of Computational Finance 20
(2016): with X the boundary's limit at expiry, H(√τ) = ln²(B/X) is interpolated between Chebyshev nodes in √τ.
Newton takes the place of their fixed-point iteration; its linear system also gives the slopes, without bumps.

At the boundary B the European call over it equals what exercise earns later (value matching),
    B·D(τ) - N(τ) = 0,   N = e^-rτ·Φ(d-) + ∫ r·e^-rs·Φ(d-) ds,   D = e^-qτ·Φ(d+) + ∫ q·e^-qs·Φ(d+) ds,
solved as ln(B·D) = ln N, their system B, or near the strike as the logarithms of call and earnings, of which
the first falls like a Gaussian there.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.normal import INV_SQRT_2PI, SQRT_HALF
from tools.pricing.kernels.option import Option

FloatArray = npt.NDArray[np.float64]

ROUNDS = 24
TIGHT = 1e-9  # of ln B: Newton's next step is its square
LONGEST = 0.5  # of the way to X that one step may take away
NEAR = 2.0  # deviations: an X this close to the strike leaves the European call a say
FLAT = 1e-9  # ln X - ln B that rounding hides
TINY = 1e-300


class Put(NamedTuple):
    """An American put on strike 1; it stands for a call where `mirrored`, whose rate is then its income."""

    mirrored: bool
    years: float
    rate: float
    income: float
    vol: float


class Collocation(NamedTuple):
    """Nodes √(τ/T) (n), the quadrature's sin θ and weights (l), interpolation (n, n, l) onto √u = √τ·cos θ."""

    nodes: FloatArray
    sines: FloatArray
    weights: FloatArray
    spread: FloatArray


class Terms(NamedTuple):
    """N and D, or parts of them, and their slopes in vol, in the option's rate, and in ln B."""

    n: float
    d: float
    vol_n: float
    vol_d: float
    rate_n: float
    rate_d: float
    own_n: float
    own_d: float


class Weights(NamedTuple):
    """A residual and its slopes in N and D of the European and of the premium's part, and in ln B."""

    residual: float
    n: float
    d: float
    premium_n: float
    premium_d: float
    own: float


@njit(cache=True, nogil=True, error_model="numpy")
def as_put(option: Option) -> Put:
    """C(S, K, r, q) = P(K, S, q, r) (McDonald & Schroder, A parity result for American options, 1998)."""
    if option.right > 0.0:
        return Put(True, option.years, option.dividend_yield, option.rate, option.vol)
    return Put(False, option.years, option.rate, option.dividend_yield, option.vol)


@njit(cache=True, nogil=True, error_model="numpy")
def log_limit(put: Put) -> float:
    """ln X, the boundary at expiry."""
    return math.log(put.rate / put.income) if put.income > put.rate else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def limit_slope(put: Put) -> float:
    """The derivative of ln X in the option's rate."""
    if put.income <= put.rate:
        return 0.0
    return -1.0 / put.income if put.mirrored else 1.0 / put.rate


@njit(cache=True, nogil=True, error_model="numpy")
def first_guess(put: Put, nodes: FloatArray, fall: FloatArray) -> None:
    """`fall` = ln X - ln B: the trigger of Bjerksund & Stensland (1993), from X towards the perpetual boundary."""
    half = (put.rate - put.income) / put.vol**2 - 0.5
    exponent = -half - math.sqrt(half * half + 2.0 * put.rate / put.vol**2)
    near = math.exp(-log_limit(put))
    far = max(1.0 - 1.0 / min(exponent, -1e-6), 1.001 * near)
    for i in range(len(nodes)):
        years = put.years * nodes[i] ** 2
        deviation = put.vol * math.sqrt(years)
        grown = max(2.0 * deviation - (put.rate - put.income) * years, 0.1 * deviation)
        fall[i] = math.log1p((far / near - 1.0) * -math.expm1(-grown * near / (far - near)))


@njit(cache=True, nogil=True, error_model="numpy")
def spot_terms(put: Put, log_b: float, years: float) -> Terms:
    """The European part of N and D."""
    _, _, rate, income, vol = put
    deviation = vol * math.sqrt(years)
    low = (log_b + (rate - income) * years) / deviation - 0.5 * deviation
    high = low + deviation
    cash, asset = math.exp(-rate * years), math.exp(-income * years)
    n, d = cash * 0.5 * math.erfc(-low * SQRT_HALF), asset * 0.5 * math.erfc(-high * SQRT_HALF)
    peak_n = cash * INV_SQRT_2PI * math.exp(-0.5 * low * low)
    peak_d = asset * INV_SQRT_2PI * math.exp(-0.5 * high * high)
    drift = -years / deviation if put.mirrored else years / deviation
    rate_n = peak_n * drift - (0.0 if put.mirrored else years * n)
    rate_d = peak_d * drift - (years * d if put.mirrored else 0.0)
    own_n, own_d = peak_n / deviation, peak_d / deviation
    return Terms(n, d, -peak_n * high / vol, -peak_d * low / vol, rate_n, rate_d, own_n, own_d)


@njit(cache=True, nogil=True, error_model="numpy")
def premium_terms(
    put: Put,
    fall: float,
    years: float,
    rule: Collocation,
    gaps: FloatArray,
    slope_n: FloatArray,
    slope_d: FloatArray,
) -> Terms:
    """The integrals of N and D over `gaps` = ln X - ln B; `slope_n`, `slope_d` receive each point's own slope."""
    _, _, rate, income, vol = put
    drift = rate - income - 0.5 * vol * vol
    sign = -1.0 if put.mirrored else 1.0
    n = d = vol_n = vol_d = rate_n = rate_d = own_n = own_d = 0.0
    for k in range(len(gaps)):
        s = years * rule.sines[k] ** 2
        deviation = vol * math.sqrt(s)
        low = (gaps[k] - fall + drift * s) / deviation
        high = low + deviation
        cash, asset = math.exp(-rate * s) * rule.weights[k] * years, math.exp(-income * s) * rule.weights[k] * years
        below_n, below_d = cash * 0.5 * math.erfc(-low * SQRT_HALF), asset * 0.5 * math.erfc(-high * SQRT_HALF)
        peak_n = rate * cash * INV_SQRT_2PI * math.exp(-0.5 * low * low)
        peak_d = income * asset * INV_SQRT_2PI * math.exp(-0.5 * high * high)
        n += rate * below_n
        d += income * below_d
        vol_n -= peak_n * high / vol
        vol_d -= peak_d * low / vol
        rate_n += sign * peak_n * s / deviation
        rate_d += sign * peak_d * s / deviation
        if put.mirrored:
            rate_d += below_d * (1.0 - income * s)
        else:
            rate_n += below_n * (1.0 - rate * s)
        slope_n[k], slope_d[k] = peak_n / deviation, peak_d / deviation
        own_n += slope_n[k]
        own_d += slope_d[k]
    return Terms(n, d, vol_n, vol_d, rate_n, rate_d, own_n, own_d)


@njit(cache=True, nogil=True, error_model="numpy")
def weigh(log_b: float, at_strike: bool, spot: Terms, later: Terms) -> Weights:
    """The residual of value matching in the logarithms that suit the node."""
    b = math.exp(log_b)
    call, earned = b * spot.d - spot.n, later.n - b * later.d
    if at_strike and call > TINY and earned > 0.0:
        residual = math.log(call) - math.log(earned)
        own = b * spot.d / call + b * later.d / earned
        return Weights(residual, -1.0 / call, b / call, -1.0 / earned, b / earned, own)
    n, d = spot.n + later.n, max(spot.d + later.d, TINY)
    return Weights(log_b + math.log(d) - math.log(n), -1.0 / n, 1.0 / d, -1.0 / n, 1.0 / d, 1.0)


@njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})
def dot(a: FloatArray, b: FloatArray) -> float:
    """Σ a·b, free to add in lanes."""
    total = 0.0
    for k in range(len(a)):
        total += a[k] * b[k]
    return total


@njit(cache=True, nogil=True, error_model="numpy")
def fill_gaps(spread: FloatArray, fall: FloatArray, gaps: FloatArray) -> None:
    """ln X - ln B at the quadrature's points, from the nodes; `spread` (n, points)."""
    gaps[:] = 0.0
    for j in range(len(fall)):
        square = fall[j] * fall[j]
        for k in range(len(gaps)):
            gaps[k] += spread[j, k] * square
    for k in range(len(gaps)):
        gaps[k] = math.sqrt(max(gaps[k], 0.0))


@njit(cache=True, nogil=True, error_model="numpy")
def equations(put: Put, rule: Collocation, fall: FloatArray, matrix: FloatArray, right: FloatArray) -> None:
    """The Jacobian in `fall` and, in `right` (3, n), minus the residuals, minus their slopes in vol and rate."""
    points = len(rule.weights)
    gaps, slope_n, slope_d = np.empty(points), np.empty(points), np.empty(points)
    start, start_slope = log_limit(put), limit_slope(put)
    for i in range(len(fall)):
        years, log_b = put.years * rule.nodes[i] ** 2, start - fall[i]
        fill_gaps(rule.spread[i], fall, gaps)
        spot = spot_terms(put, log_b, years)
        later = premium_terms(put, fall[i], years, rule, gaps, slope_n, slope_d)
        w = weigh(log_b, -start < NEAR * put.vol * math.sqrt(years), spot, later)
        of_strike = w.own + w.n * spot.own_n + w.d * spot.own_d
        by_vol = w.n * spot.vol_n + w.d * spot.vol_d + w.premium_n * later.vol_n + w.premium_d * later.vol_d
        by_rate = w.n * spot.rate_n + w.d * spot.rate_d + w.premium_n * later.rate_n + w.premium_d * later.rate_d
        right[0, i], right[1, i], right[2, i] = -w.residual, -by_vol, -by_rate - start_slope * of_strike
        for k in range(points):
            inverse = 1.0 / gaps[k] if gaps[k] > FLAT else 0.0
            slope_n[k] = (w.premium_n * slope_n[k] + w.premium_d * slope_d[k]) * inverse
        for j in range(len(fall)):
            matrix[i, j] = dot(slope_n, rule.spread[i, j]) * fall[j]
        matrix[i, i] -= of_strike + w.premium_n * later.own_n + w.premium_d * later.own_d


@njit(cache=True, nogil=True, error_model="numpy")
def eliminate(matrix: FloatArray, right: FloatArray) -> None:
    """Solve in place for every row of `right` (m, n): Gauss with partial pivoting."""
    n = len(matrix)
    for c in range(n):
        best = c
        for i in range(c + 1, n):
            if abs(matrix[i, c]) > abs(matrix[best, c]):
                best = i
        if best != c:
            for j in range(c, n):
                matrix[c, j], matrix[best, j] = matrix[best, j], matrix[c, j]
            for k in range(len(right)):
                right[k, c], right[k, best] = right[k, best], right[k, c]
        for i in range(c + 1, n):
            factor = matrix[i, c] / matrix[c, c]
            for j in range(c + 1, n):
                matrix[i, j] -= factor * matrix[c, j]
            for k in range(len(right)):
                right[k, i] -= factor * right[k, c]
    for k in range(len(right)):
        for c in range(n - 1, -1, -1):
            for j in range(c + 1, n):
                right[k, c] -= matrix[c, j] * right[k, j]
            right[k, c] /= matrix[c, c]


@njit(cache=True, nogil=True, error_model="numpy")
def solve(put: Put, rule: Collocation, fall: FloatArray, slopes: FloatArray) -> None:
    """Improve the guess in `fall` (n); `slopes` (2, n) receives its derivatives in vol and in the option's rate."""
    n = len(fall)
    matrix, right = np.empty((n, n)), np.empty((3, n))
    for _ in range(ROUNDS):
        equations(put, rule, fall, matrix, right)
        residual = right[0].copy()
        eliminate(matrix, right)
        largest = 0.0
        for i in range(n):
            shortest, longest = -LONGEST * fall[i], LONGEST + fall[i]
            step = right[0, i]
            if not shortest < step < longest:  # the fixed point's own step instead, itself bounded
                step = min(max(-residual[i], shortest), longest)
            fall[i] += step
            largest = max(largest, abs(step))
        if largest < TIGHT:
            break
    slopes[:] = right[1:]
