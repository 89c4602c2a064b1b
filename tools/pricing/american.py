"""American options on stocks and funds: prices and Greeks of whole chains, cash dividends included."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
import numpy.typing as npt

from tools.domain.errors import InputError
from tools.pricing.dividends import schedule
from tools.pricing.european import european_values
from tools.pricing.inputs import Spread, spread
from tools.pricing.kernels.american import Method, american_columns, lone_row
from tools.pricing.kernels.boundary_table import MARKS
from tools.pricing.kernels.discrete import Resolution
from tools.pricing.kernels.option import Dividends, Option
from tools.pricing.kernels.rule import rule
from tools.pricing.threads import by_terms
from tools.pricing.values import Values, values

FloatArray = npt.NDArray[np.float64]


class Accuracy(StrEnum):
    FAST = "fast"
    EXACT = "exact"

    @property
    def method(self) -> Method:
        """Nodes of a boundary, points of its equations and of the premium, last step; grid."""
        return _method(self)


@dataclass(frozen=True, slots=True, eq=False)
class Exercise:
    """When early exercise pays and what the right to it is worth, per share, in the inputs' shape.

    boundary  the critical spot today: calls are exercised at or above it, puts at or below; NaN where waiting
              always pays
    second    where there is one, exercise stops to pay beyond it: puts below it, calls above it; else NaN
    premium   the American price less the European one of the same terms
    """

    boundary: FloatArray
    second: FloatArray
    premium: FloatArray


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

    Without cash dividends a row is European value plus early-exercise premium over its exercise boundary, the
    Greeks derivatives of that; exactly European where waiting always pays. Where exercise is worth most now the
    price is intrinsic, delta ±1 and the other Greeks 0. Measured against QuantLib's QdFp and independent
    collocation, as a share of the strike: "fast" 9.1e-8 at most and 1.2e-8 RMS, within 3e-6 up to ten years
    and vols of 500 %; "exact" 1.1e-8 and 7.5e-10. With two boundaries (as a put q < r < 0) "fast" is within 5e-8
    and 5e-9 RMS, "exact" within 3e-8, the largest where the boundaries meet within the option's life. With cash
    dividends a row is a pair of finite-difference grids: "fast" 3.3e-6 at most and 1.1e-6 RMS on the oracle's,
    2.0e-5 and 8e-7 over 12,000 contracts of one to eight dividends from nothing to 15 % of the spot, ex-dates next
    to now, to expiry and to each other, vols of 3 % to 200 %, two days to three years; "exact" 6.7e-7 and 1.7e-7 on
    the oracle's. Price, delta and gamma are continuous as an ex-date passes; theta jumps, as the spot does. Vega
    and rho are differences on the coarser of the two grids: of the spot, rho within 1.4e-2 and vega within 3e-3 in
    99 rows of 100.
    """
    inputs = _inputs(right, spot, strike, years, rate, dividend_yield, vol)
    dividends, method = schedule(dividend_years, dividend_cash), chosen(accuracy).method
    return values(inputs, _valued(inputs.arrays, dividends, method, inputs.size), explain=explain)


def row_by_row(
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
) -> Values:
    """As `value`, to the digit the same whichever rows stand beside a row, none included.

    A lone option is valued by `value` over a boundary of its own, within 1e-9 of the strike of this and faster.
    """
    inputs = _inputs(right, spot, strike, years, rate, dividend_yield, vol)
    dividends, method = schedule(dividend_years, dividend_cash), Accuracy.FAST.method._replace(tabled=1)
    return values(inputs, _valued(inputs.arrays, dividends, method, inputs.size), explain=False)


def exercise(
    *,
    right: npt.ArrayLike,
    spot: npt.ArrayLike,
    strike: npt.ArrayLike,
    years: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    vol: npt.ArrayLike,
    accuracy: str = "fast",
) -> Exercise:
    """Today's exercise boundary and the early-exercise premium, inputs as in `value`, no cash dividends.

    NaN for unusable rows. Where exercise pays only between two spots (as a put, q < r < 0) `second` is the other
    one; both are NaN where they have met within the option's life, whose premium is then for exercise later.
    """
    inputs = _inputs(right, spot, strike, years, rate, dividend_yield, vol)
    found = _valued(inputs.arrays, schedule(None, None), chosen(accuracy).method, inputs.size)
    boundary, premium, second = found[6:].reshape(3, *inputs.shape)
    return Exercise(boundary=boundary, second=second, premium=premium)


def chosen(accuracy: str) -> Accuracy:
    try:
        return Accuracy(accuracy)
    except ValueError:
        names = " or ".join(repr(each.value) for each in Accuracy)
        raise InputError(f"accuracy must be {names}, not {accuracy!r}.") from None


@cache
def _method(accuracy: Accuracy) -> Method:
    if accuracy is Accuracy.FAST:
        return Method(rule(10, 16, 24, 1e-4), Resolution(176, 36), tabled=MARKS + 1)
    return Method(rule(20, 40, 56, 1e-5), Resolution(512, 96), tabled=MARKS + 1)


def _inputs(*fields: npt.ArrayLike) -> Spread:
    """The fields of `Option`, in its order."""
    return spread(dict(zip(Option._fields, fields, strict=True)))


def _valued(fields: tuple[FloatArray, ...], dividends: Dividends, method: Method, size: int) -> FloatArray:
    """(9, n) as `american_columns` fills them; a single option needs no sorting and, where it may, no table."""
    found = np.empty((9, size))
    alone = size == 1 and method.tabled > 1 and not len(dividends.years)
    if alone and lone_row(fields, method.rule, found):
        return found
    european_values(fields, found[:6])
    found[6], found[7], found[8] = np.nan, 0.0 * found[0], np.nan
    good = np.flatnonzero(np.isfinite(found[0]))
    by_terms(lambda rows: american_columns(fields, rows, dividends, method, found), fields, good)
    found[:, found[0] < 0.0] = np.nan  # numbers beyond what exercise can be compared in
    return found
