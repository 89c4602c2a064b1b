"""Correlations as a matrix that can be drawn from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.domain.errors import InputError

FloatArray = npt.NDArray[np.float64]

LEAST_EIGENVALUE = 1e-8


def repaired(correlation: FloatArray) -> FloatArray:
    """The matrix itself where it is positive semi-definite, else the nearest correlation matrix to it.

    Higham, Computing the nearest correlation matrix, IMA Journal of Numerical Analysis 22 (2002): alternating
    projections with Dykstra's correction. `nan` entries stay, and make what is drawn from them unknown.
    `InputError` where it is no correlation: not symmetric, a diagonal other than 1, an entry beyond 1.
    """
    if np.isnan(correlation).any():
        return correlation
    if not np.allclose(correlation, correlation.T, atol=1e-9) or not np.allclose(np.diag(correlation), 1.0):
        raise InputError("Correlations must be symmetric with 1 on the diagonal; check the matrix.")
    if np.abs(correlation).max(initial=0.0) > 1 + 1e-9:
        raise InputError("A correlation lies beyond 1; check the matrix.")
    if not len(correlation) or np.linalg.eigvalsh(correlation)[0] >= -LEAST_EIGENVALUE:
        return correlation
    return _nearest(correlation)


def _nearest(correlation: FloatArray, *, rounds: int = 200) -> FloatArray:
    found, correction = correlation.copy(), np.zeros_like(correlation)
    for _ in range(rounds):
        shifted = found - correction
        values, vectors = np.linalg.eigh(shifted)
        definite = (vectors * np.maximum(values, 0.0)) @ vectors.T
        correction = definite - shifted
        moved = definite.copy()
        np.fill_diagonal(moved, 1.0)
        if np.abs(moved - found).max() < 1e-10:
            break
        found = moved
    root = np.sqrt(np.diag(definite))
    return np.asarray(definite / np.outer(root, root))


def square_root(correlation: FloatArray) -> FloatArray:
    """R with R Rᵀ = the matrix, also where it is singular; `nan` where an entry is."""
    if np.isnan(correlation).any():
        return np.full_like(correlation, np.nan)
    values, vectors = np.linalg.eigh(repaired(correlation))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))
