"""Nodes, quadrature points and interpolation matrices of the exercise boundary, by accuracy.

All of it is relative to the time to expiry, so that one set serves every option.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tools.pricing.kernels.boundary_table import MARKS
from tools.pricing.kernels.early_exercise import Quadrature
from tools.pricing.kernels.exercise_boundary import Collocation

FloatArray = npt.NDArray[np.float64]

ZOOMS = 8  # each brings the points four times closer to today


class Rule(NamedTuple):
    """How the boundary is found, how the premium is integrated over it, and where the vols of a table lie."""

    boundary: Collocation
    premium: Quadrature
    marks: FloatArray


@cache
def rule(nodes: int, boundary_points: int, premium_points: int, tight: float) -> Rule:
    """Chebyshev nodes in √(τ/T), 0 left out as the boundary is known there; Gauss-Legendre points in θ."""
    roots = _chebyshev(nodes)
    sines, cosines, weights = _angles(boundary_points, 1.0, uniform=True)
    spread = _interpolation(roots, roots[1:, None] * cosines)[..., 1:]
    boundary = Collocation(
        roots[1:].copy(),
        np.ascontiguousarray(spread.transpose(0, 2, 1)),
        np.stack([sines, 1.0 / sines, weights]),
        tight,
    )
    zoomed = [_angles(premium_points, 0.25**zoom) for zoom in range(ZOOMS)]
    onto = np.stack([_interpolation(roots, cosines)[:, 1:].T for _, cosines, _ in zoomed])
    angles = np.stack([np.stack([sines, 1.0 / sines, weights]) for sines, _, weights in zoomed])
    premium = Quadrature(angles, np.ascontiguousarray(onto))
    return Rule(boundary, premium, _chebyshev(MARKS - 1))


def _chebyshev(count: int) -> FloatArray:
    """count + 1 Chebyshev-Lobatto nodes on [0, 1]."""
    return 0.5 - 0.5 * np.cos(np.pi * np.arange(count + 1) / count)


def _angles(points: int, scale: float, *, uniform: bool = False) -> tuple[FloatArray, FloatArray, FloatArray]:
    """sin θ, cos θ and the weights of d(sin²θ) on (0, π/2), θ = scale·sinh where not uniform."""
    x, weights = np.polynomial.legendre.leggauss(points)
    if uniform:
        theta, slope = 0.25 * np.pi * (x + 1.0), np.full(points, 0.25 * np.pi)
    else:
        reach = np.arcsinh(0.5 * np.pi / scale)
        theta = scale * np.sinh(0.5 * reach * (x + 1.0))
        slope = 0.5 * reach * scale * np.cosh(0.5 * reach * (x + 1.0))
    sines, cosines = np.sin(theta), np.cos(theta)
    return sines, cosines, weights * slope * 2.0 * sines * cosines


def _interpolation(nodes: FloatArray, at: FloatArray) -> FloatArray:
    """Barycentric weights of Chebyshev-Lobatto nodes, (…, nodes)."""
    weights = (-1.0) ** np.arange(len(nodes))
    weights[[0, -1]] *= 0.5
    terms = weights / (at[..., None] - nodes)
    return np.asarray(terms / terms.sum(axis=-1, keepdims=True))
