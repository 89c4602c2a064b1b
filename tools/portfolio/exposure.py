"""What a candidate would add, contract by contract, and what a reservation keeps of it."""

from __future__ import annotations

import math

import numpy as np

from tools.domain.account import Exposure, Reservation
from tools.domain.candidate import Candidate
from tools.domain.chain import Chain
from tools.domain.market import UnderlyingFacts
from tools.domain.structure import UNDEFINED_RISK, StructureKind
from tools.portfolio.overnight import BOTH_WAYS, value_after
from tools.portfolio.positions import leans
from tools.portfolio.sectors import sector_amounts
from tools.portfolio.terms import written_on_forward
from tools.risk.measure import AMOUNTS
from tools.risk.profile import OvernightGap
from tools.sizing.collateral import new_collateral, new_max_loss, on_held_shares, undefined_risk_collateral

STRIKE_NOTIONAL = UNDEFINED_RISK | {StructureKind.CASH_SECURED_PUT}


def candidate_exposure(
    candidate: Candidate, *, chain: Chain | None, facts: UnderlyingFacts | None, gap: OvernightGap, broker: str
) -> Exposure:
    """One contract of the candidate. Calls on held shares add no collateral, notional or sector exposure."""
    units = float(candidate.multiplier)
    greeks = candidate.greeks
    delta, gamma, vega, theta = (
        (math.nan,) * 4 if greeks is None else (greeks.delta, greeks.gamma, greeks.vega, greeks.theta)
    )
    if written_on_forward(candidate.legs[0].contract):
        delta = gamma = vega = 0.0  # of volatility, not of prices (see tools.risk.measure)
    falls, rises = _gap_losses(candidate, chain, gap)
    collateral = _collateral(candidate, falls, rises)
    sectors, exempt = sector_amounts(facts, collateral)
    if candidate.structure is StructureKind.LONG_SHARES:
        delta, falls, rises = (leans(facts) * each for each in (delta, falls, rises))
    return Exposure(
        underlying=candidate.underlying,
        dollar_delta=delta * units * candidate.spot,
        gamma_1pct=gamma * units * candidate.spot**2 * 0.01,
        vega_point=vega * units,
        theta_day=theta * units,
        collateral=collateral,
        max_loss=new_max_loss(candidate),
        notional=_notional(candidate, collateral),
        sectors=sectors,
        sector_exempt=exempt,
        broker=broker,
        overnight_loss=falls,
        rise_loss=rises,
        book=candidate.book,
    )


def reservation_of(candidate: Candidate, exposure: Exposure, *, contracts: int) -> Reservation:
    """What the decision holds; an amount that is unknown is left out and stays unknown when read back."""
    amounts = {name: getattr(exposure, name) for name in AMOUNTS}
    return Reservation(
        decision_id=candidate.id,
        book=candidate.book,
        underlying=candidate.underlying,
        cash=candidate.cash_required * contracts,
        shares=candidate.shares_required * contracts,
        contracts=contracts,
        exposure={name: amount for name, amount in amounts.items() if not math.isnan(amount)},
        sectors=exposure.sectors,
        sector_exempt=exposure.sector_exempt,
    )


def reserved_exposure(reservation: Reservation, *, broker: str) -> Exposure:
    """The exposure of an open reservation, as if it were filled."""
    amounts = {name: reservation.exposure.get(name, math.nan) for name in AMOUNTS}
    return Exposure(
        underlying=reservation.underlying,
        sectors=dict(reservation.sectors),
        sector_exempt=reservation.sector_exempt,
        broker=broker,
        book=reservation.book,
        **amounts,
    )


def _notional(candidate: Candidate, collateral: float) -> float:
    """Strike notional of what is sold bare; what a spread can lose; nothing for calls on held shares and longs."""
    if on_held_shares(candidate) or candidate.structure is StructureKind.VIX_CALL:
        return 0.0
    if candidate.structure not in STRIKE_NOTIONAL:
        return collateral
    return math.fsum(
        -leg.quantity * leg.contract.strike * candidate.multiplier for leg in candidate.legs if leg.quantity < 0
    )


def _collateral(candidate: Candidate, falls: float, rises: float) -> float:
    """D1; without a bound to the loss the larger of margin and what a gap to either side would take."""
    if candidate.structure not in UNDEFINED_RISK:
        return new_collateral(candidate)
    stress = math.nan if math.isnan(falls + rises) else max(falls, rises)
    return undefined_risk_collateral(margin=new_collateral(candidate), stress_loss=stress)


def _gap_losses(candidate: Candidate, chain: Chain | None, gap: OvernightGap) -> tuple[float, float]:
    """What the legs lose in the gap, down and up, after the credit at mid; all at the short leg's volatility."""
    if candidate.structure is StructureKind.LONG_SHARES:
        return -candidate.spot * gap.move, candidate.spot * gap.move
    if chain is None or candidate.iv is None:
        return math.nan, math.nan
    ahead = written_on_forward(candidate.legs[0].contract)
    after = value_after(
        right=[leg.contract.right.sign for leg in candidate.legs],
        strike=[leg.contract.strike for leg in candidate.legs],
        dte=candidate.dte,
        vol=candidate.iv,
        spot=candidate.spot,
        rate=chain.rate,
        dividend_yield=chain.rate if ahead else chain.dividend_yield,
        gap=gap,
        upwards=BOTH_WAYS,
        is_volatility=ahead,
    )
    quantities = np.array([leg.quantity for leg in candidate.legs], dtype=np.float64)
    fallen, risen = (-candidate.multiplier * (candidate.credit + float(quantities @ each)) for each in after)
    return fallen, risen
