"""European implied volatility: the inverse of the normalised Black price.

    price → out-of-the-money time value / √(asset·cash) → start → Halley steps in a bracket → vol

With x = -|ln(asset / cash)| ≤ 0 and s = vol·√years the normalised price is b(x, s) = e^(x/2)·Φ(x/s + s/2)
- e^(-x/2)·Φ(x/s - s/2), rising in s from 0 to e^(x/2) with its only inflection at s = √(2|x|). Below that
point 1/ln b is iterated, above it b or, beyond half its maximum, ln of the distance to the maximum: each
nearly straight in s (P. Jäckel, Let's be rational, Wilmott 2015).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.black_scholes import carried_difference, log_ratio
from tools.pricing.kernels.normal import INV_SQRT_2PI, SQRT_HALF, below, erfcx
from tools.pricing.kernels.option import Option

FloatArray = npt.NDArray[np.float64]
FlawArray = npt.NDArray[np.uint8]

SOLVED, BELOW_BOUND, ABOVE_BOUND, NO_TIME_VALUE, OVERFLOW = 0, 8, 9, 10, 11  # tools.pricing.inputs.Flaw
STEPS = 60
TIGHT = 1e-8  # of s: the step after that is its third power
FAR = 0.5  # Φ(x/s + s/2) is taken as it is from here on, below scaled


@njit(cache=True, nogil=True, error_model="numpy")
def log_black(x: float, s: float) -> tuple[float, float]:
    """(ln b, b / b') of the normalised price; never underflows."""
    h, t = x / s, 0.5 * s
    slope = -0.5 * (h * h + t * t)  # ln(b'·√2π)
    if h + t > FAR:
        b = math.exp(0.5 * x) * below(h + t) - math.exp(-0.5 * x) * below(h - t)
        return math.log(b), b / (INV_SQRT_2PI * math.exp(slope))
    scaled = 0.5 * (erfcx(-(h + t) * SQRT_HALF) - erfcx(-(h - t) * SQRT_HALF))
    return slope + math.log(scaled), scaled / INV_SQRT_2PI


@njit(cache=True, nogil=True, error_model="numpy")
def missing(x: float, s: float) -> float:
    """e^(x/2) - b(x, s), the distance to the largest normalised price."""
    h, t = x / s, 0.5 * s
    return math.exp(0.5 * x) * below(-h - t) + math.exp(-0.5 * x) * below(h - t)


@njit(cache=True, nogil=True, error_model="numpy")
def halley(newton: float, curvature: float) -> float:
    """Halley's step from Newton's; `curvature` is g''/g'. Falls back to Newton's where it would turn."""
    turn = 1.0 + 0.5 * newton * curvature
    return newton / turn if turn > 0.25 else newton


@njit(cache=True, nogil=True, error_model="numpy")
def low_step(x: float, s: float, log_target: float) -> tuple[float, bool]:
    """The step of s for 1/ln b, and whether b is still below its target."""
    log_b, ratio = log_black(x, s)
    newton = log_b * (log_target - log_b) / log_target * ratio
    curvature = x * x / (s * s * s) - 0.25 * s - (1.0 + 2.0 / log_b) / ratio
    return halley(newton, curvature), log_b < log_target


@njit(cache=True, nogil=True, error_model="numpy")
def middle_step(x: float, s: float, target: float) -> tuple[float, bool]:
    """The step of s for b itself."""
    log_b, ratio = log_black(x, s)
    b = math.exp(log_b)
    return halley((target - b) / b * ratio, x * x / (s * s * s) - 0.25 * s), b < target


@njit(cache=True, nogil=True, error_model="numpy")
def high_step(x: float, s: float, distance: float) -> tuple[float, bool]:
    """The step of s for ln(e^(x/2) - b)."""
    left = missing(x, s)
    h, t = x / s, 0.5 * s
    slope = INV_SQRT_2PI * math.exp(-0.5 * (h * h + t * t))
    newton = math.log(left / distance) * left / slope
    return halley(newton, x * x / (s * s * s) - 0.25 * s + slope / left), left > distance


@njit(cache=True, nogil=True, error_model="numpy")
def total_deviation(x: float, target: float, distance: float) -> float:
    """s with b(x, s) = target, where distance = e^(x/2) - target > 0; bisects where a step leaves the bracket."""
    inflection = math.sqrt(-2.0 * x)
    log_target = math.log(target)
    low, high = 0.0, math.inf
    s = inflection
    lower = False
    if inflection > 0.0:
        log_b, ratio = log_black(x, inflection)
        lower = log_target < log_b
        if lower:  # Φ's tail: ln b falls like -x²/2s²
            high = inflection
            s = min(inflection, -x / math.sqrt(x * x / (inflection * inflection) + 2.0 * (log_b - log_target)))
        else:
            low = inflection
            s = inflection + (target / math.exp(log_b) - 1.0) * ratio
    else:
        s = target / INV_SQRT_2PI
    upper = target > distance
    for _ in range(STEPS):
        if lower:
            step, short = low_step(x, s, log_target)
        elif upper:
            step, short = high_step(x, s, distance)
        else:
            step, short = middle_step(x, s, target)
        if short:
            low = max(low, s)
        else:
            high = min(high, s)
        following = s + step
        if not low <= following <= high:
            following = 0.5 * (low + high) if high < math.inf else 2.0 * s
        moved = abs(following - s)
        s = following
        if moved <= TIGHT * s:
            break
    return s


@njit(cache=True, nogil=True, error_model="numpy")
def implied(option: Option, price: float) -> tuple[float, int]:
    """(vol, flaw) that gives `price`; the vol of `option` is not looked at."""
    right, spot, strike, years, rate, dividend_yield, _ = option
    asset = spot * math.exp(-dividend_yield * years)
    cash = strike * math.exp(-rate * years)
    time_value = price - max(right * carried_difference(option), 0.0)
    ceiling = min(asset, cash)  # of the time value, on either side
    if time_value <= 0.0:
        return math.nan, BELOW_BOUND
    if time_value >= ceiling:
        return math.nan, ABOVE_BOUND
    x = -abs(log_ratio(spot, strike) + (rate - dividend_yield) * years)
    scale = math.sqrt(asset) * math.sqrt(cash)
    s = total_deviation(x, time_value / scale, (ceiling - time_value) / scale)
    return s / math.sqrt(years), SOLVED


@njit(cache=True, nogil=True, error_model="numpy")
def implied_columns(columns: FloatArray, vol: FloatArray, flaw: FlawArray) -> None:
    """Fill `vol` and `flaw` (n). `columns` (7, n): the fields of `Option` with the price in place of vol."""
    for i in range(columns.shape[1]):
        row = columns[:, i]
        option = Option(row[0], row[1], row[2], row[3], row[4], row[5], math.nan)
        vol[i], flaw[i] = implied(option, row[6])
