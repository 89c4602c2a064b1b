"""Vertical credit spreads: an option sold, and one further out of the money bought against it (spec B3)."""

from __future__ import annotations

from tools.domain.chain import FloatArray, IntArray
from tools.domain.contract import Right
from tools.domain.structure import StructureKind
from tools.screening.economics import Economics, sold
from tools.screening.offer import Offer
from tools.screening.rows import Rows
from tools.screening.rules import SECURED_RULES, SHORT_OPTION_RULES, Rule
from tools.screening.structure import LONG_CALL, LONG_PUT, SHORT_CALL, SHORT_PUT, Role

SPREAD_RULES = SECURED_RULES | SHORT_OPTION_RULES | {Rule.CREDIT_TO_WIDTH, Rule.DIRECTION, Rule.EX_DIVIDEND}


class PutCreditSpread:
    """Wins above its breakeven; for markets that rise."""

    kind = StructureKind.PUT_CREDIT_SPREAD
    roles: tuple[Role, ...] = (SHORT_PUT, LONG_PUT)
    rules = SPREAD_RULES
    mandatory = SECURED_RULES

    def combine(self, offer: Offer) -> IntArray:
        return offer.verticals(Right.PUT)

    def collateral(self, rows: Rows) -> FloatArray:
        return bounded_loss(rows)

    def economics(self, rows: Rows) -> Economics:
        """Breakeven K - credit of the short leg; at most width - credit is lost and the credit won."""
        return bounded(rows, lower=rows.strike(0) - rows.credit)


class CallCreditSpread:
    """Wins below its breakeven; for markets that fall."""

    kind = StructureKind.CALL_CREDIT_SPREAD
    roles: tuple[Role, ...] = (SHORT_CALL, LONG_CALL)
    rules = SPREAD_RULES
    mandatory = SECURED_RULES

    def combine(self, offer: Offer) -> IntArray:
        return offer.verticals(Right.CALL)

    def collateral(self, rows: Rows) -> FloatArray:
        return bounded_loss(rows)

    def economics(self, rows: Rows) -> Economics:
        """Breakeven K + credit of the short leg; at most width - credit is lost and the credit won."""
        return bounded(rows, upper=rows.strike(0) + rows.credit)


def bounded_loss(rows: Rows) -> FloatArray:
    """Width less credit per share: what the unit can lose and what secures it (decision D1)."""
    return rows.width - rows.credit


def bounded(rows: Rows, *, lower: FloatArray | None = None, upper: FloatArray | None = None) -> Economics:
    """Units whose bought legs bound the loss: the credit counts towards what secures them."""
    loss = bounded_loss(rows)
    return sold(
        rows, lower=lower, upper=upper, max_loss=loss, max_profit=rows.credit, cash_required=rows.collateral
    )
