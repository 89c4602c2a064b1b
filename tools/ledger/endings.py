"""How trades end or move: which are open, and the order that changes one, promised with its reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select

from tools.domain.errors import LedgerError
from tools.domain.order import IntentState, OrderIntent, Purpose
from tools.ledger import bookings, chain, decisions, intents
from tools.ledger.chain import Entry
from tools.ledger.schema import fills
from tools.ledger.schema import intents as promised

_BY_SYMBOL = (
    select(
        promised.c.decision_id,
        fills.c.symbol,
        func.min(fills.c.at).label("first"),
        func.sum(fills.c.quantity).label("quantity"),
    )
    .join(promised, promised.c.client_order_id == fills.c.client_order_id)
    .where(fills.c.account == bindparam("account"))
    .group_by(promised.c.decision_id, fills.c.symbol)
)


def still_open(connection: Connection, account: str) -> tuple[str, ...]:
    """Decisions of which some symbol was not bought and sold, or ended, alike, the earliest fill first."""
    first: dict[str, str] = {}
    left = Counter[tuple[str, str]]()
    for row in connection.execute(_BY_SYMBOL, {"account": account}):
        first[row.decision_id] = min(row.first, first.get(row.decision_id, row.first))
        left[row.decision_id, row.symbol] += row.quantity
    for decision_id, symbol, quantity, _ in bookings.of_trades(connection, account):
        left[decision_id, symbol] += quantity
    found = {decision_id for (decision_id, _), quantity in left.items() if quantity}
    return tuple(sorted(found, key=lambda decision_id: (first[decision_id], decision_id)))


def promise(
    connection: Connection, decision_id: str, action: Mapping[str, Any], intent: OrderIntent, *, at: datetime
) -> None:
    """The reasons and the order in one; nothing else of the decision may be at work."""
    row = decisions.get(connection, decision_id)
    last = intents.latest(connection, row.id)
    if last is None or intent.decision_id != row.id or intent.purpose is Purpose.OPEN:
        raise LedgerError(f"{row.id} has no trade that an order could end; only what was filled can be closed.")
    if intents.state(connection, last.client_order_id) is not IntentState.DONE:
        raise LedgerError(f"The order {last.client_order_id} of {row.id} is still at work; see to its end first.")
    if intent.revision != last.revision + 1:
        raise LedgerError(f"The next order of {row.id} is revision {last.revision + 1}, not {intent.revision}.")
    reasons = chain.body_text("exit", dict(action))
    why = Entry("exit", f"{row.id}/exit/{intent.revision}", reasons, "desk", row.id)
    chain.extend(connection, [why, intents.promise(connection, intent, actor="desk", at=at)], at=at)
