"""Chains made of known surfaces: SSVI over a flat variance per year, quoted around exact prices."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import numpy as np

from tests.tools.pricing.surface.real import make_chain
from tools.calendar.expiries import expiry_instant
from tools.calendar.sessions import NEW_YORK
from tools.calendar.trading_time import Clock, year_fraction
from tools.domain.chain import Chain, Dividend, FloatArray
from tools.domain.contract import ExerciseStyle
from tools.pricing import american, european
from tools.pricing.dividends import present_value, upcoming
from tools.pricing.surface.ssvi import Shape, total_variance

AS_OF = datetime(2026, 7, 8, 15, 0, tzinfo=NEW_YORK)
EXPIRIES = (date(2026, 7, 17), date(2026, 8, 21), date(2026, 9, 18), date(2026, 12, 18))
SHAPE = Shape(rho=-0.6, eta=0.9, gamma=0.45)
SPOT, RATE, CARRY, VARIANCE = 600.0, 0.04, 0.012, 0.03


def years(day: date) -> float:
    return year_fraction(AS_OF, expiry_instant(day), Clock.CALENDAR_365)


def ssvi_chain(
    *,
    style: ExerciseStyle = ExerciseStyle.EUROPEAN,
    expiries: tuple[date, ...] = EXPIRIES,
    strikes: int = 31,
    shape: Shape = SHAPE,
    half_spread: float = 0.02,
    dividends: tuple[Dividend, ...] = (),
) -> Chain:
    """Calls and puts on `strikes` strikes from -35 % to +25 %, bid and ask `half_spread` around exact prices."""
    grid = np.unique(np.round(SPOT * np.exp(np.linspace(-0.35, 0.25, strikes))))
    expiry = np.repeat(np.array(expiries, dtype="datetime64[D]"), 2 * len(grid))
    strike = np.tile(np.concatenate([grid, grid]), len(expiries))
    right = np.tile(np.repeat([1, -1], len(grid)), len(expiries))
    carry = 0.0 if dividends else CARRY
    t = np.repeat([years(day) for day in expiries], 2 * len(grid))
    spot = SPOT - present_value(dividends, as_of=AS_OF, rate=RATE, years=t)
    k = np.log(strike / (spot * np.exp((RATE - carry) * t)))
    vol = np.sqrt(total_variance(shape, k=k, theta=VARIANCE * t) / t)
    if style is ExerciseStyle.EUROPEAN:
        price = european.value(
            right=right, spot=spot, strike=strike, years=t, rate=RATE, dividend_yield=carry, vol=vol
        ).price
    else:
        price = american.value(
            right=right, spot=SPOT, strike=strike, years=t, rate=RATE, dividend_yield=carry, vol=vol,
            **upcoming(dividends, as_of=AS_OF),
        ).price  # fmt: skip
    chain = make_chain(
        "SPY",
        AS_OF,
        style=style,
        spot=SPOT,
        rate=RATE,
        dividend_yield=carry,
        root=np.full(len(strike), "SPY"),
        expiry=expiry,
        right=right,
        strike=strike,
        bid=np.maximum(price - half_spread, 0.0),
        ask=price + half_spread,
    )
    return replace(chain, dividends=dividends, feed_iv=vol)


def with_quotes(chain: Chain, bid: FloatArray, ask: FloatArray) -> Chain:
    return replace(chain, bid=bid, ask=ask)


def row(chain: Chain, *, day: date, right: int, strike: float) -> int:
    """The row of the listed strike nearest to `strike`."""
    own = (chain.expiry == np.datetime64(day, "D")) & (chain.right == right)
    return int(np.argmin(np.where(own, np.abs(chain.strike - strike), np.inf)))
