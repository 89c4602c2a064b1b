"""What the listed contracts are worth: European on indices, American on funds and shares, VIX on its forward.

    European      Black-Scholes-Merton; on VIX Black's formula of 1976 with each expiry's forward
    American      European with cash dividends + premium of early exercise, at least what exercise now or
                  beside an ex-date is worth

Cash dividends shift part of their worth from the spot and part to the strike, by their place in the life of the
option (Bos and Vandermark, "Finessing fixed dividends", Risk 15, 2002), which is near the spot model that the
product prices with. The premium is that of the product's American options with dividends as the yield that takes
the same worth. Exercising a call just before an ex-date, or a put just after it, are choices its holder always has
(Black, Financial Analysts Journal 31, 1975). Many times faster than a grid.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from tools.data.simulated.noise import FloatArray
from tools.pricing import american, european

Smile: TypeAlias = Callable[[FloatArray, FloatArray], FloatArray]  # volatility of (strike, years), per row
SIDE = 1e-6  # before or after an ex-date, relative


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


class Payouts(NamedTuple):
    """Cash dividends ahead: ex-dates in years, present worth per share; m of them, in order."""

    years: FloatArray
    worth: FloatArray

    def before(self, years: FloatArray) -> FloatArray:
        """The worth of what goes ex before each of `years`."""
        return np.asarray(np.where(self.years < years[:, None], self.worth, 0.0).sum(axis=1), dtype=np.float64)

    def split(self, years: FloatArray) -> tuple[FloatArray, FloatArray]:
        """That worth, split into a near part that the spot loses and a far part that the strike gains."""
        share = np.minimum(self.years / years[:, None], 1.0)
        live = np.where(self.years < years[:, None], self.worth, 0.0)
        return np.sum(live * (1 - share), axis=1), np.sum(live * share, axis=1)


def american_worth(
    *,
    right: npt.NDArray[np.int8],
    spot: float,
    strike: FloatArray,
    years: FloatArray,
    rate: float,
    payouts: Payouts,
    vol: FloatArray,
    smile: Smile,
) -> Worth:
    """At least the European value and at least what exercise pays."""
    terms = {"strike": strike, "years": years, "vol": vol}
    plain = _with_cash(right=right, spot=spot, rate=rate, payouts=payouts, **terms)
    yields = -np.log1p(-payouts.before(years) / spot) / years
    early = np.where(right > 0, yields > 0, rate > 0)  # otherwise waiting is free
    premium = _premium(right=right, spot=spot, rate=rate, yields=yields, early=early, **terms)
    value, delta = plain.value + premium.value, plain.delta + premium.delta
    for place in range(len(payouts.years)):
        beside = _beside_ex_date(
            place, right=right, spot=spot, strike=strike, years=years, rate=rate, payouts=payouts, smile=smile
        )
        value, delta = np.fmax(value, beside.value), np.where(beside.value > value, beside.delta, delta)
    paid = right * (spot - strike)
    delta = np.clip(np.where(paid > value, right, delta), -1.0, 1.0)
    return Worth(np.maximum(value, paid), delta, plain.vega)


def _with_cash(
    *,
    right: npt.NDArray[np.int8],
    spot: float,
    strike: FloatArray,
    years: FloatArray,
    rate: float,
    payouts: Payouts,
    vol: FloatArray,
) -> Worth:
    """European with cash dividends on their dates."""
    near, far = payouts.split(years)
    return european_worth(
        right=right,
        spot=spot - near,
        strike=strike + far * np.exp(rate * years),
        years=years,
        rate=rate,
        yields=0.0,
        vol=vol,
    )


def _beside_ex_date(
    place: int,
    *,
    right: npt.NDArray[np.int8],
    spot: float,
    strike: FloatArray,
    years: FloatArray,
    rate: float,
    payouts: Payouts,
    smile: Smile,
) -> Worth:
    """The right to exercise only there: calls before the dividend leaves the price, puts after; NaN if too late."""
    when = float(payouts.years[place])
    at = np.where(right > 0, when * (1 - SIDE), when * (1 + SIDE))
    live = years > when
    found = Worth(*(np.full(len(years), np.nan) for _ in range(3)))
    part = _with_cash(
        right=right[live],
        spot=spot,
        strike=strike[live],
        years=at[live],
        rate=rate,
        payouts=payouts,
        vol=smile(strike[live], at[live]),
    )
    for whole, some in zip(found, part, strict=True):
        whole[live] = some
    return found


def _premium(
    *,
    right: npt.NDArray[np.int8],
    spot: float,
    strike: FloatArray,
    years: FloatArray,
    rate: float,
    yields: FloatArray,
    early: npt.NDArray[np.bool_],
    vol: FloatArray,
) -> Worth:
    """What early exercise adds where dividends are a yield, its vega left out; 0 where waiting is free.

    A dividend over a day is a yield without bound, which prices nothing: no premium.
    """
    with_it, without = (
        value(
            right=right[early], spot=spot, strike=strike[early], years=years[early], rate=rate,
            dividend_yield=yields[early], vol=vol[early],
        )
        for value in (american.value, european.value)
    )  # fmt: skip
    added = Worth(*(np.zeros(len(years)) for _ in range(3)))
    added.value[early] = np.fmax(with_it.price - without.price, 0.0)
    added.delta[early] = np.nan_to_num(with_it.delta - without.delta)
    return added
