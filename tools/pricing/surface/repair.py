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
    LATEST,
    butterfly,
    butterfly_slopes,
    calendar,
    dense_grid,
    neighbours,
)
from tools.pricing.surface.correction import basis_derivatives
from tools.pricing.surface.least_distance import nearest_feasible
from tools.pricing.surface.smile import Smile

ROUNDS = 15
MARGIN = 5e-3  # of g: rows aim above zero, as they are linear and g is not
EARLIER = 8e-4  # of ln w between neighbours: between two grid points it may be less
NEAR_DENSITY, NEAR_RISE = 0.4, 0.3  # points that hold by more than this need no row
BACK, STEPS = 0.7, 24  # what each step towards the backbone leaves of a correction


@dataclass(frozen=True, slots=True, eq=False)
class Normal:
    """Normal equations of m maturities: `matrix` (m, f, f), `right` (m, f) in free coefficients."""

    matrix: FloatArray
    right: FloatArray


def repaired(smile: Smile, asked: Normal, leaning: FloatArray, tie: FloatArray) -> Smile:
    """`smile` with coefficients near to those `asked` for, free of arbitrage on the dense grid.

    `leaning` (f, f) is the penalty on a maturity's difference from its neighbour; `tie` (c, f) turns free
    coefficients into all.
    """
    firmest = int(np.argmax(np.einsum("mii->m", asked.matrix)))
    free = np.zeros(asked.right.shape)
    order = [firmest, *range(firmest + 1, len(free)), *range(firmest - 1, -1, -1)]
    for m in order:
        beside = None if m == firmest else m - 1 if m > firmest else m + 1
        home = np.zeros(free.shape[1]) if beside is None else free[beside]
        matrix = asked.matrix[m] + leaning
        centre = np.linalg.solve(matrix, asked.right[m] + leaning @ home)
        smile = _settled(smile, m, beside, matrix, centre, tie)
        free[m] = np.linalg.lstsq(tie, smile.correction.coefficients[m])[0]
    return _towards_backbone(smile)


def _settled(
    smile: Smile, m: int, beside: int | None, matrix: FloatArray, centre: FloatArray, tie: FloatArray
) -> Smile:
    """`smile` with the coefficients of maturity `m` at the feasible point nearest to `centre`."""
    free = centre
    for _ in range(ROUNDS):
        smile = _with(smile, m, tie @ free)
        rows, least, broken = _conditions(smile, m, beside, free, tie)
        if not broken:
            return smile
        better = nearest_feasible(matrix=matrix, centre=centre, rows=rows, least=least)
        if better is None:
            return smile
        free = better
    return _with(smile, m, tie @ free)


def _conditions(
    smile: Smile, m: int, beside: int | None, free: FloatArray, tie: FloatArray
) -> tuple[FloatArray, FloatArray, bool]:
    """Rows and least values of both conditions, linear in the coefficients, and whether one is broken now."""
    grid = dense_grid(smile, places=np.array([m]))
    density = butterfly(smile, grid)[0]
    close = density < NEAR_DENSITY
    slopes = (butterfly_slopes(smile, grid)[0] @ tie)[close]
    rows, least = [slopes], [slopes @ free + MARGIN - density[close]]
    broken = bool(density.min() < MARGIN / 2)
    if beside is not None:
        pairs = neighbours(dense_grid(smile, places=np.array(sorted((m, beside)))))
        rise, k, sign = calendar(smile, pairs)[0], pairs.k[0], 1.0 if m > beside else -1.0
        close = rise < NEAR_RISE
        place = np.full(int(close.sum()), m)
        u = smile.standardised(k=k[close], place=place)
        slopes = sign * basis_derivatives(smile.correction, u=u, place=place).value @ tie
        rows.append(slopes)
        least.append(slopes @ free + (EARLIER - rise[close]) / 2)
        broken |= bool(rise.min() < -LATEST)
    return np.concatenate(rows), np.concatenate(least), broken


def _with(smile: Smile, m: int, coefficients: FloatArray) -> Smile:
    all_of_them = smile.correction.coefficients.copy()
    all_of_them[m] = coefficients
    return replace(smile, correction=replace(smile.correction, coefficients=all_of_them))


def _towards_backbone(smile: Smile) -> Smile:
    grid = dense_grid(smile)
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
