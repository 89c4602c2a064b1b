"""Collateral at risk (decision D1): strike notional, share value, max loss, or margin against stress.

A put is secured by its strike, a covered call by its shares, a spread by what it can lose; whatever has
no bounded loss by the larger of the exchange's margin and its stress loss. Account currency per contract.
"""

from __future__ import annotations

from tools.domain.candidate import Candidate
from tools.domain.contract import Right
from tools.domain.structure import UNDEFINED_RISK, StructureKind
from tools.screening import margin


def put_collateral(*, strike: float, multiplier: int = 100, protected_at: float = 0.0) -> float:
    """Strike notional of one short put, less the strike of the long put that protects it."""
    return max(0.0, strike - protected_at) * multiplier


def covered_call_collateral(*, spot: float, multiplier: int = 100) -> float:
    """Value of the shares behind one covered call."""
    return spot * multiplier


def spread_collateral(*, width: float, credit: float, multiplier: int = 100) -> float:
    """Max loss of one vertical; for a condor the wider wing and both credits (one side can lose at a time)."""
    return max(0.0, width - credit) * multiplier


def naked_margin(
    *, right: Right, strike: float, spot: float, mark: float, broad_index: bool = False, multiplier: int = 100
) -> float:
    """Margin of one uncovered short option: `tools.screening.margin` for one contract."""
    per_share = margin.naked_margin(right=right.sign, strike=strike, spot=spot, mark=mark, broad_index=broad_index)
    return float(per_share) * multiplier


def undefined_risk_collateral(*, margin: float, stress_loss: float) -> float:
    """The larger of margin and stress loss; unknown where either is."""
    return margin if margin >= stress_loss else stress_loss if stress_loss > margin else margin + stress_loss


def unit_collateral(candidate: Candidate) -> float:
    """Collateral of one unit, from its legs; where the loss has no bound, the margin the candidate states; what is
    bought outright, its price."""
    multiplier, short = candidate.multiplier, candidate.legs[0].contract
    match candidate.structure:
        case StructureKind.CASH_SECURED_PUT:
            return put_collateral(strike=short.strike, multiplier=multiplier)
        case StructureKind.COVERED_CALL:
            return covered_call_collateral(spot=candidate.spot, multiplier=multiplier)
        case StructureKind.PUT_CREDIT_SPREAD | StructureKind.CALL_CREDIT_SPREAD | StructureKind.IRON_CONDOR:
            return spread_collateral(width=_width(candidate), credit=candidate.credit, multiplier=multiplier)
        case StructureKind.STRANGLE | StructureKind.INDEX_PUT | StructureKind.VIX_CALL | StructureKind.LONG_SHARES:
            return candidate.collateral


def new_collateral(candidate: Candidate) -> float:
    """What one unit newly puts at risk: nothing for a call on shares already held (spec F, preamble)."""
    return 0.0 if on_held_shares(candidate) else unit_collateral(candidate)


def new_max_loss(candidate: Candidate) -> float:
    """What one unit can newly lose of what F1, F14 and F17 hold.

    A call on shares already held only lowers the loss of its shares; an undefined risk is held by F15 and the
    stress cap in their place, and must not use up the day of those whose loss has a bound.
    """
    unbounded = candidate.structure in UNDEFINED_RISK
    return 0.0 if unbounded or on_held_shares(candidate) else candidate.max_loss


def on_held_shares(candidate: Candidate) -> bool:
    return candidate.structure is StructureKind.COVERED_CALL and candidate.cash_required == 0


def _width(candidate: Candidate) -> float:
    """Distance of the strikes, of the wider wing."""
    wings = [[leg.contract.strike for leg in candidate.legs if leg.contract.right is right] for right in Right]
    return max(max(strikes) - min(strikes) for strikes in wings if strikes)
