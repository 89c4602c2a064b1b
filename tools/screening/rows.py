"""The units under screening, with everything a measure may look at.

    chain (contracts) + legs (units, k) → a column of the chain seen from one leg, or summed over the legs

Without `legs` every contract of the chain is a row by itself: that is how contracts are judged as legs, and
all there is to a structure of one leg.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from functools import cached_property, reduce
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from tools.domain.chain import Chain, FloatArray, IntArray
from tools.domain.market import Conditions, UnderlyingFacts
from tools.pricing.quotes import QuoteGreeks
from tools.screening.economics import Economics
from tools.screening.holdings import Holdings
from tools.screening.offer import widths
from tools.screening.strikes import StrikeChoice
from tools.screening.structure import Structure

Value = TypeVar("Value", bound=np.generic)
NO_CHOICE = StrikeChoice()
_GREEKS = tuple(column.name for column in fields(QuoteGreeks))


@dataclass(frozen=True, eq=False)
class Rows:
    """Candidate rows of one structure.

    greeks  the long option's, one per contract of the chain; nan until priced
    legs    (units, k) rows of the chain in the order of the structure's roles, None for one contract per row
    """

    chain: Chain
    structure: Structure
    facts: UnderlyingFacts
    conditions: Conditions
    holdings: Holdings
    greeks: QuoteGreeks | None = None
    legs: IntArray | None = None
    strikes: StrikeChoice = NO_CHOICE

    def __len__(self) -> int:
        return len(self.chain) if self.legs is None else len(self.legs)

    def take(self, index: IntArray) -> Rows:
        """The rows at `index`, each with contracts of its own and no others."""
        if self.legs is None:
            return self._contracts(index)
        used = self.legs[index]
        return replace(self._contracts(used.ravel()), legs=np.arange(used.size).reshape(used.shape))

    def units(self, legs: IntArray) -> Rows:
        """Units of the structure made of this chain's contracts."""
        return replace(self, legs=legs)

    def priced(self, greeks: QuoteGreeks) -> Rows:
        return replace(self, greeks=greeks)

    def economics(self) -> Economics:
        """One unit of each row; the rows must be priced."""
        if self.greeks is None:
            raise ValueError("Rows have no economics before they are priced")
        return self.structure.economics(self)

    def seen_from(self, leg: int, column: npt.NDArray[Value]) -> npt.NDArray[Value]:
        """A column of the chain at one leg of each unit."""
        return column if self.legs is None else column[self.legs[:, leg]]

    def held(self, column: FloatArray) -> FloatArray:
        """Σ quantity × column over the legs: what holding one unit comes to."""
        return _sum(
            _times(role.quantity, self.seen_from(leg, column)) for leg, role in enumerate(self.structure.roles)
        )

    @cached_property
    def bid(self) -> FloatArray:
        """Credit per share of selling each unit at once: short legs at their bid, long ones at their ask."""
        return self._sold(self.chain.bid, self.chain.ask)

    @cached_property
    def ask(self) -> FloatArray:
        """What buying each unit back at once would cost, per share."""
        return self._sold(self.chain.ask, self.chain.bid)

    @cached_property
    def credit(self) -> FloatArray:
        """Mid credit per share."""
        return self.chain.mid if self.legs is None else (self.bid + self.ask) / 2

    @property
    def spread(self) -> FloatArray:
        """Σ (ask - bid) / Σ mid over the legs: what crossing them costs of the premium that changes hands."""
        if self.legs is None:
            return self.chain.spread_fraction
        gross = _sum(self.seen_from(leg, self.chain.mid) for leg in range(self.legs.shape[1]))
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(gross > 0, (self.ask - self.bid) / gross, np.nan)

    @cached_property
    def width(self) -> FloatArray:
        """Distance of sold and bought strikes, of the wider wing, money per share; infinite without a wing."""
        apart = np.full(len(self), -np.inf)
        for short, sold in enumerate(self.structure.roles):
            for long, bought in enumerate(self.structure.roles):
                if sold.is_short and not bought.is_short and sold.right is bought.right:
                    pair = (self.strike(short), self.strike(long))
                    apart = np.maximum(apart, widths(pair))
        return np.where(np.isinf(apart), np.inf, apart)

    def strike(self, leg: int) -> FloatArray:
        return self.seen_from(leg, self.chain.strike)

    @property
    def expiry(self) -> npt.NDArray[np.datetime64]:
        return self.seen_from(0, self.chain.expiry)

    @property
    def dte(self) -> IntArray:
        return self.seen_from(0, self.chain.dte)

    @cached_property
    def collateral(self) -> FloatArray:
        """Money per share that secures each unit (decision D1)."""
        return self.structure.collateral(self)

    @property
    def strike_notional(self) -> FloatArray:
        """Account currency for one contract."""
        return self.chain.strike * self.chain.multiplier

    def greek(self, name: str) -> FloatArray:
        """A Greek of each contract of the chain."""
        if self.greeks is None:
            return np.full(len(self.chain), np.nan)
        column: FloatArray = getattr(self.greeks, name)
        return column

    def _contracts(self, index: IntArray) -> Rows:
        greeks = self.greeks
        if greeks is not None:
            greeks = QuoteGreeks(*(getattr(greeks, name)[index] for name in _GREEKS))
        chain, asked = self.chain.take(index), (self.structure, self.facts, self.conditions, self.holdings)
        return Rows(chain, *asked, greeks=greeks, strikes=self.strikes)

    def _sold(self, short: FloatArray, long: FloatArray) -> FloatArray:
        return _sum(
            _times(-role.quantity, self.seen_from(leg, short if role.is_short else long))
            for leg, role in enumerate(self.structure.roles)
        )


def _times(quantity: int, column: FloatArray) -> FloatArray:
    return column if quantity == 1 else -column if quantity == -1 else quantity * column


def _sum(columns: Iterable[FloatArray]) -> FloatArray:
    """Added in the order of the legs, as everyone else adds them, so that the last digit agrees."""
    return reduce(np.add, columns)
