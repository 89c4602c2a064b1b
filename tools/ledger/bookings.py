"""What happened at the broker without an order, entered in the books: whole and once, or not at all.

activity → lines of its symbol → parts (tools.portfolio.apportioning) → events, cash, positions
                               → more than the books hold: left out, for reconciliation to show
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, func, insert, select

from tools.domain.activity import Activity, ActivityKind, Booking, Delivery
from tools.domain.chain import new_york_date
from tools.domain.contract import is_occ
from tools.domain.errors import LedgerError
from tools.domain.order import OrderIntent
from tools.ledger import chain, positions, vols
from tools.ledger.instant import from_text, to_text
from tools.ledger.schema import accounts, bookings, fills, intents
from tools.ledger.schema import positions as held
from tools.portfolio.apportioning import apportion
from tools.portfolio.statement import Line

KIND = "activity"
OPTION_MULTIPLIER = 100

_LINES = select(bookings.c.body).where(bookings.c.activity_id == bindparam("activity_id")).order_by(bookings.c.line)
_TRADED = (
    select(
        fills.c.book,
        intents.c.decision_id,
        func.sum(fills.c.quantity).label("quantity"),
        func.min(fills.c.at).label("first"),
        func.max(fills.c.multiplier).label("multiplier"),
    )
    .join(intents, intents.c.client_order_id == fills.c.client_order_id)
    .where(fills.c.account == bindparam("account"), fills.c.symbol == bindparam("symbol"))
    .group_by(fills.c.book, intents.c.decision_id)
)
_HELD = select(held.c.book, held.c.quantity).where(
    held.c.account == bindparam("account"), held.c.symbol == bindparam("symbol")
)
_OF_TRADES = select(bookings).where(bookings.c.account == bindparam("account"), bookings.c.decision_id.is_not(None))
_LAST = select(func.max(bookings.c.at)).where(bookings.c.account == bindparam("account"))
_PROMISED = select(intents.c.body, intents.c.created_at).where(
    intents.c.client_order_id == bindparam("client_order_id")
)
_BEGAN = select(accounts.c.opened_at).where(accounts.c.name == bindparam("account"))


def enter(
    connection: Connection, activity: Activity, *, account: str, keeps: Callable[[str], bool], at: datetime
) -> tuple[Booking, ...] | None:
    """Its lines as entered now; () for what was entered before, None where the books cannot hold it.

    `LedgerError` when the broker says something else of an activity than before.
    """
    if not is_new(connection, activity, account):
        return ()
    found = apportion(activity, lines(connection, account, activity.symbol), keeps=keeps)
    for booking in found or ():
        _write(connection, _from_free_shares(connection, booking, account), account=account, at=at)
    if found and activity.delivered is not None and found[0].restates:
        _rename(connection, activity.symbol, activity.delivered, -activity.quantity, account=account, at=at)
    return found


def _rename(connection: Connection, old: str, new: Delivery, ended: int, *, account: str, at: datetime) -> None:
    """What the market said of an option that is now another one: its last mark, the vols that it was seen at."""
    mark = positions.mark_of(connection, old)
    if mark is not None and positions.mark_of(connection, new.symbol) is None:
        positions.mark_prices(connection, {new.symbol: mark * ended / new.quantity}, at=at)
    vols.rename(connection, account, old, new.symbol)


def is_new(connection: Connection, activity: Activity, account: str) -> bool:
    """Whether it is not entered yet and happened while the account was ours."""
    known = told_of(connection, activity.activity_id)
    if known and known[0].activity != activity:
        raise LedgerError(
            f"Activity {activity.activity_id} is recorded already and the broker now says something else; "
            "look it up there."
        )
    began = connection.scalar(_BEGAN, {"account": account}) or ""
    return not known and (activity.kind is ActivityKind.CORRECTION or to_text(activity.at) > began)


def fits(connection: Connection, activity: Activity, account: str) -> bool:
    """Whether the books hold what it is about."""
    held = lines(connection, account, activity.symbol)
    return apportion(activity, held, keeps=lambda book: True) is not None


def _from_free_shares(connection: Connection, booking: Booking, account: str) -> Booking:
    """Calls may be written on shares of no book: where their book has too few of its own, those are given."""
    got = booking.delivered
    if got is None or not booking.kept or got.quantity >= 0:
        return booking
    own, free = (positions.quantity(connection, account, book, got.symbol) for book in (booking.book, ""))
    if own + got.quantity >= 0 or free + got.quantity < 0:
        return booking
    return booking.model_copy(update={"delivered": got.model_copy(update={"book": ""})})


def told_of(connection: Connection, activity_id: str) -> tuple[Booking, ...]:
    rows = connection.scalars(_LINES, {"activity_id": activity_id})
    return tuple(Booking.model_validate_json(body) for body in rows)


def since(connection: Connection, account: str) -> date:
    """From when on the broker is asked: the last that was entered, else the account's beginning."""
    last = connection.scalar(_LAST, {"account": account}) or connection.scalar(_BEGAN, {"account": account})
    if last is None:
        raise LedgerError(f"The ledger holds no account {account!r} yet; open it first (`thetagate init`).")
    return new_york_date(from_text(last))


def restated_since(connection: Connection, client_order_id: str) -> tuple[Booking, ...]:
    """What splits made of the legs of an order since it was promised."""
    row = connection.execute(_PROMISED, {"client_order_id": client_order_id}).first()
    if row is None:
        return ()
    legs = {leg.contract.occ for leg in OrderIntent.model_validate_json(row.body).legs}
    query = select(bookings.c.body).where(bookings.c.symbol.in_(legs), bookings.c.at > row.created_at)
    found = (Booking.model_validate_json(body) for body in connection.scalars(query.order_by(bookings.c.at)))
    return tuple(each for each in found if each.restates)


def of_trades(connection: Connection, account: str) -> tuple[tuple[str, str, int, str], ...]:
    """(decision, symbol, change, at) of all that trades hold or held."""
    found: list[tuple[str, str, int, str]] = []
    for row in connection.execute(_OF_TRADES, {"account": account}):
        found.append((row.decision_id, row.symbol, row.quantity, row.at))
        if row.delivered:
            found.append((row.decision_id, row.delivered, row.delivered_quantity, row.at))
    return tuple(found)


def of_book(connection: Connection, account: str, book: str) -> tuple[Booking, ...]:
    query = select(bookings.c.body).where(bookings.c.account == account, bookings.c.book == book)
    rows = connection.scalars(query.order_by(bookings.c.at, bookings.c.activity_id, bookings.c.line))
    return tuple(Booking.model_validate_json(body) for body in rows)


def lines(connection: Connection, account: str, symbol: str) -> tuple[Line, ...]:
    """Who holds a symbol: what books had without a trade, then trades, first opened first."""
    where = {"account": account, "symbol": symbol}
    multiplier = OPTION_MULTIPLIER if is_occ(symbol) else 1
    traded = {
        (row.book, row.decision_id): [row.quantity, row.first, row.multiplier]
        for row in connection.execute(_TRADED, where)
    }
    books = {decision_id: book for book, decision_id in traded}
    for decision_id, changed, quantity, at in of_trades(connection, account):
        if changed == symbol:
            place = books.get(decision_id) or _book_of(connection, decision_id), decision_id
            traded.setdefault(place, [0, at, multiplier])[0] += quantity
    own = {row.book: row.quantity for row in connection.execute(_HELD, where)}
    for (book, _), (quantity, _, _) in traded.items():
        own[book] = own.get(book, 0) - quantity
    begun = [Line(book, "", symbol, quantity, multiplier) for book, quantity in sorted(own.items()) if quantity]
    later = sorted(traded.items(), key=lambda each: (each[1][1], each[0]))
    return (*begun, *(Line(*place, symbol, held[0], held[2]) for place, held in later if held[0]))


def _book_of(connection: Connection, decision_id: str) -> str:
    row = select(bookings.c.book).where(bookings.c.decision_id == decision_id).limit(1)
    return str(connection.scalar(row))


def _write(connection: Connection, booking: Booking, *, account: str, at: datetime) -> None:
    activity, owner = booking.activity, booking.decision_id or None
    chain.append(
        connection,
        kind=KIND,
        key=booking.key,
        body=booking,
        actor="broker",
        at=at,
        decision_id=owner,
    )
    of_trade = booking.delivered if owner and not booking.kept else None
    connection.execute(
        insert(bookings).values(
            activity_id=activity.activity_id,
            line=booking.line,
            account=account,
            book=booking.book,
            decision_id=owner,
            symbol=activity.symbol,
            quantity=booking.quantity,
            delivered=of_trade.symbol if of_trade else "",
            delivered_quantity=of_trade.quantity if of_trade else 0,
            at=to_text(activity.at),
            body=chain.body_text(KIND, booking),
        )
    )
    positions.book_activity(connection, booking, account=account, at=at)
