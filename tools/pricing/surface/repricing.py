"""What a surface says of a chain's contracts: vols and prices for marks, gap filling and checks of quotes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from tools.domain.chain import BoolArray, Chain, FloatArray
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import InputError
from tools.pricing import american, european
from tools.pricing.dividends import present_value, upcoming
from tools.pricing.quotes import QuoteGreeks, contract_greeks, settlements
from tools.pricing.surface.surface import Surface

TICK_NOISE = 1e-9  # money per share


def surface_vols(surface: Surface, chain: Chain) -> FloatArray:
    """The vol of each row (n) on the surface's clock; NaN where it has expired."""
    return surface.vol(strike=chain.strike, expiry=chain.expiry, settlement=settlements(chain.root))


def reprice(surface: Surface, chain: Chain, *, rows: BoolArray | None = None) -> FloatArray:
    """The price of each row (n) on the surface, per share; NaN where it has expired or is not among `rows`.

    `InputError` where surface and chain are not of one underlying and instant.
    """
    if (surface.underlying, surface.as_of) != (chain.underlying, chain.as_of):
        raise InputError(
            f"The surface is of {surface.underlying} at {surface.as_of.isoformat()}, the chain of "
            f"{chain.underlying} at {chain.as_of.isoformat()}; fit the chain's own."
        )
    asked = np.flatnonzero(np.ones(len(chain), dtype=np.bool_) if rows is None else rows)
    part = chain.take(asked)
    price = np.full(len(chain), np.nan)
    price[asked] = _prices(surface, part)
    return price


def inside_quotes(chain: Chain, price: FloatArray) -> BoolArray:
    """Rows whose `price` (n) lies from bid to ask, both included."""
    return np.asarray((price >= chain.bid - TICK_NOISE) & (price <= chain.ask + TICK_NOISE))


def surface_greeks(surface: Surface, chain: Chain) -> QuoteGreeks:
    """Greeks of each row (n) at the surface's vol, forward and discount: also of rows that nobody quotes."""
    calendar, _ = surface.times(chain.expiry, settlements(chain.root))
    terms = _terms(surface, chain, calendar)
    return contract_greeks(
        as_of=chain.as_of,
        style=chain.style,
        right=chain.right,
        strike=chain.strike,
        expiry=chain.expiry,
        settlement=settlements(chain.root),
        spot=chain.spot,
        rate=terms.rate,
        dividend_yield=terms.carry,
        dividends=chain.dividends,
        vol=surface_vols(surface, chain),
        clock=surface.clock,
    )


class _Common(TypedDict):
    right: npt.ArrayLike
    spot: npt.ArrayLike
    strike: npt.ArrayLike
    years: npt.ArrayLike
    rate: npt.ArrayLike
    dividend_yield: npt.ArrayLike
    vol: npt.ArrayLike


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """Rate and continuous dividend yield of each row that give its forward and discount on the surface."""

    forward: FloatArray
    rate: FloatArray
    carry: FloatArray


def _terms(surface: Surface, chain: Chain, calendar: FloatArray) -> _Terms:
    forward = surface.forward_at(calendar)
    own = -np.log(surface.discount) / surface.calendar_years
    american_style = surface.style is ExerciseStyle.AMERICAN
    rate = (
        np.full(len(calendar), surface.rate) if american_style else np.interp(calendar, surface.calendar_years, own)
    )
    paid = present_value(chain.dividends, as_of=chain.as_of, rate=rate, years=calendar)
    with np.errstate(divide="ignore", invalid="ignore"):
        return _Terms(forward, rate, rate - np.log(forward / (chain.spot - paid)) / calendar)


def _prices(surface: Surface, chain: Chain) -> FloatArray:
    calendar, years = surface.times(chain.expiry, settlements(chain.root))
    terms = _terms(surface, chain, calendar)
    with np.errstate(divide="ignore", invalid="ignore"):
        k = np.log(chain.strike / terms.forward)
        vol = np.sqrt(surface.total_variance(log_moneyness=k, years=years) / calendar)
    european_style = surface.style is ExerciseStyle.EUROPEAN
    common: _Common = {
        "right": chain.right,
        "spot": terms.forward if european_style else chain.spot,
        "strike": chain.strike,
        "years": calendar,
        "rate": terms.rate,
        "dividend_yield": terms.rate if european_style else terms.carry,
        "vol": vol,
    }
    if european_style:
        return european.value(**common).price
    return american.value(**common, **upcoming(chain.dividends, as_of=chain.as_of)).price
