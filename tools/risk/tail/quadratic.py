"""VaR without paths: the exact law of a book that gains δ·x + ½ x·Γ·x under jointly normal moves.

    deltas, gammas, covariance → independent normals → Σ b·z + λ·z² → characteristic function → quantile

Britten-Jones and Schaefer, Non-linear value-at-risk, European Finance Review 2 (1999); the inversion is that of
Gil-Pelaez, Note on the inversion theorem, Biometrika 38 (1951), as Imhof applied it to quadratic forms (1961).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq

from tools.risk.tail.likeness import square_root

FloatArray = npt.NDArray[np.float64]


def value_at_risk(
    *, delta: FloatArray, gamma: FloatArray, vol: FloatArray, correlation: FloatArray, level: float = 0.95
) -> float:
    """The loss at `level`, money, positive.

    delta  (n,) money per unit of return of each factor; gamma (n,) money per return squared (no cross terms)
    vol    (n,) standard deviation of each factor's move; correlation (n, n)
    `nan` where an input of a factor with any delta or gamma is unknown.
    """
    counts = (delta != 0) | (gamma != 0)
    if not counts.any():
        return 0.0
    delta, gamma, vol, correlation = delta[counts], gamma[counts], vol[counts], correlation[np.ix_(counts, counts)]
    if np.isnan(np.concatenate((delta, gamma, vol, correlation.ravel()))).any():
        return math.nan
    root = vol[:, None] * square_root(correlation)
    curve, turn = np.linalg.eigh(0.5 * root.T @ (gamma[:, None] * root))
    return -_quantile(turn.T @ (root.T @ delta), curve, 1 - level)


def _quantile(slope: FloatArray, curve: FloatArray, chance: float) -> float:
    """Where the distribution of Σ slope·z + curve·z² reaches `chance`."""
    mean = float(curve.sum())
    deviation = math.sqrt(float(slope @ slope + 2 * curve @ curve))
    if deviation == 0:
        return mean
    slope, curve = slope / deviation, curve / deviation
    nodes, weights = _nodes()

    def below(level: float) -> float:
        return _below(level, slope, curve, nodes, weights) - chance

    low, high = mean / deviation - REACH, mean / deviation + REACH
    return deviation * float(brentq(below, low, high, xtol=1e-9))


REACH = 12.0
"""Standard deviations around the mean that every quantile of interest lies within (Cantelli: beyond lies 0.7 %)."""


def _below(level: float, slope: FloatArray, curve: FloatArray, nodes: FloatArray, weights: FloatArray) -> float:
    """P(Σ slope·z + curve·z² ≤ level) = ½ - 1/π ∫ Im(e^{-itx} φ(t)) / t dt."""
    scaled = 1 - 2j * np.outer(nodes, curve)
    log_phi = (-0.5 * np.log(scaled) - 0.5 * (nodes[:, None] * slope) ** 2 / scaled).sum(axis=1)
    part = np.imag(np.exp(log_phi - 1j * nodes * level)) / nodes
    return 0.5 - float(weights @ part) / math.pi


def _nodes(count: int = 4000) -> tuple[FloatArray, FloatArray]:
    """Gauss-Legendre over panels that widen: φ falls slowly where one square alone counts, as 1/√t."""
    edges = np.concatenate((np.linspace(0, 40, 41), np.geomspace(40, 4e4, 60)[1:]))
    points, weights = np.polynomial.legendre.leggauss(count // len(edges))
    centre, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    return (centre[:, None] + half[:, None] * points).ravel(), (half[:, None] * weights).ravel()
