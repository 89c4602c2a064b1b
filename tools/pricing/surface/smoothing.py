"""The correction of the backbone: penalised least squares, pulled back wherever a trade would be free.

    weights from the bands ─┐
    penalty on roughness   ─┼→ normal equations per maturity → coefficients → outside its band? weight moved
    arbitrage rows         ─┘                                      └→ dense grid: butterfly, calendar → rows

Arbitrage rows are linearisations of the two conditions at the grid points that break them, weighted ever
more until none does: butterfly g(k) ≥ 0 (Gatheral and Jacquier 2014, lemma 2.2, after Durrleman), calendar
w rising in time at equal log-moneyness (their lemma 2.1). Fengler, "Arbitrage-free smoothing of the implied
volatility surface", Quantitative Finance 9, 2009, smooths call prices under the same two conditions; here
the smooth thing is the log of vol over the backbone's. What is left after the last round is scaled back to the
backbone, which has no arbitrage.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tools.domain.chain import FloatArray, IntArray
from tools.pricing.surface.correction import Correction, basis, spanning, tying
from tools.pricing.surface.observations import Observations
from tools.pricing.surface.repair import Normal, repaired
from tools.pricing.surface.smile import Smile

COEFFICIENTS = 44
LOWEST, HIGHEST = -4.6, 3.6  # of u: fifty standard deviations down, eighteen up
BAND_FLOOR = 0.0015  # log vol: no quote is known better
ROUGH, BENT, SLOPED, AWAY = 3e3, 1e3, 3e2, 3.0  # penalties on third, second, first differences and on c itself
FITS = 8  # reweightings
PULL, OFF = 0.8, 4.0  # in half bands: from where a quote is pulled harder, from where it is held to be wrong
PULLED = 3.0

def smooth(bare: Smile, seen: Observations, *, years: FloatArray) -> Smile:
    """`bare` (a backbone without correction) corrected towards the quotes `seen`; `years` calendar (m)."""
    smile = replace(bare, correction=spanning(low=LOWEST, high=HIGHEST, maturities=len(years), coefficients=COEFFICIENTS))
    gap = seen.log_vol + 0.5 * np.log(years[seen.place]) - 0.5 * np.log(smile.variance(k=seen.k, place=seen.place))
    at, carried = basis(smile.correction, u=bare.standardised(k=seen.k, place=seen.place), place=seen.place)
    tie = tying(COEFFICIENTS)
    rough, leaning = _rough(tie), _leaning(tie)
    weight = base = 1 / (seen.half_band**2 + BAND_FLOOR**2)
    normal, free = Normal(np.empty(0), np.empty(0)), np.zeros((len(years), tie.shape[1]))
    for _ in range(FITS):
        normal = _equations(seen.place, at, carried, weight, gap, tie, rough, len(years))
        free = np.linalg.solve(normal.matrix + leaning, normal.right[..., None])[..., 0]
        fitted = ((free @ tie.T)[seen.place[:, None], at] * carried).sum(axis=1)
        weight = base * _trust(np.abs(gap - fitted) / np.maximum(seen.half_band, BAND_FLOOR))
    return repaired(smile, normal, leaning, tie)


def _rough(tie: FloatArray) -> FloatArray:
    """What a smile's own bends cost."""
    third = np.diff(np.eye(tie.shape[1]), n=3, axis=0)
    return np.asarray(ROUGH * third.T @ third)


def _leaning(tie: FloatArray) -> FloatArray:
    """What a difference from the neighbour costs."""
    free = np.eye(tie.shape[1])
    second, first = np.diff(free, n=2, axis=0), np.diff(free, axis=0)
    return np.asarray(BENT * second.T @ second + SLOPED * first.T @ first + AWAY * free)


def _equations(
    place: IntArray,
    at: IntArray,
    carried: FloatArray,
    weight: FloatArray,
    gap: FloatArray,
    tie: FloatArray,
    penalty: FloatArray,
    m: int,
) -> Normal:
    c = tie.shape[0]
    rows = place[:, None] * c + at
    right = np.bincount(rows.ravel(), (carried * (weight * gap)[:, None]).ravel(), minlength=m * c)
    products = carried[:, :, None] * carried[:, None, :] * weight[:, None, None]
    cells = rows[:, :, None] * c + at[:, None, :]
    matrix = np.bincount(cells.ravel(), products.ravel(), minlength=m * c * c)
    return Normal(tie.T @ matrix.reshape(m, c, c) @ tie + penalty, right.reshape(m, c) @ tie)


def _trust(off: FloatArray) -> FloatArray:
    """How much a quote counts whose fit lies `off` half bands from its middle."""
    pulled = np.where((off > PULL) & (off < OFF), PULLED, 1.0)
    return np.asarray(np.where(off < OFF, pulled, (OFF / np.maximum(off, OFF)) ** 2))


