"""The pre-trade gate: what is checked in this process, right before every send and every replace.

    order: mode · deliverable · size · value · duplicate · collar        here, live and in history
    moment: hours · quote's age · messages · account · buying power      `moment.py`, where there is a broker

The controls are those of SEC rule 15c3-5 and RTS 6 that apply to one desk. A refusal is a list of reasons; an order
passes when the list is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from pydantic import Field

from tools.domain.activity import Booking
from tools.domain.contract import ShareContract
from tools.domain.decision import Reason
from tools.domain.mode import Mode
from tools.domain.order import OrderIntent
from tools.domain.structure import Leg, leg_key
from tools.domain.value import Value

SIMULATED = "simulated"


class SendLimits(Value):
    """`collar` as a fraction of the fresh mid, never tighter than `collar_ticks`; caps per order.

    max_messages  sends and replaces refused from there on within `message_seconds`, cancels counted with them
    quote_seconds how old a quote may be
    max_premium_entered, max_notional_entered  of all opening orders entered on one day
    """

    collar: float = Field(default=0.10, gt=0)
    collar_ticks: int = Field(default=2, ge=0)
    max_contracts: int = Field(default=100, ge=1)
    max_shares: int = Field(default=100_000, ge=1)
    max_notional: Decimal = Field(default=Decimal(5_000_000), gt=0)
    max_messages: int = Field(default=60, ge=1)
    message_seconds: float = Field(default=60.0, gt=0)
    quote_seconds: float = Field(default=60.0, gt=0)
    max_premium_entered: Decimal = Field(default=Decimal(1_000_000), gt=0)
    max_notional_entered: Decimal = Field(default=Decimal(20_000_000), gt=0)


def pre_trade(
    intent: OrderIntent,
    price: Decimal,
    *,
    quote: tuple[float, float] | None,
    others: Iterable[OrderIntent],
    mode: Mode,
    broker: str,
    limits: SendLimits,
) -> tuple[Reason, ...]:
    """Why this order must not be sent at `price`; empty when it may.

    `quote` is the fresh (bid, ask) credit of one unit, `others` the intents that are not done.
    """
    checks = (
        _mode(mode, broker),
        _adjusted(intent),
        _size(intent, limits),
        _notional(intent, limits),
        _duplicate(intent, others),
        _collar(intent, price, quote, limits),
    )
    return tuple(reason for reason in checks if reason is not None)


def after_split(restated: Iterable[Booking]) -> Reason | None:
    """Why what was promised before a split must not be sent after it; `restated` since then, of its legs."""
    for each in restated:
        if each.delivered is not None:
            became = f"{each.activity.symbol} became {each.delivered.symbol}"
            return Reason(rule="split", text=f"{became} in a split after this was promised")
    return None


def unit_notional(legs: Sequence[Leg]) -> float:
    """Strike value of the larger side of one unit; shares have none."""
    strikes = [leg.quantity * leg.contract.strike * leg.contract.multiplier for leg in legs]
    return max(sum(value for value in strikes if value > 0), -sum(value for value in strikes if value < 0))


def value_of(intent: OrderIntent) -> float:
    """Strike value of the whole order; of shares what they cost."""
    unit = abs(float(intent.limit_price)) if _of_shares(intent.legs) else unit_notional(intent.legs)
    return unit * intent.quantity


def _mode(mode: Mode, broker: str) -> Reason | None:
    if (mode is Mode.SIMULATED) == (broker == SIMULATED):
        return None
    return Reason(rule="mode", text=f"mode is {mode.value}, but the broker is {broker}")


def _adjusted(intent: OrderIntent) -> Reason | None:
    adjusted = [leg.contract.occ for leg in intent.legs if leg.contract.is_adjusted]
    if not adjusted:
        return None
    return Reason(rule="adjusted", text=f"{', '.join(adjusted)} delivers something non-standard")


def _size(intent: OrderIntent, limits: SendLimits) -> Reason | None:
    contracts = intent.quantity * max((abs(leg.quantity) for leg in intent.legs), default=0)
    most, noun = (limits.max_shares, "shares") if _of_shares(intent.legs) else (limits.max_contracts, "contracts")
    if 1 <= contracts <= most:
        return None
    text = f"{contracts} {noun} in one order, allowed are 1 to {most}"
    return Reason(rule="contracts", value=contracts, limit=most, text=text)


def _of_shares(legs: Sequence[Leg]) -> bool:
    return bool(legs) and all(isinstance(leg.contract, ShareContract) for leg in legs)


def _notional(intent: OrderIntent, limits: SendLimits) -> Reason | None:
    value, limit = value_of(intent), float(limits.max_notional)
    if value <= limit:
        return None
    return Reason(rule="notional", value=value, limit=limit, text=f"strike value {value:,.0f} exceeds {limit:,.0f}")


def _duplicate(intent: OrderIntent, others: Iterable[OrderIntent]) -> Reason | None:
    legs = leg_key(intent.legs)
    for other in others:
        if other.client_order_id != intent.client_order_id and leg_key(other.legs) == legs:
            return Reason(rule="duplicate", text=f"{other.client_order_id} is already at work on the same legs")
    return None


def _collar(
    intent: OrderIntent, price: Decimal, quote: tuple[float, float] | None, limits: SendLimits
) -> Reason | None:
    if quote is None:
        return Reason(rule="collar", text="no fresh quote on both sides to check the price against")
    mid = sum(quote) / 2
    allowed = max(limits.collar * abs(mid), limits.collar_ticks * float(intent.tick))
    away = abs(float(price) - mid)
    if away <= allowed:
        return None
    text = f"limit {price} is {away:.2f} from the fresh mid {mid:.2f}, allowed is {allowed:.2f}"
    return Reason(rule="collar", value=away, limit=allowed, text=text)
