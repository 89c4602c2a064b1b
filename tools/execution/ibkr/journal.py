"""What TWS forgets or never tells, in a file of the home: one per account.

sent        which orders may have been sent; TWS takes the same reference twice
orders      as last seen, with the limits they were moved from: TWS tells a day's orders, and no former limit
fills       as last corrected: TWS tells those of a day
aside       orders from before these books
seen        the holdings of the last look, against which the next one finds what happened without an order
activities  what was found so
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.domain.activity import Activity
from tools.domain.errors import BrokerError
from tools.domain.order import Fill, Order
from tools.execution.ibkr.told import Execution

_SCHEMA = """
CREATE TABLE IF NOT EXISTS sent (client_order_id TEXT PRIMARY KEY, state TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders
    (seq INTEGER PRIMARY KEY AUTOINCREMENT, client_order_id TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fills
    (fill_id TEXT PRIMARY KEY, client_order_id TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS aside (perm_id INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY CHECK (id = 0), body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS activities
    (seq INTEGER PRIMARY KEY AUTOINCREMENT, activity_id TEXT NOT NULL UNIQUE, body TEXT NOT NULL);
"""
SENT, REFUSED = "sent", "refused"
_BUSY = 10.0  # seconds that a process waits for another one's write


@dataclass(frozen=True)
class Held:
    """One holding: `delivers` is the ticker of the shares that an option turns into, empty where it does not."""

    quantity: int
    delivers: str = ""


@dataclass(frozen=True)
class Seen:
    """Holdings by symbol, and the executions that are in them."""

    holdings: Mapping[str, Held]
    executions: frozenset[str]


class Journal:
    """Every write is durable on return. `BrokerError` where the file cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with closing(self._open()) as connection:
            connection.executescript(_SCHEMA)

    def was_sent(self, client_order_id: str) -> bool:
        """Whether it may have been sent and was not refused."""
        return self._one("SELECT state FROM sent WHERE client_order_id = ?", client_order_id) == SENT

    def was_refused(self, client_order_id: str) -> bool:
        return self._one("SELECT state FROM sent WHERE client_order_id = ?", client_order_id) == REFUSED

    def mark(self, client_order_id: str, state: str) -> None:
        self._write("INSERT OR REPLACE INTO sent VALUES (?, ?)", [(client_order_id, state)])

    def saw(self, order: Order) -> Order:
        """The order with the limits it was moved from; kept if it says anything new."""
        known = self.order(order.client_order_id)
        if known is None:
            self._write(
                "INSERT OR IGNORE INTO orders (client_order_id, body) VALUES (?, ?)",
                [(order.client_order_id, order.model_dump_json())],
            )
            return order
        prices = known.replaced_prices
        if known.limit_price != order.limit_price:
            prices = (*prices, known.limit_price)
        merged = order.model_copy(update={"replaced_prices": prices})
        if merged != known:
            self._write(
                "UPDATE orders SET body = ? WHERE client_order_id = ?",
                [(merged.model_dump_json(), order.client_order_id)],
            )
        return merged

    def order(self, client_order_id: str) -> Order | None:
        body = self._one("SELECT body FROM orders WHERE client_order_id = ?", client_order_id)
        return None if body is None else Order.model_validate_json(body)

    def orders(self) -> tuple[Order, ...]:
        """Every one that was seen, in the order in which they were."""
        rows = self._all("SELECT body FROM orders ORDER BY seq")
        return tuple(Order.model_validate_json(body) for (body,) in rows)

    def booked(self, executions: Iterable[Execution]) -> None:
        """Keep what is told of executions, a correction instead of what it corrects."""
        rows = [
            (each.key, each.name, each.revision, each.fill().model_dump_json())
            for each in executions
            if each.commission is not None
        ]
        self._write(
            "INSERT INTO fills VALUES (?, ?, ?, ?) ON CONFLICT (fill_id) DO UPDATE SET "
            "revision = excluded.revision, body = excluded.body WHERE excluded.revision > revision",
            rows,
        )

    def fills(self, client_order_id: str) -> tuple[Fill, ...]:
        rows = self._all("SELECT body FROM fills WHERE client_order_id = ?", client_order_id)
        found = (Fill.model_validate_json(body) for (body,) in rows)
        return tuple(sorted(found, key=lambda fill: (fill.at, fill.fill_id)))

    def set_aside(self, perm_ids: Iterable[int]) -> None:
        self._write("INSERT OR IGNORE INTO aside VALUES (?)", [(each,) for each in perm_ids])

    def aside(self) -> frozenset[int]:
        return frozenset(perm_id for (perm_id,) in self._all("SELECT perm_id FROM aside"))

    def seen(self) -> Seen | None:
        """The last look at the holdings; None before the first one."""
        body = self._one("SELECT body FROM seen WHERE id = ?", 0)
        if body is None:
            return None
        told = json.loads(body)
        holdings = {symbol: Held(**each) for symbol, each in told["holdings"].items()}
        return Seen(holdings, frozenset(told["executions"]))

    def look(self, seen: Seen, found: Iterable[Activity]) -> None:
        """The holdings as they are now, and what was found to have happened, in one step."""
        body = json.dumps(
            {
                "holdings": {symbol: asdict(held) for symbol, held in seen.holdings.items()},
                "executions": sorted(seen.executions),
            }
        )
        with closing(self._open()) as connection, connection:
            connection.execute("INSERT OR REPLACE INTO seen VALUES (0, ?)", (body,))
            connection.executemany(
                "INSERT OR IGNORE INTO activities (activity_id, body) VALUES (?, ?)",
                [(each.activity_id, each.model_dump_json()) for each in found],
            )

    def activities(self) -> tuple[Activity, ...]:
        rows = self._all("SELECT body FROM activities ORDER BY seq")
        return tuple(Activity.model_validate_json(body) for (body,) in rows)

    def _one(self, statement: str, *values: object) -> str | None:
        rows = self._all(statement, *values)
        return rows[0][0] if rows else None

    def _all(self, statement: str, *values: object) -> list[tuple[Any]]:
        with closing(self._open()) as connection:
            return connection.execute(statement, values).fetchall()

    def _write(self, statement: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            with closing(self._open()) as connection, connection:
                connection.executemany(statement, rows)

    def _open(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(self._path, timeout=_BUSY)
            connection.execute("PRAGMA synchronous = FULL")
        except sqlite3.Error as error:
            raise BrokerError(
                f"{self._path}, which keeps what TWS forgets, cannot be used ({error}); check the disk."
            ) from None
        return connection
