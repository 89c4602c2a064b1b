"""How far a series of levels fell from its highest so far."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def drawdown(*, levels: npt.ArrayLike) -> FloatArray:
    """(n,) share below the highest level so far: 0 at a high, -0.25 a quarter below it."""
    values = np.asarray(levels, dtype=np.float64)
    return np.asarray(values / np.maximum.accumulate(values) - 1, dtype=np.float64)


def max_drawdown(*, levels: npt.ArrayLike) -> float:
    """The deepest drawdown, negative or 0; nan of no levels. Monthly levels see less than daily ones."""
    falls = drawdown(levels=levels)
    return float(falls.min()) if len(falls) else float("nan")
