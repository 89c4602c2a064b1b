"""What the positions of an account come to under a snapshot.

held at marks → Greeks by underlying → cover → exposures, NAV, free shares, what is unknown and why
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from tools.calendar.trading_time import Clock
from tools.domain.account import Account, Exposure
from tools.domain.chain import new_york_date
from tools.domain.contract import Right
from tools.domain.market import Snapshot
from tools.portfolio.cover import Secured, secure
from tools.portfolio.greeks import OptionGreeks, option_greeks
from tools.portfolio.held import Held, net_asset_value, read_held
from tools.portfolio.overnight import value_after
from tools.portfolio.sectors import sector_amounts
from tools.risk.profile import OvernightGap
from tools.sizing.collateral import naked_margin, undefined_risk_collateral

UNKNOWN_GREEKS = OptionGreeks()


@dataclass(frozen=True)
class Positions:
    """Exposures of all positions, in their order, with what they leave free.

    nav          cash plus marks, `nan` when a mark is unknown
    locked_cash  cash that secures open positions, `nan` when unknown
    free_shares  shares by symbol that cover no open call
    optioned     underlyings with open option contracts
    missing      why an amount is unknown: `nav` or a field of `Exposure` → a phrase
    """

    nav: float
    exposures: tuple[Exposure, ...]
    locked_cash: float
    free_shares: dict[str, int]
    optioned: frozenset[str]
    missing: dict[str, str]


def read_positions(account: Account, snapshot: Snapshot, *, clock: Clock, gap: OvernightGap) -> Positions:
    """Mark, price and match the positions of `account`; reservations are not looked at."""
    held = read_held(account, snapshot)
    greeks = _greeks(held, snapshot, clock)
    naked = [_naked(position, greek, snapshot, gap) for position, greek in zip(held, greeks, strict=True)]
    cover = secure(held, naked=naked)
    exposures = tuple(
        _exposure(position, secured, greek, snapshot=snapshot, gap=gap, broker=account.broker)
        for position, secured, greek in zip(held, cover.secured, greeks, strict=True)
    )
    return Positions(
        nav=net_asset_value(account.cash, held),
        exposures=exposures,
        locked_cash=math.fsum(secured.cash for secured in cover.secured),
        free_shares=cover.free_shares,
        optioned=frozenset(position.underlying for position in held if position.contract is not None),
        missing=_missing(held, exposures, snapshot),
    )


def _greeks(held: Sequence[Held], snapshot: Snapshot, clock: Clock) -> list[OptionGreeks]:
    """One per position; from the chain's quote where it explains itself, else from the mark."""
    found = [UNKNOWN_GREEKS] * len(held)
    for underlying, chain in snapshot.chains.items():
        rows = [i for i, p in enumerate(held) if p.underlying == underlying and _priceable(p)]
        if not rows:
            continue
        contracts = [contract for i in rows if (contract := held[i].contract) is not None]
        by_mark = option_greeks(contracts, [held[i].mark for i in rows], chain=chain, clock=clock)
        by_quote = option_greeks(contracts, [held[i].quote for i in rows], chain=chain, clock=clock)
        for i, quoted, marked in zip(rows, by_quote, by_mark, strict=True):
            found[i] = quoted if quoted.known else marked
    return found


def _priceable(position: Held) -> bool:
    return position.contract is not None and not position.contract.is_adjusted


def _naked(position: Held, greeks: OptionGreeks, snapshot: Snapshot, gap: OvernightGap) -> float:
    """Collateral of one uncovered call: the larger of margin and its loss in an upward gap (D1)."""
    contract, chain = position.contract, snapshot.chains.get(position.underlying)
    if contract is None or chain is None or contract.right is Right.PUT or position.quantity > 0:
        return math.nan
    facts = snapshot.facts.get(position.underlying)
    margin = naked_margin(
        right=contract.right, strike=contract.strike, spot=chain.spot, mark=position.mark,
        broad_index=facts is not None and facts.broad_index, multiplier=contract.multiplier,
    )  # fmt: skip
    stressed = _after(position, greeks, snapshot, gap, upwards=True)
    return undefined_risk_collateral(margin=margin, stress_loss=(stressed - position.mark) * contract.multiplier)


def _exposure(
    position: Held, secured: Secured, greeks: OptionGreeks, *, snapshot: Snapshot, gap: OvernightGap, broker: str
) -> Exposure:
    """Shares at δ = 1; options by their Greeks, spot and multiplier."""
    chain = snapshot.chains.get(position.underlying)
    units = position.quantity * position.multiplier
    if position.contract is None:
        spot = position.mark if chain is None else chain.spot
        delta, gamma, vega, theta = units * spot, 0.0, 0.0, 0.0
        overnight = -delta * gap.move
    else:
        spot = math.nan if chain is None else chain.spot
        delta, gamma = greeks.delta * units * spot, greeks.gamma * units * spot**2 * 0.01
        vega, theta = greeks.vega * units, greeks.theta * units
        overnight = units * (position.mark - _after(position, greeks, snapshot, gap))
    sectors, exempt = sector_amounts(snapshot.facts.get(position.underlying), secured.collateral)
    return Exposure(
        underlying=position.underlying,
        dollar_delta=delta,
        gamma_1pct=gamma,
        vega_point=vega,
        theta_day=theta,
        collateral=secured.collateral,
        max_loss=secured.collateral,
        notional=secured.notional,
        sectors=sectors,
        sector_exempt=exempt,
        broker=broker,
        overnight_loss=overnight,
    )


def _after(
    position: Held, greeks: OptionGreeks, snapshot: Snapshot, gap: OvernightGap, *, upwards: bool = False
) -> float:
    """Value per share of the option after the gap; `nan` without a chain or a volatility."""
    contract, chain = position.contract, snapshot.chains.get(position.underlying)
    if contract is None or chain is None:
        return math.nan
    after = value_after(
        right=contract.right.sign, strike=contract.strike, vol=greeks.iv, spot=chain.spot, rate=chain.rate,
        dte=(contract.expiry - new_york_date(chain.as_of)).days, dividend_yield=chain.dividend_yield, gap=gap,
        upwards=upwards,
    )  # fmt: skip
    return float(after)


def _missing(held: Sequence[Held], exposures: Sequence[Exposure], snapshot: Snapshot) -> dict[str, str]:
    """Why amounts are unknown, the first position in question named."""
    missing: dict[str, str] = {}
    for position, exposure in zip(held, exposures, strict=True):
        if math.isnan(position.mark):
            missing.setdefault("nav", f"{position.symbol} has no price in the account and none in the snapshot")
        for amount in ("dollar_delta", "gamma_1pct", "vega_point", "overnight_loss"):
            if math.isnan(getattr(exposure, amount)):
                missing.setdefault(
                    amount, f"the Greeks of {position.symbol} are unknown: {_why(position, snapshot)}"
                )
        if math.isnan(exposure.collateral):
            for amount in ("collateral", "notional", "sectors"):
                missing.setdefault(amount, f"what secures {position.symbol} is unknown")
    return missing


def _why(position: Held, snapshot: Snapshot) -> str:
    chain = snapshot.chains.get(position.underlying)
    if chain is None:
        return f"the snapshot holds no chain of {position.underlying}"
    if position.contract is not None and position.contract.is_adjusted:
        return "it is an adjusted contract"
    if position.contract is not None and position.contract.expiry < new_york_date(chain.as_of):
        return f"it expired on {position.contract.expiry}; reconcile the account"
    return "no volatility explains its price"
