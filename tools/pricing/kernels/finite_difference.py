"""American options with cash dividends by finite differences, many at a time side by side in lanes.

payoff → steps back to an ex-date → shift by the dividend, exercise before it → … → today → price and Greeks

Spot model: at its ex-date a dividend D takes the spot from S to S - D; between ex-dates the spot is lognormal.
The grid is uniform in z = ±ln(S/K)/vol, node 0 the deepest in the money, the strike half-way between two nodes.
What marches is V·e^(-tilt·ln S), for which the Black-Scholes equation is the heat equation: every option of one
expiry then shares the same tridiagonal system, in space Crandall's compact scheme of fourth order (Crandall
1955; Douglas 1956), in time Crank-Nicolson after implicit Euler half-steps (Rannacher 1984), its steps growing
away from expiry and ex-dates. Brennan & Schwartz (1977): the elimination runs towards the money, the
substitution away from it and exercises as it goes.
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
    """Per lane (L): direction·vol = d ln S/dz, z of node 0, decay rate, edge weights; per node and lane the rest.

    `values` and `walls` (what exercise pays) carry the tilt; value = tilted·`untilt`.
    """

    scale: FloatArray
    start: FloatArray
    decay: FloatArray
    edges: FloatArray
    spots: FloatArray
    untilt: FloatArray
    walls: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def half_widths(column: FloatArray, paid: float) -> tuple[float, float]:
    """How far below and above ln S the grid of an option (7) must reach, in units of its vol."""
    _, spot, _, years, rate, income, vol = column
    drift = (rate - income - 0.5 * vol * vol) * years
    reach = REACH * math.sqrt(years)
    below = log_ratio(spot, max(spot - paid, FLOOR * spot)) - min(drift, 0.0)
    return reach + below / vol, reach + max(drift, 0.0) / vol


@njit(cache=True, nogil=True, error_model="numpy")
def lay_out(columns: FloatArray, paid: float, mesh: float, nodes: int, values: FloatArray) -> Grid:
    """The grid of every lane, `columns` (7, L) of one expiry; `values` (nodes, L) receives the payoff."""
    lanes = columns.shape[1]
    scale, start, decay = np.empty(lanes), np.empty(lanes), np.empty(lanes)
    edges = np.empty((2, lanes))
    spots, untilt, walls = np.empty((nodes, lanes)), np.empty((nodes, lanes)), np.empty((nodes, lanes))
    for lane in range(lanes):
        right, spot, strike, _, rate, income, vol = columns[:, lane]
        below, above = half_widths(columns[:, lane], paid)
        here = log_ratio(spot, strike)
        scale[lane] = -right * vol
        first = here / scale[lane] - (above if right > 0.0 else below)
        start[lane] = (math.floor(first / mesh) + 0.5) * mesh
        drift = rate - income - 0.5 * vol * vol
        tilt = -drift / (vol * vol)
        decay[lane] = rate + 0.5 * (drift / vol) ** 2
        for j in range(nodes):
            log_spot = scale[lane] * (start[lane] + j * mesh)
            spots[j, lane] = strike * math.exp(log_spot)
            untilt[j, lane] = math.exp(tilt * (log_spot - here))
            walls[j, lane] = right * (spots[j, lane] - strike) / untilt[j, lane]
            values[j, lane] = max(walls[j, lane], 0.0)
        share = (spots[0, lane] - spots[1, lane]) / (spots[1, lane] - spots[2, lane])
        edges[0, lane] = (1.0 + share) * untilt[1, lane] / untilt[0, lane]
        edges[1, lane] = -share * untilt[2, lane] / untilt[0, lane]
    return Grid(scale, start, decay, edges, spots, untilt, walls)


@njit(cache=True, nogil=True, error_model="numpy")
def eliminate_row(
    lower: FloatArray,
    here: FloatArray,
    upper: FloatArray,
    new: FloatArray,
    following: FloatArray,
    decay: FloatArray,
    weights: tuple[float, float, float],
) -> None:
    """Right-hand side of one node, the following node eliminated. Rows of their own, so that the loop has lanes."""
    off, middle, carried = weights
    for lane in range(len(new)):
        known = decay[lane] * (off * (lower[lane] + upper[lane]) + middle * here[lane])
        new[lane] = known - carried * following[lane]


@njit(cache=True, nogil=True, error_model="numpy")
def substitute_row(new: FloatArray, former: FloatArray, wall: FloatArray, pivot: float, carried: float) -> None:
    """The value of one node from the one before it, or exercise."""
    for lane in range(len(new)):
        held = pivot * new[lane] - carried * former[lane]
        new[lane] = held if held > wall[lane] else wall[lane]


@njit(cache=True, nogil=True, error_model="numpy")
def edge_row(grid: Grid, new: FloatArray) -> None:
    """Node 0 on the line through its neighbours, in the spot; nothing is left at the other end."""
    for lane in range(new.shape[1]):
        held = grid.edges[0, lane] * new[1, lane] + grid.edges[1, lane] * new[2, lane]
        new[0, lane] = max(held, grid.walls[0, lane])
        new[-1, lane] = 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def back_step(grid: Grid, decay: FloatArray, spread: float, implicit: float, old: FloatArray, new: FloatArray) -> None:
    """`new` becomes the values one step before `old`; `spread` = half the step over the squared mesh."""
    last = len(old) - 1
    a, b = 1.0 / 12.0 - implicit * spread, 1.0 / 12.0 + (1.0 - implicit) * spread
    pivots = np.empty(last)
    new[0], new[last] = old[0], 0.0
    pivot = 0.0
    for j in range(last - 1, 0, -1):
        carried = a * pivot
        eliminate_row(old[j - 1], old[j], old[j + 1], new[j], new[j + 1], decay, (b, 1.0 - 2.0 * b, carried))
        pivot = 1.0 / (1.0 - 2.0 * a - a * carried)
        pivots[j] = pivot
    for j in range(1, last):
        substitute_row(new[j], new[j - 1], grid.walls[j], pivots[j], a * pivots[j])
    edge_row(grid, new)


@njit(cache=True, nogil=True, error_model="numpy")
def march(
    grid: Grid, mesh: float, years: float, steps: int, old: FloatArray, new: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Carry the values `years` back in time; (current values, scratch)."""
    done = 0.0
    for k in range(steps):
        until = years * ((k + 1.0) / steps) ** GROWTH
        parts, implicit = (2, 1.0) if k < EULER else (1, 0.5)
        step = (until - done) / parts
        decay = np.exp(-grid.decay * step)
        for _ in range(parts):
            back_step(grid, decay, 0.5 * step / (mesh * mesh), implicit, old, new)
            old, new = new, old
        done = until
    return old, new


@njit(cache=True, nogil=True, error_model="numpy")
def at_place(held: FloatArray, place: float) -> float:
    """Values at a fractional node inside the grid, cubic."""
    i = min(max(int(place) - 1, 0), len(held) - 4)
    a = place - i
    b, c, d = a - 1.0, a - 2.0, a - 3.0
    outer = b * c * (a * held[i + 3] - d * held[i]) / 6.0
    return float(outer + a * d * (c * held[i + 1] - b * held[i + 2]) / 2.0)


@njit(cache=True, nogil=True, error_model="numpy")
def shift_lane(grid: Grid, mesh: float, lane: int, cash: float, strike: float, values: FloatArray) -> None:
    """Carry one lane over an ex-date: the value at S is that at S - cash, or exercise just before.

    The kink that exercise leaves between two nodes is averaged over the node's cell.
    """
    n = len(values)
    held, gain = np.empty(n), np.empty(n)
    for j in range(n):
        held[j] = values[j, lane] * grid.untilt[j, lane]
    lowest, inner = (0, 1) if grid.scale[lane] > 0.0 else (n - 1, n - 2)
    floor = grid.spots[lowest, lane]
    slope = (held[inner] - held[lowest]) / (grid.spots[inner, lane] - floor)
    for j in range(n):
        left = max(grid.spots[j, lane] - cash, 0.0)
        if left <= floor:
            after = max(held[lowest] + slope * (left - floor), 0.0)
        else:
            after = max(at_place(held, (math.log(left / strike) / grid.scale[lane] - grid.start[lane]) / mesh), 0.0)
        values[j, lane] = after / grid.untilt[j, lane]
        gain[j] = grid.walls[j, lane] * grid.untilt[j, lane] - after
    for j in range(n):
        half = 0.25 * abs(gain[min(j + 1, n - 1)] - gain[max(j - 1, 0)])
        better = (gain[j] + half) ** 2 / (4.0 * half) if abs(gain[j]) < half else max(gain[j], 0.0)
        values[j, lane] += better / grid.untilt[j, lane]


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
    for lane in range(values.shape[1]):
        spot, gap = columns[1, lane], mesh * grid.scale[lane]
        place = (log_ratio(spot, columns[2, lane]) / grid.scale[lane] - grid.start[lane]) / mesh
        first = min(max(int(math.floor(place + 0.5)) - 2, 0), n - 5)
        weights, weights_1, weights_2 = polynomial(place - first)
        price = slope = bend = 0.0
        for a in range(5):
            held = values[first + a, lane] * grid.untilt[first + a, lane]
            price += weights[a] * held
            slope += weights_1[a] * held / gap
            bend += weights_2[a] * held / (gap * gap)
        out[0, lane], out[1, lane], out[2, lane] = price, slope / spot, (bend - slope) / (spot * spot)
        low = min(max(int(place), 0), n - 2)
        held_on = values[low, lane] > grid.walls[low, lane] or values[low + 1, lane] > grid.walls[low + 1, lane]
        out[3, lane] = 0.0 if held_on else 1.0


@njit(cache=True, nogil=True, error_model="numpy")
def on_grid(columns: FloatArray, dividends: Dividends, mesh: float, size: int, steps: int, out: FloatArray) -> None:
    """Value the lanes `columns` (7, L) of one expiry on grids of `size` nodes; `out` (4, L) as in `read`.

    `steps` are those of a life without dividends, which are those before expiry.
    """
    years = columns[3, 0]
    old, new = np.empty((size, columns.shape[1])), np.empty((size, columns.shape[1]))
    grid = lay_out(columns, dividends.cash.sum(), mesh, size, old)
    later = years
    for k in range(len(dividends.years), -1, -1):
        earlier = dividends.years[k - 1] if k > 0 else 0.0
        stretch = later - earlier
        old, new = march(grid, mesh, stretch, max(LEAST, math.ceil(steps * math.sqrt(stretch / years))), old, new)
        if k > 0:
            for lane in range(columns.shape[1]):
                shift_lane(grid, mesh, lane, dividends.cash[k - 1], columns[2, lane], old)
        later = earlier
    read(columns, grid, mesh, old, out)
