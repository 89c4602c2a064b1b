"""The correction of the backbone: penalised least squares, pulled back wherever a trade would be free.

    weights from the bands ─┬→ normal equations per maturity → coefficients → outside its band? weight moved, again
    penalties              ─┘                                      └→ repair: nearest smile without arbitrage

The two conditions: butterfly g(k) ≥ 0 (Gatheral and Jacquier 2014, lemma 2.2, after Durrleman), calendar
w rising in time at equal log-moneyness (their lemma 2.1). Fengler, "Arbitrage-free smoothing of the implied
volatility surface", Quantitative Finance 9, 2009, smooths call prices under the same two conditions; here
the smooth thing is the log of vol over the backbone's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import solveh_banded

from tools.domain.chain import FloatArray, IntArray
from tools.pricing.surface.correction import ORDER, TIED, Correction, basis, free_place, spanning
from tools.pricing.surface.observations import Observations
from tools.pricing.surface.repair import Normal, repaired
from tools.pricing.surface.smile import Smile

COEFFICIENTS = 44
FREE = COEFFICIENTS - 2 * (TIED - 1)
LOWEST, HIGHEST = -4.6, 3.6  # of u: fifty standard deviations down, eighteen up
BAND_FLOOR = 0.0015  # log vol: no quote is known better
ROUGH, BENT, SLOPED, AWAY = 3e3, 1e3, 3e2, 3.0  # penalties on third, second, first differences and on c itself
FITS = 8  # reweightings
PULL, OFF = 0.8, 4.0  # in half bands: from where a quote is pulled harder, from where it is held to be wrong
PULLED = 3.0


def smooth(bare: Smile, seen: Observations, *, years: FloatArray) -> Smile:
    """`bare` (a backbone without correction) corrected towards the quotes `seen`; `years` calendar (m)."""
    knots = spanning(low=LOWEST, high=HIGHEST, maturities=len(years), coefficients=COEFFICIENTS)
    smile = replace(bare, correction=knots)
    gap = seen.log_vol - 0.5 * np.log(smile.variance(k=seen.k, place=seen.place) / years[seen.place])
    u = smile.standardised(k=seen.k, place=seen.place)
    rows = _Rows.of(knots, u=u, place=seen.place, gap=gap)
    rough, leaning = _rough(), _leaning()
    penalty = np.tile(_bands(rough + leaning), len(years))
    band = np.maximum(seen.half_band, BAND_FLOOR)
    base = 1 / (seen.half_band**2 + BAND_FLOOR**2)
    trust: FloatArray = np.ones(len(base))
    for _ in range(FITS):
        # Maturities stand one after another in bands that do not meet, so that one solution is all of them.
        bands, right = rows.equations(base * trust)
        free = solveh_banded(bands + penalty, right, lower=True, overwrite_ab=True, check_finite=False)
        # Half way each time: a quote on the edge of its band would otherwise be pulled and let go in turns.
        trust = np.asarray((trust + _trust(np.abs(gap - rows.fitted(free)) / band)) / 2)
    bands, right = rows.equations(base * trust)
    shape = (len(years), FREE)
    return repaired(smile, Normal(_squares(bands, *shape) + rough, right.reshape(shape)), leaning)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """One row per quote: the free coefficients `at` (o, 4) of all m maturities, what each weighs, and its `gap`.

    cells, products  where two of them meet in the matrix's lower bands, and their weights' products (o, 10)
    """

    at: IntArray
    weights: FloatArray
    gap: FloatArray
    cells: IntArray
    products: FloatArray
    size: int

    @classmethod
    def of(cls, knots: Correction, *, u: FloatArray, place: IntArray, gap: FloatArray) -> _Rows:
        at, weights = basis(knots, u=u)
        at = place[:, None] * FREE + free_place(at, coefficients=COEFFICIENTS)
        size = FREE * len(knots.coefficients)
        i, j = np.tril_indices(ORDER)
        products = weights[:, i] * weights[:, j]
        # Tied coefficients are one: where two of them meet, they meet twice.
        products *= np.where((i != j) & (at[:, i] == at[:, j]), 2.0, 1.0)
        return cls(at, weights, gap, (at[:, i] - at[:, j]) * size + at[:, j], products, size)

    def fitted(self, free: FloatArray) -> FloatArray:
        return np.asarray(np.einsum("oj,oj->o", free[self.at], self.weights))

    def equations(self, weight: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The normal equations' matrix as its lower bands (4, m·f), and their right side (m·f)."""
        right = (self.weights * (weight * self.gap)[:, None]).ravel()
        cells = (self.products * weight[:, None]).ravel()
        bands = np.bincount(self.cells.ravel(), cells, minlength=ORDER * self.size).astype(np.float64)
        sums = np.bincount(self.at.ravel(), right, minlength=self.size).astype(np.float64)
        return bands.reshape(ORDER, self.size), sums


def _bands(matrix: FloatArray) -> FloatArray:
    """The diagonal of a symmetric matrix (f, f) and what is below it, (4, f)."""
    return np.stack([np.pad(np.diagonal(matrix, -below), (0, below)) for below in range(ORDER)])


def _squares(bands: FloatArray, maturities: int, size: int) -> FloatArray:
    """The symmetric matrices (m, f, f) whose bands stand one after another."""
    matrix = np.zeros((maturities, size, size))
    for below, band in enumerate(bands.reshape(ORDER, maturities, size)):
        j = np.arange(size - below)
        matrix[:, j + below, j] = matrix[:, j, j + below] = band[:, : size - below]
    return matrix


def _rough() -> FloatArray:
    """What a smile's own bends cost."""
    third = np.diff(np.eye(FREE), n=3, axis=0)
    return np.asarray(ROUGH * third.T @ third)


def _leaning() -> FloatArray:
    """What a difference from the neighbour costs."""
    free = np.eye(FREE)
    second, first = np.diff(free, n=2, axis=0), np.diff(free, axis=0)
    return np.asarray(BENT * second.T @ second + SLOPED * first.T @ first + AWAY * free)


def _trust(off: FloatArray) -> FloatArray:
    """How much a quote counts whose fit lies `off` half bands from its middle."""
    pulled = np.where((off > PULL) & (off < OFF), PULLED, 1.0)
    return np.asarray(np.where(off < OFF, pulled, (OFF / np.maximum(off, OFF)) ** 2))
