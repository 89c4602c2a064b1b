"""The cash-secured put: one put sold with its whole strike notional set aside in cash."""

from __future__ import annotations

from tools.domain.chain import FloatArray, IntArray
from tools.domain.structure import StructureKind
from tools.screening.economics import Economics, sold
from tools.screening.offer import Offer
from tools.screening.rows import Rows
from tools.screening.rules import HOUSE_RULES, SHORT_OPTION_RULES, Rule
from tools.screening.structure import SHORT_PUT, Role


class CashSecuredPut:
    """The premium received is not counted towards the cash that secures the put."""

    kind = StructureKind.CASH_SECURED_PUT
    roles: tuple[Role, ...] = (SHORT_PUT,)
    rules = SHORT_OPTION_RULES | {Rule.CASH_SECURED, Rule.SECTOR_AFTER_TRADE, Rule.NOT_HELD}
    mandatory = HOUSE_RULES | {Rule.CASH_SECURED}

    def combine(self, offer: Offer) -> IntArray:
        return offer.alone()

    def collateral(self, rows: Rows) -> FloatArray:
        return rows.strike(0)

    def economics(self, rows: Rows) -> Economics:
        """Breakeven K - credit; at most K - credit is lost and the credit won, per share."""
        lower = rows.strike(0) - rows.credit
        return sold(rows, lower=lower, max_loss=lower, max_profit=rows.credit, cash_required=rows.collateral)
