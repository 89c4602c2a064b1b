"""The structures that can be screened, by kind."""

from __future__ import annotations

from tools.domain.structure import StructureKind
from tools.screening.cash_secured_put import CashSecuredPut
from tools.screening.covered_call import CoveredCall
from tools.screening.index_put import IndexPut
from tools.screening.iron_condor import IronCondor
from tools.screening.long_shares import LongShares
from tools.screening.strangle import Strangle
from tools.screening.structure import Structure
from tools.screening.vertical import CallCreditSpread, PutCreditSpread
from tools.screening.vix_call import VixCall

STRUCTURES: dict[StructureKind, Structure] = {
    each.kind: each
    for each in (
        CoveredCall(),
        CashSecuredPut(),
        PutCreditSpread(),
        CallCreditSpread(),
        IronCondor(),
        Strangle(),
        IndexPut(),
        VixCall(),
        LongShares(),
    )
}
