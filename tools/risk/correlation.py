"""How the underlyings move together: F12.

    daily log returns (252 days) → Pearson · shrunk (Ledoit-Wolf) → average, change on a month ago → alerts

A name whose history is short or flat has unknown correlations, never zero ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from tools.domain.errors import InputError

FloatArray = npt.NDArray[np.float64]

SESSIONS, MONTH = 252, 21
HIGH, JUMP = 0.6, 0.2
"""F12: an average correlation above 0.6, or one that moved by more than 0.2 in a month, is told to a person."""


class CorrelationAlert(StrEnum):
    HIGH = "the average correlation is above 0.6"
    JUMP = "the average correlation moved by more than 0.2 in a month"


@dataclass(frozen=True, eq=False)
class Correlations:
    """Of n names in the order of `symbols`; `nan` where unknown.

    pearson    (n, n)
    shrunk     (n, n) towards the average by `shrinkage`, between 0 and 1: what a matrix of few days is not worth
    average    over all pairs; `before` that of a month ago
    """

    symbols: tuple[str, ...]
    pearson: FloatArray
    shrunk: FloatArray
    shrinkage: float
    average: float
    before: float

    @property
    def alerts(self) -> tuple[CorrelationAlert, ...]:
        found = []
        if self.average > HIGH:
            found.append(CorrelationAlert.HIGH)
        if abs(self.average - self.before) > JUMP:
            found.append(CorrelationAlert.JUMP)
        return tuple(found)


def correlations(returns: FloatArray, symbols: tuple[str, ...]) -> Correlations:
    """(t, n) daily log returns, oldest first, `nan` where a name was not there yet; the last 252 count."""
    if returns.ndim != 2 or returns.shape[1] != len(symbols):
        raise InputError(f"{len(symbols)} names need returns of as many columns, not of shape {returns.shape}.")
    now = returns[-SESSIONS:]
    shrunk, shrinkage = _shrunk(now)
    return Correlations(
        symbols=symbols,
        pearson=pearson(now),
        shrunk=shrunk,
        shrinkage=shrinkage,
        average=average(pearson(now)),
        before=average(pearson(returns[-SESSIONS - MONTH : -MONTH])),
    )


def pearson(returns: FloatArray) -> FloatArray:
    """(n, n); `nan` where one of two has fewer than 252 days or never moved."""
    n = returns.shape[1]
    known = np.isfinite(returns).all(axis=0) & (len(returns) >= SESSIONS)
    moved = known & (np.ptp(np.where(known, returns, 0.0), axis=0) > 0) if len(returns) else known
    found = np.full((n, n), np.nan)
    place = np.flatnonzero(moved)
    if len(place):
        found[np.ix_(place, place)] = np.atleast_2d(np.corrcoef(returns[:, place], rowvar=False))
    np.fill_diagonal(found, 1.0)
    return np.asarray(np.clip(found, -1.0, 1.0))


def average(matrix: FloatArray) -> float:
    """Over the pairs; `nan` where one is unknown, or there is none."""
    above = matrix[np.triu_indices(len(matrix), 1)]
    return float(above.mean()) if len(above) else math.nan


def _shrunk(returns: FloatArray) -> tuple[FloatArray, float]:
    """Towards the average correlation of all pairs, by as much as the sample's noise is worth.

    Ledoit and Wolf, Honey, I shrunk the sample covariance matrix, Journal of Portfolio Management 30 (2004),
    appendix B, of standardised returns.
    """
    found = pearson(returns)
    if np.isnan(found).any() or len(found) < 2:
        return found, math.nan
    centred = returns - returns.mean(axis=0)
    unit = centred / centred.std(axis=0)
    days = len(unit)
    sample, common = unit.T @ unit / days, average(found)
    target = np.full_like(sample, common)
    np.fill_diagonal(target, 1.0)
    noise = (unit**2).T @ unit**2 / days - sample**2
    leaning = (unit**3).T @ unit / days - sample  # how the noise of a variance leans with that of a covariance
    beside = ~np.eye(len(sample), dtype=np.bool_)
    together = float(np.trace(noise)) + common * float(leaning[beside].sum())
    distance = float(np.sum((sample - target) ** 2))
    shrinkage = (float(noise.sum()) - together) / distance / days if distance > 0 else 1.0
    shrinkage = min(1.0, max(0.0, shrinkage))
    return (1 - shrinkage) * sample + shrinkage * target, shrinkage


def implied(*, index_vol: float, weights: FloatArray, vols: FloatArray) -> float:
    """The correlation at which members of these vols make an index of this one; `nan` where an input is unknown.

    Cboe, S&P 500 Implied Correlation Index (2009): (σ² - Σw²σ²) / (2 Σ w w' σ σ' over pairs). Weights sum to 1.
    """
    if not math.isclose(float(weights.sum()), 1.0, abs_tol=1e-6):
        raise InputError(f"Weights of an index sum to 1, these to {float(weights.sum()):g}.")
    alone = float(np.sum((weights * vols) ** 2))
    together = float(np.sum(weights * vols)) ** 2 - alone
    return (index_vol**2 - alone) / together if together > 0 else math.nan
