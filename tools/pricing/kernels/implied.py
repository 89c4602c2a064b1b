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

from tools.pricing.kernels.black_scholes import INV_SQRT_2PI, LARGEST, SMALLEST, bounded
from tools.pricing.kernels.block import BLOCK, put, take
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
FlawArray = npt.NDArray[np.uint8]

SOLVED, BELOW_BOUND, ABOVE_BOUND, NO_TIME_VALUE, OVERFLOW = 0, 8, 9, 10, 11  # tools.pricing.inputs.Flaw
FIELDS, STATE = 7, 6
X, LOG_SHARE, LOG_GAP, S, PER_ROOT, MOVING = 7, 8, 9, 10, 11, 12  # rows of a block; MOVING is nan, 0 once settled
STEPS = 12
SETTLED = 1e-4  # of s: a step so small leaves an error of its fourth power
NARROW = 0.02  # of s/2: below it the difference of two Mills' ratios is its Taylor series
LARGEST_K = 1e150  # whose square still fits a float64
LN2 = math.log(2.0)
DOUBLING, HALVING = 2.0, -0.7  # the largest relative steps


@lane
def log(y: float) -> float:
    """ln y of a positive normal number."""
    return log_quotient(y, 1.0)[0]


@lane
def forward_difference(option: Option) -> float:
    """asset - cash = e^(-qT)·((S - K) - K·(e^((q-r)T) - 1)), within an ulp or two of itself, not of S and K.

    The time value of an in-the-money option is what is left of the price after this is taken off.
    """
    carry, carry_rest = total(option.dividend_yield, -option.rate)
    y = carry * option.years
    y_rest = fma(carry, option.years, -y) + carry_rest * option.years
    power, p, p_rest = exponential(min(max(y, SMALLEST_EXPONENT), LARGEST_EXPONENT))
    grown = fma(power, p, power - 1.0)
    moved = option.strike * grown
    moved_rest = fma(option.strike, grown, -moved) + option.strike * fma(y_rest, 1.0 + grown, power * p_rest)
    difference, rest = total(option.spot - option.strike, -moved)
    difference = difference + (rest - moved_rest)
    return fma(difference, growth(-option.dividend_yield * option.years), difference)


@lane
def time_value(option: Option, price: float) -> tuple[float, float, float]:
    """(what `price` holds beyond the forward's intrinsic value, the most that can be, √(asset·cash))."""
    asset = fma(option.spot, growth(-option.dividend_yield * option.years), option.spot)
    cash = fma(option.strike, growth(-option.rate * option.years), option.strike)
    return price - max(option.right * forward_difference(option), 0.0), min(asset, cash), math.sqrt(asset * cash)


@lane
def moneyness(option: Option) -> float:
    """X = |ln(asset / cash)|."""
    whole, rest = log_quotient(option.spot, option.strike)
    return abs(whole + fma(option.rate - option.dividend_yield, option.years, rest))


@lane
def below_inflection(x: float, k: float) -> float:
    """First guess of s where p lies below the inflection, within 10 % for X up to 6.

    There -ln p is about a²/2, a = X/s, and what the difference of Mills' ratios adds, so that with
    k = X·e^(X/2)·φ(0) / p the number q = 2·ln(1 + k²/(2 + k)) has the limits of a² at both ends of k. A fit gives
    √q/a as a polynomial of X/q (0 to 2) and √q / (1 + √q).
    """
    root = math.sqrt(2.0 * log_quotient(fma(k, k, 2.0 + k), 2.0 + k)[0])
    shared = 1.0 / (root * (1.0 + root))
    per_root, depth = shared * (1.0 + root), shared * root * root
    breadth = x * per_root * per_root
    constant = fma(depth, fma(depth, fma(depth, -1.81566884, -0.299424121), 1.98178437), 0.925391843)
    linear = fma(depth, fma(depth, fma(depth, -13.4260949, 18.2122077), -6.08111392), 0.241667816)
    square = fma(depth, fma(depth, fma(depth, 4.31510517, -6.98809737), 3.13708942), -0.111414642)
    return x * per_root * fma(breadth, fma(breadth, square, linear), constant)


@lane
def above_inflection(x: float, log_gap: float, share: float) -> tuple[float, bool]:
    """(first guess of s where p lies above the inflection, whether it does), within 11 % for X up to 6.

    The quantile that solves X = 0, widened to meet the inflection, s² = 2X, at other X: there its square
    is 2X / (1 + √(πX) + 0.96·X) within 1 %. Quantile: Abramowitz & Stegun 26.2.23.
    """
    t = math.sqrt(max(2.0 * (LN2 - log_gap), 0.0))
    above = fma(t, fma(t, 0.010328, 0.802853), 2.515517)
    under = fma(t, fma(t, fma(t, 0.001308, 0.189269), 1.432788), 1.0)
    spread = fma(0.96, x, 1.0 + math.sqrt(math.pi * x))
    shared = 1.0 / (under * spread)
    level = share / INV_SQRT_2PI if share < 0.1 else 2.0 * (t - above * (shared * spread))
    inflection = 2.0 * x * (shared * under)
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
    series = fma(z * (1 / 6), fma(z * (1 / 20), fma(z * (1 / 42), seventh, fifth), third), first)
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
    right, spot, strike, years, rate, dividend_yield, _ = option
    value, ceiling, middle = time_value(option, price)
    left = ceiling - value
    known = (min(spot, strike) >= SMALLEST) & (spot + strike <= LARGEST)
    solvable = known & bounded(years, rate, dividend_yield) & (abs(right) == 1.0)
    solvable = solvable & (price > 0.0) & (value >= SMALLEST) & (left >= SMALLEST)
    x = moneyness(option)
    log_share, log_gap = log_quotient(value, ceiling)[0], log_quotient(left, ceiling)[0]
    upper, is_upper = above_inflection(x, log_gap, value / ceiling)
    k = min(INV_SQRT_2PI * x * middle / value, LARGEST_K)
    s = upper if is_upper else below_inflection(x, k)
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
    value, ceiling, _ = time_value(option, price)
    if value <= 0.0:
        return BELOW_BOUND
    return ABOVE_BOUND if value >= ceiling else OVERFLOW


@lane
def start_lane(block: FloatArray, i: int) -> None:
    """Fill the state of column `i` from its fields."""
    option = Option(block[0, i], block[1, i], block[2, i], block[3, i], block[4, i], block[5, i], math.nan)
    x, log_share, log_gap, s = start(option, block[6, i])
    block[X, i] = x
    block[LOG_SHARE, i] = log_share
    block[LOG_GAP, i] = log_gap
    block[S, i] = s
    block[PER_ROOT, i] = 1.0 / math.sqrt(option.years)
    block[MOVING, i] = math.nan if s > 0.0 else 0.0


@lane
def move_lane(block: FloatArray, i: int) -> None:
    """One step of column `i` unless it has settled."""
    moving = block[MOVING, i] != 0.0
    s, settled = moved(block[X, i], block[LOG_SHARE, i], block[LOG_GAP, i], block[S, i])
    block[S, i] = s if moving else block[S, i]
    block[MOVING, i] = 0.0 if settled else block[MOVING, i]


@lane
def solve(block: FloatArray) -> None:
    """Step all columns until none moves; the vol takes the place of s, NaN where it still moves.

    Only inside the function that makes the block does LLVM know its width, and vectorises.
    """
    for i in range(BLOCK):
        start_lane(block, i)
    for _ in range(STEPS):
        for i in range(BLOCK):
            move_lane(block, i)
        if not block[MOVING].any():
            break
    for i in range(BLOCK):
        block[S, i] = block[S, i] * block[PER_ROOT, i] + block[MOVING, i]


@njit(cache=True, nogil=True, error_model="numpy")
def implied_columns(fields: tuple[FloatArray, ...], vol: FloatArray, begin: int, end: int) -> None:
    """Fill `vol` (n) from `begin` to `end`; NaN in rows with unusable input or a price outside its bounds.

    `fields` are those of `Option` in their order, with the price in place of the vol, each of length n or 1.
    """
    block = np.ones((FIELDS + STATE, BLOCK))
    for place in range(begin, end, BLOCK):
        for k in range(FIELDS):
            take(fields[k], place, end, block[k], place == begin)
        solve(block)
        put(block[S], place, end, vol)


@njit(cache=True, nogil=True, error_model="numpy")
def implied_flaws(fields: tuple[FloatArray, ...], flaw: FlawArray) -> None:
    """Fill `flaw` (n) with why each row's price has no vol, of rows that have none and no other flaw."""
    block = np.ones((FIELDS, BLOCK))
    for begin in range(0, len(flaw), BLOCK):
        for k in range(FIELDS):
            take(fields[k], begin, len(flaw), block[k], begin == 0)
        for i in range(min(BLOCK, len(flaw) - begin)):
            row = block[:, i]
            option = Option(row[0], row[1], row[2], row[3], row[4], row[5], math.nan)
            flaw[begin + i] = implied_flaw(option, row[6])
