"""The cash-secured put: one put sold with its whole strike notional set aside in cash."""

from __future__ import annotations

from tools.domain.chain import BoolArray, Chain, FloatArray
from tools.domain.contract import Right
from tools.domain.structure import StructureKind
from tools.pricing.quotes import QuoteGreeks
from tools.screening.economics import Economics, short_option
from tools.screening.rules import HOUSE_RULES, SHORT_OPTION_RULES, Rule
from tools.screening.structure import short_leg_rows


class CashSecuredPut:
    """The premium received is not counted towards the cash that secures the put."""

    kind = StructureKind.CASH_SECURED_PUT
    rules = SHORT_OPTION_RULES | {Rule.CASH_SECURED, Rule.SECTOR_AFTER_TRADE}
    mandatory = HOUSE_RULES | {Rule.CASH_SECURED}

    def admissible(self, chain: Chain) -> BoolArray:
        return short_leg_rows(chain, Right.PUT)

    def collateral(self, chain: Chain) -> FloatArray:
        return chain.strike

    def economics(self, chain: Chain, greeks: QuoteGreeks) -> Economics:
        """Breakeven K - credit; at most K - credit is lost and the credit won, per share."""
        return short_option(
            chain,
            greeks,
            breakeven=chain.strike - chain.mid,
            collateral=chain.strike,
            max_profit=chain.mid,
            cash_required=chain.strike,
            shares_required=0,
        )
