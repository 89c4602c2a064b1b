"""An opening order that went out: in full for the day's totals, its unfilled rest for what it may still take."""

from __future__ import annotations

from decimal import Decimal

from tools.domain.order import Order, OrderIntent
from tools.domain.value import Value


class Entered(Value):
    """unit_cash  free cash one unit takes at the mid, account currency
    order      the broker's latest word; None while it has none that we know of
    """

    intent: OrderIntent
    unit_cash: float
    order: Order | None = None

    @property
    def rest(self) -> int:
        """Units that may still be filled."""
        if self.order is None:
            return self.intent.quantity
        return 0 if self.order.status.is_final else self.intent.quantity - self.order.filled_quantity

    @property
    def rests_at(self) -> Decimal | None:
        """The limit at which the broker is known to hold it."""
        if self.order is None or self.order.broker_order_id is None or self.order.status.is_final:
            return None
        return self.order.limit_price

    @property
    def premium(self) -> float:
        """Paid or received in full at the first limit, account currency."""
        return abs(float(self.intent.limit_price)) * self.intent.multiplier * self.intent.quantity

    @property
    def worst_cash(self) -> float:
        """What the rest takes where it is filled at the worst price the order allows."""
        walked = float(self.intent.limit_price - self.intent.floor_price) * self.intent.multiplier
        return (self.unit_cash + walked) * self.rest
