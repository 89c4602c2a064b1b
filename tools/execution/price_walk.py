"""The price walk: from the mid towards the market, never past the slippage budget (spec K2).

Prices are credits per share: positive received, negative paid. Both kinds walk the same way, downwards:
selling from 2.50 to 2.45, buying from -0.40 (pay 0.40) to -0.41 (pay 0.41).
"""

from __future__ import annotations

import math
from decimal import Decimal

from tools.domain.errors import InputError
from tools.domain.money import exact, round_up

BUDGET = 0.02
"""The worst price may cost 2 % of the premium against the mid (spec D and K2)."""

STEPS = 8


def bounds(mid: float, *, tick: Decimal, budget: float = BUDGET, premium: float = 0.0) -> tuple[Decimal, Decimal]:
    """(first limit, worst limit) for a mid credit: both rounded to the tick in our favour.

    `premium` is what the trade was sold for where that is more than the order is for. Rounding the worst limit in
    our favour keeps it inside `mid - budget·max(|mid|, premium)`; where the budget is less than a tick, both are
    the same price. `InputError` for a mid that is no number or zero.
    """
    if not math.isfinite(mid) or mid == 0:
        raise InputError(f"A limit price needs a mid, and this one is {mid}; wait for a quote on both sides.")
    start = exact(mid)
    worst = start - max(abs(start), exact(premium)) * Decimal(repr(budget))
    return round_up(start, tick), round_up(worst, tick)


def ladder(limit: Decimal, floor: Decimal, *, tick: Decimal, steps: int = STEPS) -> tuple[Decimal, ...]:
    """The limits to try, first to last: strictly falling, evenly spread over the ticks, at most `steps` moves."""
    if floor > limit or tick <= 0 or steps < 0:
        raise InputError(
            f"A walk from {limit} to {floor} in ticks of {tick} leads nowhere; check the order's limits."
        )
    ticks = int((limit - floor) / tick)
    moves = min(steps, ticks)
    return (limit, *(limit - tick * (ticks * move // moves) for move in range(1, moves + 1)))
