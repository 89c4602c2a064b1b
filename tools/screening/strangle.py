"""The short strangle: a put and a call of one expiry sold in equal counts, delta-neutral (spec B6)."""

from __future__ import annotations

from tools.domain.chain import FloatArray, IntArray
from tools.domain.structure import StructureKind
from tools.screening.economics import Economics, sold
from tools.screening.margin import naked_margin, strangle_margin
from tools.screening.offer import Offer
from tools.screening.rows import Rows
from tools.screening.rules import SECURED_RULES, SHORT_OPTION_RULES, Rule
from tools.screening.structure import SHORT_CALL, SHORT_PUT, Role


class Strangle:
    """Nothing bounds its loss: margin secures it here, and the fit takes the stress loss where that is larger."""

    kind = StructureKind.STRANGLE
    roles: tuple[Role, ...] = (SHORT_PUT, SHORT_CALL)
    rules = SECURED_RULES | SHORT_OPTION_RULES | {Rule.NET_DELTA, Rule.EX_DIVIDEND}
    mandatory = SECURED_RULES | {Rule.NET_DELTA}

    def combine(self, offer: Offer) -> IntArray:
        return offer.strangles()

    def collateral(self, rows: Rows) -> FloatArray:
        marks = [rows.seen_from(leg, rows.chain.mid) for leg in (0, 1)]
        margins = [
            naked_margin(
                right=role.right.sign,
                strike=rows.strike(leg),
                spot=rows.chain.spot,
                mark=marks[leg],
                broad_index=rows.facts.broad_index,
            )
            for leg, role in enumerate(self.roles)
        ]
        return strangle_margin(put=margins[0], call=margins[1], put_mark=marks[0], call_mark=marks[1])

    def economics(self, rows: Rows) -> Economics:
        """Breakevens a whole credit beyond either strike; `max_loss` is what is at risk by decision D1."""
        return sold(
            rows,
            lower=rows.strike(0) - rows.credit,
            upper=rows.strike(1) + rows.credit,
            max_loss=rows.collateral,
            max_profit=rows.credit,
            cash_required=rows.collateral,
        )
