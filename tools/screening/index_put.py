"""The index put: a cash-settled European put sold on margin, its premium set by the time it lives (spec B5)."""

from __future__ import annotations

from tools.domain.chain import FloatArray, IntArray
from tools.domain.structure import StructureKind
from tools.screening.economics import Economics, sold
from tools.screening.margin import naked_margin
from tools.screening.offer import Offer
from tools.screening.rows import Rows
from tools.screening.rules import SECURED_RULES, SHORT_OPTION_RULES, Rule
from tools.screening.structure import SHORT_PUT, Role


class IndexPut:
    """Margin secures it here, and the fit takes the stress loss where that is larger."""

    kind = StructureKind.INDEX_PUT
    roles: tuple[Role, ...] = (SHORT_PUT,)
    rules = SECURED_RULES | SHORT_OPTION_RULES | {Rule.PREMIUM_TO_TARGET, Rule.CASH_SETTLED}
    mandatory = SECURED_RULES | {Rule.CASH_SETTLED}

    def combine(self, offer: Offer) -> IntArray:
        return offer.alone()

    def collateral(self, rows: Rows) -> FloatArray:
        return naked_margin(
            right=-1,
            strike=rows.strike(0),
            spot=rows.chain.spot,
            mark=rows.credit,
            broad_index=rows.facts.broad_index,
        )

    def economics(self, rows: Rows) -> Economics:
        """Breakeven K - credit; an index at 0 would cost K - credit."""
        lower = rows.strike(0) - rows.credit
        return sold(rows, lower=lower, max_loss=lower, max_profit=rows.credit, cash_required=rows.collateral)
