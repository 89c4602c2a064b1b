"""The nearest point to an ellipsoid's centre that satisfies linear inequalities.

Least distance programming (Lawson and Hanson, Solving Least Squares Problems, 1974, chapter 23): the dual is
a problem in non-negative least squares, which ends in finitely many steps. It is asked for the inequalities that
the centre breaks worst, and again with those that the answer breaks: the others do not bind.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtri
from scipy.optimize import nnls

from tools.domain.chain import BoolArray, FloatArray

ROUNDING = 1e-9  # by which an inequality may be missed
NOTHING = 1e-9  # a residual this small says that no point satisfies all inequalities
STEPS = 20  # of the active set, per row


def nearest_feasible(
    *, matrix: FloatArray, centre: FloatArray, rows: FloatArray, least: FloatArray
) -> FloatArray | None:
    """x that minimises (x - centre)ᵀ·matrix·(x - centre) with rows·x ≥ least; None where there is none.

    matrix (f, f) symmetric positive definite; rows (p, f); least (p).
    """
    # Products this large are NumPy's own: a linear-algebra library would wake its threads for them and wait.
    missing = least - np.einsum("pj,j->p", rows, centre)
    broken = _peaks(missing)
    if not broken.any():
        return centre
    root, flaw = dpotrf(matrix, lower=1)
    if flaw:
        raise np.linalg.LinAlgError("the matrix of a nearest point is not positive definite")
    whitening, _ = dtrtri(root, lower=1)
    asked, found = np.zeros_like(broken), centre
    while broken.any():
        asked |= broken
        step = _least(np.einsum("ij,pj->ip", whitening, rows[asked]), missing[asked])
        if step is None:
            return None
        found = centre + whitening.T @ step
        broken = (least - np.einsum("pj,j->p", rows, found) > ROUNDING) & ~asked
    return np.asarray(found)


def _peaks(missing: FloatArray) -> BoolArray:
    """Broken inequalities that miss no less than the rows beside them: of neighbours one stands for many."""
    beside = np.concatenate([[-np.inf], missing, [-np.inf]])
    return np.asarray((missing > ROUNDING) & (missing >= beside[:-2]) & (missing >= beside[2:]))


def _least(turned: FloatArray, missing: FloatArray) -> FloatArray | None:
    """The shortest x with x·turned ≥ missing, (f, p) and (p); None where there is none."""
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
    residual = np.einsum("ij,j->i", system, lifts) - target
    if abs(residual[-1]) < NOTHING:
        return None
    return np.asarray(-residual[:-1] / residual[-1] * scale)
