"""What a series of levels earned: returns, their spread, and what they earned over bills.

Definitions as in `empyrical` (cagr, annual_volatility, sharpe_ratio); sample deviations (n - 1).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

MONTHS = 12
FEWEST = 2  # returns that have a deviation


def returns(*, levels: npt.ArrayLike) -> FloatArray:
    """(n - 1,) simple returns between n levels."""
    values = np.asarray(levels, dtype=np.float64)
    return np.asarray(values[1:] / values[:-1] - 1, dtype=np.float64)


def annual_return(*, first: float, last: float, years: float) -> float:
    """Compound growth per year, a decimal; nan where no time passes."""
    return float((last / first) ** (1 / years) - 1) if years > 0 else float("nan")


def volatility(*, returns: npt.ArrayLike, per_year: int = MONTHS) -> float:
    """Standard deviation of periodic returns times √(periods per year), a decimal; nan below two returns."""
    values = np.asarray(returns, dtype=np.float64)
    return float(np.std(values, ddof=1) * np.sqrt(per_year)) if len(values) >= FEWEST else float("nan")


def sharpe(*, returns: npt.ArrayLike, risk_free: npt.ArrayLike, per_year: int = MONTHS) -> float:
    """Mean over deviation of excess returns, per year (Sharpe, Journal of Portfolio Management 21, 1994).

    `risk_free` are the returns of bills over the same periods; nan below two returns or without deviation.
    """
    excess = np.asarray(returns, dtype=np.float64) - np.asarray(risk_free, dtype=np.float64)
    spread = volatility(returns=excess, per_year=per_year)
    return float(np.mean(excess) * per_year / spread) if spread > 0 else float("nan")
