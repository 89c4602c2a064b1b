"""What happens at a broker without an order, as it tells: options end, shares are delivered, cash is paid."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tools.domain.value import Value


class ActivityKind(StrEnum):
    """expired   an option ended worthless           assigned  one that was sold was exercised by its holder
    settled   one paid its value in cash          exercised one that was held was exercised
    split     shares or contracts were restated, by a split or a special dividend
    dividend, interest, fee, transfer  cash alone
    other     what the house has no rule for: nothing follows from it until a person has looked
    correction  what nobody could explain and a person answered for: ours follow the broker's
    """

    EXPIRED = "expired"
    SETTLED = "settled"
    ASSIGNED = "assigned"
    EXERCISED = "exercised"
    SPLIT = "split"
    DIVIDEND = "dividend"
    INTEREST = "interest"
    FEE = "fee"
    TRANSFER = "transfer"
    OTHER = "other"
    CORRECTION = "correction"


class Delivery(Value):
    """What a holding turned into: `quantity` signed; `price` paid per share is the strike, 0 for nothing.

    Of a split, what stands in its place for what it has cost.

    book  whose shares they are; None for the book whose line ended
    """

    symbol: str
    quantity: int
    price: Decimal = Decimal(0)
    book: str | None = None


class Activity(Value):
    """One of them, whole: at most one holding changes and at most one is delivered for it.

    activity_id  the broker's own; the same again is the same activity
    symbol       whose holding changes, or what the cash is paid on; empty for the account itself
    quantity     by how much the holding changes, signed: +2 ends two options that were sold; a split of shares
                 brings more of the same, one of options ends them and delivers others
    value        what one share of an option that ended was worth then; None where the broker does not tell
    cash         all that the account received for it, a delivery at the strike and fees included
    at           when it took effect
    """

    activity_id: str
    kind: ActivityKind
    symbol: str = ""
    quantity: int = 0
    value: Decimal | None = None
    delivered: Delivery | None = None
    cash: Decimal = Decimal(0)
    at: datetime
    text: str = ""


class Booking(Value):
    """What an activity did to one line of our books: one symbol of one trade, or of a book itself.

    line         its number among the lines of the activity
    decision_id  empty for what is no trade's
    quantity     by how much the line changed; `price` what a share of it was worth then, 0 where nobody tells;
                 a split ends all of it, and what it delivers is the line from then on
    delivered    the line's part of the delivery; `kept` where it is the book's own from then on, and no trade's
    cash         the line's part
    """

    activity: Activity
    line: int
    book: str
    decision_id: str = ""
    quantity: int = 0
    price: Decimal = Decimal(0)
    multiplier: int = 1
    delivered: Delivery | None = None
    kept: bool = False
    cash: Decimal = Decimal(0)

    @property
    def key(self) -> str:
        return f"activity/{self.activity.activity_id}/{self.line}"

    @property
    def restates(self) -> bool:
        """Whether the line goes on as something else, at the same cost."""
        return self.activity.kind is ActivityKind.SPLIT and self.delivered is not None

    @property
    def ended_for(self) -> Decimal:
        """Cash that ending the line at its price comes to, before any delivery."""
        return -self.quantity * self.price * self.multiplier
