"""Elementary functions without branches, calls or tables, so that a loop over them becomes vector code.

LLVM turns a loop into vector code only where nothing in its body is a call into the C library, as `exp`,
`log` and `erfc` are. Here they are polynomials between bit casts of float64 and int64: a few units in the
last place, for arguments in the ranges stated, which callers keep.

The coefficients are 50-digit Chebyshev fits (mpmath) whose own error stays below 3e-17 of the result.
"""

from __future__ import annotations

import numpy as np
from numba import njit

LANE = {"cache": True, "nogil": True, "error_model": "numpy", "forceinline": True, "fastmath": {"contract"}}
"""How a function is compiled that lives inside vectorised loops: part of its caller, products fused into sums."""

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # fdlibm's e_log.c: 32 + 53 bits
ROUNDER = 6755399441055744.0  # 1.5·2^52: adding it leaves an integer in the lowest bits
SMALLEST_EXPONENT, LARGEST_EXPONENT = -708.0, 709.0  # e^y is a normal number between them

FRACTION = 0x000FFFFFFFFFFFFF
ONE = 0x3FF0000000000000
SQRT2 = 1.4142135623730951
SQRT_HALF = 0.7071067811865476


@njit(**LANE)
def bits(x: float) -> int:
    """The float64 `x` read as an integer."""
    return np.float64(x).view(np.int64)


@njit(**LANE)
def from_bits(i: int) -> float:
    """The integer `i` read as a float64."""
    return np.int64(i).view(np.float64)


@njit(**LANE)
def exponential(y: float) -> tuple[float, float]:
    """(2^k, p) with e^y = 2^k·(1 + p) and |p| < 0.42, for y between -708 and 709.

    e^y - 1 is then (2^k - 1) + 2^k·p, accurate also where y is small.
    """
    shifted = y * LOG2_E + ROUNDER
    k = shifted - ROUNDER
    f = (y - k * LN2_HIGH) - k * LN2_LOW
    power = from_bits((bits(shifted) << 52) + ONE)
    z = f * f
    low = (0.5000000000000001 + 0.1666666666666667 * f) + z * (0.04166666666662412 + 0.008333333333326134 * f)
    high = (0.0013888888917215586 + 0.00019841269874822307 * f) + z * (
        2.4801521293463862e-05 + 2.755725539833871e-06 * f
    )
    top = 2.762008948195459e-07 + 2.5105217695684516e-08 * f
    square = z * z
    return power, f + z * (low + square * (high + square * top))


@njit(**LANE)
def exp(y: float) -> float:
    """e^y, for y between -708 and 709; 0 below."""
    power, p = exponential(max(y, SMALLEST_EXPONENT))
    return power + power * p if y >= SMALLEST_EXPONENT else 0.0


@njit(**LANE)
def log_quotient(a: float, b: float) -> float:
    """ln(a / b) for positive normal a and b, accurate also where they nearly agree.

    The mantissas are brought within √2 of each other, where their difference is exact; then
    ln(m / n) = 2·artanh((m - n) / (m + n)).
    """
    i, j = bits(a), bits(b)
    m, n = from_bits((i & FRACTION) | ONE), from_bits((j & FRACTION) | ONE)
    k = np.float64((i >> 52) - (j >> 52))
    larger, smaller = m > SQRT2 * n, m < SQRT_HALF * n
    m = 0.5 * m if larger else (2.0 * m if smaller else m)
    k = k + 1.0 if larger else (k - 1.0 if smaller else k)
    s = (m - n) / (m + n)
    z = s * s
    square = z * z
    low = (0.666666666666667 + 0.3999999999989839 * z) + square * (0.2857142862645262 + 0.2222221106056441 * z)
    high = (0.18182894320084278 + 0.15331554743280912 * z) + square * 0.14618452072714802
    tail = s * z * (low + square * square * high)
    return k * LN2_HIGH + (2.0 * s + (tail + k * LN2_LOW))


@njit(**LANE)
def mills(x: float) -> tuple[float, float]:
    """(p, q) with p / q = Φ(-x) / φ(x), Mills' ratio, for x from 0 to 1e10.

    Two ratios then share one division. A rational function that meets the ratio at 22 Chebyshev points of
    (x - 3.8) / (x + 3.8), the variable of Shepherd & Laframboise, Chebyshev approximation of
    (1+2x)exp(x²)erfc x in 0 ≤ x < ∞, Mathematics of Computation 36 (1981): 2.1e-17 everywhere.
    """
    p = 8.167186438585948e-07
    p = p * x + 2.4061476848381282e-05
    p = p * x + 0.0003509052628599392
    p = p * x + 0.003285384653182111
    p = p * x + 0.02168205550899366
    p = p * x + 0.10488563776077507
    p = p * x + 0.3758889908739138
    p = p * x + 0.9860993268861152
    p = p * x + 1.8190876196644334
    p = p * x + 2.1482512888283307
    p = p * x + 1.2533141373155003
    q = 8.167186438585948e-07
    q = q * x + 2.40614768483813e-05
    q = q * x + 0.000351721981503788
    q = q * x + 0.003309446130032623
    q = q * x + 0.022031327334328842
    q = q * x + 0.10812289947601154
    q = q * x + 0.39687740235512564
    q = q * x + 1.084654831265659
    q = q * x + 2.1550606354116346
    q = q * x + 2.9556609453276947
    q = q * x + 2.5119410968838483
    q = q * x + 1.0
    return p, q
