"""The iron condor: a put and a call credit spread of one expiry and one width (spec B4)."""

from __future__ import annotations

from tools.domain.chain import FloatArray, IntArray
from tools.domain.structure import StructureKind
from tools.screening.economics import Economics
from tools.screening.offer import Offer
from tools.screening.rows import Rows
from tools.screening.rules import SECURED_RULES
from tools.screening.structure import LONG_CALL, LONG_PUT, SHORT_CALL, SHORT_PUT, Role
from tools.screening.vertical import SPREAD_RULES, bounded, bounded_loss


class IronCondor:
    """One side can lose at a time, so that both credits stand against one width (decision D1).

    It needs no direction (decision D9); a book that names the rule gets the literal reading, where some
    direction must be had.
    """

    kind = StructureKind.IRON_CONDOR
    roles: tuple[Role, ...] = (LONG_PUT, SHORT_PUT, SHORT_CALL, LONG_CALL)
    rules = SPREAD_RULES
    mandatory = SECURED_RULES

    def combine(self, offer: Offer) -> IntArray:
        return offer.condors()

    def collateral(self, rows: Rows) -> FloatArray:
        return bounded_loss(rows)

    def economics(self, rows: Rows) -> Economics:
        """Breakevens a whole credit beyond either short strike; at most width - credit is lost."""
        return bounded(rows, lower=rows.strike(1) - rows.credit, upper=rows.strike(2) + rows.credit)
