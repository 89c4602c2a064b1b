"""European options: Black-Scholes-Merton prices and Greeks of whole chains."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tools.pricing.inputs import spread
from tools.pricing.kernels.black_scholes import RESULTS, european_columns
from tools.pricing.threads import by_columns
from tools.pricing.values import Values, values

FloatArray = npt.NDArray[np.float64]

LEAST_COLUMNS = 1 << 16  # of options that are shared out among threads: a millisecond


def value(
    *,
    right: npt.ArrayLike,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
    explain: bool = False,
) -> Values:
    """Price, delta, gamma, theta, vega, rho; arguments broadcast, the result has their common shape.

    right +1 call, -1 put; spot, strike money per share; years Act/365 to expiry; rate, dividend_yield
    continuously compounded decimals per year; vol decimal per √year. A row whose spot, strike, years or
    vol is not positive, or that holds a NaN or an infinity, is NaN; with `explain=True` `Values.reason`
    says why. `InputError` where inputs are not numbers or shapes do not broadcast.
    """
    inputs = spread(
        {
            "right": right,
            "spot": spot,
            "strike": strike,
            "years": years,
            "rate": rate,
            "dividend_yield": dividend_yield,
            "vol": vol,
        }
    )
    found = np.empty((RESULTS, inputs.size))
    european_values(inputs.arrays, found)
    return values(inputs, found, explain=explain)


def european_values(fields: tuple[FloatArray, ...], out: FloatArray) -> None:
    """Fill `out` (6, n), price and Greeks, from the fields of `Option`; NaN in rows with unusable input."""
    size = out.shape[1]
    by_columns(lambda begin, end: european_columns(fields, out, begin, end), size=size, least=LEAST_COLUMNS)
