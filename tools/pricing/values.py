"""What a valuation returns: price and five Greeks as float64 arrays of one shape.

inputs as they come → kernel that checks its rows → results in rows → Values
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.pricing.inputs import Flaw, Spread, sentences

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """Price and Greeks per share, in the broadcast shape of the inputs (zero-dimensional for scalars).

    delta, gamma  per 1.00 of the underlying
    theta         per calendar year, the drift of the price as time passes (usually negative)
    vega          per 1.00 of volatility
    rho           per 1.00 of the interest rate, dividend yield held fixed

    A row with unusable input is NaN throughout; `reason` (only when asked for with `explain=True`) says
    why in words and is empty for every valued row.
    """

    price: FloatArray
    delta: FloatArray
    gamma: FloatArray
    theta: FloatArray
    vega: FloatArray
    rho: FloatArray
    reason: npt.NDArray[np.str_] | None = None


def values(inputs: Spread, found: FloatArray, *, explain: bool) -> Values:
    """The first six rows of `found` (6 or more, n), NaN in unusable columns, as `Values` in the inputs' shape."""
    price, delta, gamma, theta, vega, rho = found[:6].reshape(6, *inputs.shape)
    reason = None
    if explain:
        flaw = inputs.flaw
        flaw[(flaw == Flaw.NONE) & np.isnan(found[0])] = Flaw.OVERFLOW
        reason = sentences(flaw, inputs.shape)
    return Values(price=price, delta=delta, gamma=gamma, theta=theta, vega=vega, rho=rho, reason=reason)
