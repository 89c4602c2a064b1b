"""The order form: an intent in Alpaca's terms.

             limit price                          position intent
one leg      a price, always positive; the side   close ── always *_to_close: never opens by accident
             tells who pays                       open, roll ── by what the account holds: a leg against a
two to four  a debit is positive, a credit        holding closes it, any other opens
             negative: our sign turned round
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.domain.contract import ShareContract
from tools.domain.errors import BrokerRejected
from tools.domain.order import OrderIntent, Purpose
from tools.domain.structure import Leg
from tools.execution.alpaca.fields import Row, sign, text, whole
from tools.execution.wire_price import limit_of

if TYPE_CHECKING:
    from alpaca.trading.enums import PositionIntent
    from alpaca.trading.requests import LimitOrderRequest, ReplaceOrderRequest

MOST_LEGS = 4  # Alpaca takes two to four legs in one order


def order_form(intent: OrderIntent, held: Mapping[str, int]) -> LimitOrderRequest:
    """What is sent for an intent; `held` are the account's signed quantities. `BrokerRejected` for what Alpaca
    takes in no form.
    """
    from alpaca.trading.enums import OrderClass, OrderSide, TimeInForce
    from alpaca.trading.requests import LimitOrderRequest, OptionLegRequest

    _check(intent)
    closing = [_closes(intent, leg, held) for leg in intent.legs]
    if intent.purpose is Purpose.ROLL and not any(closing):
        raise BrokerRejected(f"{intent.client_order_id} rolls legs that the account at Alpaca does not hold.")
    common = {
        "qty": intent.quantity,
        "time_in_force": TimeInForce(intent.time_in_force.value),
        "client_order_id": intent.client_order_id,
        "limit_price": float(limit_of(intent.limit_price, intent.legs)),
    }
    if len(intent.legs) == 1:
        (leg,) = intent.legs
        stance = {} if _is_share(leg) else {"position_intent": _stance(leg.quantity, closes=closing[0])}
        side = OrderSide.BUY if leg.quantity > 0 else OrderSide.SELL
        return LimitOrderRequest(symbol=leg.contract.occ, side=side, **stance, **common)
    legs = [
        OptionLegRequest(
            symbol=leg.contract.occ,
            ratio_qty=abs(leg.quantity),
            side=OrderSide.BUY if leg.quantity > 0 else OrderSide.SELL,
            position_intent=_stance(leg.quantity, closes=closes),
        )
        for leg, closes in zip(intent.legs, closing, strict=True)
    ]
    return LimitOrderRequest(order_class=OrderClass.MLEG, legs=legs, **common)


def remainder_form(row: Row, *, client_order_id: str, limit: Decimal, quantity: int) -> LimitOrderRequest:
    """The same order as `row`, for what is left of it, at another limit (in Alpaca's sign)."""
    from alpaca.trading.enums import OrderClass, OrderSide, PositionIntent, TimeInForce
    from alpaca.trading.requests import LimitOrderRequest, OptionLegRequest

    def side(of: Row) -> OrderSide:
        return OrderSide.BUY if sign(of) > 0 else OrderSide.SELL

    def stance(of: Row) -> PositionIntent | None:
        return PositionIntent(text(of, "position_intent")) if text(of, "position_intent") else None

    common = {
        "qty": quantity,
        "time_in_force": TimeInForce(text(row, "time_in_force")),
        "client_order_id": client_order_id,
        "limit_price": float(limit),
    }
    if not row.get("legs"):
        is_share = text(row, "asset_class") == "us_equity"
        return LimitOrderRequest(
            symbol=text(row, "symbol"), side=side(row), position_intent=None if is_share else stance(row), **common
        )
    legs = [
        OptionLegRequest(
            symbol=text(leg, "symbol"),
            ratio_qty=whole(leg, "ratio_qty", 1),
            side=side(leg),
            position_intent=stance(leg),
        )
        for leg in row["legs"]
    ]
    return LimitOrderRequest(order_class=OrderClass.MLEG, legs=legs, **common)


def price_form(*, client_order_id: str, limit: Decimal) -> ReplaceOrderRequest:
    """Another limit (in Alpaca's sign) for an order of one unit."""
    from alpaca.trading.requests import ReplaceOrderRequest

    return ReplaceOrderRequest(limit_price=float(limit), client_order_id=client_order_id)


def _check(intent: OrderIntent) -> None:
    why = ""
    if intent.quantity < 1 or not intent.legs:
        why = "has no contracts; an order needs at least one"
    elif intent.limit_price % intent.tick:
        why = f"has limit {intent.limit_price}, which is no multiple of {intent.tick}"
    elif len(intent.legs) == 1 and abs(intent.legs[0].quantity) != 1:
        why = "counts its one leg more than once; count the units instead"
    elif len(intent.legs) > MOST_LEGS:
        why = f"has {len(intent.legs)} legs, and Alpaca takes {MOST_LEGS} at most in one order"
    elif len(intent.legs) > 1 and any(_is_share(leg) for leg in intent.legs):
        why = "mixes shares and options, which go in separate orders at Alpaca"
    if why:
        raise BrokerRejected(f"{intent.client_order_id} {why}.")


def _is_share(leg: Leg) -> bool:
    return isinstance(leg.contract, ShareContract)


def _closes(intent: OrderIntent, leg: Leg, held: Mapping[str, int]) -> bool:
    """Alpaca nets an account: whoever sells what another book of it holds closes that, whatever the book means."""
    if intent.purpose is Purpose.CLOSE:
        return True
    holding, traded = held.get(leg.contract.occ, 0), leg.quantity * intent.quantity
    return holding * traded < 0 and abs(holding) >= abs(traded)


def _stance(quantity: int, *, closes: bool) -> PositionIntent:
    from alpaca.trading.enums import PositionIntent

    if quantity > 0:
        return PositionIntent.BUY_TO_CLOSE if closes else PositionIntent.BUY_TO_OPEN
    return PositionIntent.SELL_TO_CLOSE if closes else PositionIntent.SELL_TO_OPEN
