"""The spiral: an imbalance "mended" by selling more on the other side, until both sides are too large (spec E2).

    adjustment, spots, deltas → gross shorts grow? → |net delta| falls? → refused, with the reason

An adjustment that lowers |net delta| may not raise the count of short contracts, nor what stands behind them at
spot × multiplier × contracts. One that closes as many as it opens on the same underlying, a roll, raises neither.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tools.domain.decision import Reason
from tools.domain.errors import InputError
from tools.domain.structure import Leg
from tools.domain.value import Value

RULE = "E2"
# Sums of floats: what rises by less than this share has not risen.
SLACK = 1e-9


class Adjustment(Value):
    """What is to be done to legs that are open, quantities in contracts.

    closed  signed as they are held: a short leg that is bought back is negative
    opened  signed as they will be held; contracts sold against a long leg of another trade count as sold
    """

    closed: tuple[Leg, ...] = ()
    opened: tuple[Leg, ...] = ()


def spiral(
    adjustment: Adjustment,
    *,
    held: Sequence[Leg],
    deltas: Mapping[str, float],
    spots: Mapping[str, float],
    other_delta: float = 0.0,
) -> Reason | None:
    """Why the adjustment is refused, or None.

    held         every open option leg in contracts, those of `closed` among them
    deltas       of one long option per share, by OCC symbol; missing or nan is unknown
    spots        money per share, by underlying
    other_delta  dollar delta of what is no option
    With an unknown delta a growing adjustment is refused: that it is no spiral cannot be told. `InputError` where
    it closes more than is held.
    """
    _within(adjustment.closed, held)
    grown = _grown(adjustment, held, spots)
    if not grown:
        return None
    before = math.fsum((other_delta, *(_dollar_delta(leg, deltas, spots) for leg in held)))
    change = math.fsum(_dollar_delta(leg, deltas, spots) for leg in adjustment.opened)
    after = before + change - math.fsum(_dollar_delta(leg, deltas, spots) for leg in adjustment.closed)
    if math.isnan(after):
        return Reason(rule=RULE, text=f"{grown}, and whether that mends an imbalance is unknown; roll instead.")
    if abs(after) >= abs(before) * (1 - SLACK):
        return None
    text = f"net delta would fall from ${abs(before):,.0f} to ${abs(after):,.0f}, but {grown}; roll instead."
    return Reason(rule=RULE, value=abs(after), limit=abs(before), text=text)


def short_contracts(legs: Iterable[Leg]) -> int:
    return sum(-leg.quantity for leg in legs if leg.quantity < 0)


def short_exposure(legs: Iterable[Leg], spots: Mapping[str, float]) -> float:
    """Σ spot · multiplier · contracts over what is short, account currency."""
    return math.fsum(
        -leg.quantity * leg.contract.multiplier * spots.get(leg.contract.underlying, math.nan)
        for leg in legs
        if leg.quantity < 0
    )


def _within(closed: Sequence[Leg], held: Sequence[Leg]) -> None:
    asked, there = _counted(closed), _counted(held)
    for (occ, is_short), count in asked.items():
        if count > there[occ, is_short]:
            side = "short" if is_short else "long"
            raise InputError(
                f"The adjustment closes {count:,} {side} {occ} where {there[occ, is_short]:,} are open; "
                "reconcile the positions first."
            )


def _counted(legs: Sequence[Leg]) -> Counter[tuple[str, bool]]:
    counts: Counter[tuple[str, bool]] = Counter()
    for leg in legs:
        counts[leg.contract.occ, leg.quantity < 0] += abs(leg.quantity)
    return counts


def _grown(adjustment: Adjustment, held: Sequence[Leg], spots: Mapping[str, float]) -> str:
    """What of the gross shorts rises, in words; empty where nothing does."""
    closed, opened = adjustment.closed, adjustment.opened
    count = short_contracts(held)
    after = count + short_contracts(opened) - short_contracts(closed)
    if after > count:
        return f"short contracts would rise from {count:,} to {after:,}"
    if _units(opened) == _units(closed):
        return ""
    exposure = short_exposure(held, spots)
    larger = exposure + short_exposure(opened, spots) - short_exposure(closed, spots)
    if math.isnan(larger):
        return "what stands behind the short contracts cannot be told without a spot price"
    if larger > exposure * (1 + SLACK):
        return f"what stands behind the short contracts would rise from ${exposure:,.0f} to ${larger:,.0f}"
    return ""


def _units(legs: Iterable[Leg]) -> dict[tuple[str, int], int]:
    """Short contracts by underlying and multiplier: equal ones need no spot to be told equal."""
    units: dict[tuple[str, int], int] = {}
    for leg in legs:
        if leg.quantity < 0:
            key = leg.contract.underlying, leg.contract.multiplier
            units[key] = units.get(key, 0) - leg.quantity
    return units


def _dollar_delta(leg: Leg, deltas: Mapping[str, float], spots: Mapping[str, float]) -> float:
    delta = deltas.get(leg.contract.occ, math.nan)
    spot = spots.get(leg.contract.underlying, math.nan)
    return leg.quantity * leg.contract.multiplier * delta * spot
