"""Profit at expiry of any leg set, with or without shares: piecewise linear, so everything is exact.

legs, credit, shares → profit at every strike and the slope beyond → breakevens, extremes, intervals
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tools.domain.contract import Right
from tools.domain.errors import InputError
from tools.domain.structure import Leg
from tools.pricing.inputs import numeric

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Payoff:
    """Profit of one unit at expiry, account currency, as a function of the underlying's price.

    `prices` ascend from 0 over every strike, `profits` are the profits there; `slope` is the profit per
    1.00 of the underlying beyond the last strike.
    """

    prices: tuple[float, ...]
    profits: tuple[float, ...]
    slope: float

    def at(self, price: npt.ArrayLike) -> FloatArray:
        """The profit at expiry prices of any shape; nan below 0."""
        where = numeric("price", price)
        beyond = self.slope * np.maximum(where - self.prices[-1], 0.0)
        inside: FloatArray = np.interp(where, self.prices, self.profits) + beyond
        return np.where(where >= 0, inside, np.nan)

    @property
    def max_profit(self) -> float:
        """The largest profit, `inf` where it has no bound."""
        return math.inf if self.slope > 0 else max(self.profits)

    @property
    def max_loss(self) -> float:
        """The largest loss as a positive number (0 where there is none), `inf` where it has no bound."""
        return math.inf if self.slope < 0 else max(0.0, -min(self.profits))

    @property
    def breakevens(self) -> tuple[float, ...]:
        """Prices above 0 where the profit changes its sign, ascending; a stretch of 0 counts with both ends."""
        spans = self._spans()
        return tuple(before[1] for before, after in pairwise(spans) if self._sign(before) != self._sign(after))

    @property
    def profit_intervals(self) -> tuple[tuple[float, float], ...]:
        """Open price intervals in which the profit is positive, ascending; the last may end at `inf`."""
        return tuple(span for span in self._spans() if self._sign(span) > 0)

    def _spans(self) -> list[tuple[float, float]]:
        """The price axis cut wherever the profit is 0: within a span its sign is constant."""
        cuts = {0.0, math.inf}
        points = list(zip(self.prices, self.profits, strict=True))
        for (low, left), (high, right) in pairwise(points):
            cuts |= {price for price, profit in ((low, left), (high, right)) if profit == 0}
            if left * right < 0:
                cuts.add(low + (high - low) * left / (left - right))
        last, profit = points[-1]
        if profit * self.slope < 0 or profit == 0:
            cuts.add(last - (profit / self.slope if profit else 0.0))
        ordered = sorted(cuts)
        return list(pairwise(ordered))

    def _sign(self, span: tuple[float, float]) -> float:
        """Of the profit within a span: -1, 0 or +1."""
        low, high = span
        inside = 2 * max(low, self.prices[-1]) + 1 if high == math.inf else (low + high) / 2
        return float(np.sign(self.at(inside)))


def payoff(*, legs: Sequence[Leg], credit: float = 0.0, shares: float = 0.0, share_price: float = 0.0) -> Payoff:
    """The profit of one unit: `credit` per share received for the legs (negative paid), plus `shares` held.

    Leg quantities are the unit's signed ratios; `shares` is a count (100 for a covered call), bought or
    marked at `share_price`. `InputError` where legs differ in expiry or multiplier, or nothing is held.
    """
    if not legs and not shares:
        raise InputError("A payoff needs at least one leg or some shares.")
    if len({(leg.contract.expiry, leg.contract.multiplier, leg.contract.underlying) for leg in legs}) > 1:
        raise InputError("A payoff at expiry needs legs of one underlying, one expiry and one multiplier.")
    multiplier = legs[0].contract.multiplier if legs else 1
    prices = np.unique([0.0, *(leg.contract.strike for leg in legs)])
    profits = multiplier * credit + shares * (prices - share_price)
    slope = shares
    for leg in legs:
        sign = leg.contract.right.sign
        profits = profits + multiplier * leg.quantity * np.maximum(sign * (prices - leg.contract.strike), 0.0)
        slope += multiplier * leg.quantity * (leg.contract.right is Right.CALL)
    return Payoff(tuple(prices.tolist()), tuple(profits.tolist()), float(slope))
