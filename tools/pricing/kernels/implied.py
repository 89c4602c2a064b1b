"""European implied volatility: the inverse of the normalised Black price, without branches.

    price → out-of-the-money time value → first guess → Householder steps over a block until each row settles → vol

With X = |ln(asset / cash)|, s = σ√T and v = X/s - s/2 the time value is the share p of its ceiling
min(asset, cash), p = Φ(-v) - e^X·Φ(-X/s - s/2), rising in s from 0 to 1 with its only inflection at s = √(2X).
Below that point ln p is matched, above it ln(1 - p): -v²/2 and the logarithm of a sum or difference of Mills'
ratios, so that nothing underflows and no exponential is taken. The steps are of the third order (error e
becomes e⁴) and use the closed derivatives of p (P. Jäckel, Let's be rational, Wilmott 2015).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.black_scholes import FAR, INV_SQRT_2PI, SMALLEST, carried_difference, usable
from tools.pricing.kernels.block import BLOCK, put, take
from tools.pricing.kernels.elementary import exponential, fma, growth, lane, log_quotient, mills
from tools.pricing.kernels.option import Option

FloatArray = npt.NDArray[np.float64]
FlawArray = npt.NDArray[np.uint8]

SOLVED, BELOW_BOUND, ABOVE_BOUND, NO_TIME_VALUE, OVERFLOW = 0, 8, 9, 10, 11  # tools.pricing.inputs.Flaw
FIELDS = 7
STEPS = 12
SETTLED = 1e-4  # of s: a step so small leaves an error of its fourth power
NARROW = 0.02  # of s/2: below it the difference of two Mills' ratios is its Taylor series
SHALLOWEST = 1e-300  # of X: stands for 0 where it divides
STEEP = 100.0  # ln of a number whose square and more still fit a float64
LN2 = math.log(2.0)
DOUBLING, HALVING = 2.0, -0.7  # the largest relative steps


@lane
def log(y: float) -> float:
    """ln y of a positive normal number."""
    return log_quotient(y, 1.0)[0]


@lane
def time_value(option: Option, price: float) -> tuple[float, float]:
    """(what `price` holds beyond the forward's intrinsic value, the most that can be)."""
    asset = fma(option.spot, growth(-option.dividend_yield * option.years), option.spot)
    cash = fma(option.strike, growth(-option.rate * option.years), option.strike)
    return price - max(option.right * carried_difference(option), 0.0), min(asset, cash)


@lane
def moneyness(option: Option) -> float:
    """X = |ln(asset / cash)|."""
    whole, rest = log_quotient(option.spot, option.strike)
    return abs(whole + fma(option.rate - option.dividend_yield, option.years, rest))


@lane
def below_inflection(x: float, log_share: float) -> float:
    """First guess of s where p lies below the inflection, within 5 % for X up to 6.

    There -ln p is about a²/2, a = X/s, and what the difference of Mills' ratios adds, so that with
    k = X·e^(X/2)·φ(0) / p the number q = 2·ln(1 + k²/(2 + k)) has the limits of a² at both ends of k. A fit gives
    a/√q as a polynomial of X/q (0 to 2) and √q / (1 + √q).
    """
    floored = max(x, SHALLOWEST)
    log_k = log(INV_SQRT_2PI * floored) + 0.5 * x - log_share
    power, part = exponential(max(min(log_k, STEEP), -STEEP))
    k = fma(power, part, power)
    q = 2.0 * (log(1.0 + k * k / (2.0 + k)) if log_k < STEEP else log_k)
    root = math.sqrt(q)
    depth, breadth = root / (1.0 + root), x / q
    constant = fma(depth, fma(depth, fma(depth, 1.47486193, -0.261310921), -1.12990871), 1.04542115)
    linear = fma(depth, fma(depth, fma(depth, 4.57423702, -6.27946169), 2.31267542), -0.155388979)
    square = fma(depth, fma(depth, fma(depth, -3.76404426, 4.18134148), -1.43256436), 0.0730055467)
    return x / (root * fma(breadth, fma(breadth, square, linear), constant))


@lane
def above_inflection(x: float, log_gap: float, share: float) -> tuple[float, bool]:
    """(first guess of s where p lies above the inflection, whether it does), within 11 % for X up to 6.

    The quantile that solves X = 0, widened to meet the inflection, s² = 2X, at other X: there its square
    is 2X / (1 + √(πX) + 0.96·X) within 1 %. Quantile: Abramowitz & Stegun 26.2.23.
    """
    t = math.sqrt(max(2.0 * (LN2 - log_gap), 0.0))
    above = fma(t, fma(t, 0.010328, 0.802853), 2.515517)
    under = fma(t, fma(t, fma(t, 0.001308, 0.189269), 1.432788), 1.0)
    level = share / INV_SQRT_2PI if share < 0.1 else 2.0 * (t - above / under)
    inflection = 2.0 * x / fma(0.96, x, 1.0 + math.sqrt(math.pi * x))
    return math.sqrt(fma(level, level, 2.0 * x - inflection)), level * level >= inflection


@lane
def narrow_difference(a: float, h: float, ratio: float) -> float:
    """M(a - h) - M(a + h) for small h, where M is Mills' ratio and `ratio` M(a): its odd derivatives at a."""
    first = fma(a, ratio, -1.0)
    second = fma(a, first, ratio)
    third = fma(a, second, 2.0 * first)
    fourth = fma(a, third, 3.0 * second)
    fifth = fma(a, fourth, 4.0 * third)
    sixth = fma(a, fifth, 5.0 * fourth)
    seventh = fma(a, sixth, 6.0 * fifth)
    z = h * h
    series = fma(z / 6.0, fma(z / 20.0, fma(z / 42.0, seventh, fifth), third), first)
    return -2.0 * h * series


@lane
def change(x: float, s: float, log_share: float, log_gap: float) -> float:
    """The relative change of s that one Householder step asks for."""
    inverse = 1.0 / s
    a, h = x * inverse, 0.5 * s
    v = a - h
    beyond, narrow = v >= 0.0, h < NARROW
    p_u, q_u = mills(min(a + h, FAR))
    p_v, q_v = mills(min(a if narrow else abs(v), FAR))
    shared = 1.0 / (q_u * q_v)
    mills_u, mills_v = p_u * (q_v * shared), p_v * (q_u * shared)
    wide = mills_v - mills_u if beyond else mills_v + mills_u
    d = narrow_difference(a, h, mills_v) if narrow else wide
    low = beyond | narrow
    miss = (log_share if low else log_gap) - fma(-0.5 * v, v, log(INV_SQRT_2PI * d))
    newton = (miss if low else -miss) * d * inverse
    bend = fma(a, a, -h * h) * newton
    twist = fma(bend, bend - 3.0 * miss, fma(-fma(3.0 * a, a, h * h), newton * newton, 2.0 * miss * miss))
    turned = bend - miss
    return newton * fma(0.5, turned, 1.0) / fma(1.0 / 6.0, twist, 1.0 + turned)


@lane
def start(option: Option, price: float) -> tuple[float, float, float, float]:
    """(X, ln p, ln(1 - p), first guess of s); the guess is NaN where the price has no vol."""
    value, ceiling = time_value(option, price)
    left = ceiling - value
    whole = Option(option.right, option.spot, option.strike, option.years, option.rate, option.dividend_yield, 1.0)
    solvable = usable(whole) & (price > 0.0) & (value >= SMALLEST) & (left >= SMALLEST)
    x = moneyness(option)
    log_share, log_gap = log_quotient(value, ceiling)[0], log_quotient(left, ceiling)[0]
    upper, is_upper = above_inflection(x, log_gap, value / ceiling)
    s = upper if is_upper else below_inflection(x, log_share)
    return x, log_share, log_gap, s if solvable else math.nan


@lane
def moved(x: float, log_share: float, log_gap: float, s: float) -> tuple[float, bool]:
    """(s after one step, whether it has settled)."""
    step = change(x, s, log_share, log_gap)
    return fma(s, max(min(step, DOUBLING), HALVING), s), abs(step) < SETTLED


@njit(cache=True, nogil=True, error_model="numpy")
def implied(option: Option, price: float) -> tuple[float, int]:
    """(vol, flaw) that gives `price`; the vol of `option` is not looked at."""
    x, log_share, log_gap, s = start(option, price)
    settled = False
    for _ in range(STEPS):
        s, settled = moved(x, log_share, log_gap, s)
        if settled:
            return s / math.sqrt(option.years), SOLVED
    return math.nan, implied_flaw(option, price)


@njit(cache=True, nogil=True, error_model="numpy")
def implied_flaw(option: Option, price: float) -> int:
    """Why `price` has no vol."""
    value, ceiling = time_value(option, price)
    if value <= 0.0:
        return BELOW_BOUND
    return ABOVE_BOUND if value >= ceiling else OVERFLOW


@lane
def start_lane(block: FloatArray, i: int) -> None:
    """Replace the fields of column `i` by X, ln p, ln(1 - p), s, 0 for not settled, √T."""
    option = Option(block[0, i], block[1, i], block[2, i], block[3, i], block[4, i], block[5, i], math.nan)
    root = math.sqrt(block[3, i])
    x, log_share, log_gap, s = start(option, block[6, i])
    block[0, i], block[1, i], block[2, i], block[3, i], block[4, i], block[5, i] = (
        x,
        log_share,
        log_gap,
        s,
        0.0,
        root,
    )


@lane
def move_lane(block: FloatArray, i: int) -> None:
    """One step of column `i` unless it has settled."""
    before = block[4, i] > 0.0
    s, settled = moved(block[0, i], block[1, i], block[2, i], block[3, i])
    block[3, i] = block[3, i] if before else s
    block[4, i] = 1.0 if before | settled else 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def unsettled(block: FloatArray) -> bool:
    """Whether any column still moves."""
    count = 0
    for i in range(BLOCK):
        count += (block[4, i] == 0.0) & (block[3, i] == block[3, i])
    return count > 0


@njit(cache=True, nogil=True, error_model="numpy")
def implied_columns(fields: tuple[FloatArray, ...], vol: FloatArray) -> None:
    """Fill `vol` (n); NaN in rows with unusable input or a price outside its bounds.

    `fields` are those of `Option` in their order, with the price in place of the vol, each of length n or 1.
    """
    block = np.ones((FIELDS, BLOCK))
    for begin in range(0, len(vol), BLOCK):
        for k in range(FIELDS):
            take(fields[k], begin, len(vol), block[k])
        for i in range(BLOCK):
            start_lane(block, i)
        for _ in range(STEPS):
            for i in range(BLOCK):
                move_lane(block, i)
            if not unsettled(block):
                break
        for i in range(BLOCK):
            block[0, i] = block[3, i] / block[5, i] if block[4, i] > 0.0 else math.nan
        put(block[0], begin, vol)


@njit(cache=True, nogil=True, error_model="numpy")
def implied_flaws(fields: tuple[FloatArray, ...], flaw: FlawArray) -> None:
    """Fill `flaw` (n) with why each row's price has no vol, of rows that have none and no other flaw."""
    block = np.ones((FIELDS, BLOCK))
    for begin in range(0, len(flaw), BLOCK):
        for k in range(FIELDS):
            take(fields[k], begin, len(flaw), block[k])
        for i in range(min(BLOCK, len(flaw) - begin)):
            row = block[:, i]
            option = Option(row[0], row[1], row[2], row[3], row[4], row[5], math.nan)
            flaw[begin + i] = implied_flaw(option, row[6])
