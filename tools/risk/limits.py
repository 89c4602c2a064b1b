"""The declared limits F1-F6, F9, F13-F15, and their evaluation.

case → each declared limit → judge → its verdict before and after the trade, in the order of the rules → in words
"""

from __future__ import annotations

import math
from collections.abc import Callable

from tools.domain.decision import LimitResult
from tools.risk.case import Case
from tools.risk.judge import Verdict, judge
from tools.risk.limit import Bound, Limit, Reading, Unit
from tools.risk.measure import UNKNOWN_SECTOR
from tools.risk.profile import AllocationBasis

Readings = tuple[Reading, ...] | str


def evaluate(case: Case, *, own: tuple[Limit, ...] = ()) -> tuple[LimitResult, ...]:
    """Every limit before and after the trade, then the trade's `own` (its size, cash and shares), in words.

    Those with `vetoes` refuse the trade, whatever any score says.
    """
    return tuple(verdict.result for verdict in verdicts(case, own=own))


def verdicts(case: Case, *, own: tuple[Limit, ...] = ()) -> tuple[Verdict, ...]:
    """The same in numbers alone."""
    return tuple(judge(limit, case) for limit in (*LIMITS, *own))


def _total(amount: str) -> Callable[[Case], Readings]:
    """A reader of one summed amount as a share of NAV."""

    def read(case: Case) -> Readings:
        return (
            Reading(
                before=case.share(getattr(case.before, amount)),
                after=case.share(getattr(case.after, amount)),
                added=case.added(getattr(case.proposal, amount)),
                missing=case.why(amount),
            ),
        )

    return read


def _fixed(setting: str, alert: str | None = None) -> Callable[[Case], Bound]:
    """A bound that is a number of the profile and nothing else."""

    def bound(case: Case) -> Bound:
        profile = case.profile
        return Bound(getattr(profile, setting), None if alert is None else getattr(profile, alert))

    return bound


def _allocation(case: Case) -> Readings:
    """F1 looks at this trade alone; a call on held shares puts no new collateral at risk."""
    if case.undefined_risk:
        return "the risk is undefined, F15 and the stress cap stand in"
    basis = "max_loss" if case.profile.allocation_basis is AllocationBasis.MAX_LOSS else "collateral"
    added = case.added(getattr(case.proposal, basis))
    return (Reading(before=0.0, after=added, added=added, missing=case.why(basis)),)


def _underlyings(case: Case) -> Readings:
    """F2 counts underlyings with open or reserved options (seed 001: each unique underlying)."""
    before = len(case.open_underlyings)
    new = case.opening and case.proposal.underlying not in case.open_underlyings
    return (Reading(before=before, after=before + new, added=float(new)),)


def _underlyings_bound(case: Case) -> Bound:
    """F2 by VIX. With VIX unknown the count is still known; the strictest number holds."""
    profile, vix = case.profile, case.vix
    if math.isnan(vix):
        return Bound(profile.underlyings_extreme, because="VIX is unknown, the strictest number holds")
    if vix > profile.vix_extreme:
        return Bound(profile.underlyings_extreme, because=f"VIX {vix:.1f} is above {profile.vix_extreme:g}")
    if vix > profile.vix_high:
        return Bound(profile.underlyings_high, because=f"VIX {vix:.1f} is above {profile.vix_high:g}")
    if vix < profile.vix_calm:
        return Bound(profile.underlyings_calm, because=f"VIX {vix:.1f} is below {profile.vix_calm:g}")
    return Bound(profile.underlyings)


def _sectors(case: Case) -> Readings:
    """F6, one reading per sector the trade touches; what no sector is known of may belong to any of them."""
    if case.proposal.sector_exempt:
        return f"{case.proposal.underlying} is not of one sector and its weights are not known"
    touched = {sector for sector, amount in case.proposal.sectors.items() if amount or sector != UNKNOWN_SECTOR}
    if not touched:
        return "the trade adds no sector exposure"
    return tuple(_sector(case, sector) for sector in sorted(touched))


def _sector(case: Case, sector: str) -> Reading:
    added = case.added(case.proposal.sectors[sector])
    if sector == UNKNOWN_SECTOR:
        missing = f"the sector of {case.proposal.underlying} is unknown"
        return Reading(before=math.nan, after=math.nan, added=added, missing=missing)
    doubt = case.before.sectors.get(UNKNOWN_SECTOR, 0.0)
    return Reading(
        before=case.share(case.before.sectors.get(sector, 0.0) + doubt),
        after=case.share(case.after.sectors[sector] + doubt),
        added=added,
        subject=sector,
        doubt=case.share(doubt),
        missing=case.why("sectors"),
    )


def _sector_bound(case: Case) -> Bound:
    """F6 by VIX and average correlation: the tightest holds, and only known calm relaxes."""
    profile, vix, correlation = case.profile, case.vix, case.average_correlation
    if math.isnan(vix):
        limit, because = profile.sector_high_vix, "VIX is unknown, the strictest number holds"
    elif vix > profile.vix_high:
        limit, because = profile.sector_high_vix, f"VIX {vix:.1f} is above {profile.vix_high:g}"
    elif correlation < profile.low_correlation:
        limit = profile.sector_uncorrelated
        because = f"average correlation {correlation:.2f} is below {profile.low_correlation:g}"
    else:
        limit, because = profile.sector, ""
    return Bound(limit, alert=min(profile.sector_alert, limit), because=because)


def _spread(case: Case) -> Readings:
    """F9 is about getting in: leaving is never held back by a wide quote."""
    if not case.opening:
        return "the trade opens nothing new"
    missing = "the structure has no usable bid and ask"
    return (Reading(before=math.nan, after=case.spread, added=case.spread, missing=missing),)


def _broker(case: Case) -> Readings:
    """F13: collateral of positions, reservations and the trade at the trade's broker."""
    broker = case.proposal.broker
    return (
        Reading(
            before=case.share(case.before.brokers.get(broker, 0.0)),
            after=case.share(case.after.brokers[broker]),
            added=case.added(case.proposal.collateral),
            subject=broker,
            missing=case.why("collateral"),
        ),
    )


def _broker_bound(case: Case) -> Bound:
    profile = case.profile
    return Bound(
        limit=profile.broker,
        alert=profile.broker * (1 - profile.broker_alert_within),
        advice=case.configured_brokers < profile.broker_veto_from,
    )


def _day_at_risk(case: Case) -> Readings:
    if case.undefined_risk:
        return "the risk is undefined, F15 and the stress cap stand in"
    opened, added = case.day_opened_max_loss, case.proposal.max_loss if case.opening else 0.0
    return (
        Reading(
            before=case.share(opened),
            after=case.share(opened + added),
            added=case.added(added),
            missing=case.why("max_loss"),
        ),
    )


def _stress(case: Case) -> Readings:
    """The book's own loss in the overnight gap; in its mirror upwards too where nothing bounds a loss in a rise."""
    if not case.undefined_risk:
        return "the trade's loss is bounded, F1 and F14 hold it"
    gaps = {"a fall": "overnight_loss"} | ({"a rise": "rise_loss"} if case.loses_upwards else {})
    return tuple(_in_gap(case, amount, subject) for subject, amount in gaps.items())


def _in_gap(case: Case, amount: str, subject: str) -> Reading:
    added = getattr(case.proposal, amount)
    before = math.fsum(getattr(row, amount) for row in case.held if row.book == case.proposal.book)
    return Reading(
        before=case.share(before),
        after=case.share(before + added),
        added=case.added(added),
        subject=subject,
        missing=case.why(amount),
    )


LIMITS: tuple[Limit, ...] = (
    Limit("F1", "allocation per trade", _allocation, _fixed("allocation"), "risk.allocation",
          remedy="choose a smaller underlying or a defined-risk structure"),
    Limit("F2", "open underlyings", _underlyings, _underlyings_bound, "risk.underlyings", unit=Unit.COUNT,
          linear=False, remedy="close an underlying first"),
    Limit("F3", "net delta", _total("dollar_delta"), _fixed("net_delta"), "risk.net_delta", signed=True),
    Limit("F4", "gamma", _total("gamma_1pct"), _fixed("gamma"), "risk.gamma", signed=True, per=" per 1 % move"),
    Limit("F5", "vega", _total("vega_point"), _fixed("vega", "vega_alert"), "risk.vega", signed=True,
          per=" per volatility point"),
    Limit("F6", "sector exposure", _sectors, _sector_bound, "risk.sector"),
    Limit("F9", "spread", _spread, _fixed("spread", "spread_alert"), "risk.spread", unit=Unit.MID,
          linear=False, remedy="wait for a tighter quote or choose another contract"),
    Limit("F13", "broker share", _broker, _broker_bound, "risk.broker"),
    Limit("F14", "day-at-risk", _day_at_risk, _fixed("day_at_risk"), "risk.day_at_risk",
          remedy="wait for the next session"),
    Limit("F15", "leverage", _total("notional"), _fixed("leverage"), "risk.leverage"),
    Limit("F15-overnight", "overnight loss", _total("overnight_loss"), _fixed("overnight_loss"),
          "risk.overnight_loss"),
    Limit("F15-stress", "stress loss", _stress, _fixed("stress_loss"), "risk.stress_loss"),
)  # fmt: skip
