"""The rows under screening, with everything a measure may look at."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from tools.domain.chain import Chain, FloatArray, IntArray
from tools.domain.market import Conditions, UnderlyingFacts
from tools.pricing.quotes import QuoteGreeks
from tools.screening.economics import Economics
from tools.screening.holdings import Holdings
from tools.screening.structure import Structure


@dataclass(frozen=True, eq=False, slots=True)
class Rows:
    """Candidate rows of one structure. `greeks` are the long option's, one per row; nan until priced."""

    chain: Chain
    structure: Structure
    facts: UnderlyingFacts
    conditions: Conditions
    holdings: Holdings
    greeks: QuoteGreeks | None = None

    def __len__(self) -> int:
        return len(self.chain)

    def take(self, index: IntArray) -> Rows:
        """The rows at `index`, with their Greeks where they are priced."""
        greeks = self.greeks
        if greeks is not None:
            taken = {column.name: getattr(greeks, column.name)[index] for column in fields(greeks)}
            greeks = replace(greeks, **taken)
        return replace(self, chain=self.chain.take(index), greeks=greeks)

    def priced(self, greeks: QuoteGreeks) -> Rows:
        return replace(self, greeks=greeks)

    def economics(self) -> Economics:
        """One unit of each row; the rows must be priced."""
        if self.greeks is None:
            raise ValueError("Rows have no economics before they are priced")
        return self.structure.economics(self.chain, self.greeks)

    @property
    def strike_notional(self) -> FloatArray:
        """Account currency for one contract."""
        return self.chain.strike * self.chain.multiplier

    def greek(self, name: str) -> FloatArray:
        if self.greeks is None:
            return np.full(len(self), np.nan)
        column: FloatArray = getattr(self.greeks, name)
        return column
