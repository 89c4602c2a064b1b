"""Grids for the stretches between ex-dates: which spots they span, uniform in ln X.

A call is carried as the put that it mirrors (McDonald & Schroder 1998): V·K/S is a put on X = K²/S with rate and
yield exchanged, so that the grid follows the measure in which the call's value is bounded. Near now a grid lies
around today's spot, near expiry around the strike.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.option import Dividends

FloatArray = npt.NDArray[np.float64]

REACH = 5.0  # deviations that a grid extends beyond the spots that matter
NEAR = 0.25  # of the years to a stretch's end: what must be left for its grid to be laid out from expiry
FINEST = 0.125  # of a whole life's distance between nodes: next to expiry nothing finer is seen from before
FINEST_NOW = 1.0 / 64.0  # next to now kinks are, but here they are as good as sharp
FLOOR = 0.05  # of the spot: what dividends are taken to leave of it when a grid is laid out

SPOT, STRIKE, YEARS, RATE, INCOME, VOL = 1, 2, 3, 4, 5, 6  # columns


class Grid(NamedTuple):
    """Per lane (L): strike, rate, drift of ln X, vol; of node 0 ln X - ln strike, and the rise to the next node of
    ln X and of X as a share; (n, L) X at the later end.
    """

    strike: FloatArray
    rate: FloatArray
    drift: FloatArray
    vol: FloatArray
    foot: FloatArray
    gap: FloatArray
    rise: FloatArray
    spots: FloatArray


class Stretch(NamedTuple):
    """From one ex-date (or now) to the next (or expiry): years from now to its ends, and the cash paid by then.

    A grid spans the spots that can be reached from today's, or those from which the strike can be, whichever are
    fewer: `root` is the root of the years for which that is, or of a small part of a life where they are less.
    """

    start: float
    end: float
    paid: float
    due: float
    from_expiry: bool
    root: float


@njit(cache=True, nogil=True, error_model="numpy")
def stretch(k: int, years: float, dividends: Dividends) -> Stretch:
    """The stretch after `k` dividends."""
    count = len(dividends.years)
    start = dividends.years[k - 1] if k > 0 else 0.0
    end = dividends.years[k] if k < count else years
    from_expiry = k == count or (k > 0 and years - start < NEAR * end)
    least = (FINEST if from_expiry else FINEST_NOW) * math.sqrt(years)
    root = max(math.sqrt(years - start if from_expiry else end), least)
    return Stretch(start, end, dividends.cash[:k].sum(), dividends.cash[k:].sum(), from_expiry, root)


@njit(cache=True, nogil=True, error_model="numpy")
def span(column: FloatArray, part: Stretch) -> tuple[float, float]:
    """Lowest and highest ln S of a grid."""
    right, spot, rate, income, vol = column[0], column[SPOT], column[RATE], column[INCOME], column[VOL]
    reach, spread = REACH * vol * part.root, REACH * vol * math.sqrt(part.end)
    middle = (rate - income + 0.5 * right * vol * vol) * part.end
    low, high = spot * math.exp(middle - spread), spot * math.exp(middle + spread)
    low, high = math.log(max(low - part.paid, FLOOR * low)), math.log(max(high - part.paid, FLOOR * high))
    if part.from_expiry:
        near = math.log(column[STRIKE]) - reach
        ruin = math.log(part.due) - reach if right < 0.0 and part.due > 0.0 else near
        return min(near, max(ruin, low)), math.log(column[STRIKE] * math.exp(reach) + part.due)
    return low, high


@njit(cache=True, nogil=True, error_model="numpy")
def as_puts(columns: FloatArray) -> FloatArray:
    """`columns` with every call as the put that it mirrors."""
    puts = columns.copy()
    for lane in range(columns.shape[1]):
        if columns[0, lane] > 0.0:
            puts[SPOT, lane] = columns[STRIKE, lane] * (columns[STRIKE, lane] / columns[SPOT, lane])
            puts[RATE, lane], puts[INCOME, lane] = columns[INCOME, lane], columns[RATE, lane]
    return puts


@njit(cache=True, nogil=True, error_model="numpy")
def lay_out(columns: FloatArray, puts: FloatArray, middle: FloatArray, mesh: float, size: int) -> Grid:
    """The grid of every lane with ln(X / strike) = `middle` at the later end of its node (size - 1) / 2."""
    strike, rate, vol = puts[STRIKE].copy(), puts[RATE].copy(), puts[VOL].copy()
    gap = vol * mesh
    foot, rise, spots = middle - 0.5 * (size - 1) * gap, np.expm1(gap), np.empty((size, columns.shape[1]))
    spots[0], growth = strike * np.exp(foot), 1.0 + rise
    for j in range(1, size):
        climb(spots[j - 1], growth, spots[j])
    return Grid(strike, rate, rate - puts[INCOME] - 0.5 * vol * vol, vol, foot, gap, rise, spots)


@njit(cache=True, nogil=True, error_model="numpy")
def climb(spots: FloatArray, growth: FloatArray, following: FloatArray) -> None:
    for lane in range(len(spots)):
        following[lane] = spots[lane] * growth[lane]


@njit(cache=True, nogil=True, error_model="numpy")
def middles(columns: FloatArray, part: Stretch, mesh: float) -> FloatArray:
    """ln(X / strike) in the middle of the grid of each lane; half-way between two nodes at expiry."""
    middle = np.empty(columns.shape[1])
    for lane in range(columns.shape[1]):
        low, high = span(columns[:, lane], part)
        away = 0.5 * (low + high) - math.log(columns[STRIKE, lane])
        middle[lane] = -away if columns[0, lane] > 0.0 else away
        if part.end == columns[YEARS, lane]:
            middle[lane] = 0.5 * mesh * columns[VOL, lane]
    return middle
