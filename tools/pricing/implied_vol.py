"""Implied volatility of whole chains: the vol at which the house's own price equals the market's.

`european` inverts `european.value`; `american` inverts `american.value(accuracy="fast")`, boundary for boundary, so
that a price and its implied volatility agree to the last digits of the price; with cash dividends, grid for grid,
to 2e-9 of the strike, to 1e-8 where the vol hardly moves the price. `explain_european` and `explain_american` take
the same arguments and say, row by row, why a quote has no implied volatility.
"""

from __future__ import annotations

from typing import TypedDict, Unpack, cast

import numpy as np
import numpy.typing as npt

from tools.pricing.american import Accuracy
from tools.pricing.dividends import schedule
from tools.pricing.inputs import Flaw, FlawArray, Spread, sentences, spread
from tools.pricing.kernels.american_implied import american_implied_columns
from tools.pricing.kernels.implied import implied_columns, implied_flaws
from tools.pricing.kernels.option import Dividends
from tools.pricing.threads import by_columns, by_terms

FloatArray = npt.NDArray[np.float64]
StrArray = npt.NDArray[np.str_]

LEAST_COLUMNS = 1 << 15  # of European quotes that are shared out among threads: a millisecond


class EuropeanQuotes(TypedDict):
    """The arguments of `european`."""

    right: npt.ArrayLike
    price: npt.ArrayLike
    spot: npt.ArrayLike
    strike: npt.ArrayLike
    years: npt.ArrayLike
    rate: npt.ArrayLike
    dividend_yield: npt.ArrayLike


class AmericanQuotes(EuropeanQuotes, total=False):
    """The arguments of `american`."""

    dividend_years: npt.ArrayLike | None
    dividend_cash: npt.ArrayLike | None


def european(
    *,
    right: npt.ArrayLike,
    price: npt.ArrayLike,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
) -> FloatArray:
    """The vol (decimal per √year) that gives `price`, in the broadcast shape of the inputs.

    NaN outside the no-arbitrage bounds max(±(S·e^-qT - K·e^-rT), 0) < price < S·e^-qT (call), K·e^-rT (put)
    and for unusable rows.
    """
    return _european(
        spread(
            {
                "right": right,
                "spot": spot,
                "strike": strike,
                "years": years,
                "rate": rate,
                "dividend_yield": dividend_yield,
                "price": price,
            }
        )
    )


def american(
    *,
    right: npt.ArrayLike,
    price: npt.ArrayLike,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    dividend_years: npt.ArrayLike | None = None,
    dividend_cash: npt.ArrayLike | None = None,
) -> FloatArray:
    """The vol (decimal per √year) that gives `price`, in the broadcast shape of the inputs.

    Dividends as in `american.value`. NaN at or below what exercise today is worth (an option without time
    value fits every small vol), at or above the most it can be worth, and for unusable rows. With cash dividends
    also where the price is, within 1e-7 of the strike, what exercise at the best moment known today is worth.
    """
    quotes = _ordered(
        right=right, price=price, spot=spot, strike=strike, years=years, rate=rate, dividend_yield=dividend_yield
    )
    return _american(spread(quotes), schedule(dividend_years, dividend_cash))[0]


def explain_european(**quotes: Unpack[EuropeanQuotes]) -> StrArray:
    """Why `european` gives NaN, row by row; empty where it gives a vol."""
    inputs = spread(_ordered(**quotes))
    flaw, outside = inputs.flaw, np.zeros(inputs.size, dtype=np.uint8)
    implied_flaws(inputs.arrays, outside)
    lost = (flaw == Flaw.NONE) & np.isnan(_european(inputs)).reshape(-1)
    flaw[lost] = outside[lost]
    return sentences(flaw, inputs.shape)


def explain_american(**quotes: Unpack[AmericanQuotes]) -> StrArray:
    """Why `american` gives NaN, row by row; empty where it gives a vol."""
    dividends = schedule(quotes.pop("dividend_years", None), quotes.pop("dividend_cash", None))
    inputs = spread(_ordered(**cast(EuropeanQuotes, quotes)))
    return sentences(_american(inputs, dividends)[1], inputs.shape)


def _ordered(*, price: npt.ArrayLike, **option: npt.ArrayLike) -> dict[str, npt.ArrayLike]:
    """The inputs in the kernels' order: the fields of an option, its price last in place of the vol."""
    order = ("right", "spot", "strike", "years", "rate", "dividend_yield")
    return {name: option[name] for name in order} | {"price": price}


def _european(inputs: Spread) -> FloatArray:
    vol = np.empty(inputs.size)
    arrays = inputs.arrays
    by_columns(lambda begin, end: implied_columns(arrays, vol, begin, end), size=inputs.size, least=LEAST_COLUMNS)
    return vol.reshape(inputs.shape)


def _american(inputs: Spread, dividends: Dividends) -> tuple[FloatArray, FlawArray]:
    """The vols in the inputs' shape, and the flaw of each row."""
    vol, flaw, fields, method = np.full(inputs.size, np.nan), inputs.flaw, inputs.arrays, Accuracy.FAST.method
    by_terms(
        lambda rows: american_implied_columns(fields, rows, dividends, method, vol, flaw),
        fields,
        np.flatnonzero(flaw == Flaw.NONE),
    )
    flaw[(flaw == Flaw.NONE) & ~np.isfinite(vol)] = Flaw.OVERFLOW
    vol[flaw != Flaw.NONE] = np.nan
    return vol.reshape(inputs.shape), flaw
