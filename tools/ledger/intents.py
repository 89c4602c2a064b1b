"""Intents, and what the broker says of them: orders and fills. Each is written once or moves one way only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select, update

from tools.domain.errors import LedgerError
from tools.domain.order import Fill, IntentState, Order, OrderIntent, client_order_id
from tools.domain.value import digest
from tools.ledger import chain
from tools.ledger.chain import Entry
from tools.ledger.instant import to_text
from tools.ledger.schema import decisions, fills, intents, orders

_ONE = intents.c.client_order_id == bindparam("order_id")
_BODY = select(intents.c.body).where(_ONE)
_STATE = select(intents.c.state).where(_ONE)
_MARK = update(intents).where(_ONE, intents.c.state != IntentState.DONE.value, intents.c.state != bindparam("to"))
_CLAIM = update(intents).where(_ONE, intents.c.state == IntentState.PENDING.value)
_PROMISE = insert(intents)
_LATEST = (
    select(intents.c.body)
    .where(intents.c.decision_id == bindparam("owner"))
    .order_by(intents.c.revision.desc())
    .limit(1)
)
_UNFINISHED = (
    select(intents.c.body)
    .where(intents.c.state != IntentState.DONE.value)
    .order_by(intents.c.created_at, intents.c.client_order_id)
)
_ALL = select(intents.c.body).order_by(intents.c.created_at, intents.c.client_order_id)
_ORDER = select(orders.c.body).where(orders.c.client_order_id == bindparam("order_id"))
_FILL = select(fills.c.body).where(fills.c.fill_id == bindparam("fill_id"))
_BOOK = select(decisions.c.book).where(decisions.c.id == bindparam("owner"))


def promise(connection: Connection, intent: OrderIntent, *, actor: str, at: datetime) -> Entry:
    """Write the intent; the caller's transaction holds its approval as well, and the event that comes back."""
    due = client_order_id(intent.decision_id, intent.legs, intent.revision)
    if intent.client_order_id != due:
        raise LedgerError(
            f"The intent of {intent.decision_id} is named {intent.client_order_id}, it must be {due}."
        )
    text, written = chain.body_text("intent", intent), to_text(at)
    connection.execute(
        _PROMISE,
        {
            "client_order_id": intent.client_order_id,
            "decision_id": intent.decision_id,
            "revision": intent.revision,
            "state": IntentState.PENDING.value,
            "body": text,
            "created_at": written,
            "updated_at": written,
        },
    )
    return Entry("intent", f"{intent.decision_id}/intent/{intent.revision}", text, actor, intent.decision_id)


def get(connection: Connection, order_id: str) -> OrderIntent:
    body = connection.scalar(_BODY, {"order_id": order_id})
    if body is None:
        raise LedgerError(f"The ledger holds no intent {order_id}; an order nobody promised cannot be booked.")
    return OrderIntent.model_validate_json(body)


def latest(connection: Connection, decision_id: str) -> OrderIntent | None:
    """The intent of the highest revision."""
    body = connection.scalar(_LATEST, {"owner": decision_id})
    return None if body is None else OrderIntent.model_validate_json(body)


def unfinished(connection: Connection) -> tuple[OrderIntent, ...]:
    """Every intent that is not done, oldest first: what a start after a crash must look up."""
    return tuple(OrderIntent.model_validate_json(body) for body in connection.scalars(_UNFINISHED))


def every(connection: Connection) -> tuple[OrderIntent, ...]:
    """Every order that was ever promised, oldest first."""
    return tuple(OrderIntent.model_validate_json(body) for body in connection.scalars(_ALL))


def state(connection: Connection, order_id: str) -> IntentState:
    found = connection.scalar(_STATE, {"order_id": order_id})
    if found is None:
        raise LedgerError(f"The ledger holds no intent {order_id}.")
    return IntentState(found)


def claim(connection: Connection, order_id: str, *, at: datetime) -> bool:
    """pending → sending, True for the one caller that moved it: only that one may send without looking up."""
    values = {"order_id": order_id, "state": IntentState.SENDING.value, "updated_at": to_text(at)}
    changed = connection.execute(_CLAIM, values)
    if changed.rowcount != 1:
        return False
    _tell(connection, order_id, IntentState.SENDING, at)
    return True


def mark(connection: Connection, order_id: str, to: IntentState, *, at: datetime) -> None:
    """Move the intent on; a done one stays done."""
    values = {"order_id": order_id, "to": to.value, "state": to.value, "updated_at": to_text(at)}
    changed = connection.execute(_MARK, values)
    if changed.rowcount == 1:
        _tell(connection, order_id, to, at)


def _tell(connection: Connection, order_id: str, to: IntentState, at: datetime) -> None:
    owner = get(connection, order_id).decision_id
    chain.append(
        connection,
        kind="intent_state",
        key=f"{owner}/intent_state/{chain.told(connection, owner, 'intent_state')}",
        body={"client_order_id": order_id, "state": to.value},
        actor="executor",
        at=at,
        decision_id=owner,
    )


def record_order(connection: Connection, order: Order, *, at: datetime) -> bool:
    """The broker's latest word. False for a report that is older than what is recorded: reports may overtake."""
    intent = get(connection, order.client_order_id)
    stored = find_order(connection, order.client_order_id)
    if stored is not None and (stored == order or order.is_older_than(stored)):
        return False
    values = {
        "broker": order.broker,
        "broker_order_id": order.broker_order_id,
        "status": order.status.value,
        "quantity": order.quantity,
        "filled_quantity": order.filled_quantity,
        "limit_price": str(order.limit_price),
        "filled_price": None if order.filled_price is None else str(order.filled_price),
        "body": chain.body_text("order", order),
        "updated_at": to_text(at),
    }
    if stored is None:
        connection.execute(insert(orders).values(client_order_id=order.client_order_id, **values))
    else:
        connection.execute(update(orders).where(orders.c.client_order_id == order.client_order_id).values(**values))
    chain.append(
        connection,
        kind="order",
        key=f"{order.client_order_id}/order/{digest(order.model_dump(mode='json'))[:16]}",
        body=order,
        actor=order.broker,
        at=at,
        decision_id=intent.decision_id,
    )
    return True


def find_order(connection: Connection, order_id: str) -> Order | None:
    body = connection.scalar(_ORDER, {"order_id": order_id})
    return None if body is None else Order.model_validate_json(body)


def orders_told(connection: Connection) -> tuple[Order, ...]:
    """The latest word on every order that was sent."""
    return tuple(Order.model_validate_json(body) for body in connection.scalars(select(orders.c.body)))


def fill_ids(connection: Connection, order_ids: Iterable[str]) -> frozenset[str]:
    """The executions of these orders that are booked."""
    query = select(fills.c.fill_id).where(fills.c.client_order_id == bindparam("order_id"))
    return frozenset(name for key in order_ids for name in connection.scalars(query, {"order_id": key}))


def record_fill(connection: Connection, fill: Fill, *, account: str, at: datetime) -> tuple[str, int] | None:
    """Write the execution once: (book, multiplier) of its position, or None when it was known.

    `LedgerError` when the same fill id comes with other content: a broker's correction needs a person.
    """
    intent = get(connection, fill.client_order_id)
    body = chain.body_text("fill", fill)
    stored = connection.scalar(_FILL, {"fill_id": fill.fill_id})
    if stored == body:
        return None
    if stored is not None:
        raise LedgerError(
            f"Fill {fill.fill_id} is recorded already and the broker now says something else; look it up there."
        )
    book = connection.scalar(_BOOK, {"owner": intent.decision_id}) or ""
    multiplier = {leg.contract.occ: leg.contract.multiplier for leg in intent.legs}.get(fill.symbol, 1)
    connection.execute(
        insert(fills).values(
            fill_id=fill.fill_id,
            client_order_id=fill.client_order_id,
            account=account,
            book=book,
            symbol=fill.symbol,
            quantity=fill.quantity,
            price=str(fill.price),
            multiplier=multiplier,
            commission=str(fill.commission),
            at=to_text(fill.at),
            body=body,
        )
    )
    chain.append(
        connection,
        kind="fill",
        key=f"fill/{fill.fill_id}",
        body=fill,
        actor="broker",
        at=at,
        decision_id=intent.decision_id,
    )
    return book, multiplier
