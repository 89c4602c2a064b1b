"""The two exercise boundaries of an American put with q < r < 0: Newton on both of their equations at once.

    first guess on a short life → Newton → a longer life from there → … → the whole life, or the boundaries meet

Andersen & Lake, Fast American option pricing: the double-boundary case, Wilmott (2021). Exercise pays between
the boundaries: B falls from the strike, Y rises from strike·r/q, as functions of the time to expiry; where the
vol is high they meet, and no earlier exercise ever pays. With gaps g = ln(strike/B) and h = ln(Y/Y(0)) both
squares are interpolated between nodes, as for one boundary; `meeting` goes on where this stops.

At either boundary Z the European call over it equals what exercise earns later, as for one boundary; exercise
now stops above B as well as below Y:
    N = e^-rτ·Φ(d-) + ∫ r·e^-rs·(Φ(d- over B) + Φ(-d- over Y)) ds,   D the same with q and d+,   Z·D = N.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.elementary import log_quotient
from tools.pricing.kernels.exercise_boundary import (
    COSECANT,
    FLAT,
    GAP,
    SINE,
    SLOPE_D,
    SLOPE_N,
    TINY,
    WHOLE,
    WIDTH,
    Collocation,
    Put,
    Terms,
    Weights,
    discount,
    eliminate,
    fill_gaps,
    fill_row,
    premium_terms,
    spot_terms,
)

FloatArray = npt.NDArray[np.float64]

ROUNDS = 12
LIVES = 60  # lengths of life tried
APART = 0.9  # of the way between Y(0) and the strike that a guess may take
CLOSE = 0.05  # of it: from here on they are seen to their meeting
MERGED = 0.005  # what Newton finds closer than this is one boundary in the place of both
NARROW = 1e-3  # of a life: what can be added to it no longer matters
FURTHER = 0.7  # of the way to where the boundaries seem to meet
EARLY = 0.4517  # h = 0.4517·σ·√(2τ) close to expiry (Evans, Kuske & Keller 2002)


class Pair(NamedTuple):
    """The gaps g and h (2, n), their slopes in vol and the option's rate (2, 2, n), and the life they are of."""

    gaps: FloatArray
    slopes: FloatArray
    years: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def empty_pair(nodes: int) -> Pair:
    return Pair(np.empty((2, nodes)), np.empty((2, 2, nodes)), np.zeros(1))


@njit(cache=True, nogil=True, error_model="numpy")
def keep(pair: Pair, kept: Pair) -> None:
    kept.gaps[:], kept.slopes[:], kept.years[:] = pair.gaps, pair.slopes, pair.years


@njit(cache=True, nogil=True, error_model="numpy")
def breadth(put: Put) -> float:
    """ln(strike / Y(0)), what lies between the boundaries at expiry."""
    return math.log(put.income / put.rate)


@njit(cache=True, nogil=True, error_model="numpy")
def low_slope(put: Put) -> float:
    """The derivative of ln Y(0) in the option's rate."""
    return -1.0 / put.income if put.mirrored else 1.0 / put.rate


@njit(cache=True, nogil=True, error_model="numpy")
def for_life(put: Put, years: float) -> Put:
    """The same put with another time to expiry."""
    return Put(put.mirrored, years, put.rate, put.income, put.vol)


@njit(cache=True, nogil=True, error_model="numpy")
def early_gaps(put: Put, years: float) -> tuple[float, float]:
    """g and h close to expiry (Evans, Kuske & Keller, American options with dividends near expiry, 2002)."""
    deviation = put.vol * math.sqrt(years)
    steepness = math.log(put.vol**2 / (8.0 * math.pi * years * (put.rate - put.income) ** 2))
    return deviation * math.sqrt(max(steepness, 0.5)), EARLY * math.sqrt(2.0) * deviation


@njit(cache=True, nogil=True, error_model="numpy")
def guess(put: Put, rule: Collocation, gaps: FloatArray) -> None:
    most = APART * breadth(put)
    for i in range(len(rule.nodes)):
        g, h = early_gaps(put, put.years * rule.nodes[i] ** 2)
        share = min(1.0, most / (g + h))
        gaps[0, i], gaps[1, i] = g * share, h * share


@njit(cache=True, nogil=True, error_model="numpy")
def together(upper: Terms, lower: Terms) -> Terms:
    """Both boundaries' terms."""
    return Terms(
        upper.n + lower.n,
        upper.d + lower.d,
        upper.vol_n + lower.vol_n,
        upper.vol_d + lower.vol_d,
        upper.rate_n + lower.rate_n,
        upper.rate_d + lower.rate_d,
        upper.own_n + lower.own_n,
        upper.own_d + lower.own_d,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def weigh_both(z: float, scale: float, spot: Terms, later: Terms) -> Weights:
    """The residual: in logarithms where `scale` is 0, else the difference of call and earnings as its multiple."""
    call, earned = z * spot.d - spot.n, later.n - z * later.d
    if scale == 0.0:
        over, under = max(call, TINY), max(earned, TINY)
        residual = log_quotient(over, under)[0]
    else:
        over, under, residual = scale, scale, (call - earned) / scale
    own = z * (spot.d / over + later.d / under)
    return Weights(residual, -1.0 / over, z / over, -1.0 / under, z / under, own)


@njit(cache=True, nogil=True, error_model="numpy")
def equation(
    put: Put,
    rule: Collocation,
    decays: FloatArray,
    gaps: FloatArray,
    row: int,
    block: FloatArray,
    matrix: FloatArray,
) -> None:
    """Row `row` of the Jacobian with its three columns as in `exercise_boundary.equations`: B's node, or Y's."""
    size, points = gaps.shape[1], decays.shape[2]
    i, upper_one = row % size, row < size
    years, low = put.years * rule.nodes[i] ** 2, -breadth(put)
    log_z = -gaps[0, i] if upper_one else low + gaps[1, i]
    z = math.exp(log_z)
    slopes = np.empty((2, 2, points))
    upper = premium(put, rule, decays, gaps, i, 0, log_z, block, slopes)
    lower = premium(put, rule, decays, gaps, i, 1, log_z - low, block, slopes)
    spot, later = spot_terms(put, log_z, z, years), together(upper, lower)
    w = weigh_both(z, 0.0 if upper_one else -put.rate * years, spot, later)
    mine = w.own + w.n * spot.own_n + w.d * spot.own_d + w.premium_n * later.own_n + w.premium_d * later.own_d
    for a in range(2):
        for k in range(points):
            slopes[a, 0, k] = w.premium_n * slopes[a, 0, k] + w.premium_d * slopes[a, 1, k]
        fill_row(rule.spread[i], slopes[a, 0], gaps[a], matrix[row, a * size : (a + 1) * size])
    matrix[row, row] += -mine if upper_one else mine
    by_vol = w.n * spot.vol_n + w.d * spot.vol_d + w.premium_n * later.vol_n + w.premium_d * later.vol_d
    by_rate = w.n * spot.rate_n + w.d * spot.rate_d + w.premium_n * later.rate_n + w.premium_d * later.rate_d
    apart = w.premium_n * lower.own_n + w.premium_d * lower.own_d
    matrix[row, 2 * size], matrix[row, 2 * size + 1] = -w.residual, -by_vol
    matrix[row, 2 * size + 2] = -by_rate - low_slope(put) * ((0.0 if upper_one else mine) - apart)


@njit(cache=True, nogil=True, error_model="numpy")
def premium(
    put: Put,
    rule: Collocation,
    decays: FloatArray,
    gaps: FloatArray,
    i: int,
    a: int,
    offset: float,
    block: FloatArray,
    slopes: FloatArray,
) -> Terms:
    """What is earned within boundary `a`, seen from `offset`; `slopes`[a] receives the points' own."""
    fill_gaps(rule.spread[i], gaps[a], block[GAP])
    years = put.years * rule.nodes[i] ** 2
    found = premium_terms(put, 1.0 - 2.0 * a, offset, years, decays[i], block)
    for k in range(slopes.shape[2]):
        inverse = 1.0 / block[GAP, k] if block[GAP, k] > FLAT else 0.0
        slopes[a, 0, k], slopes[a, 1, k] = block[SLOPE_N, k] * inverse, block[SLOPE_D, k] * inverse
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def newton(put: Put, rule: Collocation, pair: Pair) -> bool:
    """Improve the pair's gaps for the life of `put`, with their slopes; False where they do not settle."""
    gaps, size = pair.gaps, pair.gaps.shape[1]
    block = np.empty((5, WIDTH))
    for k in range(rule.angles.shape[1]):
        block[SINE, k], block[COSECANT, k] = rule.angles[0, k], rule.angles[1, k]
    decays = np.empty((size, 2, rule.angles.shape[1]))
    discount(put, rule, decays)
    matrix = np.zeros((2 * size, WHOLE * ((2 * size + 3 + WHOLE - 1) // WHOLE)))
    most = breadth(put)
    for _ in range(ROUNDS):
        for row in range(2 * size):
            equation(put, rule, decays, gaps, row, block, matrix)
        eliminate(matrix, 2 * size)
        largest = 0.0
        for a in range(2):
            for i in range(size):
                wanted = matrix[a * size + i, 2 * size]
                room = most - gaps[0, i] - gaps[1, i]
                gaps[a, i] += min(max(wanted, -0.5 * gaps[a, i]), 0.5 * room)
                largest = max(largest, abs(wanted))
        if not largest < math.inf:
            return False
        if largest < rule.tight:
            for k in range(2):
                for a in range(2):
                    for i in range(size):
                        pair.slopes[k, a, i] = matrix[a * size + i, 2 * size + 1 + k]
            return True
    return False


@njit(cache=True, nogil=True, error_model="numpy")
def stretch(put: Put, kept: Pair, pair: Pair) -> None:
    """A guess for the life of `put` from the gaps of a shorter one."""
    most, share = APART * breadth(put), math.sqrt(put.years / kept.years[0])
    for i in range(pair.gaps.shape[1]):
        g, h = kept.gaps[0, i] * share, kept.gaps[1, i] * share
        room = min(1.0, most / (g + h))
        pair.gaps[0, i], pair.gaps[1, i] = g * room, h * room


@njit(cache=True, nogil=True, error_model="numpy")
def left_open(put: Put, pair: Pair) -> float:
    """How far the boundaries are apart at the end of the pair's life, as a share of what they were at expiry."""
    return float(1.0 - (pair.gaps[0, -1] + pair.gaps[1, -1]) / breadth(put))


@njit(cache=True, nogil=True, error_model="numpy")
def solve_pair(put: Put, rule: Collocation, kept: Pair) -> None:
    """Both boundaries for the whole life of the put, or as long as they are apart: `kept.years` of it."""
    pair, known, opening = empty_pair(len(rule.nodes)), 0.0, 1.0
    kept.years[0], trying = 0.0, put.years
    for _ in range(LIVES):
        life = for_life(put, trying)
        if known == 0.0:
            guess(life, rule, pair.gaps)
        else:
            stretch(life, kept, pair)
        if newton(life, rule, pair) and left_open(put, pair) > MERGED:
            pair.years[0] = trying
            keep(pair, kept)
            closing, opening = opening - left_open(put, pair), left_open(put, pair)
            if trying >= put.years or opening < CLOSE:
                return
            meeting = trying + FURTHER * opening * (trying - known) / max(closing, 1e-12)
            known, trying = trying, min(put.years, meeting, 4.0 * trying)
        else:
            trying = 0.5 * (known + trying)
            if trying - known < NARROW * known:
                return
