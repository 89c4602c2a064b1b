"""American prices and Greeks with cash dividends: rows of one expiry side by side on finite-difference grids.

rows → families of one expiry, width of grid and effort → a fine grid, and a coarser one where each option also
stands at a bumped vol and a bumped rate → Richardson extrapolation of price and delta

A row's grid depends on nothing but the row, so that its value does not depend on which others stand beside it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.finite_difference import on_grid
from tools.pricing.kernels.grid import REACH, span, stretch
from tools.pricing.kernels.option import Dividends, before

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

SPOT, STRIKE, YEARS, RATE, INCOME, VOL = 1, 2, 3, 4, 5, 6  # columns
SIZES = 4.0  # of grids, per doubling of their width
LARGEST = 12  # size beyond which nodes stand further apart instead: 8 times the narrowest grid
VOL_BUMP = 1e-5  # of the vol
RATE_BUMP = 1e-6
SLACK = 0.1  # of the plainest grid: what a grid may lack of its width, half a deviation at either end
COSTLY, DEAR = 0.03, 0.12  # of the strike: what waiting until expiry costs the holder
DEEP = 2.5  # spot over strike from where a call is worth so much that its error counts in the strike
CALM, VOLATILE, WILD = 0.3, 0.8, 0.95  # deviation of ln S at expiry
LOSS, GAIN = -0.02, 0.005  # of the strike: by waiting for the dividends ahead, where the boundary leaps in between
EFFORTS, TORN = 8, 7  # from 0 for a plain option
FREQUENT = 6.0  # times the steps of a costly option: those of a torn one
COARSER = 0.70710678  # nodes, at half the steps
TOGETHER = 64  # options on one grid at a time


class Resolution(NamedTuple):
    """Nodes and time steps of the fine grid of a plain option; the coarse one has half the steps."""

    nodes: int
    steps: int


@njit(cache=True, nogil=True, error_model="numpy")
def torn(column: FloatArray, due: Dividends) -> bool:
    """Whether a put on a calm stock does best to wait for a late dividend, and gains next to nothing by it."""
    if column[0] > 0.0 or column[VOL] * math.sqrt(column[YEARS]) > CALM:
        return False
    best, lost, paid = -math.inf, 0.0, 0.0
    for d in range(len(due.years)):
        discount = math.exp(-column[RATE] * due.years[d])
        paid += due.cash[d] * discount
        gain = paid / column[STRIKE] - 1.0 + discount
        if gain > best:
            best, lost = gain, 1.0 - discount
    return lost > COSTLY and LOSS < best < GAIN


@njit(cache=True, nogil=True, error_model="numpy")
def effort(column: FloatArray, due: Dividends) -> int:
    """How much more than a plain option this one needs: where waiting costs much the boundary moves fast."""
    deviation = column[VOL] * math.sqrt(column[YEARS])
    found = (deviation > VOLATILE) + (deviation > WILD)
    if column[0] > 0.0 and column[SPOT] > DEEP * column[STRIKE]:
        found += 2
    cost = column[RATE] if column[0] < 0.0 else column[INCOME]
    if cost * column[YEARS] < COSTLY:
        return int(found)
    return TORN if torn(column, due) else int(found + 1 + (cost * column[YEARS] > DEAR))


@njit(cache=True, nogil=True, error_model="numpy")
def sizes(columns: FloatArray, dividends: Dividends) -> IntArray:
    """How wide the grids of each column must be, in powers of 2^(1/4), and its effort: EFFORTS·power + effort."""
    found = np.empty(columns.shape[1], dtype=np.int64)
    for k in range(len(found)):
        column, widest = columns[:, k], 1.0
        due = before(dividends, column[YEARS])
        for d in range(len(due.years)):
            part = stretch(d, column[YEARS], due)
            low, high = span(column, part)
            widest = max(widest, (high - low) / (2.0 * REACH * column[VOL] * part.root))
        wide = math.ceil(SIZES * math.log2(max(widest - SLACK, 1.0))) if widest < 1e9 else 120
        found[k] = EFFORTS * wide + effort(column, due)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def odd(intervals: float) -> int:
    """As many nodes as make about so many intervals, with one in the middle."""
    return 2 * int(0.5 * intervals) + 1


@njit(cache=True, nogil=True, error_model="numpy")
def fill_lanes(columns: FloatArray, members: IntArray, fields: int, lanes: FloatArray) -> None:
    """`lanes` (7, fields·m): the options, then at a higher vol, then at a higher rate."""
    m = len(members)
    for k in range(m):
        for f in range(fields):
            lanes[:, f * m + k] = columns[:, members[k]]
        if fields > 1:
            lanes[VOL, m + k] *= 1.0 + VOL_BUMP
        if fields > 2:
            lanes[RATE, 2 * m + k] += RATE_BUMP


@njit(cache=True, nogil=True, error_model="numpy")
def extrapolate(fine: FloatArray, coarse: FloatArray) -> None:
    """Prices and deltas without the error that `coarse`, in its first lanes, has four times."""
    for lane in range(fine.shape[1]):
        for f in range(2):
            fine[f, lane] += (fine[f, lane] - coarse[f, lane]) / 3.0


@njit(cache=True, nogil=True, error_model="numpy")
def assemble(
    columns: FloatArray, members: IntArray, fields: int, grid: FloatArray, bumped: FloatArray, out: FloatArray
) -> None:
    """Fill `out` (6, n) at `members`; an option worth exercising now moves with the spot alone."""
    m = len(members)
    for k in range(m):
        i = members[k]
        right, spot, strike, _, rate, income, vol = columns[:, i]
        intrinsic = right * (spot - strike)
        price, delta, gamma = grid[0, k], grid[1, k], max(grid[2, k], 0.0)
        if math.isnan(price):
            out[:6, i] = math.nan
            continue
        if grid[3, k] > 0.0:
            out[0, i], out[1, i], out[2:6, i] = intrinsic, right, 0.0
            continue
        out[0, i], out[1, i], out[2, i] = max(price, intrinsic, 0.0), delta, gamma
        out[3, i] = rate * price - (rate - income) * spot * delta - 0.5 * (vol * spot) ** 2 * gamma
        out[4, i] = (bumped[0, m + k] - bumped[0, k]) / (VOL_BUMP * vol) if fields > 1 else math.nan
        out[5, i] = (bumped[0, 2 * m + k] - bumped[0, k]) / RATE_BUMP if fields > 2 else math.nan


@njit(cache=True, nogil=True, error_model="numpy")
def discrete_families(
    columns: FloatArray,
    dividends: Dividends,
    order: IntArray,
    starts: IntArray,
    wide: IntArray,
    resolution: Resolution,
    fields: int,
    out: FloatArray,
) -> None:
    """Fill `out` (6, n): price, delta, gamma, theta and, with 2 fields, vega, with 3 rho; `wide` by family."""
    for f in range(len(starts) - 1):
        years = columns[YEARS, order[starts[f]]]
        due = before(dividends, years)
        wider, finer, more = wide[f] // EFFORTS, 2.0 ** (0.5 * (wide[f] % EFFORTS)), 1.0
        if wide[f] % EFFORTS == TORN:
            finer, more = math.sqrt(2.0), FREQUENT
        width, share = (
            2.0 * REACH * 2.0 ** (wider / SIZES),
            resolution.nodes * finer * 2.0 ** (min(wider, LARGEST) / SIZES),
        )
        steps = int(resolution.steps * finer * more)
        for first in range(starts[f], starts[f + 1], TOGETHER):
            members = order[first : min(first + TOGETHER, starts[f + 1])]
            lanes = np.empty((7, fields * len(members)))
            fill_lanes(columns, members, fields, lanes)
            own = lanes if fields < 3 else lanes[:, : len(members)].copy()
            fine, coarse = np.empty((4, own.shape[1])), np.empty((4, lanes.shape[1]))
            on_grid(own, due, width, odd(share), steps, fine)
            on_grid(lanes, due, width, odd(share * COARSER), steps // 2, coarse)
            extrapolate(fine, coarse)
            assemble(columns, members, fields, fine, coarse if fields > 2 else fine, out)


def laid_out(fields: tuple[FloatArray, ...], rows: IntArray) -> FloatArray:
    """The fields at `rows` side by side."""
    return np.stack([field[rows] if len(field) > 1 else np.full(len(rows), field[0]) for field in fields])


def discrete_columns(
    fields: tuple[FloatArray, ...],
    dividends: Dividends,
    rows: IntArray,
    resolution: Resolution,
    results: int,
    out: FloatArray,
) -> None:
    """Fill `out` (6 or more, n) at `rows`: the rows with a dividend before their expiry."""
    if len(rows) == 0:
        return
    columns = laid_out(fields, rows)
    wide, years = sizes(columns, dividends), columns[YEARS]
    order = np.lexsort([wide, years])
    changes = (np.diff(years[order]) != 0) | (np.diff(wide[order]) != 0)
    starts = np.concatenate([[0], np.flatnonzero(changes) + 1, [len(rows)]])
    found = np.empty((6, len(rows)))
    discrete_families(columns, dividends, order, starts, wide[order][starts[:-1]], resolution, results, found)
    out[:6, rows] = found
