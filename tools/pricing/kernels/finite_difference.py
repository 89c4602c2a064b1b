"""American options with cash dividends by finite differences, many at a time side by side in lanes.

payoff → steps back to an ex-date → shift by the dividend, exercise before it → … → today → price and Greeks

Spot model: at its ex-date a dividend D takes the spot from S to S - D; between ex-dates the spot is lognormal.
The grid drifts with the forward, so that what is left of the Black-Scholes equation is the heat equation of the
forward value w = V·e^(rτ): every option of one expiry then shares the same tridiagonal system, and no drift is
too strong for it. It is uniform in z = ±(ln(S/K) + drift·τ)/vol, node 0 the deepest in the money, the strike at
expiry half-way between two nodes. In space Crandall's compact scheme of fourth order (Crandall 1955; Douglas
1956), in time Crank-Nicolson after implicit Euler half-steps (Rannacher 1984), its steps growing away from
expiry and ex-dates. Brennan & Schwartz (1977): the elimination runs towards the money, the substitution away
from it and exercises as it goes.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.black_scholes import log_ratio
from tools.pricing.kernels.option import Dividends

FloatArray = npt.NDArray[np.float64]

REACH = 5.0  # deviations that the grid extends beyond the spots that matter
EULER = 2  # first steps of a stretch, taken as two implicit half-steps each
GROWTH = 2.0  # the power of its number that the time of a step follows
LEAST = 4  # steps of a stretch
FLOOR = 0.05  # of the spot: what dividends are taken to leave of it when the grid is laid out


class Grid(NamedTuple):
    """Per lane (L): right, strike, rate, drift of ln S, ±vol, z of node 0, edge weights; (n, L) spots at expiry."""

    right: FloatArray
    strike: FloatArray
    rate: FloatArray
    drift: FloatArray
    scale: FloatArray
    start: FloatArray
    edges: FloatArray
    spots: FloatArray


class Walls(NamedTuple):
    """What exercise pays, as a forward value: asset·spot at expiry's nodes - cash, both signed, per lane."""

    asset: FloatArray
    cash: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def half_widths(column: FloatArray, paid: float) -> tuple[float, float]:
    """How far below and above today's spot the grid of an option (7) must reach, in units of its vol."""
    spot, years, vol = column[1], column[3], column[6]
    reach = REACH * math.sqrt(years)
    return reach + log_ratio(spot, max(spot - paid, FLOOR * spot)) / vol, reach


@njit(cache=True, nogil=True, error_model="numpy")
def lay_out(columns: FloatArray, paid: float, mesh: float, nodes: int, values: FloatArray) -> Grid:
    """The grid of every lane, `columns` (7, L) of one expiry; `values` (nodes, L) receives the payoff."""
    lanes = columns.shape[1]
    right, strike, rate = columns[0].copy(), columns[2].copy(), columns[4].copy()
    drift, scale, start = np.empty(lanes), np.empty(lanes), np.empty(lanes)
    edges, spots = np.empty((2, lanes)), np.empty((nodes, lanes))
    for lane in range(lanes):
        spot, years, income, vol = columns[1, lane], columns[3, lane], columns[5, lane], columns[6, lane]
        below, above = half_widths(columns[:, lane], paid)
        drift[lane] = rate[lane] - income - 0.5 * vol * vol
        scale[lane] = -right[lane] * vol
        here = (log_ratio(spot, strike[lane]) + drift[lane] * years) / scale[lane]
        start[lane] = (math.floor((here - (above if right[lane] > 0.0 else below)) / mesh) + 0.5) * mesh
        spots[0, lane] = strike[lane] * math.exp(scale[lane] * start[lane])
        growth = math.exp(scale[lane] * mesh)
        for j in range(1, nodes):
            spots[j, lane] = spots[j - 1, lane] * growth
        for j in range(nodes):
            values[j, lane] = max(right[lane] * (spots[j, lane] - strike[lane]), 0.0)
        share = 1.0 / growth
        edges[0, lane], edges[1, lane] = 1.0 + share, -share
    return Grid(right, strike, rate, drift, scale, start, edges, spots)


@njit(cache=True, nogil=True, error_model="numpy")
def walls_after(grid: Grid, elapsed: float) -> Walls:
    """Exercise `elapsed` years before expiry, when a node's spot is that at expiry less the drift since then."""
    asset = grid.right * np.exp((grid.rate - grid.drift) * elapsed)
    return Walls(asset, grid.right * grid.strike * np.exp(grid.rate * elapsed))


@njit(cache=True, nogil=True, error_model="numpy")
def eliminate_row(
    lower: FloatArray,
    here: FloatArray,
    upper: FloatArray,
    new: FloatArray,
    following: FloatArray,
    off: float,
    carried: float,
) -> None:
    """Right-hand side of one node, the following node eliminated. Rows of their own, so that the loop has lanes."""
    middle = 1.0 - 2.0 * off
    for lane in range(len(new)):
        new[lane] = off * (lower[lane] + upper[lane]) + middle * here[lane] - carried * following[lane]


@njit(cache=True, nogil=True, error_model="numpy")
def substitute_row(
    new: FloatArray, former: FloatArray, spots: FloatArray, walls: Walls, pivot: float, carried: float
) -> None:
    """The value of one node from the one before it, or exercise."""
    asset, cash = walls.asset, walls.cash
    for lane in range(len(new)):
        held = pivot * new[lane] - carried * former[lane]
        wall = asset[lane] * spots[lane] - cash[lane]
        new[lane] = held if held > wall else wall


@njit(cache=True, nogil=True, error_model="numpy")
def edge_row(grid: Grid, walls: Walls, new: FloatArray) -> None:
    """Node 0 on the line through its neighbours, in the spot; nothing is left at the other end."""
    for lane in range(new.shape[1]):
        held = grid.edges[0, lane] * new[1, lane] + grid.edges[1, lane] * new[2, lane]
        new[0, lane] = max(held, walls.asset[lane] * grid.spots[0, lane] - walls.cash[lane])
        new[-1, lane] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def back_step(grid: Grid, walls: Walls, spread: float, implicit: float, old: FloatArray, new: FloatArray) -> None:
    """`new` becomes the values one step before `old`; `spread` = half the step over the squared mesh."""
    last = len(old) - 1
    a, b = 1.0 / 12.0 - implicit * spread, 1.0 / 12.0 + (1.0 - implicit) * spread
    pivots = np.empty(last)
    new[0], new[last] = old[0], 0.0
    pivot = 0.0
    for j in range(last - 1, 0, -1):
        carried = a * pivot
        eliminate_row(old[j - 1], old[j], old[j + 1], new[j], new[j + 1], b, carried)
        pivot = 1.0 / (1.0 - 2.0 * a - a * carried)
        pivots[j] = pivot
    for j in range(1, last):
        substitute_row(new[j], new[j - 1], grid.spots[j], walls, pivots[j], a * pivots[j])
    edge_row(grid, walls, new)


@njit(cache=True, nogil=True, error_model="numpy")
def march(
    grid: Grid, mesh: float, since: float, years: float, steps: int, old: FloatArray, new: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Carry the values `years` further back in time, from `since` before expiry; (current values, scratch)."""
    done = 0.0
    for k in range(steps):
        until = years * ((k + 1.0) / steps) ** GROWTH
        parts, implicit = (2, 1.0) if k < EULER else (1, 0.5)
        step = (until - done) / parts
        for part in range(parts):
            walls = walls_after(grid, since + done + (part + 1) * step)
            back_step(grid, walls, 0.5 * step / (mesh * mesh), implicit, old, new)
            old, new = new, old
        done = until
    return old, new


@njit(cache=True, nogil=True, error_model="numpy")
def between(held: FloatArray, i: int, share: float) -> float:
    """Values at `share` of the way from node i to the next, cubic."""
    first = min(max(i - 1, 0), len(held) - 4)
    a = share + (i - first)
    b, c, d = a - 1.0, a - 2.0, a - 3.0
    outer = b * c * (a * held[first + 3] - d * held[first]) / 6.0
    return float(outer + a * d * (c * held[first + 1] - b * held[first + 2]) / 2.0)


@njit(cache=True, nogil=True, error_model="numpy")
def short_log(ratio: float) -> float:
    """ln of a ratio near 1 by the series of the area hyperbolic tangent, elsewhere as it is."""
    w = (ratio - 1.0) / (ratio + 1.0)
    if abs(w) > 0.03:
        return math.log(ratio)
    square = w * w
    return 2.0 * w * (1.0 + square * (1.0 / 3.0 + square * (0.2 + square * (1.0 / 7.0 + square / 9.0))))


@njit(cache=True, nogil=True, error_model="numpy")
def after_dividend(spots: FloatArray, held: FloatArray, cash: float, after: FloatArray) -> None:
    """`after`[j] = the value at spots[j] - cash; both run upwards in the spot. Below the grid it is linear."""
    n, i = len(spots), 0
    gap = math.log(spots[1] / spots[0])
    slope = (held[1] - held[0]) / (spots[1] - spots[0])
    for j in range(n):
        left = max(spots[j] - cash, 0.0)
        if left <= spots[0]:
            value = held[0] + slope * (left - spots[0])
        else:
            while spots[i + 1] < left:
                i += 1
            value = between(held, i, short_log(left / spots[i]) / gap)
        after[j] = max(value, 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def shift_lane(grid: Grid, lane: int, elapsed: float, cash: float, values: FloatArray) -> None:
    """Carry one lane over an ex-date: the value at S is that at S - cash, or exercise just before.

    The kink that exercise leaves between two nodes is averaged over the node's cell.
    """
    n = len(values)
    spots, held, after, gain = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    forward, moved = math.exp(grid.rate[lane] * elapsed), math.exp(-grid.drift[lane] * elapsed)
    turn = grid.scale[lane] < 0.0  # node 0 is the highest spot
    for j in range(n):
        node = n - 1 - j if turn else j
        spots[j], held[j] = grid.spots[node, lane] * moved, values[node, lane]
    after_dividend(spots, held, cash, after)
    for j in range(n):
        gain[j] = forward * grid.right[lane] * (spots[j] - grid.strike[lane]) - after[j]
    for j in range(n):
        node = n - 1 - j if turn else j
        half = 0.25 * abs(gain[min(j + 1, n - 1)] - gain[max(j - 1, 0)])
        better = (gain[j] + half) ** 2 / (4.0 * half) if abs(gain[j]) < half else max(gain[j], 0.0)
        values[node, lane] = after[j] + better


@njit(cache=True, nogil=True, error_model="numpy")
def polynomial(x: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Weights of nodes 0 to 4 for the value, slope and bend at x (Lagrange)."""
    value, slope, bend = np.empty(5), np.empty(5), np.empty(5)
    for a in range(5):
        v, first, second, scale = 1.0, 0.0, 0.0, 1.0
        for b in range(5):
            if b != a:
                second = second * (x - b) + 2.0 * first
                first = first * (x - b) + v
                v *= x - b
                scale *= a - b
        value[a], slope[a], bend[a] = v / scale, first / scale, second / scale
    return value, slope, bend


@njit(cache=True, nogil=True, error_model="numpy")
def read(columns: FloatArray, grid: Grid, mesh: float, values: FloatArray, out: FloatArray) -> None:
    """`out` (4, L): price, delta, gamma by a polynomial in ln S, 1 where both neighbouring nodes are exercised."""
    n = len(values)
    walls = walls_after(grid, columns[3, 0])
    for lane in range(values.shape[1]):
        spot, years, gap = columns[1, lane], columns[3, lane], mesh * grid.scale[lane]
        here = log_ratio(spot, grid.strike[lane]) + grid.drift[lane] * years
        place = (here / grid.scale[lane] - grid.start[lane]) / mesh
        first = min(max(math.floor(place + 0.5) - 2, 0), n - 5)
        weights, weights_1, weights_2 = polynomial(place - first)
        price = slope = bend = 0.0
        for a in range(5):
            held = values[first + a, lane] * math.exp(-grid.rate[lane] * years)
            price += weights[a] * held
            slope += weights_1[a] * held / gap
            bend += weights_2[a] * held / (gap * gap)
        out[0, lane], out[1, lane], out[2, lane] = price, slope / spot, (bend - slope) / (spot * spot)
        low = min(max(int(place), 0), n - 2)
        both = True
        for j in (low, low + 1):
            both = both and values[j, lane] <= walls.asset[lane] * grid.spots[j, lane] - walls.cash[lane]
        out[3, lane] = 1.0 if both else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def on_grid(columns: FloatArray, dividends: Dividends, mesh: float, size: int, steps: int, out: FloatArray) -> None:
    """Value the lanes `columns` (7, L) of one expiry on grids of `size` nodes; `out` (4, L) as in `read`.

    `steps` are those of a life without dividends; `dividends` are those before expiry.
    """
    years = columns[3, 0]
    old, new = np.empty((size, columns.shape[1])), np.empty((size, columns.shape[1]))
    grid = lay_out(columns, dividends.cash.sum(), mesh, size, old)
    later = years
    for k in range(len(dividends.years), -1, -1):
        earlier = dividends.years[k - 1] if k > 0 else 0.0
        stretch = later - earlier
        count = max(LEAST, math.ceil(steps * math.sqrt(stretch / years)))
        old, new = march(grid, mesh, years - later, stretch, count, old, new)
        if k > 0:
            for lane in range(columns.shape[1]):
                shift_lane(grid, lane, years - earlier, dividends.cash[k - 1], old)
        later = earlier
    read(columns, grid, mesh, old, out)
