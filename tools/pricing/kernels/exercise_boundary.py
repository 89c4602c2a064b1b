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

from tools.pricing.kernels.elementary import ADDING, adding_lane, exp, growth, lane, log_quotient, tails
from tools.pricing.kernels.normal import INV_SQRT_2PI
from tools.pricing.kernels.option import Option

FloatArray = npt.NDArray[np.float64]

ROUNDS = 24
LONGEST = 0.5  # of the way to X that one step may take away
NEAR = 2.0  # deviations: an X this close to the strike leaves the European call a say
FLAT = 1e-9  # ln X - ln B that rounding hides
TINY = 1e-300
WIDTH = 64  # columns of a block: the most points or nodes of a rule
WHOLE = 8  # columns that are computed together
SINE, COSECANT, GAP, SLOPE_N, SLOPE_D = 0, 1, 2, 3, 4  # rows of the points' block
YEARS, FALL, LATER = 0, 1, 2  # rows of the nodes' block; LATER is the first of the fields of `Terms`
RESIDUAL, BY_VOL, BY_RATE, OWN, OF_N, OF_D = 10, 11, 12, 13, 14, 15


class Put(NamedTuple):
    """An American put on strike 1; it stands for a call where `mirrored`, whose rate is then its income."""

    mirrored: bool
    years: float
    rate: float
    income: float
    vol: float


class Collocation(NamedTuple):
    """Nodes √(τ/T) (n), interpolation (n, n, l) onto √u = √τ·cos θ, and sin θ, its inverse, weights (3, l).

    Newton ends with a step of less than `tight` in ln B; what is left is about 20 times its square.
    """

    nodes: FloatArray
    spread: FloatArray
    angles: FloatArray
    tight: float


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


@lane
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
        risen = (far / near - 1.0) * -growth(-grown * near / (far - near))
        fall[i] = log_quotient(1.0 + risen, 1.0)[0]


@njit(cache=True, nogil=True, error_model="numpy")
def fill_gaps(spread: FloatArray, fall: FloatArray, gaps: FloatArray) -> None:
    """ln X - ln B at the quadrature's points, from the nodes; `spread` (n, points)."""
    points = spread.shape[1]
    gaps[:points] = 0.0
    for j in range(len(fall)):
        square = fall[j] * fall[j]
        for k in range(points):
            gaps[k] += spread[j, k] * square
    for k in range(points):
        gaps[k] = math.sqrt(max(gaps[k], 0.0))


@njit(cache=True, nogil=True, error_model="numpy")
def discount(put: Put, rule: Collocation, decays: FloatArray) -> None:
    """`decays` (n, 2, l): what cash and what the asset lose until each point of each node, times its weight."""
    for i in range(len(rule.nodes)):
        years = put.years * rule.nodes[i] ** 2
        cash, asset = decays[i, 0], decays[i, 1]
        for k in range(rule.angles.shape[1]):
            s, weight = years * rule.angles[0, k] ** 2, years * rule.angles[2, k]
            cash[k], asset[k] = weight * exp(-put.rate * s), weight * exp(-put.income * s)


@adding_lane
def premium_terms(
    put: Put, side: float, offset: float, years: float, decays: FloatArray, block: FloatArray
) -> Terms:
    """The integrals of N and D at `offset` + side·gap, in logs, from a boundary left on its `side`: +1 upwards.

    The points' own slopes take the place of `block`[SLOPE_N] and [SLOPE_D].
    """
    _, _, rate, income, vol = put
    drift = rate - income - 0.5 * vol * vol
    sign = -1.0 if put.mirrored else 1.0
    whole, whole_inverse = vol * math.sqrt(years), 1.0 / (vol * math.sqrt(years))
    n = d = vol_n = vol_d = rate_n = rate_d = own_n = own_d = 0.0
    for k in range(decays.shape[1]):
        sine = block[SINE, k]
        s, deviation, inverse = years * sine * sine, whole * sine, whole_inverse * block[COSECANT, k]
        low = (offset + side * block[GAP, k] + drift * s) * inverse
        high = low + deviation
        cash, asset = decays[0, k], decays[1, k]
        peak_n = cash * (INV_SQRT_2PI * exp(-0.5 * low * low))
        peak_d = asset * (INV_SQRT_2PI * exp(-0.5 * high * high))
        below_n, below_d = tails(-side * low, -side * high, peak_n, peak_d, cash, asset)
        peak_n, peak_d = rate * peak_n, income * peak_d
        slope_n, slope_d = peak_n * inverse, peak_d * inverse
        n += rate * below_n
        d += income * below_d
        vol_n -= side * peak_n * high
        vol_d -= side * peak_d * low
        moved = side * sign * s * inverse
        rate_n += peak_n * moved + (0.0 if put.mirrored else below_n * (1.0 - rate * s))
        rate_d += peak_d * moved + (below_d * (1.0 - income * s) if put.mirrored else 0.0)
        block[SLOPE_N, k], block[SLOPE_D, k] = slope_n, slope_d
        own_n += side * slope_n
        own_d += side * slope_d
    return Terms(n, d, vol_n / vol, vol_d / vol, rate_n, rate_d, own_n, own_d)


@lane
def spot_terms(put: Put, log_b: float, b: float, years: float) -> Terms:
    """The European part of N and D."""
    _, _, rate, income, vol = put
    deviation = vol * math.sqrt(years)
    inverse = 1.0 / deviation
    low = (log_b + (rate - income) * years) * inverse - 0.5 * deviation
    high = low + deviation
    cash, asset = exp(-rate * years), exp(-income * years)
    peak_n = cash * (INV_SQRT_2PI * exp(-0.5 * low * low))
    peak_d = asset * (INV_SQRT_2PI * exp(-0.5 * high * high))
    n, d = tails(-low, -high, peak_n, peak_d, cash, asset)
    drift = -years * inverse if put.mirrored else years * inverse
    rate_n = peak_n * drift - (0.0 if put.mirrored else years * n)
    rate_d = peak_d * drift - (years * d if put.mirrored else 0.0)
    return Terms(
        n, d, -peak_n * high / vol, -peak_d * low / vol, rate_n, rate_d, peak_n * inverse, peak_d * inverse
    )


@lane
def weigh(log_b: float, b: float, at_strike: bool, spot: Terms, later: Terms) -> Weights:
    """The residual of value matching in the logarithms that suit the node."""
    call, earned = b * spot.d - spot.n, later.n - b * later.d
    near = at_strike & (call > TINY) & (earned > TINY)
    over, under = max(call if near else spot.d + later.d, TINY), max(earned if near else spot.n + later.n, TINY)
    residual = log_quotient(over, under)[0] + (0.0 if near else log_b)
    per_over, per_under = 1.0 / over, 1.0 / under
    own = b * (spot.d * per_over + later.d * per_under) if near else 1.0
    n, d = (-per_over, b * per_over) if near else (-per_under, per_over)
    return Weights(residual, n, d, -per_under, b * per_under if near else per_over, own)


@lane
def settle_node(put: Put, start: float, start_slope: float, nodes: FloatArray, i: int) -> None:
    """Column `i` of `nodes`: what the equation of one node asks for, from its boundary and its integrals."""
    years, log_b = nodes[YEARS, i], start - nodes[FALL, i]
    b = exp(log_b)
    n, d, vol_n, vol_d = nodes[LATER, i], nodes[LATER + 1, i], nodes[LATER + 2, i], nodes[LATER + 3, i]
    rate_n, rate_d, own_n, own_d = (
        nodes[LATER + 4, i],
        nodes[LATER + 5, i],
        nodes[LATER + 6, i],
        nodes[LATER + 7, i],
    )
    spot, later = spot_terms(put, log_b, b, years), Terms(n, d, vol_n, vol_d, rate_n, rate_d, own_n, own_d)
    w = weigh(log_b, b, -start < NEAR * put.vol * math.sqrt(years), spot, later)
    of_strike = w.own + w.n * spot.own_n + w.d * spot.own_d
    by_vol = w.n * spot.vol_n + w.d * spot.vol_d + w.premium_n * later.vol_n + w.premium_d * later.vol_d
    by_rate = w.n * spot.rate_n + w.d * spot.rate_d + w.premium_n * later.rate_n + w.premium_d * later.rate_d
    nodes[RESIDUAL, i], nodes[BY_VOL, i] = -w.residual, -by_vol
    nodes[BY_RATE, i] = -by_rate - start_slope * of_strike
    nodes[OWN, i] = -of_strike - w.premium_n * later.own_n - w.premium_d * later.own_d
    nodes[OF_N, i], nodes[OF_D, i] = w.premium_n, w.premium_d


@njit(cache=True, nogil=True, error_model="numpy", fastmath=ADDING)
def fill_row(spread: FloatArray, slopes: FloatArray, fall: FloatArray, row: FloatArray) -> None:
    """A row of the Jacobian but for its diagonal: how each node moves the gaps of one node's points."""
    for j in range(len(fall)):
        total = 0.0
        for k in range(spread.shape[1]):
            total += slopes[k] * spread[j, k]
        row[j] = total * fall[j]


@njit(cache=True, nogil=True, error_model="numpy")
def equations(put: Put, rule: Collocation, decays: FloatArray, fall: FloatArray, matrix: FloatArray) -> None:
    """The Jacobian in `fall`, then three columns: minus the residuals and minus their slopes in vol and rate."""
    size, points = len(fall), rule.angles.shape[1]
    start, start_slope = log_limit(put), limit_slope(put)
    block, nodes, slopes = np.empty((5, WIDTH)), np.ones((16, WIDTH)), np.empty((size, 2, points))
    for k in range(points):
        block[SINE, k], block[COSECANT, k] = rule.angles[0, k], rule.angles[1, k]
    for i in range(size):
        years = put.years * rule.nodes[i] ** 2
        fill_gaps(rule.spread[i], fall, block[GAP])
        later = premium_terms(put, 1.0, -fall[i], years, decays[i], block)
        nodes[YEARS, i], nodes[FALL, i] = years, fall[i]
        nodes[LATER, i], nodes[LATER + 1, i], nodes[LATER + 2, i], nodes[LATER + 3, i] = later[:4]
        nodes[LATER + 4, i], nodes[LATER + 5, i], nodes[LATER + 6, i], nodes[LATER + 7, i] = later[4:]
        for k in range(points):
            inverse = 1.0 / block[GAP, k] if block[GAP, k] > FLAT else 0.0
            slopes[i, 0, k], slopes[i, 1, k] = block[SLOPE_N, k] * inverse, block[SLOPE_D, k] * inverse
    for i in range(WHOLE * ((size + WHOLE - 1) // WHOLE)):
        settle_node(put, start, start_slope, nodes, i)
    for i in range(size):
        of_n, of_d = nodes[OF_N, i], nodes[OF_D, i]
        for k in range(points):
            block[SLOPE_N, k] = of_n * slopes[i, 0, k] + of_d * slopes[i, 1, k]
        fill_row(rule.spread[i], block[SLOPE_N], fall, matrix[i])
        matrix[i, i] += nodes[OWN, i]
        matrix[i, size], matrix[i, size + 1], matrix[i, size + 2] = (
            nodes[RESIDUAL, i],
            nodes[BY_VOL, i],
            nodes[BY_RATE, i],
        )


@njit(cache=True, nogil=True, error_model="numpy")
def subtract(row: FloatArray, pivot: FloatArray, factor: float, first: int) -> None:
    """row -= factor·pivot from column `first` on."""
    for begin in range(first // WHOLE * WHOLE, len(row), WHOLE):
        for j in range(WHOLE):
            row[begin + j] -= factor * pivot[begin + j]


@njit(cache=True, nogil=True, error_model="numpy")
def eliminate(matrix: FloatArray, n: int) -> None:
    """Solve (n, n + m) in place for each of its last m columns: Gauss-Jordan with partial pivoting."""
    for c in range(n):
        best = c
        for i in range(c + 1, n):
            if abs(matrix[i, c]) > abs(matrix[best, c]):
                best = i
        pivot, scale = matrix[best], 1.0 / matrix[best, c]
        for j in range(matrix.shape[1]):
            matrix[c, j], pivot[j] = pivot[j], matrix[c, j]
        for j in range(matrix.shape[1]):
            matrix[c, j] *= scale
        for i in range(n):
            if i != c:
                subtract(matrix[i], matrix[c], matrix[i, c], c)


@njit(cache=True, nogil=True, error_model="numpy")
def solve(put: Put, rule: Collocation, fall: FloatArray, slopes: FloatArray) -> None:
    """Improve the guess in `fall` (n); `slopes` (2, n) receives its derivatives in vol and in the option's rate."""
    n = len(fall)
    matrix = np.zeros((n, WHOLE * ((n + 3 + WHOLE - 1) // WHOLE)))
    residual, decays = np.empty(n), np.empty((n, 2, rule.angles.shape[1]))
    discount(put, rule, decays)
    for _ in range(ROUNDS):
        equations(put, rule, decays, fall, matrix)
        for i in range(n):
            residual[i] = matrix[i, n]
        eliminate(matrix, n)
        largest = 0.0
        for i in range(n):
            shortest, longest = -LONGEST * fall[i], LONGEST + fall[i]
            step = matrix[i, n]
            if not shortest < step < longest:  # the fixed point's own step instead, itself bounded
                step = min(max(-residual[i], shortest), longest)
            fall[i] += step
            largest = max(largest, abs(step))
        if largest < rule.tight:
            break
    for i in range(n):
        slopes[0, i], slopes[1, i] = matrix[i, n + 1], matrix[i, n + 2]
