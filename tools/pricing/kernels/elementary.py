"""Elementary functions without branches, calls or tables, so that a loop over them becomes vector code.

LLVM turns a loop into vector code only where nothing in its body is a call into the C library, as `exp`,
`log` and `erfc` are. Here they are polynomials between bit casts of float64 and int64: a few units in the
last place, for arguments in the ranges stated, which callers keep. Every fused product is written out and
nothing is reordered, so that scalar and vector code of any width agree to the last bit.

The coefficients are 50-digit Chebyshev fits (mpmath) whose own error stays below 3e-17 of the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

lane = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
"""Compiles a function that lives inside vectorised loops: it becomes a part of its caller."""

ADDING = {"reassoc", "contract"}
adding_lane = njit(cache=True, nogil=True, error_model="numpy", forceinline=True, fastmath=ADDING)
"""Compiles a function with a loop whose own sums may be added in lanes; what it calls keeps its order."""

LOG2_E = 1.4426950408889634
LN2_HIGH, LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10  # fdlibm's e_log.c: 32 + 53 bits
ROUNDER = 6755399441055744.0  # 1.5·2^52: adding it leaves an integer in the lowest bits
SMALLEST_EXPONENT, LARGEST_EXPONENT = -708.0, 709.0  # e^y is a normal number between them

FRACTION = 0x000FFFFFFFFFFFFF
ONE = 0x3FF0000000000000
HALF = 1 << 51  # of a power of two, in the bits of a float64
FAR = 1e10  # Mills' ratio is 1/x there, and its multiple by a density 0


def _fused(_: Any, a: Any, b: Any, c: Any) -> Any:
    def build(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.fma(*arguments)

    return types.float64(types.float64, types.float64, types.float64), build


fma = cast(Callable[[float, float, float], float], intrinsic(_fused))
"""a·b + c, rounded once."""


@lane
def bits(x: float) -> int:
    """The float64 `x` read as an integer."""
    return int(np.float64(x).view(np.int64))


@lane
def from_bits(i: int) -> float:
    """The integer `i` read as a float64."""
    return np.int64(i).view(np.float64)


@lane
def total(a: float, b: float) -> tuple[float, float]:
    """a + b and its rounding error (Knuth's two-sum)."""
    whole = a + b
    part = whole - a
    return whole, (a - (whole - part)) + (b - part)


@lane
def exponential(y: float) -> tuple[float, float, float]:
    """(2^k, p, rounding error of p) with e^y = 2^k·(1 + p) and |p| < 0.42, for y between -708 and 709.

    e^y - 1 is then (2^k - 1) + 2^k·p, accurate also where y is small.
    """
    shifted = fma(y, LOG2_E, ROUNDER)
    k = shifted - ROUNDER
    f = fma(k, -LN2_LOW, fma(k, -LN2_HIGH, y))
    power = from_bits((bits(shifted) << 52) + ONE)
    z = f * f
    low = fma(z, fma(f, 0.008333333333326134, 0.04166666666662412), fma(f, 0.1666666666666667, 0.5000000000000001))
    high = fma(
        z,
        fma(f, 2.755725539833871e-06, 2.4801521293463862e-05),
        fma(f, 0.00019841269874822307, 0.0013888888917215586),
    )
    top = fma(f, 2.5105217695684516e-08, 2.762008948195459e-07)
    square = z * z
    series = fma(square, fma(square, top, high), low)
    p = fma(z, series, f)
    return power, p, fma(z, series, f - p)


@lane
def growth(y: float) -> float:
    """e^y - 1; as at the ends outside -708 to 709."""
    power, p, _ = exponential(min(max(y, SMALLEST_EXPONENT), LARGEST_EXPONENT))
    return fma(power, p, power - 1.0)


@lane
def exp(y: float) -> float:
    """e^y; as at the ends outside -708 to 709."""
    power, p, _ = exponential(min(max(y, SMALLEST_EXPONENT), LARGEST_EXPONENT))
    return fma(power, p, power)


class Halves(NamedTuple):
    """a / b as 2^k·m / n, m / n between 2/3 and 3/2: `upper` is 2·(m - n), exact, `lower` m + n with its rest."""

    k: float
    upper: float
    lower: float
    lower_rest: float


@lane
def halves(a: float, b: float) -> Halves:
    """Of positive normal a and b; their bits differ by nearly the logarithm, which tells the power of two."""
    i, j = bits(a), bits(b)
    apart = i - j
    nearest = apart + HALF
    within = (j & FRACTION) | ONE
    n, m = from_bits(within), from_bits(within + (apart - (nearest & ~FRACTION)))
    half, twice = m - n, n + n
    lower = twice + half
    return Halves(np.float64(nearest >> 52), half + half, lower, half - (lower - twice))


@lane
def log_halves(of: Halves, inverse: float) -> tuple[float, float]:
    """ln(2^k·m / n), `inverse` being 1 / lower up to its last places.

    ln(m / n) = 2·artanh((m - n) / (m + n)), the quotient with its remainder.
    """
    k, upper, lower, lower_rest = of
    s = upper * inverse
    rest = inverse * fma(-s, lower_rest, fma(-s, lower, upper))
    z = s * s
    square = z * z
    low = fma(
        square,
        fma(z, 0.00043402613917836323, 0.002232142921675437),
        fma(z, 0.012499999998796751, 0.08333333333334092),
    )
    high = fma(square, 4.690340594102272e-06, fma(z, 1.8615777509407972e-05, 8.880060182035118e-05))
    tail = fma(s * z, fma(square * square, high, low), rest)
    head = fma(k, LN2_HIGH, s)
    tail = (fma(k, LN2_HIGH, -head) + s) + fma(k, LN2_LOW, tail)
    whole = head + tail
    return whole, tail - (whole - head)


@lane
def log_quotient(a: float, b: float) -> tuple[float, float]:
    """ln(a / b) for positive normal a and b as a sum whose second part is below the last place of the first."""
    of = halves(a, b)
    return log_halves(of, 1.0 / of.lower)


@lane
def mills(x: float) -> tuple[float, float]:
    """(p, q) with p / q = Φ(-x) / φ(x), Mills' ratio, for x from 0 to 1e10; two ratios then share a division.

    A rational function that meets the ratio at 22 Chebyshev points of (x - 3.8) / (x + 3.8), the variable of
    Shepherd & Laframboise, Chebyshev approximation of (1+2x)exp(x²)erfc x in 0 ≤ x < ∞, Mathematics of
    Computation 36 (1981): 2.1e-17 everywhere. All coefficients are positive, nothing cancels.
    """
    p = fma(x, 8.167186438585948e-07, 2.4061476848381282e-05)
    p = fma(x, p, 0.0003509052628599392)
    p = fma(x, p, 0.003285384653182111)
    p = fma(x, p, 0.02168205550899366)
    p = fma(x, p, 0.10488563776077507)
    p = fma(x, p, 0.3758889908739138)
    p = fma(x, p, 0.9860993268861152)
    p = fma(x, p, 1.8190876196644334)
    p = fma(x, p, 2.1482512888283307)
    p = fma(x, p, 1.2533141373155003)
    q = fma(x, 8.167186438585948e-07, 2.40614768483813e-05)
    q = fma(x, q, 0.000351721981503788)
    q = fma(x, q, 0.003309446130032623)
    q = fma(x, q, 0.022031327334328842)
    q = fma(x, q, 0.10812289947601154)
    q = fma(x, q, 0.39687740235512564)
    q = fma(x, q, 1.084654831265659)
    q = fma(x, q, 2.1550606354116346)
    q = fma(x, q, 2.9556609453276947)
    q = fma(x, q, 2.5119410968838483)
    return p, fma(x, q, 1.0)


@lane
def tails(x: float, y: float, peak_x: float, peak_y: float, whole_x: float, whole_y: float) -> tuple[float, float]:
    """(a·Φ(-x), b·Φ(-y)) from a·φ(x), b·φ(y) and a, b: two Mills' ratios share a division."""
    p_x, q_x = mills(min(abs(x), FAR))
    p_y, q_y = mills(min(abs(y), FAR))
    shared = 1.0 / (q_x * q_y)
    beyond_x, beyond_y = peak_x * (p_x * (q_y * shared)), peak_y * (p_y * (q_x * shared))
    return (beyond_x if x > 0.0 else whole_x - beyond_x), (beyond_y if y > 0.0 else whole_y - beyond_y)
