"""Over an ex-date: the value at S is that at S - D, or exercise just before, from one grid to another.

later grid → what waiting is worth at the earlier grid's nodes → exercise where it is worth more, kinks rounded
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.grid import Grid

FloatArray = npt.NDArray[np.float64]

FINER = 1.3  # from here on a later grid shows more than the nodes of an earlier can see


class Work(NamedTuple):
    """Room for one lane: X and values after an ex-date; X, what waiting is worth, what exercise adds before."""

    spots: FloatArray
    held: FloatArray
    nodes: FloatArray
    after: FloatArray
    gain: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def between(held: FloatArray, i: int, share: float) -> float:
    """Values at `share` of the way from node i to the next, cubic."""
    first = min(max(i - 1, 0), len(held) - 4)
    a = share + (i - first)
    b, c, d = a - 1.0, a - 2.0, a - 3.0
    outer = b * c * (a * held[first + 3] - d * held[first]) * (1.0 / 6.0)
    return float(outer + a * d * (c * held[first + 1] - b * held[first + 2]) * 0.5)


@njit(cache=True, nogil=True, error_model="numpy")
def short_log(ratio: float) -> float:
    """ln of a ratio near 1 by the series of the area hyperbolic tangent, elsewhere as it is."""
    w = (ratio - 1.0) / (ratio + 1.0)
    if abs(w) > 0.03:
        return math.log(ratio)
    square = w * w
    return 2.0 * w * (1.0 + square * (1.0 / 3.0 + square * (0.2 + square * (1.0 / 7.0))))


@njit(cache=True, nogil=True, error_model="numpy")
def rounding(d: float) -> float:
    """What a kink of slope 1 at 0 adds to a node at d, both in nodes, beyond max(d, 0).

    The hat's average over the kink, less the twelfth of its second difference by which a smooth curve would gain.
    """
    near, below, above = max(1.0 - abs(d), 0.0), max(1.0 - abs(d - 1.0), 0.0), max(1.0 - abs(d + 1.0), 0.0)
    return near**3 / 6.0 - (near + (below**3 - 2.0 * near**3 + above**3) / 6.0) / 12.0


@njit(cache=True, nogil=True, error_model="numpy")
def interpolate(spots: FloatArray, held: FloatArray, asked: FloatArray, found: FloatArray) -> None:
    """`found`[j] = the value at asked[j]; both run upwards. Beyond the grid it is linear."""
    last, i = len(spots) - 1, 0
    per_gap = 1.0 / math.log(spots[1] / spots[0])
    below = (held[1] - held[0]) / (spots[1] - spots[0])
    above = (held[last] - held[last - 1]) / (spots[last] - spots[last - 1])
    for j in range(len(asked)):
        x = asked[j]
        if x <= spots[0]:
            value = held[0] + below * (x - spots[0])
        elif x >= spots[last]:
            value = held[last] + above * (x - spots[last]) if above < 0.0 else held[last]
        else:
            while spots[i + 1] < x:
                i += 1
            value = between(held, i, short_log(x / spots[i]) * per_gap)
        found[j] = max(value, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def afterwards(right: float, strike: float, cash: float, x: float) -> float:
    """X after the dividend where it was `x` before."""
    if right < 0.0:
        return max(x - cash, 0.0)
    left = strike * (strike / x) - cash
    return strike * (strike / left) if left > 0.0 else math.inf


@njit(cache=True, nogil=True, error_model="numpy")
def before_dividend(
    right: float,
    strike: float,
    cash: float,
    ceiling: float,
    spots: FloatArray,
    held: FloatArray,
    nodes: FloatArray,
    after: FloatArray,
    gain: FloatArray,
) -> None:
    """At X = `nodes` before an ex-date: what waiting is worth, of `held` at X = `spots`, and what exercise adds."""
    for j in range(len(nodes)):
        gain[j] = afterwards(right, strike, cash, nodes[j])
    interpolate(spots, held, gain, after)
    for j in range(len(nodes)):
        if gain[j] < spots[0]:
            after[j] = min(max(after[j], strike - gain[j]), ceiling)
        if right > 0.0:
            after[j] *= nodes[j] / gain[j]
        gain[j] = strike - nodes[j] - after[j]


@njit(cache=True, nogil=True, error_model="numpy")
def add_exercise(after: FloatArray, gain: FloatArray) -> None:
    """`after` becomes the better of waiting and exercise, the kinks between them rounded."""
    n = len(after)
    for j in range(n):
        after[j] += max(gain[j], 0.0)
    for j in range(n - 1):
        rise = gain[j + 1] - gain[j]
        if (gain[j] > 0.0) != (gain[j + 1] > 0.0):
            kink = j - gain[j] / rise
            for node in range(max(j - 1, 0), min(j + 3, n)):
                after[node] += abs(rise) * rounding(node - kink)


@njit(cache=True, nogil=True, error_model="numpy")
def shift_lane(
    lane: int,
    right: float,
    cash: float,
    years: float,
    left: float,
    later: Grid,
    held: FloatArray,
    grid: Grid,
    values: FloatArray,
    work: Work,
) -> None:
    """Carry a lane over an ex-date, from a stretch of `years`: the value at S is that at S - cash, or exercise."""
    n, strike = len(values), grid.strike[lane]
    discount, moved = math.exp(-later.rate[lane] * years), math.exp(-later.drift[lane] * years)
    spots, known, nodes, after, gain = work
    for j in range(n):
        spots[j], known[j], nodes[j] = later.spots[j, lane] * moved, held[j, lane] * discount, grid.spots[j, lane]
    ceiling = strike * max(1.0, math.exp(-later.rate[lane] * left))
    before_dividend(right, strike, cash, ceiling, spots, known, nodes, after, gain)
    add_exercise(after, gain)
    finer = grid.rise[lane] / later.rise[lane]
    if finer > FINER:
        average(right, strike, cash, ceiling, spots, known, nodes, math.ceil(finer), after)
    for j in range(n):
        values[j, lane] = after[j]


@njit(cache=True, nogil=True, error_model="numpy")
def seen(right: float, strike: float, cash: float, spots: FloatArray, nodes: FloatArray) -> tuple[int, int]:
    """The first and the last node that a dividend takes onto the grid at `spots`, and two more at either end."""
    n = len(nodes)
    first, last = 0, n - 1
    while first < n - 1 and afterwards(right, strike, cash, nodes[first]) <= spots[0]:
        first += 1
    while last > 0 and afterwards(right, strike, cash, nodes[last]) >= spots[-1]:
        last -= 1
    return max(min(first, last) - 2, 2), min(max(first, last) + 2, n - 3)


@njit(cache=True, nogil=True, error_model="numpy")
def average(
    right: float,
    strike: float,
    cash: float,
    ceiling: float,
    spots: FloatArray,
    held: FloatArray,
    nodes: FloatArray,
    parts: int,
    after: FloatArray,
) -> None:
    """Replace what nodes see of a much finer grid by averages over the hat around each, as in `rounding`."""
    first, last = seen(right, strike, cash, spots, nodes)
    cells = last - first + 4
    fine, value, gain = np.empty(cells * parts + 1), np.empty(cells * parts + 1), np.empty(cells * parts + 1)
    growth = (nodes[1] / nodes[0]) ** (1.0 / parts)
    for i in range(len(fine)):
        fine[i] = nodes[first - 2 + i // parts] if i % parts == 0 else fine[i - 1] * growth
    before_dividend(right, strike, cash, ceiling, spots, held, fine, value, gain)
    hats = np.zeros(cells + 1)
    for c in range(1, cells):
        for i in range(1 - parts, parts):
            k = c * parts + i
            hats[c] += (parts - abs(i)) * (value[k] + max(gain[k], 0.0)) / (parts * parts)
    share = (1.0 - 1.0 / (parts * parts)) / 12.0
    for j in range(first, last + 1):
        c = j - first + 2
        after[j] = hats[c] - share * (hats[c - 1] - 2.0 * hats[c] + hats[c + 1])
