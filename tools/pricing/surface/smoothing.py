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

from tools.domain.chain import FloatArray, IntArray
from tools.pricing.surface.correction import TIED, basis, from_free, spanning, to_free
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
    at, carried = basis(knots, u=smile.standardised(k=seen.k, place=seen.place), place=seen.place)
    rows = _Rows(seen.place, at, carried, gap, len(years))
    rough, leaning = _rough(), _leaning()
    band = np.maximum(seen.half_band, BAND_FLOOR)
    base = 1 / (seen.half_band**2 + BAND_FLOOR**2)
    asked = rows.equations(base, rough)
    trust: FloatArray = np.ones(len(base))
    for _ in range(FITS):
        free = np.asarray(np.linalg.solve(asked.matrix + leaning, asked.right[..., None])[..., 0], dtype=np.float64)
        # Half way each time: a quote on the edge of its band would otherwise be pulled and let go in turns.
        trust = np.asarray((trust + _trust(np.abs(gap - rows.fitted(free)) / band)) / 2)
        asked = rows.equations(base * trust, rough)
    return repaired(smile, asked, leaning)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """One row per quote: the coefficients `at` (o, 4) that carry it, their weights `carried`, and its `gap`."""

    place: IntArray
    at: IntArray
    carried: FloatArray
    gap: FloatArray
    maturities: int

    def fitted(self, free: FloatArray) -> FloatArray:
        return np.asarray((from_free(free)[self.place[:, None], self.at] * self.carried).sum(axis=1))

    def equations(self, weight: FloatArray, rough: FloatArray) -> Normal:
        m, c = self.maturities, COEFFICIENTS
        rows = self.place[:, None] * c + self.at
        right = np.bincount(rows.ravel(), (self.carried * (weight * self.gap)[:, None]).ravel(), minlength=m * c)
        products = self.carried[:, :, None] * self.carried[:, None, :] * weight[:, None, None]
        cells = rows[:, :, None] * c + self.at[:, None, :]
        matrix = np.bincount(cells.ravel(), products.ravel(), minlength=m * c * c).astype(np.float64)
        half = np.swapaxes(to_free(matrix.reshape(m, c, c)), 1, 2)
        return Normal(to_free(half) + rough, to_free(right.astype(np.float64).reshape(m, c)))


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
