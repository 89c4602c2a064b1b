"""Plain NumPy and SciPy versions of every kernel, for comparison only: vectorised over layers, not options."""

from __future__ import annotations

import math
from itertools import pairwise

import mpmath
import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_banded
from scipy.optimize import brentq
from scipy.stats import norm

FloatArray = npt.NDArray[np.float64]


def european(
    *, right: float, spot: float, strike: float, years: float, rate: float, dividend_yield: float, vol: float
) -> tuple[float, float, float, float, float, float]:
    """Textbook Black-Scholes-Merton: price, delta, gamma, theta, vega, rho."""
    s = vol * math.sqrt(years)
    d1 = (math.log(spot / strike) + (rate - dividend_yield + vol * vol / 2) * years) / s
    d2 = d1 - s
    asset, cash = spot * math.exp(-dividend_yield * years), strike * math.exp(-rate * years)
    n1, n2, density = norm.cdf(right * d1), norm.cdf(right * d2), norm.pdf(d1)
    return (
        right * (asset * n1 - cash * n2),
        right * asset / spot * n1,
        asset * density / (spot * spot * s),
        -asset * density * vol / (2 * math.sqrt(years)) - right * (rate * cash * n2 - dividend_yield * asset * n1),
        asset * density * math.sqrt(years),
        right * years * cash * n2,
    )


def exact(
    *, right: float, spot: float, strike: float, years: float, rate: float, dividend_yield: float, vol: float
) -> dict[str, float]:
    """The same and the price, to 40 digits, rounded."""
    with mpmath.workdps(40):
        w, S, K, T, r, q, sigma = (mpmath.mpf(x) for x in (right, spot, strike, years, rate, dividend_yield, vol))
        s = sigma * mpmath.sqrt(T)
        d1 = (mpmath.log(S / K) + (r - q) * T) / s + s / 2
        asset, cash = S * mpmath.exp(-q * T), K * mpmath.exp(-r * T)
        held, owed = asset * mpmath.ncdf(w * d1), cash * mpmath.ncdf(w * (d1 - s))
        peak = asset * mpmath.npdf(d1)
        found = {
            "price": w * (held - owed),
            "gamma": peak / (S * S * s),
            "theta": w * (q * held - r * owed) - peak * sigma / (2 * mpmath.sqrt(T)),
            "vega": peak * mpmath.sqrt(T),
        }
        return {name: float(value) for name, value in found.items()}


def implied(*, price: float, **option: float) -> float:
    """European implied volatility by Brent's method."""
    return float(brentq(lambda vol: european(vol=vol, **option)[0] - price, 1e-6, 20, xtol=1e-15, rtol=1e-14))


def peizer_pratt(z: float, n: int) -> float:
    inner = 1 - math.exp(-((z / (n + 1 / 3 + 0.1 / (n + 1))) ** 2) * (n + 1 / 6))
    return 0.5 + math.copysign(0.5, z) * math.sqrt(inner)


def leisen_reimer(
    *,
    right: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    dividend_yield: float,
    vol: float,
    steps: int,
) -> float:
    """The American price on one plain Leisen-Reimer tree of an odd number of steps, no cash dividends."""
    dt, s = years / steps, vol * math.sqrt(years)
    d2 = (math.log(spot / strike) + (rate - dividend_yield) * years) / s - s / 2
    p, q = peizer_pratt(d2, steps), peizer_pratt(d2 + s, steps)
    growth = math.exp((rate - dividend_yield) * dt)
    up, down = growth * q / p, growth * (1 - q) / (1 - p)
    values = np.maximum(right * (spot * up ** np.arange(steps + 1) * down ** np.arange(steps, -1, -1) - strike), 0)
    for k in range(steps - 1, -1, -1):
        held = math.exp(-rate * dt) * (p * values[1:] + (1 - p) * values[:-1])
        exercised = right * (spot * up ** np.arange(k + 1) * down ** np.arange(k, -1, -1) - strike)
        values = np.maximum(held, exercised)
    return float(values[0])


def dividend_grid(
    *,
    right: float,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    vol: float,
    dividends: list[tuple[float, float]],
    size: int = 600,
) -> float:
    """American price with cash dividends in the spot model: implicit finite differences in ln S.

    Exercise by projection: first order in time, which is enough for a tolerance of 1e-3 of the strike.
    """
    width = 6 * vol * math.sqrt(years) + 0.2
    x = np.linspace(math.log(spot) - width, math.log(spot) + width, 2 * size + 1)
    asset, h = np.exp(x), x[1] - x[0]
    intrinsic = np.maximum(right * (asset - strike), 0)
    values = intrinsic.copy()
    mu = rate - vol * vol / 2
    lower, upper = vol**2 / (2 * h * h) - mu / (2 * h), vol**2 / (2 * h * h) + mu / (2 * h)
    marks = sorted({0.0, years, *(when for when, _ in dividends)})
    for start, end in reversed(list(pairwise(marks))):
        steps = max(8, int(size * (end - start) / years))
        dt = (end - start) / steps
        band = np.zeros((3, len(x)))
        band[0, 2:], band[1], band[2, :-2] = -dt * upper, 1.0, -dt * lower
        band[1, 1:-1] = 1 + dt * (lower + upper + rate)
        for _ in range(steps):
            values = np.maximum(solve_banded((1, 1), band, values), intrinsic)
        for when, cash in dividends:
            if when == start:
                values = np.maximum(np.interp(np.maximum(asset - cash, asset[0]), asset, values), intrinsic)
    return float(np.interp(spot, asset, values))
