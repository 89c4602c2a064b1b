"""How closely the returns of one series follow another's: correlation, tracking error, mean gap."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.performance.returns import FEWEST, MONTHS, volatility


def correlation(*, returns: npt.ArrayLike, other: npt.ArrayLike) -> float:
    """Pearson's correlation of two runs of returns; nan where one does not move."""
    first, second = np.asarray(returns, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if len(first) < FEWEST or not (np.ptp(first) > 0 and np.ptp(second) > 0):
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def tracking_error(*, returns: npt.ArrayLike, other: npt.ArrayLike, per_year: int = MONTHS) -> float:
    """Standard deviation of the differences, per √year, a decimal (Grinold and Kahn, 1999, chapter 3)."""
    return volatility(returns=_gaps(returns, other), per_year=per_year)


def mean_gap(*, returns: npt.ArrayLike, other: npt.ArrayLike, per_year: int = MONTHS) -> float:
    """Mean of the differences per year, a decimal; positive where the first earns more."""
    gaps = _gaps(returns, other)
    return float(np.mean(gaps) * per_year) if len(gaps) else float("nan")


def _gaps(returns: npt.ArrayLike, other: npt.ArrayLike) -> npt.NDArray[np.float64]:
    return np.asarray(returns, dtype=np.float64) - np.asarray(other, dtype=np.float64)
