"""An intent as what is sent: a contract and a limit order.

             contract              action            limit price
one leg      the leg's own         BUY or SELL       a price, always positive; the action tells who pays
several      a Bag of its legs,    always BUY        what buying the bag costs: a credit is negative, our sign
             BUY or SELL each                        turned round

TWS takes no word for opening or closing from such accounts: it nets. So what must close is compared here with
what is held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.domain.contract import ShareContract
from tools.domain.errors import BrokerRejected
from tools.domain.order import OrderIntent, Purpose, TimeInForce
from tools.domain.structure import Leg
from tools.execution.ibkr.contracts import CURRENCY
from tools.execution.wire_price import limit_of

if TYPE_CHECKING:
    from ib_async import Contract, Order

BUY, SELL = "BUY", "SELL"
IN_FORCE = {TimeInForce.DAY: "DAY", TimeInForce.GTC: "GTC"}


def check(intent: OrderIntent, held: Mapping[str, int]) -> None:
    """`BrokerRejected` for what no exchange takes, and for a closing order that would open."""
    why = ""
    if intent.quantity < 1 or not intent.legs:
        why = "has no contracts; an order needs at least one"
    elif intent.limit_price % intent.tick:
        why = f"has limit {intent.limit_price}, which is no multiple of {intent.tick}"
    elif len(intent.legs) == 1 and abs(intent.legs[0].quantity) != 1:
        why = "counts its one leg more than once; count the units instead"
    elif len(intent.legs) > 1 and any(isinstance(leg.contract, ShareContract) for leg in intent.legs):
        why = "mixes shares and options, which go in separate orders"
    elif len({leg.contract.underlying for leg in intent.legs}) > 1:
        why = "has legs of several underlyings, which go in separate orders"
    elif intent.purpose is Purpose.CLOSE and not all(_closes(intent, leg, held) for leg in intent.legs):
        why = "closes more than the account at TWS holds"
    elif intent.purpose is Purpose.ROLL and not any(_closes(intent, leg, held) for leg in intent.legs):
        why = "rolls legs that the account at TWS does not hold"
    if why:
        raise BrokerRejected(f"{intent.client_order_id} {why}.")


def contract_form(legs: Sequence[Leg], found: Sequence[Contract]) -> Contract:
    """What is bought or sold: `found` are the legs' own contracts as TWS knows them."""
    from ib_async import ComboLeg, Contract

    if len(legs) == 1:
        return found[0]
    combo = [
        ComboLeg(
            conId=each.conId,
            ratio=abs(leg.quantity),
            action=BUY if leg.quantity > 0 else SELL,
            exchange=each.exchange,
        )
        for leg, each in zip(legs, found, strict=True)
    ]
    return Contract(
        secType="BAG", symbol=found[0].symbol, exchange=found[0].exchange, currency=CURRENCY, comboLegs=combo
    )


def order_form(intent: OrderIntent, *, account: str) -> Order:
    from ib_async import LimitOrder

    return LimitOrder(
        action=SELL if len(intent.legs) == 1 and intent.legs[0].quantity < 0 else BUY,
        totalQuantity=intent.quantity,
        lmtPrice=float(limit_of(intent.limit_price, intent.legs)),
        tif=IN_FORCE[intent.time_in_force],
        orderRef=intent.client_order_id,
        account=account,
    )


def moved_form(order: Order, *, limit: Decimal) -> Order:
    """The same order at another limit (in TWS's sign). Its whole quantity is told again: what is filled stays."""
    from ib_async import LimitOrder

    return LimitOrder(
        action=order.action,
        totalQuantity=order.totalQuantity,
        lmtPrice=float(limit),
        orderId=order.orderId,
        clientId=order.clientId,
        permId=order.permId,
        tif=order.tif,
        orderRef=order.orderRef,
        account=order.account,
    )


def _closes(intent: OrderIntent, leg: Leg, held: Mapping[str, int]) -> bool:
    holding, traded = held.get(leg.contract.occ, 0), leg.quantity * intent.quantity
    return holding * traded < 0 and abs(holding) >= abs(traded)
