"""Quantiles of gains, what is lost beyond them, and which position loses it.

    gains by position and path → gains of the book → VaR, ES · each position's part of ES (they add up to it)

VaR at level a is the loss that a share 1 - a of paths exceeds; ES the mean of the worst 1 - a, its last path
counted in part, which is coherent on any paths (Acerbi and Tasche, On the coherence of expected shortfall, 2002).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def value_at_risk(gains: FloatArray, *, level: float) -> float:
    """The loss of the book at `level` (0.95), money, positive; `nan` where a path is unknown."""
    if not len(gains) or np.isnan(gains).any():
        return math.nan
    rank = math.ceil((1 - level) * len(gains) - SLACK)  # the worst paths, the last of which is the quantile
    return float(-np.partition(gains, rank - 1)[rank - 1]) + 0.0


def expected_shortfall(gains: FloatArray, *, level: float) -> float:
    """The mean loss of the worst 1 - `level` of the paths, money, positive; never below VaR at that level."""
    if not len(gains) or np.isnan(gains).any():
        return math.nan
    return float(-gains @ _tail(gains, level)) + 0.0


def components(gains: FloatArray, *, level: float) -> FloatArray:
    """(m,) what each position adds to ES of the book, from (m, p) gains; they sum to it, hedges are negative."""
    book = gains.sum(axis=0)
    if not len(book) or np.isnan(book).any():
        return np.full(len(gains), np.nan)
    return np.asarray(-gains @ _tail(book, level))


def increments(gains: FloatArray, *, level: float) -> FloatArray:
    """(m,) how much less ES would be without each position."""
    book = gains.sum(axis=0)
    whole = expected_shortfall(book, level=level)
    return np.array([whole - expected_shortfall(book - row, level=level) for row in gains])


def standard_error(gains: FloatArray, *, level: float) -> float:
    """Of VaR on these paths: the half width of the order statistics' 68 % interval."""
    n = len(gains)
    if n < 2 or np.isnan(gains).any():
        return math.nan
    centre, spread = (1 - level) * n, math.sqrt(n * level * (1 - level))
    low, high = (int(min(max(centre + step, 0), n - 1)) for step in (-spread, spread))
    ordered = np.sort(gains)
    return float(ordered[high] - ordered[low]) / 2


SLACK = 1e-9
"""Counts of paths are whole: 0.05 × 1,000 is 50, whatever its last bit says."""


def _tail(gains: FloatArray, level: float) -> FloatArray:
    """(p,) the weight of each path in the worst 1 - `level`: they sum to 1."""
    wanted = (1 - level) * len(gains)
    whole = math.floor(wanted + SLACK)
    order = np.argsort(gains, kind="stable")
    weights = np.zeros(len(gains))
    weights[order[:whole]] = 1.0
    if whole < len(gains):
        weights[order[whole]] = max(wanted - whole, 0.0)
    return weights / wanted
