"""Order intents, orders and fills. Prices at this boundary are `Decimal`, per share, credit positive.

An intent is what the house has promised to send; an order is what the broker says of it. The client
order id is a hash of (decision, leg set, revision), so that a second attempt is the same order.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tools.domain.structure import Leg, leg_key
from tools.domain.value import Value, digest


class TimeInForce(StrEnum):
    DAY = "day"
    GTC = "gtc"


class OrderStatus(StrEnum):
    """`pending` is ours (nothing sent yet); the rest is the broker's word. `unknown`: sent, no answer had."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"

    @property
    def is_final(self) -> bool:
        return self in {OrderStatus.FILLED, OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.EXPIRED}


class IntentState(StrEnum):
    """How far our promise to send has come; the broker's word on the order is `OrderStatus`.

    pending   written, nothing sent           working   the broker has it
    sending   a send may have happened: look  unknown   a person must look it up at the broker
              it up before anything else      done      the order is final and its fills are recorded
    """

    PENDING = "pending"
    SENDING = "sending"
    WORKING = "working"
    UNKNOWN = "unknown"
    DONE = "done"


class Purpose(StrEnum):
    """What an order does to its decision's trade: begins it, ends it, or moves it to other legs."""

    OPEN = "open"
    CLOSE = "close"
    ROLL = "roll"


class OrderIntent(Value):
    """One limit order to open, close or roll `quantity` units of a leg set.

    `limit_price` is where the walk starts, `floor_price` the worst credit that may be accepted.
    """

    client_order_id: str
    decision_id: str
    revision: int = 0
    purpose: Purpose = Purpose.OPEN
    legs: tuple[Leg, ...]
    quantity: int
    limit_price: Decimal
    floor_price: Decimal
    tick: Decimal
    time_in_force: TimeInForce = TimeInForce.DAY
    multiplier: int = 100

    @property
    def order_hash(self) -> str:
        """What an approval is bound to: SHA-256 of every field."""
        return digest(self.model_dump(mode="json"))


class Order(Value):
    """The broker's view of an intent. `replaced_prices` are the limits of the price walk, first to last.

    legs  one unit as the broker holds it
    """

    client_order_id: str
    broker: str
    broker_order_id: str | None
    legs: tuple[Leg, ...] = ()
    status: OrderStatus
    quantity: int
    filled_quantity: int = 0
    limit_price: Decimal
    filled_price: Decimal | None = None
    replaced_prices: tuple[Decimal, ...] = ()
    text: str = ""

    def is_older_than(self, known: Order) -> bool:
        """Fewer fills than known, or alive after its end: reports may overtake, an order never grows younger."""
        ended = known.status.is_final and not self.status.is_final
        return self.filled_quantity < known.filled_quantity or ended


class Fill(Value):
    """One execution of one leg. `quantity` is signed like the position it makes; `price` per share."""

    fill_id: str
    client_order_id: str
    symbol: str
    quantity: int
    price: Decimal
    commission: Decimal = Decimal("0")
    at: datetime


def client_order_id(decision_id: str, legs: tuple[Leg, ...], revision: int = 0) -> str:
    """Deterministic: `tg-` and 32 hex digits of SHA-256(decision, leg set, revision)."""
    return "tg-" + digest([decision_id, leg_key(legs), revision])[:32]
