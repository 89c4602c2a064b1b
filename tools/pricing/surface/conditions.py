"""The two conditions of a surface on a dense grid, and how they answer to the coefficients of the correction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray, IntArray
from tools.pricing.surface.smile import Smile, durrleman
from tools.pricing.surface.ssvi import Derivatives, total_variance

POINTS = 240
DENSER = 3  # times as many points for the last look at a surface
BEYOND = 1.0  # of u: the wings where only the backbone bends
LATEST = 1e-9  # of ln w: falls of variance below rounding are none


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """`u`, `k` (m, p) points of each maturity and their `place` (m, p)."""

    u: FloatArray
    k: FloatArray
    place: IntArray


def dense_grid(smile: Smile, *, places: IntArray | None = None, points: int = POINTS) -> Grid:
    """Evenly in u, over the knots of the correction and `BEYOND` them; of all maturities or those at `places`."""
    asked = np.arange(len(smile.theta)) if places is None else places
    knots = smile.correction
    u = np.linspace(knots.start - BEYOND, knots.start + knots.spans * knots.step + BEYOND, points)
    k = np.sinh(u) * np.sqrt(smile.theta[asked])[:, None]
    u, place = np.broadcast_arrays(u, asked[:, None])
    return Grid(u=u, k=k, place=place)


def butterfly(smile: Smile, grid: Grid) -> FloatArray:
    """g at every point of the grid; a negative one is a butterfly for less than nothing."""
    bend = smile.correction.with_derivatives(u=grid.u, place=grid.place)
    return durrleman(smile.footing(k=grid.k, place=grid.place).bent(bend), grid.k)


def density_slopes(log: Derivatives, rows: Derivatives, *, k: FloatArray, theta: float) -> FloatArray:
    """∂g/∂coefficient (p, c) of one maturity at `k` (p), from the basis `rows` (p, c) in u.

    `log` holds w and the derivatives of ln w in k, as `Smile.log_derivatives` gives them.
    """
    w, a, b = log.value, log.first, log.second
    by_w = -(a**2) / 4 * (1 + w / 2) + (a**2 + b) / 2
    by_a = -k * (1 - k * a / 2) - w * a / 2 * (1 + w / 4) + w * a
    reach = theta + k**2
    by_value, by_first, by_second = (
        2 * w * by_w,
        2 * by_a / np.sqrt(reach) - w * k / (reach * np.sqrt(reach)),
        w / reach,
    )
    return np.asarray(
        by_value[:, None] * rows.value + by_first[:, None] * rows.first + by_second[:, None] * rows.second
    )


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One of two neighbours at the points of both: `u`, `place` and ln of the `bare` variance, (m - 1, 2p)."""

    u: FloatArray
    place: IntArray
    bare: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Each maturity but the last beside the next, at the points of both."""

    early: Side
    late: Side


def neighbours(smile: Smile, grid: Grid) -> Neighbours:
    """The neighbours of a grid that was laid for `smile`; what its correction is does not matter."""
    k = np.concatenate([grid.k[:-1], grid.k[1:]], axis=1)
    place = grid.place[:, :1]
    theta = smile.theta[place]
    phi, root = smile.shape.phi(theta), np.sqrt(theta)
    u_early = np.concatenate([grid.u[:-1], np.arcsinh(grid.k[1:] / root[:-1])], axis=1)
    u_late = np.concatenate([np.arcsinh(grid.k[:-1] / root[1:]), grid.u[1:]], axis=1)
    sides = []
    for u, own in ((u_early, slice(None, -1)), (u_late, slice(1, None))):
        bare = np.log(total_variance(smile.shape, k=k, theta=theta[own], phi=phi[own]))
        sides.append(Side(u, np.broadcast_to(place[own], k.shape), bare))
    return Neighbours(*sides)


def calendar(smile: Smile, pairs: Neighbours) -> FloatArray:
    """ln of late over early variance; a negative one is a calendar spread for less than nothing."""
    late, early = (
        side.bare + 2 * smile.correction.value(u=side.u, place=side.place) for side in (pairs.late, pairs.early)
    )
    return np.asarray(late - early)
