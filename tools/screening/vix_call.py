"""The VIX call: bought outright, to pay when volatility that was sold comes back (spec H3)."""

from __future__ import annotations

import numpy as np

from tools.domain.chain import FloatArray, IntArray
from tools.domain.structure import StructureKind
from tools.screening.economics import Economics, bought
from tools.screening.offer import Offer
from tools.screening.rows import Rows
from tools.screening.rules import HOUSE_RULES, Rule
from tools.screening.structure import LONG_CALL, Role

HIGHEST = 82.69
"""The highest close of VIX, 16 March 2020 (Cboe, VIX historical data)."""


class VixCall:
    """Its chain is one expiry with the forward as its spot: VIX options are written on that."""

    kind = StructureKind.VIX_CALL
    roles: tuple[Role, ...] = (LONG_CALL,)
    rules = HOUSE_RULES | {
        Rule.OPEN_INTEREST, Rule.SPREAD, Rule.DTE, Rule.DELTA, Rule.CASH_SETTLED, Rule.BUYING_POWER,
        Rule.NONE_OPEN, Rule.PORTFOLIO_VEGA, Rule.PORTFOLIO_IV_RANK,
    }  # fmt: skip
    mandatory = HOUSE_RULES | {Rule.NONE_OPEN, Rule.BUYING_POWER}

    def combine(self, offer: Offer) -> IntArray:
        return offer.alone()

    def collateral(self, rows: Rows) -> FloatArray:
        return np.abs(rows.credit)

    def economics(self, rows: Rows) -> Economics:
        """Breakeven K + paid. A profit has no bound; told is the one at the highest close there has been."""
        upper = rows.strike(0) - rows.credit
        return bought(rows, upper=upper, max_profit=np.maximum(HIGHEST - upper, 0.0))
