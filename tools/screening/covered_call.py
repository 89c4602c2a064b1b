"""The covered call: one call sold against `multiplier` shares that are already held."""

from __future__ import annotations

import numpy as np

from tools.domain.chain import FloatArray, IntArray
from tools.domain.structure import StructureKind
from tools.screening.economics import Economics, sold
from tools.screening.offer import Offer
from tools.screening.rows import Rows
from tools.screening.rules import HOUSE_RULES, SHORT_OPTION_RULES, Rule
from tools.screening.structure import SHORT_CALL, Role


class CoveredCall:
    """Shares are valued at spot: that is what the call puts at stake, whatever they once cost."""

    kind = StructureKind.COVERED_CALL
    roles: tuple[Role, ...] = (SHORT_CALL,)
    rules = SHORT_OPTION_RULES | {Rule.SHARES_OWNED, Rule.ONE_DAY_LOSS, Rule.EX_DIVIDEND}
    mandatory = HOUSE_RULES | {Rule.SHARES_OWNED}

    def combine(self, offer: Offer) -> IntArray:
        return offer.alone()

    def collateral(self, rows: Rows) -> FloatArray:
        return np.full(len(rows), rows.chain.spot)

    def economics(self, rows: Rows) -> Economics:
        """Breakeven S - credit; at most S - credit is lost and K - S + credit won, per share."""
        lower = rows.collateral - rows.credit
        return sold(
            rows,
            lower=lower,
            max_loss=lower,
            max_profit=rows.strike(0) - rows.collateral + rows.credit,
            cash_required=np.zeros(len(rows)),
            shares_required=rows.chain.multiplier,
        )
