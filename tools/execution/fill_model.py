"""How the simulated market answers a limit order: the same order at the same price always gets the same answer.

chance of a fill
  1 ──────┐ natural
          └╲
    at_mid ─╲ mid
             ╲
  0           └──── far side            limit price (credit) →
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal

from pydantic import Field

from tools.domain.money import CENT
from tools.domain.structure import Leg
from tools.domain.value import Value


class FillModel(Value):
    """Chances: `at_mid` of a fill at the mid, `partial` of a fill being partial, `rejection` of a plain no."""

    at_mid: float = Field(default=0.5, ge=0, le=1)
    partial: float = Field(default=0.2, ge=0, le=1)
    rejection: float = Field(default=0.0, ge=0, le=1)


def draw(seed: int, question: str, order_id: str, limit: Decimal) -> float:
    """A uniform number in [0, 1) that depends on nothing but the seed and what is asked."""
    asked = f"{seed}|{question}|{order_id}|{limit.normalize()}"
    return int.from_bytes(hashlib.sha256(asked.encode()).digest()[:6], "big") / 2**48


def is_rejected(model: FillModel, order_id: str, limit: Decimal, *, seed: int) -> bool:
    return draw(seed, "reject", order_id, limit) < model.rejection


def filled_units(
    model: FillModel, order_id: str, limit: Decimal, *, seed: int, bid: float, ask: float, remaining: int
) -> int:
    """Units filled at `limit` out of `remaining`: none, some or all; all at or through the natural price."""
    if draw(seed, "fill", order_id, limit) >= chance(float(limit), bid=bid, ask=ask, at_mid=model.at_mid):
        return 0
    if float(limit) <= bid or remaining == 1 or draw(seed, "partial", order_id, limit) >= model.partial:
        return remaining
    return 1 + int(draw(seed, "units", order_id, limit) * (remaining - 1))


def chance(limit: float, *, bid: float, ask: float, at_mid: float) -> float:
    """Chance that a credit limit is filled: 1 at or through the natural price `bid`, 0 from `ask` on."""
    if limit <= bid:
        return 1.0
    if limit >= ask:
        return 0.0
    mid = (bid + ask) / 2
    if limit <= mid:
        return at_mid + (1 - at_mid) * (mid - limit) / (mid - bid)
    return at_mid * (ask - limit) / (ask - mid)


def leg_prices(net: Decimal, legs: Sequence[Leg], marks: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """A price per share for each leg, near its mark, so that the legs sum to the net credit exactly."""
    prices = [mark.quantize(CENT) for mark in marks]
    missing = net + sum((leg.quantity * price for leg, price in zip(legs, prices, strict=True)), Decimal(0))
    dearest = max(range(len(legs)), key=lambda index: prices[index])
    prices[dearest] -= missing / legs[dearest].quantity
    return tuple(prices)
