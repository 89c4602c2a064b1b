"""American options with cash dividends by finite differences, many at a time side by side in lanes.

payoff → steps back to an ex-date → over it, to the grid of the stretch before → … → today → price and Greeks

Spot model: at its ex-date a dividend D takes the spot from S to S - D; between ex-dates the spot is lognormal.
A grid drifts with the forward, so that what is left of the Black-Scholes equation is the heat equation of the
forward value w = V·e^(rτ): every option of one expiry then shares the same tridiagonal system. In space Crandall's
compact scheme of fourth order (Crandall 1955; Douglas 1956), kinks rounded to match; in time Crank-Nicolson after
implicit Euler half-steps (Rannacher 1984), its steps growing away from expiry and ex-dates. Brennan & Schwartz
(1977): the elimination runs towards the money, the substitution away from it and exercises as it goes.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.elementary import exp, growth, lane
from tools.pricing.kernels.ex_date import TILE, cross, crossing, rounding
from tools.pricing.kernels.grid import SPOT, STRIKE, VOL, YEARS, Grid, as_puts, lay_out, middles, stretch
from tools.pricing.kernels.option import Dividends

FloatArray = npt.NDArray[np.float64]

EULER = 2  # first steps of a stretch, taken as two implicit half-steps each
GROWTH = 2.0  # the power of its number that the time of a step follows
LEAST = 0.2  # of the steps: those of the shortest stretch
SETTLED = 3e-16  # of a pivot

VALUE, REST, X = 0, 1, 2  # of a node in a tile: its value, the right-hand side after elimination, X
ASSET_RATE, CASH_RATE, STRIKE_OF, BEND, RISE, ASSET, CASH, EDGE = range(8)  # of a lane in a tile


class Walls(NamedTuple):
    """What exercise pays, as a forward value: cash - asset·spot at the later end's nodes, per lane."""

    asset: FloatArray
    cash: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def walls_after(grid: Grid, elapsed: float) -> Walls:
    """Exercise `elapsed` years before the later end, when a node's X is that of then less the drift."""
    return Walls(np.exp((grid.rate - grid.drift) * elapsed), grid.strike * np.exp(grid.rate * elapsed))


class Plan(NamedTuple):
    """The steps (m) of a stretch: years each takes, years behind it, weights of a node's neighbours among values
    sought and known; (m, n) the pivots of the elimination.
    """

    step: FloatArray
    behind: FloatArray
    sought: FloatArray
    known: FloatArray
    pivots: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def plan(mesh: float, years: float, steps: int, size: int) -> Plan:
    count, done, m = steps + min(EULER, steps), 0.0, 0
    step, behind, sought, known = np.empty((4, count))
    for k in range(steps):
        until = years * ((k + 1.0) / steps) ** GROWTH
        parts, implicit = (2, 1.0) if k < EULER else (1, 0.5)
        for part in range(parts):
            step[m] = (until - done) / parts
            behind[m], spread = done + (part + 1) * step[m], 0.5 * step[m] / (mesh * mesh)
            sought[m], known[m] = 1.0 / 12.0 - implicit * spread, 1.0 / 12.0 + (1.0 - implicit) * spread
            m += 1
        done = until
    pivots = np.zeros((count, size))
    for m in range(count):
        fill_pivots(sought[m], pivots[m])
    pivots[:, -1] = 1.0
    return Plan(step, behind, sought, known, pivots)


@njit(cache=True, nogil=True, error_model="numpy")
def fill_pivots(off: float, pivots: FloatArray) -> None:
    """From the last node but one down, of zeros; they soon settle."""
    for j in range(len(pivots) - 2, 0, -1):
        pivots[j] = 1.0 / (1.0 - off * (2.0 + off * pivots[j + 1]))
        if abs(pivots[j] - pivots[j + 1]) <= SETTLED * pivots[j]:
            pivots[1:j] = pivots[j]
            return


@lane
def enter(grid: Grid, first: int, values: FloatArray, nodes: FloatArray, terms: FloatArray) -> None:
    """Lanes from `first` on into a tile, the last again where there are too few."""
    last = values.shape[1] - 1 - first
    for k in range(TILE):
        at = first + min(k, last)
        terms[CASH_RATE, k], terms[ASSET_RATE, k] = grid.rate[at], grid.rate[at] - grid.drift[at]
        terms[STRIKE_OF, k], terms[BEND, k] = grid.strike[at], 0.5 * grid.vol[at] ** 2
        terms[RISE, k] = grid.rise[at]
    for j in range(len(nodes)):
        for k in range(TILE):
            at = first + min(k, last)
            nodes[j, VALUE, k], nodes[j, REST, k], nodes[j, X, k] = values[j, at], values[j, at], grid.spots[j, at]


@lane
def set_walls(nodes: FloatArray, terms: FloatArray, step: float, behind: float) -> None:
    """What exercise pays, and node 0, where values are linear in X, or exercise."""
    for k in range(TILE):
        asset, cash = exp(terms[ASSET_RATE, k] * behind), terms[STRIKE_OF, k] * exp(terms[CASH_RATE, k] * behind)
        rise = (nodes[1, VALUE, k] - nodes[0, VALUE, k]) * growth(terms[BEND, k] * step) / terms[RISE, k]
        held, wall = nodes[0, VALUE, k] + rise, cash - asset * nodes[0, X, k]
        terms[ASSET, k], terms[CASH, k] = asset, cash
        terms[EDGE, k] = held if held > wall else wall


@lane
def eliminate(nodes: FloatArray, j: int, off: float, carried: float) -> None:
    """Right-hand side of one node, the following node eliminated."""
    middle = 1.0 - 2.0 * off
    for k in range(TILE):
        around = nodes[j - 1, VALUE, k] + nodes[j + 1, VALUE, k]
        nodes[j, REST, k] = off * around + middle * nodes[j, VALUE, k] - carried * nodes[j + 1, REST, k]


@lane
def substitute(nodes: FloatArray, terms: FloatArray, j: int, pivot: float, carried: float) -> None:
    """The value of one node from the one before it, or exercise."""
    for k in range(TILE):
        held = pivot * nodes[j, REST, k] - carried * nodes[j - 1, VALUE, k]
        wall = terms[CASH, k] - terms[ASSET, k] * nodes[j, X, k]
        nodes[j, VALUE, k] = held if held > wall else wall


@njit(cache=True, nogil=True, error_model="numpy")
def march_tile(grid: Grid, first: int, plan: Plan, values: FloatArray) -> None:
    """Carry the lanes of one tile over a stretch; far out of the money the forward value stays."""
    nodes, terms, last = np.empty((len(values), 3, TILE)), np.empty((8, TILE)), len(values) - 1
    enter(grid, first, values, nodes, terms)
    for m in range(len(plan.step)):
        set_walls(nodes, terms, plan.step[m], plan.behind[m])
        sought, known, pivots = plan.sought[m], plan.known[m], plan.pivots[m]
        for j in range(last - 1, 0, -1):
            eliminate(nodes, j, known, sought * pivots[j + 1])
        for k in range(TILE):
            nodes[0, VALUE, k] = terms[EDGE, k]
        for j in range(1, last):
            substitute(nodes, terms, j, pivots[j], sought * pivots[j])
    for j in range(len(nodes)):
        for k in range(min(TILE, values.shape[1] - first)):
            values[j, first + k] = nodes[j, VALUE, k]


@njit(cache=True, nogil=True, error_model="numpy")
def march(grid: Grid, mesh: float, years: float, steps: int, values: FloatArray) -> None:
    """Carry `values` over a stretch of `years`, from its later end to its earlier one, as of the later."""
    steps_ahead = plan(mesh, years, steps, len(values))
    for first in range(0, values.shape[1], TILE):
        march_tile(grid, first, steps_ahead, values)


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
def read(columns: FloatArray, grid: Grid, years: float, mesh: float, values: FloatArray, out: FloatArray) -> None:
    """`out` (4, L): price, delta, gamma of the middle node by a polynomial in ln X that keeps off exercised nodes.

    The last is 1 where the node itself is exercised.
    """
    middle, walls = len(values) // 2, walls_after(grid, years)
    for k in range(values.shape[1]):
        right, spot, strike = columns[0, k], columns[SPOT, k], columns[STRIKE, k]
        gap, first = mesh * columns[VOL, k], middle - 2
        while first < middle and values[first, k] <= walls.cash[k] - walls.asset[k] * grid.spots[first, k]:
            first += 1
        _, slopes, bends = polynomial(float(middle - first))
        discount = math.exp(-grid.rate[k] * years)
        price, slope, bend = values[middle, k] * discount, 0.0, 0.0
        for a in range(5):
            held = values[first + a, k] * discount
            slope += slopes[a] * held / gap
            bend += bends[a] * held / (gap * gap)
        wall = walls.cash[k] - walls.asset[k] * grid.spots[middle, k]
        out[3, k] = 1.0 if values[middle, k] <= wall else 0.0
        if right > 0.0:
            share = spot / strike
            price, slope, bend = share * price, share * (price - slope), share * (bend - slope)
        else:
            bend -= slope
        out[0, k], out[1, k], out[2, k] = price, slope / spot, bend / (spot * spot)


@njit(cache=True, nogil=True, error_model="numpy")
def payoff(grid: Grid, values: FloatArray) -> None:
    """Values at expiry; the strike lies half-way between the middle node and the one before."""
    size = len(values)
    for j in range(size):
        kink = rounding(j - 0.5 * size + 1.0) * grid.strike * grid.rise
        values[j] = np.maximum(grid.strike - grid.spots[j], 0.0) + kink


@njit(cache=True, nogil=True, error_model="numpy")
def on_grid(
    columns: FloatArray, dividends: Dividends, width: float, size: int, steps: int, out: FloatArray
) -> None:
    """Value the lanes `columns` (7, L) of one expiry on grids of `size` nodes; `out` (4, L) as in `read`.

    `width` is that of a grid over √years; `steps` are those of a life without dividends; `dividends` those before
    expiry, one or more.
    """
    years, lanes, puts = columns[YEARS, 0], columns.shape[1], as_puts(columns)
    old, new = np.empty((size, lanes)), np.empty((size, lanes))
    part = stretch(len(dividends.years), years, dividends)
    mesh = width * part.root / (size - 1)
    grid = lay_out(columns, puts, middles(columns, part, mesh), mesh, size)
    payoff(grid, old)
    for k in range(len(dividends.years), -1, -1):
        lasts = part.end - part.start
        count = math.ceil(steps * max(LEAST, math.sqrt(lasts / years)))
        march(grid, mesh, lasts, count, old)
        if k > 0:
            part = stretch(k - 1, years, dividends)
            later_mesh, mesh = mesh, width * part.root / (size - 1)
            earlier = lay_out(columns, puts, middles(columns, part, mesh), mesh, size)
            terms = crossing(columns[0], dividends.cash[k - 1], lasts, years - part.end, grid, old, earlier)
            cross(terms, old, earlier, mesh / later_mesh, new)
            grid, old, new = earlier, new, old
    read(columns, grid, part.end, mesh, old, out)
