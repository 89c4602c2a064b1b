"""The simulated broker: an exchange in a file of its own, which knows nothing of our ledger.

    open ─→ clearing since it was last open: what ended, was delivered, was paid
    submit | replace → quote now → fill model → fills, cash, positions (one transaction) → order

It keeps its own book as a real broker would, so that ours and theirs can disagree and be reconciled, and it
survives kill -9 of the process that talks to it. A client order id is accepted once.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any

from tools.domain.account import BrokerAccount, Position
from tools.domain.activity import Activity
from tools.domain.chain import new_york_date
from tools.domain.contract import ShareContract
from tools.domain.errors import BrokerError, BrokerRejected
from tools.domain.mode import Mode
from tools.domain.money import exact, round_down
from tools.domain.order import Fill, Order, OrderIntent, OrderStatus
from tools.domain.structure import Leg
from tools.execution.clearing import Clearing, moved, received
from tools.execution.fill_model import FillModel, filled_units, is_rejected, leg_prices

Quote = Callable[[tuple[Leg, ...]], tuple[float, float] | None]
"""(bid, ask) credit per share of one unit: `bid` is filled at once, a debit is negative. None without a market."""

COLLAR = 0.5
"""The exchange refuses limits further than half the price, or ten ticks, from its mid."""

MILLIONTH = Decimal("0.000001")

_TABLES = (
    "CREATE TABLE IF NOT EXISTS book (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS orders (
        number INTEGER PRIMARY KEY, client_order_id TEXT NOT NULL UNIQUE, intent TEXT NOT NULL,
        status TEXT NOT NULL, prices TEXT NOT NULL, text TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS executions (
        number INTEGER PRIMARY KEY, client_order_id TEXT NOT NULL, units INTEGER NOT NULL, price TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS fills (
        fill_id TEXT PRIMARY KEY, number INTEGER NOT NULL, client_order_id TEXT NOT NULL,
        multiplier INTEGER NOT NULL, body TEXT NOT NULL)""",
    """CREATE TABLE IF NOT EXISTS activities (
        number INTEGER PRIMARY KEY, activity_id TEXT NOT NULL UNIQUE, body TEXT NOT NULL)""",
)


@dataclass(frozen=True)
class _Ticket:
    """One order as the exchange holds it. `executions` are (units, net credit)."""

    number: int
    intent: OrderIntent
    status: OrderStatus
    prices: tuple[Decimal, ...]
    text: str
    executions: tuple[tuple[int, Decimal], ...]

    @property
    def filled(self) -> int:
        return sum(units for units, _ in self.executions)

    @property
    def average(self) -> Decimal | None:
        """Net credit per unit over all executions, to the millionth where it does not divide."""
        if not self.filled:
            return None
        price = sum((units * net for units, net in self.executions), Decimal(0)) / self.filled
        rounded = price.quantize(MILLIONTH)
        return price if price == rounded else rounded

    def order(self, broker: str) -> Order:
        return Order(
            client_order_id=self.intent.client_order_id,
            broker=broker,
            broker_order_id=f"sim-{self.number}",
            legs=self.intent.legs,
            status=self.status,
            quantity=self.intent.quantity,
            filled_quantity=self.filled,
            limit_price=self.prices[-1],
            filled_price=self.average,
            replaced_prices=self.prices[:-1],
            text=self.text,
        )


class SimulatedBroker:
    """Implements `Broker`. The market answers the same order at the same price the same way, by `seed`."""

    name = "simulated"
    enforces_unique_ids = True

    def __init__(
        self,
        path: Path,
        *,
        quote: Quote,
        now: Callable[[], datetime],
        seed: int,
        model: FillModel,
        commission: Decimal,
    ) -> None:
        self.path = path
        self._quote = quote
        self._now = now
        self._seed = seed
        self._model = model
        self._commission = commission
        self._lock = Lock()
        with self._explained():
            self._connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")  # one sync per commit instead of three
            self._connection.execute("PRAGMA synchronous=FULL")

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        quote: Quote,
        now: Callable[[], datetime],
        seed: int = 0,
        model: FillModel | None = None,
        commission: float | Decimal = Decimal("0.65"),
        cash: float | Decimal = Decimal(0),
        positions: tuple[Position, ...] = (),
        clearing: Clearing | None = None,
    ) -> SimulatedBroker:
        """The book in `path`. `commission` per contract, none of shares; `cash` and `positions` begin a new one.

        Without `clearing` nothing expires and nothing is paid.
        """
        broker = cls(
            path, quote=quote, now=now, seed=seed, model=model or FillModel(), commission=Decimal(str(commission))
        )
        opening = {"cash": str(cash), "positions": {held.symbol: held.quantity for held in positions}}
        with broker._transaction() as connection:
            for table in _TABLES:
                connection.execute(table)
            connection.execute("INSERT OR IGNORE INTO book VALUES ('opening', ?)", (json.dumps(opening),))
        if clearing is not None:
            broker._clear(clearing)
        return broker

    def close(self) -> None:
        self._connection.close()

    def submit(self, intent: OrderIntent) -> Order:
        """Accept once and try to fill; the order that exists for an id that is known."""
        with self._transaction() as connection:
            known = self._ticket(connection, intent.client_order_id)
            if known is not None:
                return known.order(self.name)
            bid, ask = self._admit(intent, intent.limit_price)
            rejected = is_rejected(self._model, intent.client_order_id, intent.limit_price, seed=self._seed)
            connection.execute(
                "INSERT INTO orders (client_order_id, intent, status, prices, text) VALUES (?, ?, ?, ?, ?)",
                (
                    intent.client_order_id,
                    intent.model_dump_json(),
                    OrderStatus.REJECTED if rejected else OrderStatus.ACCEPTED,
                    json.dumps([str(intent.limit_price)]),
                    "rejected by the exchange" if rejected else "",
                ),
            )
            if not rejected:
                self._match(connection, self._known(connection, intent.client_order_id), bid=bid, ask=ask)
            return self._known(connection, intent.client_order_id).order(self.name)

    def find(self, client_order_id: str) -> Order | None:
        with self._transaction() as connection:
            ticket = self._ticket(connection, client_order_id)
            return None if ticket is None else ticket.order(self.name)

    def replace(self, client_order_id: str, limit_price: Decimal) -> Order:
        """Move the remainder and try again to fill it; `BrokerRejected` when nothing is left to move."""
        with self._transaction() as connection:
            ticket = self._known(connection, client_order_id)
            if ticket.status.is_final:
                raise BrokerRejected(f"{client_order_id} is {ticket.status.value}; there is nothing left to move.")
            if ticket.prices[-1] == limit_price:
                return ticket.order(self.name)
            bid, ask = self._admit(ticket.intent, limit_price)
            connection.execute(
                "UPDATE orders SET prices = ? WHERE client_order_id = ?",
                (json.dumps([str(price) for price in (*ticket.prices, limit_price)]), client_order_id),
            )
            self._match(connection, self._known(connection, client_order_id), bid=bid, ask=ask)
            return self._known(connection, client_order_id).order(self.name)

    def cancel(self, client_order_id: str) -> Order:
        with self._transaction() as connection:
            ticket = self._known(connection, client_order_id)
            if not ticket.status.is_final:
                self._set_status(connection, client_order_id, OrderStatus.CANCELLED)
            return self._known(connection, client_order_id).order(self.name)

    def fills(self, client_order_id: str) -> tuple[Fill, ...]:
        with self._transaction() as connection:
            rows = connection.execute(
                "SELECT body FROM fills WHERE client_order_id = ? ORDER BY number, fill_id", (client_order_id,)
            )
            return tuple(Fill.model_validate_json(body) for (body,) in rows)

    def orders(self) -> tuple[Order, ...]:
        with self._transaction() as connection:
            ids = [row[0] for row in connection.execute("SELECT client_order_id FROM orders ORDER BY number")]
            return tuple(self._known(connection, order_id).order(self.name) for order_id in ids)

    def positions(self) -> tuple[Position, ...]:
        """Quantities only: a mark is the market's word, not the broker's."""
        with self._transaction() as connection:
            held = self._held(connection)
        return tuple(
            Position(symbol=key, quantity=count, price=None) for key, count in sorted(held.items()) if count
        )

    def cash(self) -> Decimal:
        with self._transaction() as connection:
            balance = Decimal(self._opening(connection)["cash"])
            for fill, multiplier in self._all_fills(connection):
                balance -= fill.quantity * fill.price * multiplier + fill.commission
            return balance + received(self._activities(connection))

    def account(self) -> BrokerAccount:
        """It lends as much as is asked for, and does not tell of buying power."""
        return BrokerAccount(number=self.name, mode=Mode.SIMULATED)

    def activities(self, *, since: date) -> tuple[Activity, ...]:
        with self._transaction() as connection:
            return tuple(each for each in self._activities(connection) if new_york_date(each.at) >= since)

    def _clear(self, clearing: Clearing) -> None:
        """Live through the time since the book was last open; a book that is opened for the first time has none."""
        now = self._now()
        with self._transaction() as connection:
            row = connection.execute("SELECT value FROM book WHERE name = 'cleared'").fetchone()
            if row is not None:
                after = datetime.fromisoformat(row[0])
                for each in clearing.between(self._held(connection), after=after, until=now):
                    connection.execute(
                        "INSERT OR IGNORE INTO activities (activity_id, body) VALUES (?, ?)",
                        (each.activity_id, each.model_dump_json()),
                    )
                now = max(now, after)
            connection.execute("INSERT OR REPLACE INTO book VALUES ('cleared', ?)", (now.isoformat(),))

    def _held(self, connection: sqlite3.Connection) -> dict[str, int]:
        held = Counter[str](self._opening(connection)["positions"])
        for fill, _ in self._all_fills(connection):
            held[fill.symbol] += fill.quantity
        held.update(moved(self._activities(connection)))
        return dict(held)

    def _admit(self, intent: OrderIntent, limit: Decimal) -> tuple[float, float]:
        """The quote to match against, or `BrokerRejected` for an order no exchange would take."""
        if intent.quantity < 1 or not intent.legs:
            raise BrokerRejected(f"{intent.client_order_id} has no contracts; an order needs at least one.")
        if limit % intent.tick:
            raise BrokerRejected(
                f"{intent.client_order_id} has limit {limit}, which is no multiple of {intent.tick}."
            )
        quote = self._quote(intent.legs)
        if quote is None:
            raise BrokerRejected(
                f"{intent.client_order_id} has no market on both sides now; try again with a quote."
            )
        bid, ask = (float(exact(side)) for side in quote)
        mid = (bid + ask) / 2
        if abs(float(limit) - mid) > max(COLLAR * abs(mid), 10 * float(intent.tick)):
            raise BrokerRejected(
                f"{intent.client_order_id} has limit {limit}, too far from the market's {mid:.2f}."
            )
        return bid, ask

    def _match(self, connection: sqlite3.Connection, ticket: _Ticket, *, bid: float, ask: float) -> None:
        """What the market takes of the remainder at its limit; a marketable one gets the market's better price."""
        intent, limit = ticket.intent, ticket.prices[-1]
        left = intent.quantity - ticket.filled
        units = filled_units(
            self._model, intent.client_order_id, limit, seed=self._seed, bid=bid, ask=ask, remaining=left
        )
        if units == 0:
            return
        self._execute(connection, ticket, units, max(limit, round_down(exact(bid), intent.tick)))
        status = OrderStatus.FILLED if units == left else OrderStatus.PARTIALLY_FILLED
        self._set_status(connection, intent.client_order_id, status)

    def _execute(self, connection: sqlite3.Connection, ticket: _Ticket, units: int, net: Decimal) -> None:
        intent, number = ticket.intent, len(ticket.executions)
        connection.execute(
            "INSERT INTO executions (client_order_id, units, price) VALUES (?, ?, ?)",
            (intent.client_order_id, units, str(net)),
        )
        prices = leg_prices(net, intent.legs, [self._mark(leg) for leg in intent.legs])
        for place, (leg, price) in enumerate(zip(intent.legs, prices, strict=True)):
            quantity = leg.quantity * units
            fill = Fill(
                fill_id=f"{intent.client_order_id}/{number}/{place}",
                client_order_id=intent.client_order_id,
                symbol=leg.contract.occ,
                quantity=quantity,
                price=price,
                commission=self._fee(leg) * abs(quantity),
                at=self._now(),
            )
            connection.execute(
                "INSERT INTO fills VALUES (?, ?, ?, ?, ?)",
                (fill.fill_id, number, intent.client_order_id, leg.contract.multiplier, fill.model_dump_json()),
            )

    def _fee(self, leg: Leg) -> Decimal:
        """Per contract; shares are traded without commission."""
        return Decimal(0) if isinstance(leg.contract, ShareContract) else self._commission

    def _mark(self, leg: Leg) -> Decimal:
        """A leg's own mid per share; zero where it has none, the other legs then carry the net."""
        quote = self._quote((leg,))
        return Decimal(0) if quote is None else exact(abs(sum(quote)) / 2 / abs(leg.quantity))

    def _known(self, connection: sqlite3.Connection, client_order_id: str) -> _Ticket:
        ticket = self._ticket(connection, client_order_id)
        if ticket is None:
            raise BrokerRejected(f"{client_order_id} is unknown here; nothing was changed.")
        return ticket

    def _ticket(self, connection: sqlite3.Connection, client_order_id: str) -> _Ticket | None:
        row = connection.execute(
            "SELECT number, intent, status, prices, text FROM orders WHERE client_order_id = ?", (client_order_id,)
        ).fetchone()
        if row is None:
            return None
        executions = connection.execute(
            "SELECT units, price FROM executions WHERE client_order_id = ? ORDER BY number", (client_order_id,)
        )
        return _Ticket(
            number=row[0],
            intent=OrderIntent.model_validate_json(row[1]),
            status=OrderStatus(row[2]),
            prices=tuple(Decimal(price) for price in json.loads(row[3])),
            text=row[4],
            executions=tuple((units, Decimal(price)) for units, price in executions),
        )

    def _set_status(self, connection: sqlite3.Connection, client_order_id: str, status: OrderStatus) -> None:
        connection.execute("UPDATE orders SET status = ? WHERE client_order_id = ?", (status, client_order_id))

    def _all_fills(self, connection: sqlite3.Connection) -> list[tuple[Fill, int]]:
        rows = connection.execute("SELECT body, multiplier FROM fills")
        return [(Fill.model_validate_json(body), multiplier) for body, multiplier in rows]

    def _activities(self, connection: sqlite3.Connection) -> list[Activity]:
        rows = connection.execute("SELECT body FROM activities ORDER BY number")
        return [Activity.model_validate_json(body) for (body,) in rows]

    def _opening(self, connection: sqlite3.Connection) -> dict[str, Any]:
        row = connection.execute("SELECT value FROM book WHERE name = 'opening'").fetchone()
        found: dict[str, Any] = json.loads(row[0])
        return found

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """All of an exchange's step or nothing of it, one step at a time."""
        with self._lock, self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise BrokerError(f"The simulated broker's book {self.path} could not be used ({error}).") from error
