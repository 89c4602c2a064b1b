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

from tools.pricing.kernels.ex_date import Work, rounding, shift_lane
from tools.pricing.kernels.grid import SPOT, STRIKE, VOL, YEARS, Grid, as_puts, lay_out, middles, stretch
from tools.pricing.kernels.option import Dividends

FloatArray = npt.NDArray[np.float64]

EULER = 2  # first steps of a stretch, taken as two implicit half-steps each
GROWTH = 2.0  # the power of its number that the time of a step follows
LEAST = 0.2  # of the steps: those of the shortest stretch


class Walls(NamedTuple):
    """What exercise pays, as a forward value: cash - asset·spot at the later end's nodes, per lane."""

    asset: FloatArray
    cash: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def walls_after(grid: Grid, elapsed: float) -> Walls:
    """Exercise `elapsed` years before the later end, when a node's X is that of then less the drift."""
    return Walls(np.exp((grid.rate - grid.drift) * elapsed), grid.strike * np.exp(grid.rate * elapsed))


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
        wall = cash[lane] - asset[lane] * spots[lane]
        new[lane] = held if held > wall else wall


@njit(cache=True, nogil=True, error_model="numpy")
def edge_rows(grid: Grid, walls: Walls, step: float, old: FloatArray, new: FloatArray) -> None:
    """Node 0, where values are linear in X, or exercise; far out of the money the forward value stays."""
    for lane in range(new.shape[1]):
        vol = grid.vol[lane]
        held = old[0, lane] + (old[1, lane] - old[0, lane]) * math.expm1(0.5 * vol * vol * step) / grid.rise[lane]
        new[0, lane] = max(held, walls.cash[lane] - walls.asset[lane] * grid.spots[0, lane])
        new[-1, lane] = old[-1, lane]


@njit(cache=True, nogil=True, error_model="numpy")
def back_step(
    grid: Grid, walls: Walls, mesh: float, step: float, implicit: float, old: FloatArray, new: FloatArray
) -> None:
    """`new` becomes the values one `step` before `old`."""
    last, spread = len(old) - 1, 0.5 * step / (mesh * mesh)
    a, b = 1.0 / 12.0 - implicit * spread, 1.0 / 12.0 + (1.0 - implicit) * spread
    pivots = np.empty(last)
    edge_rows(grid, walls, step, old, new)
    pivot = 0.0
    for j in range(last - 1, 0, -1):
        carried = a * pivot
        eliminate_row(old[j - 1], old[j], old[j + 1], new[j], new[j + 1], b, carried)
        pivot = 1.0 / (1.0 - 2.0 * a - a * carried)
        pivots[j] = pivot
    for j in range(1, last):
        substitute_row(new[j], new[j - 1], grid.spots[j], walls, pivots[j], a * pivots[j])


@njit(cache=True, nogil=True, error_model="numpy")
def march(
    grid: Grid, mesh: float, years: float, steps: int, old: FloatArray, new: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Carry the values over a stretch of `years`; (values at its earlier end as of its later, scratch)."""
    done = 0.0
    for k in range(steps):
        until = years * ((k + 1.0) / steps) ** GROWTH
        parts, implicit = (2, 1.0) if k < EULER else (1, 0.5)
        step = (until - done) / parts
        for part in range(parts):
            walls = walls_after(grid, done + (part + 1) * step)
            back_step(grid, walls, mesh, step, implicit, old, new)
            old, new = new, old
        done = until
    return old, new


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
    for lane in range(values.shape[1]):
        right, spot, strike = columns[0, lane], columns[SPOT, lane], columns[STRIKE, lane]
        gap, first = mesh * columns[VOL, lane], middle - 2
        while (
            first < middle and values[first, lane] <= walls.cash[lane] - walls.asset[lane] * grid.spots[first, lane]
        ):
            first += 1
        _, slopes, bends = polynomial(float(middle - first))
        discount = math.exp(-grid.rate[lane] * years)
        price, slope, bend = values[middle, lane] * discount, 0.0, 0.0
        for a in range(5):
            held = values[first + a, lane] * discount
            slope += slopes[a] * held / gap
            bend += bends[a] * held / (gap * gap)
        wall = walls.cash[lane] - walls.asset[lane] * grid.spots[middle, lane]
        out[3, lane] = 1.0 if values[middle, lane] <= wall else 0.0
        if right > 0.0:
            share = spot / strike
            price, slope, bend = share * price, share * (price - slope), share * (bend - slope)
        else:
            bend -= slope
        out[0, lane], out[1, lane], out[2, lane] = price, slope / spot, bend / (spot * spot)


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
    work = Work(np.empty(size), np.empty(size), np.empty(size), np.empty(size), np.empty(size))
    part = stretch(len(dividends.years), years, dividends)
    mesh = width * part.root / (size - 1)
    grid = lay_out(columns, puts, middles(columns, part, mesh), mesh, size)
    payoff(grid, old)
    for k in range(len(dividends.years), -1, -1):
        lasts = part.end - part.start
        count = math.ceil(steps * max(LEAST, math.sqrt(lasts / years)))
        old, new = march(grid, mesh, lasts, count, old, new)
        if k > 0:
            part = stretch(k - 1, years, dividends)
            mesh = width * part.root / (size - 1)
            earlier = lay_out(columns, puts, middles(columns, part, mesh), mesh, size)
            for lane in range(lanes):
                shift_lane(
                    lane,
                    columns[0, lane],
                    dividends.cash[k - 1],
                    lasts,
                    years - part.end,
                    grid,
                    old,
                    earlier,
                    new,
                    work,
                )
            grid, old, new = earlier, new, old
    read(columns, grid, part.end, mesh, old, out)
