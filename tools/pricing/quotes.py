"""Greeks of quoted and of held options, in the units that screens, limits and people read.

    as_of, expiry, clock → times → implied vol of the price → Greeks → per point, per day, per basis point

Variance passes on the chosen clock, interest and dividends in calendar time. Where the two differ, the
pricing functions get calendar years and the vol that gives the same total variance over them; what is
reported is the vol on the clock.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.trading_time import Clock, day_fraction, year_fraction
from tools.domain.chain import BoolArray, Chain, Dividend, FloatArray, IntArray
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import InputError
from tools.pricing import american, european, implied_vol
from tools.pricing.dividends import present_value, upcoming
from tools.pricing.values import Values


@dataclass(frozen=True, slots=True, eq=False)
class QuoteGreeks:
    """One row per contract, NaN where no vol fits the price. Per share of one long option.

    price           what the option is worth at `iv`
    calendar_years  Act/365 to expiry, for interest and dividends
    years           to expiry on the clock, for variance
    iv              decimal per √year of the clock
    delta, gamma    per 1.00 of the underlying
    vega_point      per volatility point (0.01)
    theta_day       over one close-to-close, the one `as_of` lies in, or what is left of it to live
    rho_bp          per basis point of the interest rate
    """

    price: FloatArray
    calendar_years: FloatArray
    years: FloatArray
    iv: FloatArray
    delta: FloatArray
    gamma: FloatArray
    vega_point: FloatArray
    theta_day: FloatArray
    rho_bp: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class _Times:
    """Years to each expiry, and of one day of theta, in calendar time and on the clock."""

    calendar: FloatArray
    variance: FloatArray
    calendar_day: float
    variance_day: float


class _Door(NamedTuple):
    """The pricing functions of one exercise style: a vol's value, a price's vol."""

    value: Callable[..., Values]
    vol: Callable[..., FloatArray]


_DOORS = {
    ExerciseStyle.EUROPEAN: _Door(european.value, implied_vol.european),
    ExerciseStyle.AMERICAN: _Door(american.row_by_row, implied_vol.american),
}


def quote_greeks(
    chain: Chain, *, clock: Clock = Clock.CALENDAR_365, rows: IntArray | BoolArray | None = None
) -> QuoteGreeks:
    """Implied vol and Greeks of a chain's quotes at their mid; with `rows`, all others are NaN."""
    part = chain if rows is None else chain.take(rows)
    greeks = contract_greeks(
        as_of=part.as_of,
        style=part.style,
        right=part.right,
        strike=part.strike,
        expiry=part.expiry,
        settlement=settlements(part.root),
        spot=part.spot,
        rate=part.rate,
        dividend_yield=part.dividend_yield,
        dividends=part.dividends,
        price=part.mid,
        clock=clock,
    )
    return greeks if rows is None else _scattered(greeks, rows, len(chain))


def contract_greeks(
    *,
    as_of: datetime,
    style: ExerciseStyle,
    right: npt.ArrayLike,
    strike: npt.ArrayLike,
    expiry: npt.ArrayLike,
    spot: npt.ArrayLike,
    rate: npt.ArrayLike,
    dividend_yield: npt.ArrayLike,
    price: npt.ArrayLike | None = None,
    vol: npt.ArrayLike | None = None,
    dividends: Sequence[Dividend] = (),
    settlement: npt.ArrayLike = "pm",
    clock: Clock = Clock.CALENDAR_365,
) -> QuoteGreeks:
    """Greeks of n contracts on one underlying from their prices (per share), or from vols on the clock.

    `expiry` dates (datetime64[D] or `date`), `settlement` "pm" or "am"; the other arguments as in
    `european.value`, scalars or length n. Cash dividends fall at the open of their ex-date; American
    options feel each of them, European ones are priced off the spot less their present value.
    `InputError` unless exactly one of `price` and `vol` is given.
    """
    if (price is None) == (vol is None):
        raise InputError("Greeks need either the price of each contract or its vol, not both and not neither.")
    times = _times(as_of, expiry, settlement, clock)
    terms: dict[str, Any] = {
        "right": right,
        "spot": np.asarray(spot, dtype=np.float64),
        "strike": strike,
        "years": times.calendar,
        "rate": rate,
        "dividend_yield": dividend_yield,
    }
    if style is ExerciseStyle.EUROPEAN:
        terms["spot"] = terms["spot"] - present_value(dividends, as_of=as_of, rate=rate, years=times.calendar)
    else:
        terms |= upcoming(dividends, as_of=as_of)
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.sqrt(times.variance / times.calendar)  # vol on the clock × stretch = vol in calendar time
    door = _DOORS[style]
    implied = door.vol(**terms, price=price) if vol is None else np.asarray(vol, dtype=np.float64) * stretch
    return _shown(door.value(**terms, vol=implied), implied, terms["spot"], stretch, times)


def settlements(root: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """How each OCC root settles, "am" or "pm"."""
    roots, place = np.unique(root, return_inverse=True)
    return np.array([settlement_of(str(each)).value for each in roots], dtype=np.str_)[place]


def _times(as_of: datetime, expiry: npt.ArrayLike, settlement: npt.ArrayLike, clock: Clock) -> _Times:
    """Each pair of expiry date and settlement is looked up once."""
    days = np.atleast_1d(np.asarray(expiry, dtype="datetime64[D]"))
    dates, date_place = np.unique(days, return_inverse=True)
    kinds, kind_place = np.unique(np.asarray(settlement, dtype=np.str_), return_inverse=True)
    calendar, variance = np.empty((2, len(dates), len(kinds)))
    for i, day in enumerate(dates.astype(object)):
        for j, kind in enumerate(kinds):
            instant = expiry_instant(day, str(kind))
            calendar[i, j] = year_fraction(as_of, instant, Clock.CALENDAR_365)
            variance[i, j] = year_fraction(as_of, instant, clock)
    return _Times(
        calendar=calendar[date_place, kind_place],
        variance=variance[date_place, kind_place],
        calendar_day=day_fraction(as_of, Clock.CALENDAR_365),
        variance_day=day_fraction(as_of, clock),
    )


def _shown(
    values: Values, implied: FloatArray, spot: FloatArray, stretch: FloatArray, times: _Times
) -> QuoteGreeks:
    """From the units of pricing to those shown; theta's diffusion runs on the clock, its carry in calendar time."""
    diffusion = -0.5 * (implied * spot) ** 2 * values.gamma
    carry = values.theta - diffusion
    calendar_day = np.minimum(times.calendar_day, times.calendar)
    diffusion_day = np.minimum(times.variance_day, times.variance) / stretch**2
    known = np.isfinite(values.price)
    columns = {
        "price": values.price,
        "calendar_years": times.calendar,
        "years": times.variance,
        "iv": implied / stretch,
        "delta": values.delta,
        "gamma": values.gamma,
        "vega_point": 0.01 * values.vega * stretch,
        "theta_day": diffusion * diffusion_day + carry * calendar_day,
        "rho_bp": 1e-4 * values.rho,
    }
    return QuoteGreeks(**{name: np.where(known, column, np.nan) for name, column in columns.items()})


def _scattered(greeks: QuoteGreeks, rows: IntArray | BoolArray, length: int) -> QuoteGreeks:
    """The columns of the chosen rows in columns of the whole chain."""
    columns = {}
    for column in fields(QuoteGreeks):
        columns[column.name] = np.full(length, np.nan)
        columns[column.name][rows] = getattr(greeks, column.name)
    return QuoteGreeks(**columns)
