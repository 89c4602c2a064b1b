"""A Leisen-Reimer binomial tree for the options that collocation leaves out: those with two exercise boundaries.

last layer → backward steps → price, delta, gamma at today's layer → Richardson extrapolation of two trees

The tree puts the strike in the middle of its last layer (Leisen & Reimer, Binomial models for option
valuation, Applied Mathematical Finance 3, 1996). It starts before today, so that today's layer has neighbours
for delta and gamma (Pelsser & Vorst, The binomial model and the Greeks, Journal of Derivatives 1994).

A node is numbered by its up-steps j: at layer k its spot is S·exp(k·down + (j - 1)·gap).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.black_scholes import log_ratio
from tools.pricing.kernels.option import Option

FloatArray = npt.NDArray[np.float64]

CENTRE = 4.0  # a strike further than this many deviations away needs no node of its own
REACH = 600.0  # the log of a spot must stay well inside what a float64 can hold


class Lattice(NamedTuple):
    """Geometry of one tree: time step, log of a down-step, log distance of nodes, probability of an up-step."""

    steps: int
    step: float
    down: float
    gap: float
    up_probability: float


@njit(cache=True, nogil=True, error_model="numpy")
def peizer_pratt(z: float, steps: int) -> float:
    """The success probability whose binomial tail over odd `steps` is Φ(z) (Peizer-Pratt method 2)."""
    scaled = z / (steps + 1.0 / 3.0 + 0.1 / (steps + 1.0))
    half = 0.5 * math.sqrt(-math.expm1(-scaled * scaled * (steps + 1.0 / 6.0)))
    return 0.5 + half if z > 0.0 else 0.5 - half


@njit(cache=True, nogil=True, error_model="numpy")
def lattice(option: Option, steps: int) -> Lattice:
    """The Leisen-Reimer geometry of an odd number of `steps`."""
    step = option.years / steps
    deviation = option.vol * math.sqrt(option.years)
    carry = option.rate - option.dividend_yield
    d2 = (log_ratio(option.spot, option.strike) + carry * option.years) / deviation - 0.5 * deviation
    d2 = min(max(d2, -CENTRE), CENTRE)
    p = peizer_pratt(d2, steps)
    p_asset = peizer_pratt(d2 + deviation, steps)
    down = carry * step + math.log((1.0 - p_asset) / (1.0 - p))
    gap = carry * step + math.log(p_asset / p) - down
    return Lattice(steps, step, down, gap, p)


@njit(cache=True, nogil=True, error_model="numpy")
def roll_back(option: Option, grid: Lattice, powers: FloatArray, values: FloatArray) -> None:
    """From the last layer in `values` to today's; `powers` are a layer's spots over its base exp(k·down)."""
    discount = math.exp(-option.rate * grid.step)
    up, down = discount * grid.up_probability, discount * (1.0 - grid.up_probability)
    signed_strike = option.right * option.strike
    for k in range(grid.steps - 1, -1, -1):
        signed_base = option.right * math.exp(grid.down * k)
        for j in range(k + 3):
            held = up * values[j + 1] + down * values[j]
            exercised = signed_base * powers[j] - signed_strike
            values[j] = held if held > exercised else exercised


@njit(cache=True, nogil=True, error_model="numpy")
def tree(option: Option, steps: int) -> tuple[float, float, float]:
    """(price, delta, gamma) of an American option on one tree of an odd number of steps; nan beyond its reach."""
    grid = lattice(option, steps)
    size = steps + 3
    if not abs(grid.down) * steps + grid.gap * size < REACH:
        return math.nan, math.nan, math.nan
    powers, values = np.empty(size), np.empty(size)
    last = math.exp(grid.down * steps)
    for j in range(size):
        powers[j] = option.spot * math.exp(grid.gap * (j - 1))
        values[j] = max(option.right * (powers[j] * last - option.strike), 0.0)
    roll_back(option, grid, powers, values)
    below, here, above = values[0], values[1], values[2]
    rise, fall = option.spot * math.expm1(grid.gap), -option.spot * math.expm1(-grid.gap)
    slope_up, slope_down = (above - here) / rise, (here - below) / fall
    delta = (slope_up * fall + slope_down * rise) / (rise + fall)
    return here, delta, 2.0 * (slope_up - slope_down) / (rise + fall)


@njit(cache=True, nogil=True, error_model="numpy")
def extrapolated(option: Option, steps: int) -> tuple[float, float, float]:
    """(price, delta, gamma ≥ 0) with the error of order 1/steps removed, never below exercise today."""
    half = steps // 2 + 1 - (steps // 2) % 2
    intrinsic = option.right * (option.spot - option.strike)
    fine = tree(option, steps)
    if fine[0] <= intrinsic:
        return intrinsic, option.right, 0.0
    coarse = tree(option, half)
    if math.isnan(fine[0] + coarse[0]):
        return math.nan, math.nan, math.nan
    a, b = steps / (steps - half), half / (steps - half)
    price = max(a * fine[0] - b * coarse[0], intrinsic)
    return price, a * fine[1] - b * coarse[1], max(a * fine[2] - b * coarse[2], 0.0)
