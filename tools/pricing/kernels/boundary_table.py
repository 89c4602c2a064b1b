"""Boundaries of options that differ in vol alone: solved at a few vols, interpolated between them.

The vols of one table span a factor √2 from 2^(panel/2) upwards, fixed once and for all, so that the value of
an option does not depend on which others stand beside it. Interpolation is polynomial in ln vol.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.exercise_boundary import Collocation, Put, first_guess, solve

FloatArray = npt.NDArray[np.float64]

PANELS = 2.0  # per doubling of the vol
MARKS = 9  # vols per panel; the error left is below 1e-9 of the strike


class Table(NamedTuple):
    """Per mark of a panel: `fall` (m, n) and `slopes` (m, 2, n), as `exercise_boundary.solve` gives them."""

    fall: FloatArray
    slopes: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def panel_of(vol: float) -> int:
    """The panel that holds `vol`."""
    return math.floor(PANELS * math.log2(vol))


@njit(cache=True, nogil=True, error_model="numpy")
def with_put_vol(put: Put, vol: float) -> Put:
    """The same put at another volatility."""
    return Put(put.mirrored, put.years, put.rate, put.income, vol)


@njit(cache=True, nogil=True, error_model="numpy")
def fill(put: Put, panel: int, marks: FloatArray, rule: Collocation, table: Table) -> None:
    """Solve for every mark of the panel, each from the one before."""
    for m in range(len(marks)):
        at = with_put_vol(put, 2.0 ** ((panel + marks[m]) / PANELS))
        if m == 0:
            first_guess(at, rule.nodes, table.fall[0])
        else:
            ratio = 2.0 ** ((marks[m] - marks[m - 1]) / PANELS)
            table.fall[m] = table.fall[m - 1] * ratio
        solve(at, rule, table.fall[m], table.slopes[m])


@njit(cache=True, nogil=True, error_model="numpy")
def look_up(vol: float, panel: int, marks: FloatArray, table: Table, fall: FloatArray, slopes: FloatArray) -> None:
    """Fill `fall` (n) and `slopes` (2, n) for a vol of the panel: barycentric weights of its Chebyshev marks."""
    at = PANELS * math.log2(vol) - panel
    weights, total, last = np.empty(len(marks)), 0.0, len(marks) - 1
    for m in range(last + 1):
        away = at - marks[m]
        if abs(away) < 1e-14:
            fall[:], slopes[:] = table.fall[m], table.slopes[m]
            return
        weights[m] = (0.5 if m in (0, last) else 1.0) * (1.0 if m % 2 == 0 else -1.0) / away
        total += weights[m]
    fall[:], slopes[:] = 0.0, 0.0
    for m in range(last + 1):
        share = weights[m] / total
        for j in range(len(fall)):
            fall[j] += share * table.fall[m, j]
            slopes[0, j] += share * table.slopes[m, 0, j]
            slopes[1, j] += share * table.slopes[m, 1, j]
