"""One maturity's parity line C - P = D·(F - K), fitted so that bad pairs do not move it.

    median of the pairs nearest the money → Tukey-weighted line over all pairs → D, if its error allows
                                          → Tukey-weighted mean of K + (C - P)/D over the liquid pairs → F

Liquid pairs are those within 10 % of the forward whose spreads together are at most twice the median of the
eight nearest the money. Weights are one over the squared spread; Tukey's biweight with c = 4.685 (Beaton
and Tukey, Technometrics 16, 1974) on a scale taken from the median absolute residual leaves out what
contradicts the rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import FloatArray
from tools.pricing.rates import FEWEST_STRIKES, NEAREST_STRIKES, weighted_median

LIQUID_REACH = 0.10  # |ln(K/F)|
LIQUID_WIDTH = 2.0  # times the width of the pairs nearest the money
TUKEY = 4.685
NORMAL = 1.4826  # median absolute deviation to standard deviation of a normal
ROUNDS = 6
QUOTE_NOISE = 0.05  # of the width: residuals smaller than this are no sign of anything
FEWEST_FOR_A_RATE = 8


@dataclass(frozen=True, slots=True)
class Line:
    """What one maturity's pairs say: `Forwards` explains the fields."""

    forward: float
    discount: float
    rate_told: bool
    scatter_bp: float
    error_bp: float
    liquid: int
    outliers: int


def parity_line(
    *, strike: FloatArray, gap: FloatArray, width: FloatArray, discount: float, rate_error: float
) -> Line | None:
    """The line of p pairs, None below three.

    `discount` is used unless the slope tells a better one: with a standard error of ln D below `rate_error`
    (0: never) and 0 < D.
    """
    if len(strike) < FEWEST_STRIKES:
        return None
    near = np.argsort(np.abs(gap), kind="stable")[:NEAREST_STRIKES]
    centre = weighted_median(strike[near] + gap[near] / discount, 1 / width[near])
    told = _slope(strike / centre - 1, gap / centre, width / centre) if rate_error > 0 else None
    slope_told = told is not None and told[1] < rate_error * told[0]
    used = told[0] if told is not None and slope_told else discount
    wide = LIQUID_WIDTH * _median(width[near])
    liquid = (np.abs(np.log(strike / centre)) <= LIQUID_REACH) & (width <= wide)
    if liquid.sum() < FEWEST_STRIKES:
        liquid[:], liquid[near] = False, True
    return _level(strike[liquid], gap[liquid], width[liquid], used, slope_told)


def _level(strike: FloatArray, gap: FloatArray, width: FloatArray, discount: float, told: bool) -> Line | None:
    own = strike + gap / discount
    base = 1 / width**2
    forward, weight = weighted_median(own, base), base
    for _ in range(ROUNDS):
        weight = base * _tukey(own - forward, width)
        if not weight.any():
            return None
        forward = float(weight @ own / weight.sum())
    if not forward > 0:
        return None
    kept = weight > 0
    scatter = float(np.std(own[kept]))
    error = float(np.sqrt(np.sum((weight * (own - forward)) ** 2)) / weight.sum())
    return Line(
        forward=forward,
        discount=discount,
        rate_told=told,
        scatter_bp=1e4 * scatter / forward,
        error_bp=1e4 * error / forward,
        liquid=int(kept.sum()),
        outliers=int((~kept).sum()),
    )


def _slope(x: FloatArray, y: FloatArray, width: FloatArray) -> tuple[float, float] | None:
    """D and its standard error from y = a - D·x, robustly; None where the strikes do not tell."""
    base = 1 / width**2
    weight = base * _tukey(y - weighted_median(y + x, base) + x, width, reach=np.inf)
    slope, error = np.nan, np.nan
    for _ in range(ROUNDS):
        if (weight > 0).sum() < FEWEST_FOR_A_RATE:
            return None
        total = weight.sum()
        mean_x, mean_y = float(weight @ x) / total, float(weight @ y) / total
        spread = float(weight @ (x - mean_x) ** 2)
        if spread <= 0:
            return None
        slope = -float(weight @ ((x - mean_x) * (y - mean_y))) / spread
        residual = y - mean_y + slope * (x - mean_x)
        error = float(np.sqrt(np.sum((weight * (x - mean_x) * residual) ** 2))) / spread
        weight = base * _tukey(residual, width)
    return (slope, error) if 0 < slope < np.inf else None


def _tukey(residual: FloatArray, width: FloatArray, *, reach: float = TUKEY) -> FloatArray:
    """Biweights of residuals measured in widths."""
    if not np.isfinite(reach):
        return np.ones_like(residual)
    ratio = residual / width
    scale = max(NORMAL * _median(np.abs(ratio)), QUOTE_NOISE)
    left = np.maximum(1 - (ratio / (reach * scale)) ** 2, 0.0)
    return left * left


def _median(values: FloatArray) -> float:
    """As NumPy has it, whose own costs more than all else that is done with so few pairs."""
    ranked = np.sort(values)
    return float(ranked[(len(ranked) - 1) // 2] + ranked[len(ranked) // 2]) / 2
