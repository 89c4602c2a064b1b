"""What a surface says of a chain's contracts: vols and prices for marks, gap filling and checks of quotes."""

from __future__ import annotations

import numpy as np

from tools.domain.chain import BoolArray, Chain, FloatArray
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import InputError
from tools.pricing import american, european
from tools.pricing.dividends import upcoming
from tools.pricing.quotes import settlements
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


def _prices(surface: Surface, chain: Chain) -> FloatArray:
    calendar, years = surface.times(chain.expiry, settlements(chain.root))
    forward = surface.forward_at(calendar)
    with np.errstate(divide="ignore", invalid="ignore"):
        vol = np.sqrt(
            surface.total_variance(log_moneyness=np.log(chain.strike / forward), years=years) / calendar
        )
    rate = -np.interp(calendar, surface.calendar_years, np.log(surface.discount) / surface.calendar_years)
    if surface.style is ExerciseStyle.EUROPEAN:
        return european.value(
            right=chain.right,
            spot=forward,
            strike=chain.strike,
            years=calendar,
            rate=rate,
            dividend_yield=rate,
            vol=vol,
        ).price
    return american.value(
        right=chain.right,
        spot=chain.spot,
        strike=chain.strike,
        years=calendar,
        rate=rate,
        dividend_yield=np.interp(calendar, surface.calendar_years, surface.carry_yield),
        vol=vol,
        **upcoming(chain.dividends, as_of=chain.as_of),
    ).price
