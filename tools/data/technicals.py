"""Figures read off a daily history: averages, strength, realised volatility, volatility rank and percentile.

Every function takes a history whose last value is the present and returns NaN where the history is
too short to say.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

SESSIONS_PER_YEAR = 252


def moving_average(*, closes: FloatArray, window: int = 20) -> float:
    """The mean of the last `window` prices."""
    return float(closes[-window:].mean()) if len(closes) >= window else np.nan


def relative_strength(*, closes: FloatArray, window: int = 14) -> float:
    """RSI, 0-100, with Wilder's smoothing (New Concepts in Technical Trading Systems, 1978, section VI).

    The first average is the plain mean of `window` changes; each later one is
    (previous·(window - 1) + change) / window. 50 where the price never moved.
    """
    changes = np.diff(closes)
    if len(changes) < window:
        return np.nan
    gain, loss = (float(np.maximum(sign * changes[:window], 0).mean()) for sign in (1, -1))
    for change in changes[window:].tolist():
        gain = (gain * (window - 1) + max(change, 0.0)) / window
        loss = (loss * (window - 1) + max(-change, 0.0)) / window
    return 100 * gain / (gain + loss) if gain + loss > 0 else 50.0


def macd(*, closes: FloatArray, fast: int = 12, slow: int = 26, signal: int = 9) -> float:
    """The histogram of MACD as a share of the present price: (fast average - slow average) less its own average.

    Appel, "Technical Analysis: Power Tools for Active Investors", 2005, ch. 6; averages are exponential with the
    factor 2 / (window + 1), begun at the first price, so that it takes slow + signal closes to mean anything.
    """
    if len(closes) < slow + signal:
        return np.nan
    closes = closes[-10 * slow :]  # what lies further back weighs less than a billionth
    line = _exponential(closes, fast) - _exponential(closes, slow)
    return float((line[-1] - _exponential(line, signal)[-1]) / closes[-1])


def _exponential(values: FloatArray, window: int) -> FloatArray:
    factor = 2 / (window + 1)
    decay = (1 - factor) ** np.arange(len(values))
    return np.asarray(factor * np.convolve(values, decay)[: len(values)] + (1 - factor) * decay * values[0])


def day_change(*, closes: FloatArray) -> float:
    """The present over the close before, less 1."""
    return float(closes[-1] / closes[-2] - 1) if len(closes) >= 2 else np.nan


def realised_volatility(*, closes: FloatArray, window: int = 30) -> float:
    """Standard deviation of the last `window` log returns around zero, decimal per year (252 sessions)."""
    if len(closes) <= window:
        return np.nan
    returns = np.diff(np.log(closes[-window - 1 :]))
    return float(np.sqrt(SESSIONS_PER_YEAR * np.mean(returns**2)))


def parkinson_volatility(*, highs: FloatArray, lows: FloatArray, window: int = 30) -> float:
    """Volatility from the last `window` daily ranges, decimal per year: mean of ln(H/L)² / (4 ln 2).

    Parkinson, "The extreme value method for estimating the variance of the rate of return", Journal of Business
    53, 1980. Sees trading hours alone: gaps overnight are not in it.
    """
    if min(len(highs), len(lows)) < window:
        return np.nan
    ranges = np.log(highs[-window:] / lows[-window:])
    return float(np.sqrt(SESSIONS_PER_YEAR * np.mean(ranges**2) / (4 * np.log(2))))


def yang_zhang_volatility(
    *, opens: FloatArray, highs: FloatArray, lows: FloatArray, closes: FloatArray, window: int = 30
) -> float:
    """Volatility from the last `window` sessions with the gaps before them, decimal per year.

    Overnight variance + k·(open to close) + (1 - k)·(Rogers-Satchell), k = 0.34 / (1.34 + (n + 1)/(n - 1)): Yang
    and Zhang, "Drift-independent volatility estimation based on high, low, open, and close prices", Journal of
    Business 73, 2000, equations 7 to 10.
    """
    if window < 2 or min(len(opens), len(highs), len(lows), len(closes)) <= window:
        return np.nan
    gap = np.log(opens[-window:] / closes[-window - 1 : -1])
    up, down, day = (np.log(each[-window:] / opens[-window:]) for each in (highs, lows, closes))
    share = 0.34 / (1.34 + (window + 1) / (window - 1))
    within = float(np.mean(up * (up - day) + down * (down - day)))
    variance = gap.var(ddof=1) + share * day.var(ddof=1) + (1 - share) * within
    return float(np.sqrt(SESSIONS_PER_YEAR * variance))


def volatility_rank(*, vols: FloatArray, window: int = SESSIONS_PER_YEAR) -> float:
    """IV rank: where the present lies between the year's lowest (0) and highest (100) value, present included."""
    if len(vols) < window:
        return np.nan
    year = vols[-window:]
    low, high = float(year.min()), float(year.max())
    return 100 * ((float(vols[-1]) - low) / (high - low)) if high > low else np.nan


def volatility_percentile(*, vols: FloatArray, window: int = SESSIONS_PER_YEAR) -> float:
    """IV percentile: the share of the year's earlier days, in per cent, with a value below the present."""
    if len(vols) <= window or np.isnan(vols[-window - 1 :]).any():
        return np.nan
    return 100 * float(np.mean(vols[-window - 1 : -1] < vols[-1]))


def regression_beta(*, returns: FloatArray, market: FloatArray, window: int = SESSIONS_PER_YEAR) -> float:
    """The slope of `returns` on `market` over the last `window` sessions."""
    if len(returns) < window:
        return np.nan
    covariance = np.cov(returns[-window:], market[-window:])
    return float(covariance[0, 1] / covariance[1, 1])


def average_correlation(*, returns: FloatArray, window: int = SESSIONS_PER_YEAR) -> float:
    """The mean pairwise Pearson correlation of the columns of `returns` (sessions, names) over `window`."""
    names = returns.shape[1]
    if len(returns) < window or names < 2:
        return np.nan
    matrix = np.corrcoef(returns[-window:], rowvar=False)
    return float((matrix.sum() - names) / (names * (names - 1)))
