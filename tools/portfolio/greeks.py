"""Greeks of held options, by the engine that prices the screen.

held contracts of one underlying and style at their prices → implied vol → Greeks of one long option each
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.calendar.trading_time import Clock
from tools.domain.contract import OptionContract
from tools.portfolio.terms import Terms
from tools.pricing.quotes import contract_greeks, settlements


@dataclass(frozen=True, slots=True)
class OptionGreeks:
    """Of one long option per share: iv decimal per year, vega per volatility point, theta per day."""

    iv: float = math.nan
    delta: float = math.nan
    gamma: float = math.nan
    vega: float = math.nan
    theta: float = math.nan

    @property
    def known(self) -> bool:
        return not math.isnan(self.iv + self.delta + self.gamma + self.vega + self.theta)


UNPRICED = OptionGreeks()


def option_greeks(
    contracts: Sequence[OptionContract], prices: Sequence[float], *, terms: Terms, clock: Clock
) -> tuple[OptionGreeks, ...]:
    """Greeks of `contracts`, all of one underlying and style, at `prices` per share; unknown where no vol fits."""
    greeks = contract_greeks(
        as_of=terms.as_of,
        style=contracts[0].style,
        right=np.array([contract.right.sign for contract in contracts]),
        strike=np.array([contract.strike for contract in contracts]),
        expiry=np.array([contract.expiry for contract in contracts], dtype="datetime64[D]"),
        settlement=settlements(np.array([contract.root for contract in contracts], dtype=np.str_)),
        spot=terms.spot,
        rate=terms.rate,
        dividend_yield=terms.dividend_yield,
        dividends=terms.dividends,
        price=np.asarray(prices, dtype=np.float64),
        clock=clock,
    )
    columns = (greeks.iv, greeks.delta, greeks.gamma, greeks.vega_point, greeks.theta_day)
    return tuple(OptionGreeks(*row) for row in zip(*(column.tolist() for column in columns), strict=True))
