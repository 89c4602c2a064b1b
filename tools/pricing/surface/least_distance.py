"""The nearest point to an ellipsoid's centre that satisfies linear inequalities.

Least distance programming (Lawson and Hanson, Solving Least Squares Problems, 1974, chapter 23): the dual is
a problem in non-negative least squares, which ends in finitely many steps.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import nnls

from tools.domain.chain import FloatArray

NOTHING = 1e-9  # a residual this small says that no point satisfies all inequalities
STEPS = 20  # of the active set, per row


def nearest_feasible(
    *, matrix: FloatArray, centre: FloatArray, rows: FloatArray, least: FloatArray
) -> FloatArray | None:
    """x that minimises (x - centre)ᵀ·matrix·(x - centre) with rows·x ≥ least; None where there is none.

    matrix (f, f) symmetric positive definite; rows (p, f); least (p).
    """
    missing = least - rows @ centre
    if (missing <= 0).all():
        return centre
    # So small a product is done before the threads of a linear-algebra library are awake.
    whitening = np.linalg.inv(np.linalg.cholesky(matrix))
    turned = np.einsum("ij,pj->ip", whitening, rows)
    size = np.linalg.norm(turned, axis=0)
    turned, missing = turned / size, missing / size
    scale = float(np.abs(missing).max())
    system = np.vstack([turned, missing / scale])
    target = np.zeros(len(system))
    target[-1] = 1.0
    try:
        lifts, _ = nnls(system, target, maxiter=STEPS * len(target))
    except RuntimeError:
        return None
    residual = system @ lifts - target
    if abs(residual[-1]) < NOTHING:
        return None
    step = -residual[:-1] / residual[-1] * scale
    return np.asarray(centre + whitening.T @ step)
