"""Over an ex-date: the value at S is that at S - D, or exercise just before, from one grid to another.

later grid → what waiting is worth at the earlier grid's nodes → exercise where it is worth more, kinks rounded
→ averages instead, where the later grid shows more than the nodes of the earlier can see

Node by node, the lanes of a tile together in one array of constant width, which makes vector code of the loops.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.elementary import lane, log_quotient
from tools.pricing.kernels.grid import Grid

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FINER = 1.3  # from here on a later grid shows more than the nodes of an earlier can see
RUIN = 1e-200  # what is left of a spot that a dividend takes whole
TILE = 32  # lanes

# Of a lane, all as of the ex-date. A dividend leaves of the spot the share 1 - PUT/X - CALL·X; TURN times its
# logarithm moves a node's place in the later grid from START + pace·number. Beyond that grid values are
# LOW + FALL·X and HIGH + TAIL·X, at most the CEILING.
STRIKE, PUT, CALL, START, TURN, DISCOUNT, CEILING, LOW, FALL, HIGH, TAIL = range(11)
TERMS = 11
# Of a lane at one node: X; the share that is left, the place in the later grid, how far that lies from the third of
# six nodes around it; what waiting is worth, what exercise adds; the values of these six.
X, SHARE, PLACE, AWAY, WORTH, GAIN, AROUND = range(11, 18)
ROWS = AROUND + 6


@njit(cache=True, nogil=True, error_model="numpy")
def crossing(
    right: FloatArray, cash: float, years: float, left: float, later: Grid, held: FloatArray, grid: Grid
) -> FloatArray:
    """(11, L) the terms of lanes after a stretch of `years`, `left` years before expiry.

    `held` (n, L) are forward values on the `later` grid as of its later end.
    """
    last = len(held) - 1
    terms = np.zeros((TERMS, len(right)))
    for k in range(len(right)):
        drift, gap, strike, discount = (
            later.drift[k] * years,
            later.gap[k],
            grid.strike[k],
            math.exp(-later.rate[k] * years),
        )
        if right[k] < 0.0:
            terms[PUT, k], terms[TURN, k] = cash, 1.0 / gap
        else:
            terms[CALL, k], terms[TURN, k] = cash / strike / strike, -1.0 / gap
        terms[STRIKE, k], terms[DISCOUNT, k] = strike, discount
        terms[START, k] = (grid.foot[k] - later.foot[k] + drift) / gap
        terms[CEILING, k] = strike * max(1.0, math.exp(-later.rate[k] * left))
        moved, slope = math.exp(-drift), (held[1, k] - held[0, k]) / (later.spots[1, k] - later.spots[0, k])
        terms[FALL, k], terms[LOW, k] = (
            slope * discount / moved,
            (held[0, k] - slope * later.spots[0, k]) * discount,
        )
        slope = min((held[last, k] - held[last - 1, k]) / (later.spots[last, k] - later.spots[last - 1, k]), 0.0)
        terms[TAIL, k] = slope * discount / moved
        terms[HIGH, k] = (held[last, k] - slope * later.spots[last, k]) * discount
    return terms


@lane
def find(at: FloatArray, along: float) -> None:
    """Where a dividend takes X."""
    for k in range(TILE):
        left = 1.0 - at[PUT, k] / at[X, k] - at[CALL, k] * at[X, k]
        share = left if left > RUIN else RUIN
        at[SHARE, k], at[PLACE, k] = share, at[START, k] + along + at[TURN, k] * log_quotient(share, 1.0)[0]


@lane
def gather(at: FloatArray, held: FloatArray, begin: int, last: int) -> None:
    """The six values around each place."""
    size = len(held)
    for k in range(TILE):
        first, column = min(max(int(at[PLACE, k]) - 2, 0), size - 6), min(begin + k, last)
        for i in range(6):
            at[AROUND + i, k] = held[first + i, column]
        at[AWAY, k] = at[PLACE, k] - first - 2.0


@lane
def between(at: FloatArray, k: int) -> float:
    """The value at a place between nodes, of fifth order: what is left of its kinks does not show in gamma.

    Lagrange's weights of nodes -2 to 3; next to now the grid before an ex-date has many nodes between two of these.
    """
    t = at[AWAY, k]
    inner, outer = t * t - 1.0, t * t - 4.0
    far = t * inner * ((t + 2.0) * (at[AROUND + 5, k] * (t - 2.0) - 5.0 * at[AROUND + 4, k] * (t - 3.0)))
    far -= t * inner * (t - 2.0) * (t - 3.0) * at[AROUND, k]
    near = 0.5 * t * (t - 1.0) * at[AROUND + 1, k] - inner * at[AROUND + 2, k] + t * (t + 1.0) * at[AROUND + 3, k]
    return float(far / 120.0 + near * outer * (t - 3.0) / 12.0)


@lane
def weigh(at: FloatArray, last: float) -> None:
    """What waiting is worth and what exercise adds to it."""
    for k in range(TILE):
        put, share, strike = at[TURN, k] > 0.0, at[SHARE, k], at[STRIKE, k]
        x, found = at[X, k] * (share if put else 1.0 / share), between(at, k) * at[DISCOUNT, k]
        below, above = at[LOW, k] + at[FALL, k] * x, at[HIGH, k] + at[TAIL, k] * x
        below = below if below > strike - x else strike - x
        below = below if below < at[CEILING, k] else at[CEILING, k]
        found = below if at[PLACE, k] < 0.0 else (above if at[PLACE, k] > last else found)
        worth = (found if found > 0.0 else 0.0) * (1.0 if put else share)
        at[WORTH, k], at[GAIN, k] = worth, strike - at[X, k] - worth


@lane
def wait(at: FloatArray, along: float, held: FloatArray, begin: int, last: int) -> None:
    """What waiting is worth at X, and what exercise adds."""
    find(at, along)
    gather(at, held, begin, last)
    weigh(at, len(held) - 1.0)


@njit(cache=True, nogil=True, error_model="numpy")
def rounding(d: float) -> float:
    """What a kink of slope 1 at 0 adds to a node at d, both in nodes, beyond max(d, 0).

    The hat's average over the kink, less the twelfth of its second difference by which a smooth curve would gain.
    """
    near, below, above = max(1.0 - abs(d), 0.0), max(1.0 - abs(d - 1.0), 0.0), max(1.0 - abs(d + 1.0), 0.0)
    return near**3 / 6.0 - (near + (below**3 - 2.0 * near**3 + above**3) / 6.0) / 12.0


@lane
def round_kinks(gains: FloatArray, values: FloatArray) -> None:
    """Round the kinks where exercise begins or ends to pay."""
    size = len(gains)
    for j in range(size - 1):
        changes = 0
        for k in range(TILE):
            changes += (gains[j, k] > 0.0) != (gains[j + 1, k] > 0.0)
        for k in range(TILE if changes else 0):
            here, following = gains[j, k], gains[j + 1, k]
            if (here > 0.0) != (following > 0.0):
                rise = following - here
                for node in range(max(j - 1, 0), min(j + 3, size)):
                    values[node, k] += abs(rise) * rounding(node - j + here / rise)


@njit(cache=True, nogil=True, error_model="numpy")
def cross(terms: FloatArray, held: FloatArray, grid: Grid, pace: float, values: FloatArray) -> None:
    """Carry lanes over an ex-date: `values` (n, L) on the earlier `grid`, its nodes `pace` later nodes apart."""
    for begin in range(0, values.shape[1], TILE):
        cross_tile(terms, held, grid, pace, begin, values)


@njit(cache=True, nogil=True, error_model="numpy")
def cross_tile(
    terms: FloatArray, held: FloatArray, grid: Grid, pace: float, begin: int, values: FloatArray
) -> None:
    """The lanes from `begin` on, the last again where there are too few."""
    size, last = len(values), values.shape[1] - 1
    at, found, gains = np.empty((ROWS, TILE)), np.empty((size, TILE)), np.empty((size, TILE))
    seen = np.zeros((2, TILE), dtype=np.int64)
    for k in range(TILE):
        for term in range(TERMS):
            at[term, k] = terms[term, min(begin + k, last)]
    for j in range(size):
        for k in range(TILE):
            at[X, k] = grid.spots[j, min(begin + k, last)]
        wait(at, j * pace, held, begin, last)
        for k in range(TILE):
            gains[j, k], found[j, k] = at[GAIN, k], at[WORTH, k] + (at[GAIN, k] if at[GAIN, k] > 0.0 else 0.0)
            seen[0, k] += 1 if at[PLACE, k] <= 0.0 else 0
            seen[1, k] += 1 if at[PLACE, k] < size - 1.0 else 0
    round_kinks(gains, found)
    if pace > FINER:
        average(at, held, grid, pace, begin, seen, gains, found)
    for j in range(size):
        for k in range(min(TILE, last + 1 - begin)):
            values[j, begin + k] = found[j, k]


@lane
def average(
    at: FloatArray,
    held: FloatArray,
    grid: Grid,
    pace: float,
    begin: int,
    seen: IntArray,
    hats: FloatArray,
    found: FloatArray,
) -> None:
    """Replace what nodes see of a much finer grid by averages over the hat around each, as in `rounding`.

    That concerns the nodes which a dividend takes onto the later grid, seen[0] to below seen[1], and two more at
    either end.
    """
    size, last, parts = len(found), grid.spots.shape[1] - 1, math.ceil(pace)
    low, high = max(seen[0].min() - 2, 2), min(seen[1].max() + 1, size - 3)
    growth = np.empty((1, TILE))
    for k in range(TILE):
        growth[0, k] = math.exp(grid.gap[min(begin + k, last)] / parts)
    hats[low - 2 : high + 3] = 0.0
    for c in range(low - 2, high + 2):
        for k in range(TILE):
            at[X, k] = grid.spots[c, min(begin + k, last)]
        for i in range(parts):
            wait(at, (c + i / parts) * pace, held, begin, last)
            for k in range(TILE):
                worth = at[WORTH, k] + (at[GAIN, k] if at[GAIN, k] > 0.0 else 0.0)
                hats[c, k] += (parts - i) / (parts * parts) * worth
                hats[c + 1, k] += i / (parts * parts) * worth
                at[X, k] *= growth[0, k]
    bending = (1.0 - 1.0 / (parts * parts)) / 12.0
    for j in range(low, high + 1):
        for k in range(TILE):
            bend = hats[j - 1, k] - 2.0 * hats[j, k] + hats[j + 1, k]
            near = seen[0, k] - 2 <= j <= seen[1, k] + 1
            found[j, k] = hats[j, k] - bending * bend if near else found[j, k]
