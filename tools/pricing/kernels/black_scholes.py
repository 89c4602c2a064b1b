"""Black-Scholes-Merton price and Greeks, one option at a time and over columns.

    block of columns → one loop without branches, which LLVM vectorises → six results

Black & Scholes (1973), Merton (1973); formulas as in Haug, Option Pricing Formulas, 2nd ed., 1.1.6 and 2.
With asset = S·e^(-qT), cash = K·e^(-rT), x = ln(asset / cash), s = σ√T, both tails hang on |x|/s ± s/2 and
on one density, asset·φ(d1) = cash·φ(d2). The out-of-the-money side is computed from Mills' ratios, so that
small prices keep their relative accuracy, and the other follows from put-call parity.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.block import BLOCK, GROUP, fetch, put, take
from tools.pricing.kernels.elementary import (
    FAR,
    LARGEST_EXPONENT,
    SMALLEST_EXPONENT,
    exponential,
    fma,
    growth,
    lane,
    log_quotient,
    mills,
    total,
)
from tools.pricing.kernels.option import Option

FloatArray = npt.NDArray[np.float64]

INV_SQRT_2PI, INV_SQRT_2PI_REST = 0.3989422804014327, -6.246e-17  # the second as a part of the first
SMALLEST, LARGEST = 2.3e-308, 1.7e308  # normal numbers
FIELDS, RESULTS = 7, 6


@njit(cache=True, nogil=True, error_model="numpy")
def log_ratio(a: float, b: float) -> float:
    """ln(a / b), accurate also where a and b nearly agree."""
    difference = (a - b) / b
    return math.log1p(difference) if abs(difference) < 0.5 else math.log(a / b)


@lane
def usable(option: Option) -> bool:
    """Whether every field is a number in its range and neither asset nor cash outgrows a float64."""
    right, spot, strike, years, rate, dividend_yield, vol = option
    smallest = min(spot, strike, years, vol)
    largest = max(spot, strike, years, vol)
    slowest = min(rate * years, dividend_yield * years)
    steepest = abs(rate) + abs(dividend_yield)
    ranged = (smallest >= SMALLEST) & (largest <= LARGEST) & (steepest <= LARGEST) & (slowest > -LARGEST_EXPONENT)
    known = abs(spot + strike + years + vol + rate + dividend_yield) <= LARGEST
    return ranged & known & (abs(right) == 1.0)


class Deviations(NamedTuple):
    """s = σ√T, u = |x|/s + s/2, v = |x|/s - s/2; rests are rounding errors, made good where they count.

    Gamma and theta of the last minutes are a thousand times their natural scale; without the rests they would
    carry a thousand times the rounding errors.
    """

    s: float
    s_rest: float
    u: float
    v: float
    v_rest: float


@lane
def deviations(x: float, x_rest: float, option: Option, root: float, inverse: float) -> Deviations:
    """`root` is √T, `inverse` 1/s up to its last places."""
    s = option.vol * root
    s_rest = fma(option.vol, root, -s) + 0.5 * option.vol * (inverse * option.vol) * fma(-root, root, option.years)
    distance = abs(x)
    a = distance * inverse
    a_rest = inverse * (fma(-a, s, distance) + fma(-a, s_rest, x_rest if x > 0.0 else -x_rest))
    v, v_rest = total(a, -0.5 * s)
    return Deviations(s, s_rest, fma(0.5, s, a), v, v_rest + fma(-0.5, s_rest, a_rest))


@lane
def scaled_density(near: float, near_rest: float, v: float, v_rest: float) -> tuple[float, float]:
    """near·φ(v) as a sum of two parts, both 0 where it is too small for a float64."""
    square = v * v
    correction = fma(-0.5, fma(v, v, -square), fma(-v, v_rest, INV_SQRT_2PI_REST))
    power, p, _ = exponential(max(-0.5 * square, SMALLEST_EXPONENT))
    added = fma(near, p + correction, near_rest)
    whole = near + added
    density = INV_SQRT_2PI * whole
    rest = fma(INV_SQRT_2PI, whole, -density) + INV_SQRT_2PI * (added - (whole - near))
    seen = square < -2.0 * SMALLEST_EXPONENT
    return (power * density if seen else 0.0), (power * rest if seen else 0.0)


@lane
def greeks(option: Option) -> tuple[float, float, float, float, float, float]:
    """(price, delta, gamma, theta, vega, rho) of one European option."""
    right, spot, strike, years, rate, dividend_yield, vol = option
    log, log_rest = log_quotient(spot, strike)
    x, x_rest = total(log, (rate - dividend_yield) * years)
    root = math.sqrt(years)
    shared = 1.0 / (spot * (vol * root))
    per_s, per_spot = shared * spot, shared * (vol * root)
    s, s_rest, u, v, v_rest = deviations(x, x_rest + log_rest, option, root, per_s)
    moved_asset = spot * growth(-dividend_yield * years)
    moved_cash = strike * growth(-rate * years)
    asset, cash = spot + moved_asset, strike + moved_cash
    call_out = x <= 0.0  # the out-of-the-money right is the call
    near, far = (asset, cash) if call_out else (cash, asset)
    near_rest = moved_asset - (asset - spot) if call_out else moved_cash - (cash - strike)
    peak, peak_rest = scaled_density(near, near_rest, v, v_rest)  # asset·φ(d1) = cash·φ(d2)
    p_u, q_u = mills(min(u, FAR))
    p_v, q_v = mills(min(abs(v), FAR))
    per_q = 1.0 / (q_u * q_v)
    mills_u, mills_v = p_u * (q_v * per_q), p_v * (q_u * per_q)
    tail_near, tail_far = peak * mills_v, peak * mills_u  # near·Φ(-|v|), far·Φ(-u)
    beyond = v >= 0.0
    out = peak * (mills_v - mills_u) if beyond else fma(-peak, mills_v + mills_u, near)
    inside = (right > 0.0) != call_out
    parity = right * ((spot - strike) + (moved_asset - moved_cash))
    price = max(out, 0.0) + (parity if inside else 0.0)
    near_share = tail_near if beyond != inside else near - tail_near
    far_share = far - tail_far if inside else tail_far
    asset_share = right * (near_share if call_out else far_share)
    cash_share = right * (far_share if call_out else near_share)
    gamma = steepness(spot, s, s_rest, peak, peak_rest, per_spot * shared)
    decay = 0.5 * vol * (peak * (vol * per_s))
    theta = fma(dividend_yield, asset_share, -rate * cash_share) - decay
    return price, asset_share * per_spot, gamma, theta, peak * root, years * cash_share


@lane
def steepness(spot: float, s: float, s_rest: float, peak: float, peak_rest: float, inverse: float) -> float:
    """Gamma, peak / (S²·s), the quotient with its remainder; `inverse` is 1 / (S²·s) up to its last places."""
    square = spot * spot
    under = square * s
    rest = fma(square, s, -under) + fma(fma(spot, spot, -square), s, square * s_rest)
    gamma = peak * inverse
    return fma(inverse, fma(-gamma, under, peak) + fma(-gamma, rest, peak_rest), gamma)


@lane
def fill_lane(block: FloatArray, i: int) -> None:
    """Fill the results of column `i` of a block, below its fields; NaN throughout where one cannot be had."""
    option = Option(block[0, i], block[1, i], block[2, i], block[3, i], block[4, i], block[5, i], block[6, i])
    price, delta, gamma, theta, vega, rho = greeks(option)
    size = abs(price) + abs(delta) + abs(gamma) + abs(theta) + abs(vega) + abs(rho)
    good = usable(option) & (size <= LARGEST)
    block[7, i] = price if good else math.nan
    block[8, i] = delta if good else math.nan
    block[9, i] = gamma if good else math.nan
    block[10, i] = theta if good else math.nan
    block[11, i] = vega if good else math.nan
    block[12, i] = rho if good else math.nan


@njit(cache=True, nogil=True, error_model="numpy")
def european_columns(fields: tuple[FloatArray, ...], out: FloatArray, begin: int, end: int) -> None:
    """Fill `out` (6, n) from column `begin` to `end`: price, delta, gamma, theta, vega, rho; NaN in rows with
    unusable input.

    `fields` are those of `Option` in their order, each of length n or 1. A row's result does not depend on
    its place: blocks are always computed whole.
    """
    block = np.ones((FIELDS + RESULTS, BLOCK))
    for start in range(begin, end, BLOCK):
        for k in range(FIELDS):
            take(fields[k], start, end, block[k], start == begin)
        for group in range(0, BLOCK, GROUP):
            for i in range(GROUP):
                fill_lane(block, group + i)
            if start + BLOCK < end:
                fetch(fields, out, start + group)
        for k in range(RESULTS):
            put(block[FIELDS + k], start, end, out[k])
