"""The covered call: one call sold against `multiplier` shares that are already held."""

from __future__ import annotations

import numpy as np

from tools.domain.chain import BoolArray, Chain, FloatArray
from tools.domain.contract import Right
from tools.domain.structure import StructureKind
from tools.pricing.quotes import QuoteGreeks
from tools.screening.economics import Economics, short_option
from tools.screening.rules import HOUSE_RULES, SHORT_OPTION_RULES, Rule
from tools.screening.structure import short_leg_rows


class CoveredCall:
    """Shares are valued at spot: that is what the call puts at stake, whatever they once cost."""

    kind = StructureKind.COVERED_CALL
    rules = SHORT_OPTION_RULES | {Rule.SHARES_OWNED, Rule.ONE_DAY_LOSS, Rule.EX_DIVIDEND}
    mandatory = HOUSE_RULES | {Rule.SHARES_OWNED}

    def admissible(self, chain: Chain) -> BoolArray:
        return short_leg_rows(chain, Right.CALL)

    def collateral(self, chain: Chain) -> FloatArray:
        return np.full(len(chain), chain.spot)

    def economics(self, chain: Chain, greeks: QuoteGreeks) -> Economics:
        """Breakeven S - credit; at most S - credit is lost and K - S + credit won, per share."""
        collateral = self.collateral(chain)
        return short_option(
            chain,
            greeks,
            breakeven=collateral - chain.mid,
            collateral=collateral,
            max_profit=chain.strike - collateral + chain.mid,
            cash_required=np.zeros(len(chain)),
            shares_required=chain.multiplier,
        )
