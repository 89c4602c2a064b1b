"""Coefficients as near to what the quotes ask for as neither condition of a surface forbids.

    firmest maturity first, then outwards:  its quotes + the neighbour's smile where they are silent
        → solve → linearise g ≥ 0 and w_early ≤ w_late on a dense grid → nearest feasible point → again
        → still broken anywhere at the end → towards the backbone, which breaks nothing

A maturity later than the first asked lies above its earlier neighbour, an earlier one below its later
neighbour; so the maturity with the best quotes bends to none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tools.domain.chain import FloatArray
from tools.pricing.surface.conditions import (
    DENSER,
    LATEST,
    POINTS,
    Grid,
    butterfly,
    calendar,
    dense_grid,
    density_slopes,
    neighbours,
)
from tools.pricing.surface.correction import basis_derivatives, from_free, to_free
from tools.pricing.surface.least_distance import nearest_feasible
from tools.pricing.surface.smile import Smile, durrleman
from tools.pricing.surface.ssvi import Derivatives, total_variance

ROUNDS, BOLD = 24, 8  # linearisations, and how many of them are followed all the way
MARGIN = 1e-2  # of g: rows aim above zero, as they are linear and g is not
EARLIER = 8e-4  # of ln w between neighbours: between two grid points it may be less
NEAR_DENSITY, NEAR_RISE = 0.2, 0.1  # points that hold by more than this need no row
BACK, STEPS = 0.9, 60  # what each step towards the backbone leaves of a correction, and how many there are


@dataclass(frozen=True, slots=True, eq=False)
class Normal:
    """Normal equations of m maturities: `matrix` (m, f, f), `right` (m, f) in free coefficients."""

    matrix: FloatArray
    right: FloatArray


def repaired(smile: Smile, asked: Normal, leaning: FloatArray) -> Smile:
    """`smile` with coefficients near to those `asked` for, free of arbitrage on the dense grid.

    `leaning` (f, f) is the penalty on a maturity's difference from its neighbour.
    """
    firmest = int(np.argmax(np.einsum("mii->m", asked.matrix)))
    free: FloatArray = np.zeros(asked.right.shape)
    grid = dense_grid(smile)
    bends = basis_derivatives(smile.correction, u=grid.u[0], place=grid.place[0])
    bends = Derivatives(to_free(bends.value), to_free(bends.first), to_free(bends.second))
    for m in [firmest, *range(firmest + 1, len(free)), *range(firmest - 1, -1, -1)]:
        beside = None if m == firmest else m - 1 if m > firmest else m + 1
        home = np.zeros(free.shape[1]) if beside is None else free[beside]
        matrix = asked.matrix[m] + leaning
        centre = np.linalg.solve(matrix, asked.right[m] + leaning @ home)
        own = _Ground(m, grid.k[m], bends, None if beside is None else _fence(smile, m, beside, grid))
        free[m] = _settled(smile, own, matrix, centre)
        smile = _with(smile, m, from_free(free[m]))
    return _towards_backbone(smile)


@dataclass(frozen=True, slots=True, eq=False)
class _Fence:
    """The neighbour's side of the calendar condition: rows · coefficients ≥ least, (p, f) and (p)."""

    rows: FloatArray
    least: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What does not change while maturity `m` settles: its grid, the basis on it, and the neighbour's fence."""

    m: int
    k: FloatArray
    bends: Derivatives
    fence: _Fence | None


def _fence(smile: Smile, m: int, beside: int, grid: Grid) -> _Fence:
    k = np.concatenate([grid.k[m], grid.k[beside]])
    place, other = np.full(len(k), m), np.full(len(k), beside)
    sign = 1.0 if m > beside else -1.0
    bare = 0.5 * np.log(total_variance(smile.shape, k=k, theta=smile.theta[place]))
    least = sign * (0.5 * np.log(smile.variance(k=k, place=other)) - bare)
    weights = basis_derivatives(smile.correction, u=smile.standardised(k=k, place=place), place=place).value
    return _Fence(sign * to_free(weights), least)


def _settled(smile: Smile, own: _Ground, matrix: FloatArray, centre: FloatArray) -> FloatArray:
    """Free coefficients of a maturity at the feasible point nearest to `centre`, the last try where none is."""
    free = centre
    place = np.full(len(own.k), own.m)
    for turn in range(ROUNDS):
        with np.errstate(over="ignore", invalid="ignore"):
            log = _with(smile, own.m, from_free(free)).log_derivatives(k=own.k, place=place)
            density = durrleman(log, own.k)
        if not np.isfinite(density).all():  # quotes that ask for vols beyond all numbers ask for nothing
            return np.zeros_like(centre)
        late = np.zeros(0) if own.fence is None else own.fence.rows @ free - own.fence.least
        if density.min() >= MARGIN / 2 and late.min(initial=0.0) >= -LATEST:
            return free
        close, near = density < NEAR_DENSITY, late < NEAR_RISE
        slopes = density_slopes(log, own.bends, k=own.k, theta=float(smile.theta[own.m]))[close]
        rows, least = slopes, slopes @ free + MARGIN - density[close]
        if own.fence is not None:
            rows = np.concatenate([rows, own.fence.rows[near]])
            least = np.concatenate([least, own.fence.least[near] + EARLIER / 2])
        better = nearest_feasible(matrix=matrix, centre=centre, rows=rows, least=least)
        if better is None:
            return free
        free = better if turn < BOLD else free + (better - free) / 2
    return free


def _with(smile: Smile, m: int, coefficients: FloatArray) -> Smile:
    all_of_them = smile.correction.coefficients.copy()
    all_of_them[m] = coefficients
    return replace(smile, correction=replace(smile.correction, coefficients=all_of_them))


def _towards_backbone(smile: Smile) -> Smile:
    """Corrections of maturities that still break a condition, on the denser grid of the verdict, shrunk."""
    grid = dense_grid(smile, points=DENSER * POINTS)
    pairs = neighbours(grid)
    whole = smile.correction.coefficients
    scale = np.ones(len(whole))
    for _ in range(STEPS):
        broken = butterfly(smile, grid).min(axis=1) < 0
        late = calendar(smile, pairs).min(axis=1, initial=0.0) < -LATEST
        broken[:-1] |= late
        broken[1:] |= late
        if not broken.any():
            return smile
        scale = np.where(broken, scale * BACK, scale)
        smile = replace(smile, correction=replace(smile.correction, coefficients=whole * scale[:, None]))
    return replace(smile, correction=replace(smile.correction, coefficients=np.zeros_like(whole)))
