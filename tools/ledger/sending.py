"""What the pre-trade gate asks of the books and leaves in them: orders entered, refusals, and whose account it is.

entered ─→ gate ─→ refused: an event of the decision's record
              └──→ the first order that may go binds the books to the broker's account
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, time
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import Connection, bindparam, or_, select

from tools.domain.account import BrokerAccount
from tools.domain.decision import Reason, Refusal
from tools.domain.entered import Entered
from tools.domain.errors import LedgerError
from tools.domain.order import IntentState, Order, OrderIntent, OrderStatus, Purpose
from tools.domain.value import digest
from tools.ledger import chain, intents
from tools.ledger.database import Database
from tools.ledger.instant import NEW_YORK, to_text
from tools.ledger.schema import intents as promised
from tools.ledger.schema import orders

READ_BACK = 4096
"""Orders kept as values: most of a day's have ended, and all are asked for again before every send."""

REFUSAL = "refusal"
BOUND = "broker_account"

_ENTERED = (
    select(promised.c.body, orders.c.body.label("told"))
    .outerjoin(orders, orders.c.client_order_id == promised.c.client_order_id)
    .where(
        promised.c.state != IntentState.PENDING.value,
        or_(promised.c.state != IntentState.DONE.value, promised.c.updated_at >= bindparam("since")),
    )
    .order_by(promised.c.created_at, promised.c.client_order_id)
)


class Sending:
    """Of one account. Every method is one transaction, and every write may safely be repeated."""

    def __init__(self, database: Database, account: str, now: Callable[[], datetime]) -> None:
        self._database = database
        self._account = account
        self._now = now
        self._cash: dict[str, float] = {}

    def entered(self) -> tuple[Entered, ...]:
        """Opening orders that went out on the present New York day or are not done, oldest first.

        One that moved today counts as one of today, and one that was refused before it was sent counts not at all.
        """
        midnight = datetime.combine(self._now().astimezone(NEW_YORK).date(), time(), NEW_YORK)
        with self._database.read() as connection:
            rows = connection.execute(_ENTERED, {"since": to_text(midnight)}).all()
            found = [
                Entered(intent=intent, unit_cash=self._unit_cash(connection, intent.decision_id), order=order)
                for intent, order in (_read(row.body, row.told) for row in rows)
                if intent.purpose is Purpose.OPEN and not (order and order.status is OrderStatus.REJECTED)
            ]
        return tuple(found)

    def _unit_cash(self, connection: Connection, decision_id: str) -> float:
        """As its candidate says; asked of every order before every send, and never changed."""
        if decision_id not in self._cash:
            event = chain.find(connection, f"{decision_id}/candidate/0")
            if event is None:
                raise LedgerError(
                    f"{decision_id} was ordered but its candidate is missing; run `thetagate audit verify`."
                )
            self._cash[decision_id] = float(json.loads(event.body)["cash_required"])
        return self._cash[decision_id]

    def refuse(self, intent: OrderIntent, price: Decimal, reasons: Sequence[Reason]) -> None:
        """Keep why the gate let an order not go out, or not move, at `price`."""
        told = Refusal(client_order_id=intent.client_order_id, price=price, reasons=tuple(reasons))
        key = f"{intent.client_order_id}/{REFUSAL}/{digest(told.model_dump(mode='json'))[:16]}"
        with self._database.write() as connection:
            intents.get(connection, intent.client_order_id)
            chain.append(
                connection,
                kind=REFUSAL,
                key=key,
                body=told,
                actor="gate",
                at=self._now(),
                decision_id=intent.decision_id,
            )

    def bound(self) -> BrokerAccount | None:
        """The account these books have sent to, as it was named then; None before the first order."""
        with self._database.read() as connection:
            event = chain.find(connection, self._key)
        return None if event is None else BrokerAccount.model_validate(event.data)

    def bind(self, account: BrokerAccount) -> None:
        """Remember it for good; `LedgerError` where the books are of another one."""
        named = BrokerAccount(number=account.number, mode=account.mode)
        with self._database.write() as connection:
            chain.append(
                connection, kind=BOUND, key=self._key, body=named, actor="gate", at=self._now(), decision_id=None
            )

    @property
    def _key(self) -> str:
        return f"{self._account}/{BOUND}"


@lru_cache(maxsize=READ_BACK)
def _read(body: str, told: str | None) -> tuple[OrderIntent, Order | None]:
    order = None if told is None else Order.model_validate_json(told)
    return OrderIntent.model_validate_json(body), order
