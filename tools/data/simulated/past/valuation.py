"""What the listed contracts are worth: European on indices, American on funds and shares, VIX on its forward.

    strikes ─► forward of each expiry ─► surface vol ─► value, delta, vega

American values are the approximation of Bjerksund and Stensland, "Closed-form approximation of American options"
(Scandinavian Journal of Management 9, 1993): exercise at a flat boundary, a lower bound that is within a tick at
these terms and a hundred times faster than a grid. Cash dividends before an expiry enter as the continuous yield
that takes the same worth from the spot.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from tools.data.simulated.noise import FloatArray
from tools.pricing import european

BUMP = 1e-3  # of the spot, for deltas of American values


class Worth(NamedTuple):
    """Per share; n rows."""

    value: FloatArray
    delta: FloatArray
    vega: FloatArray


def european_worth(
    *,
    right: npt.NDArray[np.int8],
    spot: FloatArray | float,
    strike: FloatArray,
    years: FloatArray,
    rate: float,
    yields: FloatArray | float,
    vol: FloatArray,
) -> Worth:
    """Black-Scholes-Merton; with `yields` equal to `rate` and the forward for `spot`, Black's formula of 1976."""
    priced = european.value(
        right=right, spot=spot, strike=strike, years=years, rate=rate, dividend_yield=yields, vol=vol
    )
    return Worth(priced.price, priced.delta, priced.vega)


def american_worth(
    *,
    right: npt.NDArray[np.int8],
    spot: float,
    strike: FloatArray,
    years: FloatArray,
    rate: float,
    yields: FloatArray,
    vol: FloatArray,
) -> Worth:
    """At least the European value and at least what exercise pays; deltas by central differences."""
    plain = european.value(
        right=right, spot=spot, strike=strike, years=years, rate=rate, dividend_yield=yields, vol=vol
    )
    early = _exercise_pays(right, rate, yields)
    value, delta = plain.price.copy(), plain.delta.copy()

    def exercised(shift: float) -> FloatArray:
        return _flat_boundary(
            right=right[early],
            spot=spot * shift,
            strike=strike[early],
            years=years[early],
            rate=rate,
            yields=yields[early],
            vol=vol[early],
        )

    low, now, high = (exercised(shift) for shift in (1 - BUMP, 1.0, 1 + BUMP))
    premium = now > value[early]
    value[early] = np.where(premium, now, value[early])
    delta[early] = np.where(premium, (high - low) / (2 * BUMP * spot), delta[early])
    return Worth(value, delta, plain.vega)


def _exercise_pays(right: npt.NDArray[np.int8], rate: float, yields: FloatArray) -> npt.NDArray[np.bool_]:
    """Calls where the share pays, puts where money does: otherwise waiting is free."""
    return np.where(right > 0, yields > 0, rate > 0)


def _flat_boundary(
    *,
    right: npt.NDArray[np.int8],
    spot: float,
    strike: FloatArray,
    years: FloatArray,
    rate: float,
    yields: FloatArray,
    vol: FloatArray,
) -> FloatArray:
    """Bjerksund and Stensland 1993, equation 4; a put is the call with spot for strike, rate for yield."""
    call = right > 0
    paid = np.where(call, strike, spot)
    s, k = np.where(call, spot, strike) / paid, np.ones_like(paid)  # in strikes: powers of β stay finite
    r, carry = np.where(call, rate, yields), np.where(call, rate - yields, yields - rate)
    variance = vol**2
    drift = carry / variance - 0.5
    beta = -drift + np.sqrt(drift**2 + 2 * r / variance)
    far = beta / (beta - 1) * k
    near = np.maximum(k, r / (r - carry) * k)
    boundary = near + (far - near) * -np.expm1(-(carry * years + 2 * vol * np.sqrt(years)) * near / (far - near))
    hit = np.maximum(s, boundary) == s

    def phi(power: FloatArray | float, limit: FloatArray) -> FloatArray:
        return _phi(s, years, power, limit, boundary, r, carry, vol)

    alive = (
        (boundary - k) * (s / boundary) ** beta
        - (boundary - k) * boundary**-beta * phi(beta, boundary)
        + phi(1.0, boundary)
        - phi(1.0, k)
        - k * (phi(0.0, boundary) - phi(0.0, k))
    )
    return np.asarray(paid * np.where(hit, s - k, np.fmax(alive, s - k)), dtype=np.float64)


def _phi(
    spot: FloatArray,
    years: FloatArray,
    power: FloatArray | float,
    limit: FloatArray,
    boundary: FloatArray,
    rate: FloatArray,
    carry: FloatArray,
    vol: FloatArray,
) -> FloatArray:
    """The value of spot^power paid at `years` below `limit` where `boundary` was never reached."""
    variance, deviation = vol**2, vol * np.sqrt(years)
    growth = -rate + power * carry + 0.5 * power * (power - 1) * variance
    kappa = 2 * carry / variance + 2 * power - 1
    reach = -(np.log(spot / limit) + (carry + (power - 0.5) * variance) * years) / deviation
    reflected = reach - 2 * np.log(boundary / spot) / deviation
    paid = ndtr(reach) - (boundary / spot) ** kappa * ndtr(reflected)
    return np.asarray(np.exp(growth * years) * spot**power * paid, dtype=np.float64)
