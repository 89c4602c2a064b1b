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
from numba.np.numpy_support import carray

from tools.pricing.kernels.block import BLOCK, differs, frame, put, take, write
from tools.pricing.kernels.elementary import (
    FAR,
    LARGEST_EXPONENT,
    SMALLEST_EXPONENT,
    exponential,
    fma,
    growth,
    halves,
    lane,
    log_halves,
    mills,
    total,
)
from tools.pricing.kernels.option import Option

FloatArray = npt.NDArray[np.float64]

INV_SQRT_2PI, INV_SQRT_2PI_REST = 0.3989422804014327, -6.246e-17  # the second as a part of the first
SMALLEST, LARGEST = 2.3e-308, 1.7e308  # normal numbers
FIELDS, RESULTS = 7, 6
YEARS, RATE, DIVIDEND_YIELD = 3, 4, 5  # rows of a block, as they lie in `Option`
ROWS = FIELDS + 5  # those of `Age` below
room, spare_room = frame(ROWS), frame(RESULTS)


@njit(cache=True, nogil=True, error_model="numpy")
def log_ratio(a: float, b: float) -> float:
    """ln(a / b), accurate also where a and b nearly agree."""
    difference = (a - b) / b
    return math.log1p(difference) if abs(difference) < 0.5 else math.log(a / b)


class Age(NamedTuple):
    """What years and rates alone decide: e^(-qT) - 1, e^(-rT) - 1, (r - q)·T, √T and 1/√T."""

    asset_growth: float
    cash_growth: float
    carry: float
    root: float
    per_root: float


@lane
def bounded(years: float, rate: float, dividend_yield: float) -> bool:
    """Whether each is a number in its range, and neither asset nor cash outgrows a float64."""
    slowest = min(rate * years, dividend_yield * years)
    known = years + (abs(rate) + abs(dividend_yield)) <= LARGEST
    return (years >= SMALLEST) & (slowest > -LARGEST_EXPONENT) & known


@lane
def age(years: float, rate: float, dividend_yield: float) -> Age:
    """Of years and rates that are `bounded`; the root is NaN of others."""
    root = math.sqrt(years) if bounded(years, rate, dividend_yield) else math.nan
    asset_growth, cash_growth = growth(-dividend_yield * years), growth(-rate * years)
    return Age(asset_growth, cash_growth, (rate - dividend_yield) * years, root, 1.0 / root)


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
def deviations(x: float, x_rest: float, option: Option, of: Age, inverse: float) -> Deviations:
    """`inverse` is 1/s up to its last places."""
    root = of.root
    s = option.vol * root
    s_rest = fma(option.vol, root, -s) + 0.5 * option.vol * of.per_root * fma(-root, root, option.years)
    distance, half = abs(x), 0.5 * s
    a = distance * inverse
    a_rest = inverse * (fma(-a, s, distance) + fma(-a, s_rest, x_rest if x > 0.0 else -x_rest))
    v, v_rest = total(a, -half)
    return Deviations(s, s_rest, a + half, v, v_rest + fma(-0.5, s_rest, a_rest))


@lane
def scaled_density(near: float, near_rest: float, v: float, v_rest: float) -> tuple[float, float]:
    """near·φ(v) as a sum of two parts, both 0 where it is too small for a float64."""
    square = v * v
    correction = fma(-0.5, fma(v, v, -square), fma(-v, v_rest, INV_SQRT_2PI_REST))
    power, p, _ = exponential(-0.5 * square)
    added = fma(near, p + correction, near_rest)
    whole = near + added
    density = INV_SQRT_2PI * whole
    rest = fma(INV_SQRT_2PI, whole, -density) + INV_SQRT_2PI * (added - (whole - near))
    seen = square < -2.0 * SMALLEST_EXPONENT
    return (power * density if seen else 0.0), (power * rest if seen else 0.0)


@lane
def greeks(option: Option, of: Age) -> tuple[float, float, float, float, float, float]:
    """(price, delta, gamma, theta, vega, rho) of one European option."""
    right, spot, strike, years, rate, dividend_yield, vol = option
    root, quotient = of.root, halves(spot, strike)
    width = spot * (vol * root)
    both = 1.0 / (width * quotient.lower)
    shared = both * quotient.lower
    log, log_rest = log_halves(quotient, both * width)
    x, x_rest = total(log, of.carry)
    per_spot = shared * (vol * root)
    s, s_rest, u, v, v_rest = deviations(x, x_rest + log_rest, option, of, shared * spot)
    moved_asset, moved_cash = spot * of.asset_growth, strike * of.cash_growth
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
    out = fma(peak, (mills_v if beyond else -mills_v) - mills_u, 0.0 if beyond else near)
    inside = (right > 0.0) != call_out
    parity = right * ((spot - strike) + (moved_asset - moved_cash))
    price = max(out, 0.0) + (parity if inside else 0.0)
    near_share = tail_near if beyond != inside else near - tail_near
    far_share = far - tail_far if inside else tail_far
    asset_share = right * (near_share if call_out else far_share)
    cash_share = right * (far_share if call_out else near_share)
    gamma = steepness(spot, s, s_rest, peak, peak_rest, per_spot * shared)
    decay = peak * (0.5 * vol * of.per_root)
    theta = fma(dividend_yield, asset_share, -rate * cash_share) - decay
    return price, asset_share * per_spot, gamma, theta, peak * root, years * cash_share


@lane
def greeks_of(option: Option) -> tuple[float, float, float, float, float, float]:
    """The same of an option whose age nobody knows."""
    return greeks(option, age(option.years, option.rate, option.dividend_yield))


@lane
def steepness(spot: float, s: float, s_rest: float, peak: float, peak_rest: float, inverse: float) -> float:
    """Gamma, peak / (S²·s), the quotient with its remainder; `inverse` is 1 / (S²·s) up to its last places."""
    square = spot * spot
    under = square * s
    rest = fma(square, s, -under) + fma(fma(spot, spot, -square), s, square * s_rest)
    gamma = peak * inverse
    return fma(inverse, fma(-gamma, under, peak) + fma(-gamma, rest, peak_rest), gamma)


@lane
def fill_ages(block: FloatArray) -> None:
    """Fill the ages of a block, below its fields."""
    for i in range(BLOCK):
        found = age(block[YEARS, i], block[RATE, i], block[DIVIDEND_YIELD, i])
        block[7, i], block[8, i], block[9, i], block[10, i], block[11, i] = found


@lane
def results(option: Option, of: Age) -> tuple[float, float, float, float, float, float]:
    """The same as `greeks`; NaN throughout where an input is out of its range or one of them cannot be had."""
    price, delta, gamma, theta, vega, rho = greeks(option, of)
    size = abs(price) + abs(delta) + abs(gamma) + abs(theta) + abs(vega) + abs(rho)
    given = fma(8.0, option.spot * (option.vol * of.root), option.spot + option.strike)  # what 1 / `both` is below
    smallest = min(option.spot, option.strike, option.vol)
    good = (smallest >= SMALLEST) & (size + given <= LARGEST) & (abs(option.right) == 1.0)
    return (
        price if good else math.nan,
        delta if good else math.nan,
        gamma if good else math.nan,
        theta if good else math.nan,
        vega if good else math.nan,
        rho if good else math.nan,
    )


@lane
def lay_out(fields: tuple[FloatArray, ...], start: int, end: int, block: FloatArray, fresh: bool) -> None:
    """Fill `block` from `start` on, not beyond `end`; unless `fresh` it holds the columns before.

    Years and rates that are those of the columns before, as in a chain's long expiries, are not aged again.
    """
    older = fresh
    for k in range(YEARS, DIVIDEND_YIELD + 1):
        older |= differs(fields[k], start, end, block[k])
    for k in range(FIELDS):
        take(fields[k], start, end, block[k], fresh)
    if older:
        fill_ages(block)


@lane
def column(block: FloatArray, i: int) -> tuple[float, float, float, float, float, float]:
    """The results of column `i` of a block."""
    option = Option(block[0, i], block[1, i], block[2, i], block[3, i], block[4, i], block[5, i], block[6, i])
    return results(option, Age(block[7, i], block[8, i], block[9, i], block[10, i], block[11, i]))


@njit(cache=True, nogil=True, error_model="numpy")
def european_columns(fields: tuple[FloatArray, ...], out: FloatArray, begin: int, end: int) -> None:
    """Fill `out` (6, n) from column `begin` to `end`: price, delta, gamma, theta, vega, rho; NaN in rows with
    unusable input.

    `fields` are those of `Option` in their order, each of length n or 1. A row's result does not depend on
    its place: blocks are always computed whole, the last, which is not, into a place of its own.
    """
    block = carray(room(), (ROWS, BLOCK))
    block[:] = 1.0
    last = end - (end - begin) % BLOCK
    for start in range(begin, last, BLOCK):
        lay_out(fields, start, end, block, start == begin)
        for i in range(BLOCK):
            write(out, start + i, column(block, i))
    if last < end:
        lay_out(fields, last, end, block, last == begin)
        spare = carray(spare_room(), (RESULTS, BLOCK))
        for i in range(BLOCK):
            write(spare, i, column(block, i))
        for k in range(RESULTS):
            put(spare[k], last, end, out[k])
