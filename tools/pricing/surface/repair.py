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

from tools.domain.chain import BoolArray, FloatArray, IntArray
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
from tools.pricing.surface.correction import basis, basis_derivatives, free_place, from_free, to_free
from tools.pricing.surface.least_distance import nearest_feasible
from tools.pricing.surface.smile import Footing, Smile, durrleman
from tools.pricing.surface.ssvi import Derivatives

ROUNDS, BOLD = 24, 8  # linearisations, and how many of them are followed all the way
MARGIN = 1e-2  # of g: rows aim above zero, as they are linear and g is not
EARLIER = 8e-4  # of ln w between neighbours: between two grid points it may be less
NEAR_DENSITY, NEAR_RISE = 0.2, 0.1  # points that hold by more than this need no row
BACK, STEPS = 0.9, 60  # what each step towards the backbone leaves of a correction, and how many there are
AT_ONCE = 16  # maturities of the last look, whose many points then stay in a processor's cache


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
    footing = smile.footing(k=grid.k, place=grid.place)
    bends = basis_derivatives(smile.correction, u=grid.u[0])
    bends = Derivatives(to_free(bends.value), to_free(bends.first), to_free(bends.second))
    fences = _Fences.between(smile, grid)
    for m in [firmest, *range(firmest + 1, len(free)), *range(firmest - 1, -1, -1)]:
        beside = None if m == firmest else m - 1 if m > firmest else m + 1
        home = np.zeros(free.shape[1]) if beside is None else free[beside]
        matrix = asked.matrix[m] + leaning
        centre = np.linalg.solve(matrix, asked.right[m] + leaning @ home)
        fence = None if beside is None else fences.of(m, beside, home)
        ground = _Ground(grid.k[m], float(smile.theta[m]), footing.at(m), bends, fence)
        free[m] = _settled(ground, matrix, centre)
    settled = replace(smile.correction, coefficients=from_free(free))
    return _towards_backbone(replace(smile, correction=settled))


@dataclass(frozen=True, slots=True, eq=False)
class _Fence:
    """The neighbour's side of the calendar condition at p points: sign · own correction ≥ `least`.

    `at`, `weights` (p, 4) are the free coefficients behind the own correction and what each counts.
    """

    sign: float
    at: IntArray
    weights: FloatArray
    least: FloatArray

    def held(self, free: FloatArray) -> FloatArray:
        """By how much (p) the condition holds."""
        return np.asarray(self.sign * _carried(free, self.at, self.weights) - self.least)

    def rows(self, near: BoolArray, count: int) -> FloatArray:
        """The condition of the points `near` as rows · coefficients ≥ least."""
        rows = np.zeros((int(near.sum()), count))
        for j in range(self.at.shape[1]):  # the outermost coefficients stand for several: they add up
            rows[np.arange(len(rows)), self.at[near, j]] += self.sign * self.weights[near, j]
        return rows


@dataclass(frozen=True, slots=True, eq=False)
class _Fences:
    """All neighbours side by side: the basis (m - 1, 2p, 4) of the earlier and later, and what the backbone rises.

    `rise` is half of ln w, as a correction counts twice in it.
    """

    early: tuple[IntArray, FloatArray]
    late: tuple[IntArray, FloatArray]
    rise: FloatArray

    @classmethod
    def between(cls, smile: Smile, grid: Grid) -> _Fences:
        knots, pairs = smile.correction, neighbours(smile, grid)
        count = knots.coefficients.shape[1]
        early, late = (
            (free_place(at, coefficients=count), weights)
            for at, weights in (basis(knots, u=side.u) for side in (pairs.early, pairs.late))
        )
        return cls(early, late, (pairs.late.bare - pairs.early.bare) / 2)

    def of(self, m: int, beside: int, home: FloatArray) -> _Fence:
        """What `m` owes the maturity `beside` it, whose free coefficients are `home`."""
        pair, sign = min(m, beside), 1.0 if m > beside else -1.0
        own, other = (self.late, self.early) if m > beside else (self.early, self.late)
        least = sign * _carried(home, other[0][pair], other[1][pair]) - self.rise[pair]
        return _Fence(sign, own[0][pair], own[1][pair], least)


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What does not change while a maturity settles: its grid, the basis on it, and the neighbour's fence."""

    k: FloatArray
    theta: float
    footing: Footing
    bends: Derivatives
    fence: _Fence | None

    def log_derivatives(self, free: FloatArray) -> Derivatives:
        """w and the derivatives of ln w on the grid."""
        by = (np.einsum("pf,f->p", each, free) for each in (self.bends.value, self.bends.first, self.bends.second))
        return self.footing.bent(Derivatives(*by))


def _of(all_of_them: Derivatives, points: BoolArray) -> Derivatives:
    return Derivatives(all_of_them.value[points], all_of_them.first[points], all_of_them.second[points])


def _carried(free: FloatArray, at: IntArray, weights: FloatArray) -> FloatArray:
    """The correction at points whose coefficients `at` count by `weights`, (p, 4) both."""
    return np.asarray(np.einsum("pj,pj->p", free[at], weights))


def _settled(own: _Ground, matrix: FloatArray, centre: FloatArray) -> FloatArray:
    """Free coefficients of a maturity at the feasible point nearest to `centre`, the last try where none is."""
    free = centre
    for turn in range(ROUNDS):
        with np.errstate(over="ignore", invalid="ignore"):
            log = own.log_derivatives(free)
            density = durrleman(log, own.k)
        if not np.isfinite(density).all():  # quotes that ask for vols beyond all numbers ask for nothing
            return np.zeros_like(centre)
        held = np.zeros(0) if own.fence is None else own.fence.held(free)
        if density.min() >= MARGIN / 2 and held.min(initial=0.0) >= -LATEST:
            return free
        close, near = density < NEAR_DENSITY, held < NEAR_RISE
        rows = density_slopes(_of(log, close), _of(own.bends, close), k=own.k[close], theta=own.theta)
        least = np.einsum("pf,f->p", rows, free) + MARGIN - density[close]
        if own.fence is not None:
            rows = np.concatenate([rows, own.fence.rows(near, len(free))])
            least = np.concatenate([least, own.fence.least[near] + EARLIER / 2])
        better = nearest_feasible(matrix=matrix, centre=centre, rows=rows, least=least)
        if better is None:
            return free
        free = better if turn < BOLD else free + (better - free) / 2
    return free


def _towards_backbone(smile: Smile) -> Smile:
    """Corrections of maturities that still break a condition, on the denser grid of the verdict, shrunk."""
    whole = smile.correction.coefficients
    scale = np.ones(len(whole))
    for _ in range(STEPS):
        broken = _broken(smile)
        if not broken.any():
            return smile
        scale = np.where(broken, scale * BACK, scale)
        smile = replace(smile, correction=replace(smile.correction, coefficients=whole * scale[:, None]))
    return replace(smile, correction=replace(smile.correction, coefficients=np.zeros_like(whole)))


def _broken(smile: Smile) -> BoolArray:
    """Maturities (m) that break a condition; looked at some at a time."""
    broken = np.zeros(len(smile.theta), dtype=np.bool_)
    for first in range(0, len(broken), AT_ONCE):
        places = np.arange(first, min(first + AT_ONCE + 1, len(broken)))  # the last beside its neighbour
        grid = dense_grid(smile, places=places, points=DENSER * POINTS)
        broken[places] |= butterfly(smile, grid).min(axis=1) < 0
        late = calendar(smile, neighbours(smile, grid)).min(axis=1, initial=0.0) < -LATEST
        broken[places[:-1]] |= late
        broken[places[1:]] |= late
    return broken
