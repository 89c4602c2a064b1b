"""The chain that pricing is timed on: calls and puts of 25 expiries on one underlying with a smile."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

EXPIRIES, STRIKES = 25, 2000
ROWS = 2 * EXPIRIES * STRIKES
SPOT, RATE, DIVIDEND_YIELD = 100.0, 0.04, 0.013


def chain(years: FloatArray) -> dict[str, FloatArray]:
    """Four deviations to either side of the forward, vols of a smile from 8 % to 90 %; `years` of each expiry."""
    years = np.repeat(years, 2 * STRIKES)
    right = np.tile(np.repeat([1.0, -1.0], STRIKES), EXPIRIES)
    z = np.tile(np.linspace(-4, 4, STRIKES), 2 * EXPIRIES)
    vol = (0.08 + 0.04 * z * z + 0.02 * (4 - z)) * (0.8 + 0.2 / (1 + years))
    strike = SPOT * np.exp((RATE - DIVIDEND_YIELD) * years + z * vol * np.sqrt(years))
    shared = {"spot": SPOT, "rate": RATE, "dividend_yield": DIVIDEND_YIELD}
    return {"right": right, "strike": strike, "years": years, "vol": vol} | {
        name: np.array(value) for name, value in shared.items()
    }


def quotes(options: dict[str, FloatArray], price: FloatArray) -> dict[str, FloatArray]:
    """The same options with a price in place of the vol."""
    return {name: each for name, each in options.items() if name != "vol"} | {"price": price}
