"""Structures: a named set of legs that is opened, priced and closed as one."""

from __future__ import annotations

from enum import StrEnum

from tools.domain.contract import OptionContract, ShareContract
from tools.domain.value import Value


class StructureKind(StrEnum):
    COVERED_CALL = "covered_call"
    CASH_SECURED_PUT = "cash_secured_put"
    PUT_CREDIT_SPREAD = "put_credit_spread"
    CALL_CREDIT_SPREAD = "call_credit_spread"
    IRON_CONDOR = "iron_condor"
    STRANGLE = "strangle"
    INDEX_PUT = "index_put"
    VIX_CALL = "vix_call"
    LONG_SHARES = "long_shares"


# Nothing but margin stands behind these: their loss is bounded by stress, not by a leg or by shares (spec F).
UNDEFINED_RISK = frozenset({StructureKind.STRANGLE, StructureKind.INDEX_PUT})


# Bought outright: what is paid is all that can be lost.
BOUGHT = frozenset({StructureKind.VIX_CALL, StructureKind.LONG_SHARES})


class Leg(Value):
    """`quantity` is signed: negative sold, positive bought; per unit of structure it is the ratio."""

    contract: ShareContract | OptionContract
    quantity: int


def leg_key(legs: tuple[Leg, ...]) -> tuple[tuple[str, int], ...]:
    """The identity of a leg set: OCC symbols with their signed ratios, in symbol order."""
    return tuple(sorted((leg.contract.occ, leg.quantity) for leg in legs))
