"""What the trades of a book brought: those that ended, and the book as a whole at the last marks.

fills of the book's decisions ─→ by decision: cash, open quantities ─┬→ nothing open: an ended trade
                                                                     └→ Σ cash + Σ open · mark: the book's profit
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Connection, bindparam, select

from tools.domain.activity import Booking
from tools.ledger import bookings
from tools.ledger.instant import from_text, to_text
from tools.ledger.schema import fills, intents, marks

_FILLS = (
    select(intents.c.decision_id, fills)
    .join(intents, intents.c.client_order_id == fills.c.client_order_id)
    .where(fills.c.account == bindparam("account"), fills.c.book == bindparam("book"))
    .order_by(fills.c.at, fills.c.fill_id)
)
_BOOKS = select(fills.c.book).where(fills.c.account == bindparam("account")).distinct().order_by(fills.c.book)


@dataclass(frozen=True, slots=True)
class EndedTrade:
    """A decision whose fills leave nothing open. `pnl` account currency, commissions taken off."""

    decision_id: str
    opened_at: datetime
    closed_at: datetime
    pnl: Decimal


@dataclass(slots=True)
class _Tally:
    cash: Decimal = Decimal(0)
    first: str = ""
    last: str = ""
    held: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    multipliers: dict[str, int] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        return not any(self.held.values())


def ended(connection: Connection, account: str, book: str | None = None) -> tuple[EndedTrade, ...]:
    """Of one book or of all that ever traded, in the order in which they ended."""
    books = connection.scalars(_BOOKS, {"account": account}).all() if book is None else [book]
    tallies = (pair for each in books for pair in _tallies(connection, account, each).items())
    over = ((key, each) for key, each in tallies if key and each.is_over)
    found = (EndedTrade(key, from_text(each.first), from_text(each.last), each.cash) for key, each in over)
    return tuple(sorted(found, key=lambda each: (each.closed_at, each.decision_id)))


def of_book(connection: Connection, account: str, book: str) -> Decimal | None:
    """Σ cash of all its fills and what they left open at its last marks; None where one has no mark."""
    total = Decimal(0)
    for each in _tallies(connection, account, book).values():
        total += each.cash
        for symbol, quantity, multiplier in _open(each):
            mark = connection.scalar(select(marks.c.price).where(marks.c.symbol == symbol))
            if mark is None:
                return None
            total += quantity * Decimal(mark) * multiplier
    return total


def _open(tally: _Tally) -> Iterator[tuple[str, int, int]]:
    return ((symbol, held, tally.multipliers[symbol]) for symbol, held in tally.held.items() if held)


def _tallies(connection: Connection, account: str, book: str) -> dict[str, _Tally]:
    found: dict[str, _Tally] = defaultdict(_Tally)
    for row in connection.execute(_FILLS, {"account": account, "book": book}):
        tally = found[row.decision_id]
        tally.cash -= row.quantity * Decimal(row.price) * row.multiplier + Decimal(row.commission)
        tally.held[row.symbol] += row.quantity
        tally.multipliers[row.symbol] = row.multiplier
        tally.first, tally.last = tally.first or row.at, max(tally.last, row.at)
    for booking in bookings.of_book(connection, account, book):
        if booking.decision_id or not booking.quantity:
            _end(found[booking.decision_id], booking)
        if booking.kept and booking.delivered is not None:
            _deliver(found[""], booking)
    return found


def _end(tally: _Tally, booking: Booking) -> None:
    """A trade whose shares are kept ends with what its options were worth, as it would have in cash."""
    activity, got = booking.activity, booking.delivered
    tally.last = max(tally.last, to_text(activity.at))
    tally.held[activity.symbol] += booking.quantity
    tally.cash += booking.ended_for if booking.kept else booking.cash
    if got is not None and not booking.kept:
        tally.held[got.symbol] += got.quantity
        tally.multipliers[got.symbol] = 1


def _deliver(own: _Tally, booking: Booking) -> None:
    """Shares that a book goes on with came at the price of that moment; what it held before is no trade of it."""
    got = booking.delivered
    if got is None or not got.quantity:
        return
    price = -(booking.cash - booking.ended_for) / got.quantity
    quantity = max(got.quantity, -max(0, own.held[got.symbol]))
    own.cash -= quantity * price
    own.held[got.symbol] += quantity
    own.multipliers[got.symbol] = 1
