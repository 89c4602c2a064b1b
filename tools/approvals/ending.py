"""How a decision ended, in a line: what every channel writes over its card."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from tools.domain.decision import DecisionRecord, DecisionState
from tools.domain.order import Order

_NEW_YORK = ZoneInfo("America/New_York")


def how_it_ended(record: DecisionRecord) -> str:
    """`Approved by Anna in slack, 10:42 New York time; filled 3 at 0.70`."""
    state, word = record.state, record.approval
    if state is DecisionState.WAITING:
        return "Waiting"
    if state is DecisionState.REFUSED or word is None:
        why = "; ".join(reason.text for reason in record.reasons[:3])
        return f"{state.value.capitalize()}{': ' + why if why else ''}"
    if state is DecisionState.EXPIRED:
        return f"Expired: {word.reason}"
    why = f": {word.reason}" if word.reason else ""
    placed = f"; {_order(record.order)}" if record.order is not None else ""
    return f"{state.value.capitalize()} by {word.by} in {word.channel}, {on_the_clock(word.at)}{why}{placed}"


def on_the_clock(at: datetime) -> str:
    return f"{at.astimezone(_NEW_YORK):%H:%M} New York time"


def _order(order: Order) -> str:
    if order.filled_quantity and order.filled_price is not None:
        return f"filled {order.filled_quantity} at {order.filled_price}"
    return f"order {order.status.value.replace('_', ' ')}{': ' + order.text if order.text else ''}"
