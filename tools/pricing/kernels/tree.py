"""A Leisen-Reimer binomial tree for American options, with cash dividends in the spot model.

    last layer → backward steps → at an ex-date: shift by the dividend, interpolate
    → price, delta, gamma at today's layer → Richardson extrapolation of two trees

The tree puts the strike in the middle of its last layer (Leisen & Reimer, Binomial models for option
valuation, Applied Mathematical Finance 3, 1996). A cash dividend D is a jump of the spot by -D at its
ex-date; on the layer before it the value at S is the value at S - D, interpolated (Vellekoop &
Nieuwenhuis, Efficient pricing of derivatives on assets with discrete dividends, AMF 13, 2006).
The tree starts before today, so that today's layer has neighbours for delta and gamma (Pelsser & Vorst,
The binomial model and the Greeks, Journal of Derivatives 1994) and room for spots shifted early.

A node is numbered by its up-steps j: at layer k its spot is S·exp(k·down + (j - room)·gap).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.black_scholes import log_ratio
from tools.pricing.kernels.option import Dividends, Option

FloatArray = npt.NDArray[np.float64]

CENTRE = 4.0  # a strike further than this many deviations away needs no node of its own
ABOVE = 3  # extra nodes above today's spot: neighbours of the interpolation
REACH = 600.0  # the log of a spot must stay well inside what a float64 can hold
LOWEST = 1e-9  # what a dividend larger than the spot leaves of it


class Dividend(NamedTuple):
    """One ex-date, years after the layer at hand."""

    years: float
    cash: float


class Lattice(NamedTuple):
    """Geometry of one tree: time step, log of a down-step, log distance of nodes, probability of an up-step."""

    steps: int
    step: float
    down: float
    gap: float
    up_probability: float
    room: int


@njit(cache=True, nogil=True, error_model="numpy")
def peizer_pratt(z: float, steps: int) -> float:
    """The success probability whose binomial tail over odd `steps` is Φ(z) (Peizer-Pratt method 2)."""
    scaled = z / (steps + 1.0 / 3.0 + 0.1 / (steps + 1.0))
    half = 0.5 * math.sqrt(-math.expm1(-scaled * scaled * (steps + 1.0 / 6.0)))
    return 0.5 + half if z > 0.0 else 0.5 - half


@njit(cache=True, nogil=True, error_model="numpy")
def room_below(spot: float, total: float, gap: float, steps: int) -> int:
    """Extra nodes below today's spot: one neighbour, or the way down that all dividends together shift."""
    if total <= 0.0:
        return 1
    shift = math.log(spot / max(spot - total, 0.05 * spot))
    return 3 + int(min(shift / gap, float(steps)))


@njit(cache=True, nogil=True, error_model="numpy")
def lattice(option: Option, dividends: Dividends, steps: int) -> Lattice:
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
    return Lattice(steps, step, down, gap, p, room_below(option.spot, dividends.cash.sum(), gap, steps))


@njit(cache=True, nogil=True, error_model="numpy")
def interpolate(values: FloatArray, position: float, gap: float) -> float:
    """`values` at a fractional node: cubic, kept between its neighbours; below the lowest, linear in the spot."""
    last = len(values) - 1
    if position <= 0.0:
        return float(values[0] + math.expm1(gap * position) / math.expm1(gap) * (values[1] - values[0]))
    if position >= last:
        return float(values[last])
    i = int(position)
    j = min(max(i - 1, 0), last - 3)
    x = position - j
    cubic = (
        -values[j] * (x - 1.0) * (x - 2.0) * (x - 3.0) / 6.0
        + values[j + 1] * x * (x - 2.0) * (x - 3.0) / 2.0
        - values[j + 2] * x * (x - 1.0) * (x - 3.0) / 2.0
        + values[j + 3] * x * (x - 1.0) * (x - 2.0) / 6.0
    )
    low, high = min(values[i], values[i + 1]), max(values[i], values[i + 1])
    return float(min(max(cubic, low), high))


@njit(cache=True, nogil=True, error_model="numpy")
def shift(values: FloatArray, exercised: FloatArray, positions: FloatArray, gap: float) -> None:
    """Carry a layer back over an ex-date: `positions` are the nodes that the dividend leads to.

    Exercise pays right after the ex-date (puts) and right before it (calls). The kink that the latter
    leaves between two nodes is averaged over the node's cell; taken at the node alone it costs accuracy
    that more steps do not bring back.
    """
    after = np.maximum(values, exercised)
    last = len(values) - 1
    for j in range(last + 1):
        values[j] = max(interpolate(after, positions[j], gap), 0.0)
    gain = exercised - values
    for j in range(last + 1):
        half = 0.25 * abs(gain[min(j + 1, last)] - gain[max(j - 1, 0)])
        if abs(gain[j]) < half:
            values[j] += (gain[j] + half) ** 2 / (4.0 * half)
        else:
            values[j] += max(gain[j], 0.0)


@njit(cache=True, nogil=True, error_model="numpy")
def pay_dividend(option: Option, grid: Lattice, paid: Dividend, asset: FloatArray, values: FloatArray) -> None:
    """Carry `values` of the layer with spots `asset` back over a dividend that follows it within a step."""
    asset_factor = math.exp(-option.dividend_yield * paid.years)
    cash_factor = math.exp(-option.rate * paid.years)
    shifted = np.maximum(asset - paid.cash * cash_factor / asset_factor, LOWEST * asset)
    positions = np.log(shifted / asset[0]) / grid.gap
    shift(values, option.right * (asset * asset_factor - option.strike * cash_factor), positions, grid.gap)


@njit(cache=True, nogil=True, error_model="numpy")
def roll_back(option: Option, dividends: Dividends, grid: Lattice, powers: FloatArray, values: FloatArray) -> None:
    """From the last layer in `values` to today's; `powers` are a layer's spots over its base exp(k·down)."""
    right, strike = option.right, option.strike
    discount = math.exp(-option.rate * grid.step)
    up, down = discount * grid.up_probability, discount * (1.0 - grid.up_probability)
    due = len(dividends.years) - 1
    for k in range(grid.steps - 1, -1, -1):
        base = math.exp(grid.down * k)
        count = k + 1 + grid.room + ABOVE
        if due < 0 or dividends.years[due] < k * grid.step:
            signed_base, signed_strike = right * base, right * strike
            for j in range(count):
                held = up * values[j + 1] + down * values[j]
                exercised = signed_base * powers[j] - signed_strike
                values[j] = held if held > exercised else exercised
            continue
        layer, asset = values[:count], base * powers[:count]
        layer[:] = up * values[1 : count + 1] + down * layer
        while due >= 0 and dividends.years[due] >= k * grid.step:
            paid = Dividend(dividends.years[due] - k * grid.step, dividends.cash[due])
            pay_dividend(option, grid, paid, asset, layer)
            due -= 1
        layer[:] = np.maximum(layer, right * (asset - strike))


@njit(cache=True, nogil=True, error_model="numpy")
def tree(option: Option, dividends: Dividends, steps: int) -> tuple[float, float, float]:
    """(price, delta, gamma) of an American option on one tree of an odd number of steps; nan beyond its reach."""
    grid = lattice(option, dividends, steps)
    size = steps + 1 + grid.room + ABOVE
    if not abs(grid.down) * steps + grid.gap * size < REACH:
        return math.nan, math.nan, math.nan
    powers, values = np.empty(size), np.empty(size)
    last = math.exp(grid.down * steps)
    for j in range(size):
        powers[j] = option.spot * math.exp(grid.gap * (j - grid.room))
        values[j] = max(option.right * (powers[j] * last - option.strike), 0.0)
    roll_back(option, dividends, grid, powers, values)
    below, here, above = values[grid.room - 1], values[grid.room], values[grid.room + 1]
    rise, fall = option.spot * math.expm1(grid.gap), -option.spot * math.expm1(-grid.gap)
    slope_up, slope_down = (above - here) / rise, (here - below) / fall
    delta = (slope_up * fall + slope_down * rise) / (rise + fall)
    return here, delta, 2.0 * (slope_up - slope_down) / (rise + fall)


@njit(cache=True, nogil=True, error_model="numpy")
def extrapolated(option: Option, dividends: Dividends, steps: int) -> tuple[float, float, float]:
    """(price, delta, gamma ≥ 0) with the error of order 1/steps removed, never below exercise today."""
    half = steps // 2 + 1 - (steps // 2) % 2
    intrinsic = option.right * (option.spot - option.strike)
    fine = tree(option, dividends, steps)
    if fine[0] <= intrinsic:
        return intrinsic, option.right, 0.0
    coarse = tree(option, dividends, half)
    if math.isnan(fine[0] + coarse[0]):
        return math.nan, math.nan, math.nan
    a, b = steps / (steps - half), half / (steps - half)
    price = max(a * fine[0] - b * coarse[0], intrinsic)
    return price, a * fine[1] - b * coarse[1], max(a * fine[2] - b * coarse[2], 0.0)
