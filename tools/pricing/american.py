"""American options on stocks and funds: prices and Greeks of whole chains, cash dividends included."""

from __future__ import annotations

from enum import StrEnum

import numpy.typing as npt

from tools.domain.errors import InputError
from tools.pricing.dividends import schedule
from tools.pricing.inputs import gather
from tools.pricing.kernels.american import american_columns
from tools.pricing.values import Values, evaluate


class Accuracy(StrEnum):
    FAST = "fast"
    EXACT = "exact"

    @property
    def steps(self) -> int:
        """Odd number of steps of the finer tree."""
        return 151 if self is Accuracy.FAST else 1001


def value(
    *,
    right: npt.ArrayLike,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
    dividend_years: npt.ArrayLike | None = None,
    dividend_cash: npt.ArrayLike | None = None,
    accuracy: str = "fast",
    explain: bool = False,
) -> Values:
    """Price, delta, gamma, theta, vega, rho; arguments broadcast, the result has their common shape.

    Inputs as in `european.value`. `dividend_years`, `dividend_cash` (1-D, money per share) are ex-dates
    and amounts shared by the whole chain, on top of `dividend_yield`. Spot model: the price falls by the
    dividend at its ex-date and `vol` applies to the whole spot; exercise is allowed until just before.

    Price error as a share of the strike, measured against QuantLib's QdFp and extrapolated finite
    differences: "fast" 6e-5 at most and 8e-6 RMS, with cash dividends 3e-4 and 4e-5; "exact" 3e-5 and
    2e-6, with cash dividends 3e-5 and 6e-6. Within a node spacing of the exercise boundary gamma, vega and
    rho are smeared averages of the values on its two sides.
    """
    columns = gather(
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
    dividends = schedule(dividend_years, dividend_cash)
    steps = chosen(accuracy).steps
    return evaluate(columns, lambda rows, out: american_columns(rows, dividends, steps, out), explain=explain)


def chosen(accuracy: str) -> Accuracy:
    try:
        return Accuracy(accuracy)
    except ValueError:
        names = " or ".join(repr(each.value) for each in Accuracy)
        raise InputError(f"accuracy must be {names}, not {accuracy!r}.") from None
