"""Ratios of what was earned to what was risked, besides Sharpe's. `nan` where nothing was risked."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tools.performance.returns import FEWEST

TAIL = 5.0  # per cent on each side


def sortino(*, returns: npt.ArrayLike, risk_free: npt.ArrayLike, per_year: int) -> float:
    """Mean excess over the root mean square of its shortfalls below 0, per year (Sortino and Price, 1994).

    All returns count in the mean square; `risk_free` are the returns of bills over the same periods.
    """
    excess = np.asarray(returns, dtype=np.float64) - np.asarray(risk_free, dtype=np.float64)
    if len(excess) == 0:
        return math.nan
    downside = float(np.sqrt(np.mean(np.minimum(excess, 0.0) ** 2) * per_year))
    return float(np.mean(excess)) * per_year / downside if downside > 0 else math.nan


def calmar(*, annual_return: float, max_drawdown: float) -> float:
    """Yearly return over the deepest fall (Young, 1991); `max_drawdown` is 0 or negative."""
    return annual_return / -max_drawdown if max_drawdown < 0 else math.nan


def tail_ratio(*, returns: npt.ArrayLike) -> float:
    """|95th percentile| over |5th|: above 1, the good extremes are the larger ones."""
    values = np.asarray(returns, dtype=np.float64)
    if len(values) < FEWEST:
        return math.nan
    low, high = np.abs(np.percentile(values, [TAIL, 100 - TAIL]))
    return float(high / low) if low > 0 else math.nan
