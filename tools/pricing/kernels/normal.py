"""The standard normal distribution and the scaled complementary error function, accurate in the far tails."""

from __future__ import annotations

import math

from numba import njit

SQRT_HALF = math.sqrt(0.5)
INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)
INV_SQRT_PI = 1.0 / math.sqrt(math.pi)

# W. J. Cody, Rational Chebyshev approximations for the error function, Mathematics of Computation 23
# (1969), in the form of CALERF (netlib specfun): |x| ≤ 0.46875, up to 4, beyond. Highest power first.
# fmt: off
CORE_P = (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2, 3.77485237685302021e2,
          3.20937758913846947e3)
CORE_Q = (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3)
MIDDLE_P = (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0, 6.61191906371416295e1,
            2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
            1.23033935479799725e3)
MIDDLE_Q = (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
            3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3)
TAIL_P = (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
          1.60837851487422766e-2, 6.58749161529837803e-4)
TAIL_Q = (1.0, 2.56852019228982242e0, 1.87295284992346047e0, 5.27905102951428412e-1, 6.05183413124413191e-2,
          2.33520497626869185e-3)
# fmt: on


@njit(cache=True, nogil=True, error_model="numpy")
def density(x: float) -> float:
    """φ(x)."""
    return INV_SQRT_2PI * math.exp(-0.5 * x * x)


@njit(cache=True, nogil=True, error_model="numpy")
def below(x: float) -> float:
    """Φ(x), relative accuracy kept in the left tail by erfc."""
    return 0.5 * math.erfc(-x * SQRT_HALF)


@njit(cache=True, nogil=True, error_model="numpy")
def quotient(x: float, above: tuple[float, ...], under: tuple[float, ...]) -> float:
    """The rational function with these coefficients."""
    p, q = above[0], under[0]
    for k in range(1, len(above)):
        p = p * x + above[k]
        q = q * x + under[k]
    return p / q


@njit(cache=True, nogil=True, error_model="numpy")
def erfcx(x: float) -> float:
    """exp(x²)·erfc(x); overflows below about -26."""
    y = abs(x)
    if y <= 0.46875:
        return math.exp(y * y) * (1.0 - x * quotient(y * y, CORE_P, CORE_Q))
    if y <= 4.0:
        scaled = quotient(y, MIDDLE_P, MIDDLE_Q)
    else:
        z = 1.0 / (y * y)
        scaled = (INV_SQRT_PI - z * quotient(z, TAIL_P, TAIL_Q)) / y
    return scaled if x > 0.0 else 2.0 * math.exp(y * y) - scaled
