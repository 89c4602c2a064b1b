"""The account: cash and positions as the opening and every fill since have made them, exact to the cent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, insert, select, update

from tools.domain.account import Account, Position
from tools.domain.activity import ActivityKind, Booking, Delivery
from tools.domain.candidate import Candidate
from tools.domain.errors import LedgerError
from tools.domain.holding import FLAT, Holding
from tools.domain.order import Fill, OrderIntent, Purpose
from tools.domain.value import Value
from tools.ledger import chain, reservations
from tools.ledger.instant import NEW_YORK, to_text
from tools.ledger.schema import accounts, cash_movements, fills, intents, marks, positions

_ACCOUNT = select(accounts).where(accounts.c.name == bindparam("account"))
_SET_CASH = update(accounts).where(accounts.c.name == bindparam("account"))
_MARK = update(marks).where(marks.c.symbol == bindparam("held"))
_MARKED = (
    select(positions, marks.c.price)
    .outerjoin(marks, marks.c.symbol == positions.c.symbol)
    .where(positions.c.account == bindparam("account"))
    .order_by(positions.c.book, positions.c.symbol)
)
_HERE = and_(
    positions.c.account == bindparam("account"),
    positions.c.book == bindparam("book"),
    positions.c.symbol == bindparam("symbol"),
)
_HOLDING = select(positions.c.quantity, positions.c.average_price).where(_HERE)
_CLEAR = delete(positions).where(_HERE)
_FILLED_BETWEEN = (
    select(intents.c.body, fills.c.symbol, fills.c.quantity)
    .join(fills, fills.c.client_order_id == intents.c.client_order_id)
    .where(
        fills.c.account == bindparam("account"), fills.c.at >= bindparam("since"), fills.c.at < bindparam("until")
    )
)


class Opening(Value):
    """How the account began."""

    name: str
    broker: str
    cash: Decimal
    positions: tuple[Position, ...]


def open_account(connection: Connection, opening: Account, *, at: datetime) -> bool:
    """Once: False when it was opened the same way before, `LedgerError` when differently."""
    first = Opening(
        name=opening.name,
        broker=opening.broker,
        cash=Decimal(repr(float(opening.cash))),
        positions=tuple(sorted(opening.positions, key=lambda held: (held.book, held.symbol))),
    )
    body = chain.body_text("opening", first)
    stored = connection.scalar(select(accounts.c.opening).where(accounts.c.name == first.name))
    if stored is not None:
        if stored != body:
            raise LedgerError(
                f"Account {first.name!r} was opened with other cash or positions; use another home for it."
            )
        return False
    connection.execute(
        insert(accounts).values(name=first.name, broker=first.broker, opening=body, cash="0", opened_at=to_text(at))
    )
    chain.append(connection, kind="opening", key=f"opening/{first.name}", body=first, actor="owner", at=at)
    move_cash(connection, first.name, first.cash, kind="opening", key=f"opening/{first.name}", reference="", at=at)
    for held in first.positions:
        average = None if held.average_price is None else Decimal(repr(held.average_price))
        before = _holding(connection, first.name, held.book, held.symbol)
        if before.quantity:
            raise LedgerError(f"The opening names {held.symbol} twice; give one line per symbol.")
        _put(connection, first.name, held.book, held.symbol, Holding(held.quantity, average), at=at)
    mark_prices(connection, {held.symbol: held.price for held in first.positions if held.price is not None}, at=at)
    return True


def is_open(connection: Connection, account: str) -> bool:
    return connection.scalar(select(accounts.c.name).where(accounts.c.name == account)) is not None


def cash(connection: Connection, account: str) -> Decimal:
    return Decimal(_account_row(connection, account).cash)


def move_cash(
    connection: Connection, account: str, amount: Decimal, *, kind: str, key: str, reference: str, at: datetime
) -> None:
    """One movement and the new balance. Exact: decimal text in, decimal text out."""
    connection.execute(
        insert(cash_movements).values(
            key=key, account=account, kind=kind, amount=str(amount), reference=reference, at=to_text(at)
        )
    )
    balance = cash(connection, account) + amount
    connection.execute(_SET_CASH, {"account": account, "cash": str(balance)})


def book_fill(
    connection: Connection, fill: Fill, *, account: str, book: str, multiplier: int, at: datetime
) -> None:
    """Take an execution into cash and positions. A sale (negative quantity) brings cash, a commission costs it."""
    holding = _holding(connection, account, book, fill.symbol).after(fill.quantity, fill.price)
    _put(connection, account, book, fill.symbol, holding, at=at)
    proceeds = -fill.quantity * fill.price * multiplier
    reference = fill.client_order_id
    move_cash(connection, account, proceeds, kind="fill", key=f"fill/{fill.fill_id}", reference=reference, at=at)
    if fill.commission:
        key = f"commission/{fill.fill_id}"
        move_cash(connection, account, -fill.commission, kind="commission", key=key, reference=reference, at=at)


def book_activity(connection: Connection, booking: Booking, *, account: str, at: datetime) -> None:
    """Take one line of an activity into cash and positions."""
    activity = booking.activity
    changed = entered(booking, lambda book, symbol: _holding(connection, account, book, symbol))
    for (book, symbol), holding in changed.items():
        _put(connection, account, book, symbol, holding, at=at)
    if booking.cash:
        kind, reference = activity.kind.value, activity.symbol
        move_cash(connection, account, booking.cash, kind=kind, key=booking.key, reference=reference, at=at)


def entered(booking: Booking, held: Callable[[str, str], Holding]) -> dict[tuple[str, str], Holding]:
    """The holdings by (book, symbol) after a line of an activity, those that it changes; `held` as they were."""
    book, symbol, got = booking.book, booking.activity.symbol, booking.delivered
    if got is not None and booking.restates:
        return _restated(booking, got, held)
    changed: dict[tuple[str, str], Holding] = {}
    if booking.quantity:
        changed[book, symbol] = _ended(held(book, symbol), booking)
    if got is not None and got.quantity:
        owner = book if got.book is None else got.book
        changed[owner, got.symbol] = held(owner, got.symbol).after(got.quantity, got.price)
    return changed


def _restated(
    booking: Booking, got: Delivery, held: Callable[[str, str], Holding]
) -> dict[tuple[str, str], Holding]:
    """What it has cost does not change, to the last digit that a price of it holds."""
    book, symbol = booking.book, booking.activity.symbol
    before = held(book, symbol)
    if got.symbol == symbol:
        return {(book, symbol): before.restated(booking.quantity + got.quantity)}
    left, part = before.quantity + booking.quantity, Holding(-booking.quantity, before.average_price)
    part = part.restated(got.quantity + booking.quantity)
    return {
        (book, symbol): Holding(left, before.average_price),
        (book, got.symbol): held(book, got.symbol).joined_by(part),
    }


def _ended(before: Holding, booking: Booking) -> Holding:
    """A holding after its line of an activity; what a correction adds was bought at a price that nobody knows."""
    after = before.after(booking.quantity, booking.price)
    unknown = booking.activity.kind is ActivityKind.CORRECTION and booking.activity.value is None
    return Holding(after.quantity, None) if unknown and booking.quantity * after.quantity > 0 else after


def mark_prices(connection: Connection, prices: Mapping[str, float], *, at: datetime) -> None:
    """The last known price per share of each symbol; symbols not named keep theirs."""
    for symbol, price in prices.items():
        values = {"price": repr(float(price)), "at": to_text(at)}
        changed = connection.execute(_MARK, {"held": symbol, **values})
        if changed.rowcount == 0:
            connection.execute(insert(marks).values(symbol=symbol, **values))


def mark_of(connection: Connection, symbol: str) -> float | None:
    """The last known price per share."""
    told = connection.scalar(select(marks.c.price).where(marks.c.symbol == symbol))
    return None if told is None else float(told)


def account(connection: Connection, name: str, *, now: datetime, excluding: str | None = None) -> Account:
    """The account with every reservation but the one of `excluding`. A position without a mark has price None."""
    row = _account_row(connection, name)
    return Account(
        cash=float(Decimal(row.cash)),
        positions=_positions(connection, name),
        name=name,
        broker=row.broker,
        reservations=reservations.held(connection, account=name, excluding=excluding),
        opened_today_max_loss=opened_today(connection, name, now=now),
    )


def opened_today(connection: Connection, account: str, *, now: datetime) -> float:
    """Σ largest loss of what was filled on this New York date (limit F14), in account currency."""
    midnight = datetime.combine(now.astimezone(NEW_YORK).date(), time(), NEW_YORK)
    tomorrow = datetime.combine(midnight.date() + timedelta(days=1), time(), NEW_YORK)
    today = {"since": to_text(midnight.astimezone(UTC)), "until": to_text(tomorrow.astimezone(UTC))}
    total = 0.0
    for row in connection.execute(_FILLED_BETWEEN, {"account": account, **today}):
        intent = OrderIntent.model_validate_json(row.body)
        first = intent.legs[0]
        if intent.purpose is Purpose.OPEN and row.symbol == first.contract.occ:
            total += row.quantity / first.quantity * _unit_max_loss(connection, intent)
    return total


def _unit_max_loss(connection: Connection, intent: OrderIntent) -> float:
    """What one unit adds to the day's risk: as its fit reserved it, else the candidate's own largest loss."""
    reserved = reservations.find(connection, intent.decision_id)
    if reserved is not None and "max_loss" in reserved.exposure:
        return reserved.exposure["max_loss"] / intent.quantity
    event = chain.find(connection, f"{intent.decision_id}/candidate/0")
    if event is None:
        raise LedgerError(
            f"{intent.decision_id} was filled but its candidate is missing; run `thetagate audit verify`."
        )
    return Candidate.model_validate(event.data).max_loss


def _account_row(connection: Connection, account: str) -> Row[Any]:
    row = connection.execute(_ACCOUNT, {"account": account}).first()
    if row is None:
        raise LedgerError(f"The ledger holds no account {account!r} yet; open it first (`thetagate init`).")
    return row


def _positions(connection: Connection, account: str) -> tuple[Position, ...]:
    return tuple(
        Position(
            symbol=row.symbol,
            quantity=row.quantity,
            price=None if row.price is None else float(row.price),
            average_price=None if row.average_price is None else float(row.average_price),
            book=row.book,
        )
        for row in connection.execute(_MARKED, {"account": account})
    )


def quantity(connection: Connection, account: str, book: str, symbol: str) -> int:
    return _holding(connection, account, book, symbol).quantity


def _holding(connection: Connection, account: str, book: str, symbol: str) -> Holding:
    row = connection.execute(_HOLDING, {"account": account, "book": book, "symbol": symbol}).first()
    if row is None:
        return FLAT
    return Holding(row.quantity, None if row.average_price is None else Decimal(row.average_price))


def _put(connection: Connection, account: str, book: str, symbol: str, holding: Holding, *, at: datetime) -> None:
    connection.execute(_CLEAR, {"account": account, "book": book, "symbol": symbol})
    if holding.quantity:
        connection.execute(
            insert(positions).values(
                account=account,
                book=book,
                symbol=symbol,
                quantity=holding.quantity,
                average_price=None if holding.average_price is None else str(holding.average_price),
                updated_at=to_text(at),
            )
        )
