"""The two conditions of a surface on a dense grid, and how they answer to the coefficients of the correction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray, IntArray
from tools.pricing.surface.smile import Smile
from tools.pricing.surface.ssvi import Derivatives

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
    u, place = np.broadcast_arrays(u, asked[:, None])
    return Grid(u=u, k=np.sinh(u) * np.sqrt(smile.theta)[place], place=place)


def butterfly(smile: Smile, grid: Grid) -> FloatArray:
    """g at every point of the grid; a negative one is a butterfly for less than nothing."""
    return smile.density_factor(k=grid.k, place=grid.place)


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
class Neighbours:
    """Each maturity but the last beside the next, at the points of both (m - 1, 2p)."""

    k: FloatArray
    early: IntArray
    late: IntArray


def neighbours(grid: Grid) -> Neighbours:
    k = np.concatenate([grid.k[:-1], grid.k[1:]], axis=1)
    early, late = (np.broadcast_to(each[:, :1], k.shape) for each in (grid.place[:-1], grid.place[1:]))
    return Neighbours(k=k, early=early, late=late)


def calendar(smile: Smile, pairs: Neighbours) -> FloatArray:
    """ln of late over early variance; a negative one is a calendar spread for less than nothing."""
    late, early = (smile.variance(k=pairs.k, place=place) for place in (pairs.late, pairs.early))
    return np.asarray(np.log(late / early))
