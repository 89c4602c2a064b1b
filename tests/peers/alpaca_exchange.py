"""The account and the exchange behind the loopback Alpaca: orders, executions, positions, cash, activities.

    accept → duplicate? intent? funds? → match (as told) → executions per leg → positions, cash, activities, events

Rows are kept in the shapes of the wire: money and quantities as strings, a moved order as a new one that `replaces`
the old. With a path everything is in one file, so that the account outlives its server and whoever talks to it.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from tools.domain.contract import is_occ, parse_occ

Row = dict[str, Any]
OPEN = frozenset({"new", "partially_filled", "pending_cancel"})
NAMESPACE = UUID("61e69015-8549-4bfd-b9c3-01e75843f47d")


class Refusal(Exception):
    """A status with Alpaca's own code and words."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.body = status, {"code": code, "message": message}


class Exchange:
    """`take`: units that an order above the market's bid gets when it arrives, -1 for all; `bid` as a credit."""

    def __init__(
        self,
        path: Path | None = None,
        *,
        number: str = "PA3LOOPBACK0",
        cash: str = "100000",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path, self._now = path, now
        self._lock = threading.RLock()
        self._listeners: list[Callable[[Row], None]] = []
        self.state: Row = {
            "number": number, "cash": cash, "power": cash, "blocked": False, "orders": [], "activities": [],
            "positions": {}, "bid": None, "take": 0, "refuse": "", "slow_cancel": 0, "ids": 0, "hidden": {},
        }  # fmt: skip
        if path is not None and path.exists():
            self.state = json.loads(path.read_text())

    @contextmanager
    def step(self) -> Iterator[Row]:
        """All of one step, kept before it is answered."""
        with self._lock:
            try:
                yield self.state
            finally:
                if self._path is not None:
                    partial = self._path.with_suffix(f".{os.getpid()}.tmp")
                    partial.write_text(json.dumps(self.state))
                    os.replace(partial, self._path)

    def listen(self, listener: Callable[[Row], None]) -> None:
        self._listeners.append(listener)

    # What tests say of the market.

    def market(self, *, bid: str | None = None, take: int = 0) -> None:
        with self.step() as state:
            state["bid"], state["take"] = bid, take

    def refuse(self, message: str) -> None:
        """Every order from now on is refused with these words; "" ends that."""
        with self.step() as state:
            state["refuse"] = message

    def execute(self, units: int = -1, *, hidden: int = 0) -> None:
        """Fill so many units of the order that is open now, -1 for all; unlisted for `hidden` look-ups of fills."""
        with self.step():
            row = next((each for each in reversed(self.state["orders"]) if each["status"] in OPEN), None)
            if row is not None:
                left = int(row["qty"]) - int(row["filled_qty"])
                self._fill(row, left if units < 0 else min(units, left), hidden=hidden)

    def hold(self, symbol: str, quantity: int) -> None:
        with self.step() as state:
            state["positions"][symbol] = state["positions"].get(symbol, 0) + quantity

    def assign(self, symbol: str, contracts: int, *, kind: str = "OPASN", delivers: bool = True) -> None:
        """The option is gone and its shares are there: assigned, or with OPEXC exercised."""
        root, _, right, strike = parse_occ(symbol)
        group = self._id()
        with self.step():
            ends = contracts if kind == "OPASN" else -contracts
            self._post(kind, symbol=symbol, qty=ends, group=group)
            if delivers:
                shares = 100 * contracts * (right.sign if kind == "OPEXC" else -right.sign)
                paid = -shares * Decimal(str(strike))
                self._post("OPTRD", symbol=root, qty=shares, net=paid, group=group)

    def expire(self, symbol: str) -> None:
        with self.step() as state:
            self._post("OPEXP", symbol=symbol, qty=-state["positions"][symbol])

    def restate(self, old: str, gone: int, new: str, come: int) -> None:
        """A split: shares are more or fewer in one row, an option ends and another stands in its place, in two."""
        group = self._id()
        with self.step():
            for symbol, qty in [(old, gone + come)] if old == new else [(old, gone), (new, come)]:
                self._post("OPCA" if is_occ(old) else "SPLIT", symbol=symbol, qty=qty, group=group)

    def pay(self, kind: str, net: str, *, symbol: str = "", qty: int = 0) -> None:
        """Any other activity: cash, and shares where `qty` says so."""
        with self.step():
            self._post(kind, symbol=symbol, qty=qty, net=Decimal(net))

    # What the API is asked.

    def account(self) -> Row:
        state = self.state
        return {
            "id": str(NAMESPACE), "account_number": state["number"], "status": "ACTIVE", "currency": "USD",
            "cash": state["cash"], "buying_power": state["power"], "options_buying_power": state["power"],
            "trading_blocked": state["blocked"], "account_blocked": False, "trade_suspended_by_user": False,
            "multiplier": "2", "equity": state["cash"], "options_trading_level": 3,
        }  # fmt: skip

    def positions(self) -> list[Row]:
        return [
            {
                "asset_id": str(uuid5(NAMESPACE, symbol)), "symbol": symbol, "exchange": "",
                "asset_class": "us_option" if is_occ(symbol) else "us_equity", "avg_entry_price": "1.00",
                "qty": str(quantity), "side": "long" if quantity > 0 else "short", "current_price": "1.00",
            }
            for symbol, quantity in sorted(self.state["positions"].items())
            if quantity
        ]  # fmt: skip

    def accept(self, body: Row, *, replaces: Row | None = None) -> Row:
        """A new order, matched at once as far as the market takes it; answered as it was before that."""
        with self.step() as state:
            self._admit(body, replacing=replaces is not None)
            row = self._row(body)
            if replaces is not None:
                row["replaces"], replaces["replaced_by"] = replaces["id"], row["id"]
                replaces["status"], replaces["replaced_at"] = "replaced", self._stamp()
                for leg in replaces["legs"] or ():
                    leg["status"] = "replaced"
                self._tell("replaced", replaces)
            state["orders"].append(row)
            self._tell("new", row)
            answer = json.loads(json.dumps(row)) | {"status": "pending_new"}
            units = int(row["qty"])
            bid = state["bid"]
            taken = (
                units if state["take"] < 0 or (bid is not None and _credit(row) <= Decimal(bid)) else state["take"]
            )
            self._fill(row, min(taken, units))
            return answer

    def replace(self, order_id: str, body: Row) -> Row:
        with self.step():
            old = self._known(order_id)
            if old["status"] not in {"new", "partially_filled"}:
                raise Refusal(422, 42210000, f"order in {old['status']} state cannot be replaced")
            # The whole quantity again, whatever was executed of it: so does Alpaca (its API's issue 165).
            kept = {name: old[name] for name in ("qty", "time_in_force", "limit_price", "order_class")}
            single = {name: old[name] for name in ("symbol", "side", "position_intent")}
            legs = [
                {name: leg[name] for name in ("symbol", "side", "position_intent", "ratio_qty")}
                for leg in old["legs"] or ()
            ]
            return self.accept({**kept, **(single if not legs else {"legs": legs}), **body}, replaces=old)

    def cancel(self, order_id: str) -> None:
        with self.step() as state:
            row = self._known(order_id)
            if row["status"] not in {"new", "partially_filled"}:
                raise Refusal(422, 42210000, f'order is already in "{row["status"]}" state')
            if state["slow_cancel"]:
                row["status"], row["_looks"] = "pending_cancel", state["slow_cancel"]
            else:
                self._end(row)

    def order(self, order_id: str) -> Row:
        with self.step():
            return self._shown(self._known(order_id))

    def order_by_name(self, client_order_id: str) -> Row:
        """Without the legs, as the documentation promises none here."""
        with self.step() as state:
            found = next((row for row in state["orders"] if row["client_order_id"] == client_order_id), None)
            if found is None:
                raise Refusal(404, 40410000, f"order not found for {client_order_id}")
            return self._shown(found) | {"legs": None}

    def orders(self, *, after: str, limit: int) -> list[Row]:
        with self.step() as state:
            since = datetime.fromisoformat(after) if after else datetime.min.replace(tzinfo=UTC)
            found = [row for row in state["orders"] if datetime.fromisoformat(row["submitted_at"]) > since]
            return [self._shown(row) for row in found[:limit]]

    def activities(self, *, kinds: str, category: str, after: str, size: int, token: str) -> list[Row]:
        with self.step() as state:
            hidden = state["hidden"]
            if kinds == "FILL":
                for key in list(hidden):
                    hidden[key] -= 1
            since = datetime.fromisoformat(after) if after else datetime.min.replace(tzinfo=UTC)
            rows = [
                {name: value for name, value in row.items() if not name.startswith("_")}
                for row in state["activities"]
                if (row["activity_type"] in kinds.split(",") if kinds else True)
                and not (category == "non_trade_activity" and row["activity_type"] == "FILL")
                and datetime.fromisoformat(row["_at"]) > since
                and hidden.get(row["id"], 0) <= 0
            ]
            ids = [row["id"] for row in rows]
            start = ids.index(token) + 1 if token in ids else 0
            return rows[start : start + size]

    # What happens inside.

    def _admit(self, body: Row, *, replacing: bool) -> None:
        state = self.state
        name = body.get("client_order_id")
        if name is not None and any(row["client_order_id"] == name for row in state["orders"]):
            raise Refusal(422, 40010001, "client_order_id must be unique")
        if state["blocked"] or state["refuse"]:
            raise Refusal(403, 40310000, state["refuse"] or "trading denied")
        if body.get("order_class") != "mleg" and float(body["limit_price"]) <= 0:
            raise Refusal(422, 40010001, "limit price must be > 0")
        if Decimal(str(body["limit_price"])) % Decimal("0.01"):
            raise Refusal(422, 42210000, "sub-penny increment does not fulfill minimum pricing criteria")
        for leg in [] if replacing else body.get("legs") or [body]:
            self._check_stance(leg, int(body["qty"]) * int(leg.get("ratio_qty", 1)))

    def _check_stance(self, leg: Row, quantity: int) -> None:
        stance, held = leg.get("position_intent", ""), self.state["positions"].get(leg["symbol"], 0)
        signed = quantity if leg["side"] == "buy" else -quantity
        against = abs(held) if held * signed < 0 else 0
        if stance.endswith("_to_close") and against < quantity:
            message = f"insufficient qty available for order (requested: {quantity}, available: {against})"
            raise Refusal(403, 40310000, message)
        if stance.endswith("_to_open") and against:
            told = stance.replace("open", "close")
            raise Refusal(422, 42210000, f"position intent mismatch, inferred: {told}, specified: {stance}")

    def _row(self, body: Row) -> Row:
        at = self._stamp()
        legs = body.get("legs")
        shared = {
            "created_at": at, "updated_at": at, "submitted_at": at, "filled_at": None, "expired_at": None,
            "canceled_at": None, "failed_at": None, "replaced_at": None, "replaced_by": None, "replaces": None,
            "notional": None, "filled_qty": "0", "filled_avg_price": None, "time_in_force": body["time_in_force"],
            "stop_price": None, "status": "new", "extended_hours": False, "trail_percent": None, "hwm": None,
        }  # fmt: skip
        row = {
            **shared, "id": self._id(), "client_order_id": body.get("client_order_id") or self._id(),
            "qty": str(int(body["qty"])), "order_class": "mleg" if legs else "simple", "type": "limit",
            "order_type": "limit", "limit_price": str(body["limit_price"]), "legs": None, "symbol": "", "side": "",
            "asset_class": "", "asset_id": "", "position_intent": "",
        }  # fmt: skip
        if not legs:
            return row | self._named(body)
        row["legs"] = [
            {
                **shared, **self._named(leg), "id": self._id(), "client_order_id": self._id(),
                "order_class": "mleg", "ratio_qty": str(int(leg["ratio_qty"])),
                "qty": str(int(body["qty"]) * int(leg["ratio_qty"])),
                "limit_price": None, "legs": None,
            }
            for leg in legs
        ]  # fmt: skip
        return row

    def _named(self, body: Row) -> Row:
        symbol = body["symbol"]
        return {
            "symbol": symbol,
            "side": body["side"],
            "asset_id": str(uuid5(NAMESPACE, symbol)),
            "asset_class": "us_option" if is_occ(symbol) else "us_equity",
            "position_intent": body.get("position_intent", ""),
        }

    def _fill(self, row: Row, units: int, *, hidden: int = 0) -> None:
        if units < 1:
            return
        filled = int(row["filled_qty"]) + units
        row["filled_qty"], row["filled_avg_price"] = str(filled), row["limit_price"]
        row["status"] = "filled" if filled == int(row["qty"]) else "partially_filled"
        row["filled_at"] = row["updated_at"] = self._stamp()
        for leg, price in zip(row["legs"] or [row], _leg_prices(row), strict=True):
            quantity = units * int(leg.get("ratio_qty", 1))
            if leg is not row:
                leg["filled_qty"], leg["filled_avg_price"] = str(int(leg["filled_qty"]) + quantity), str(price)
                leg["status"] = row["status"]
            self._book(row, leg, quantity, price, hidden=hidden)
        self._tell("fill" if row["status"] == "filled" else "partial_fill", row)

    def _book(self, row: Row, leg: Row, quantity: int, price: Decimal, *, hidden: int) -> None:
        state, signed = self.state, quantity if leg["side"] == "buy" else -quantity
        multiplier = 100 if is_occ(leg["symbol"]) else 1
        state["cash"] = str(Decimal(state["cash"]) - signed * price * multiplier)
        state["positions"][leg["symbol"]] = state["positions"].get(leg["symbol"], 0) + signed
        at, left = self._stamp(), int(leg["qty"]) - int(leg["filled_qty"])
        key = self._activity_id()
        state["activities"].append({
            "activity_type": "FILL", "id": key, "cum_qty": leg["filled_qty"], "leaves_qty": str(left),
            "price": str(price), "qty": str(quantity), "side": leg["side"], "symbol": leg["symbol"],
            "transaction_time": at, "order_id": leg["id"], "_at": at,
            "type": "fill" if not left else "partial_fill",
        })  # fmt: skip
        if hidden:
            state["hidden"][key] = hidden + 1

    def _post(
        self, kind: str, *, symbol: str = "", qty: int = 0, net: Decimal = Decimal(0), group: str = ""
    ) -> None:
        state = self.state
        if symbol and qty:
            state["positions"][symbol] = state["positions"].get(symbol, 0) + qty
        state["cash"] = str(Decimal(state["cash"]) + net)
        row = {
            "activity_type": kind, "id": self._activity_id(), "date": f"{self._now():%Y-%m-%d}",
            "net_amount": str(net), "description": "", "status": "executed", "_at": self._stamp(),
        }  # fmt: skip
        row |= {"symbol": symbol} if symbol else {}
        row |= {"qty": str(qty)} if qty else {}
        row |= {"group_id": group} if group else {}
        state["activities"].append(row)

    def _shown(self, row: Row) -> Row:
        """A row as it is told; a slow cancellation is through when it was looked at often enough."""
        if row["status"] == "pending_cancel":
            row["_looks"] -= 1
            if row["_looks"] < 0:
                self._end(row)
        told = {name: value for name, value in row.items() if not name.startswith("_")}
        return json.loads(json.dumps(told))

    def _end(self, row: Row) -> None:
        row["status"], row["canceled_at"] = "canceled", self._stamp()
        for leg in row["legs"] or ():
            leg["status"] = "canceled"
        self._tell("canceled", row)

    def _known(self, order_id: str) -> Row:
        found = next((row for row in self.state["orders"] if row["id"] == order_id), None)
        if found is None:
            raise Refusal(404, 40410000, f"order not found for {order_id}")
        return found

    def _tell(self, event: str, row: Row) -> None:
        told = {name: value for name, value in row.items() if not name.startswith("_")}
        message = {"event": event, "timestamp": self._stamp(), "order": json.loads(json.dumps(told))}
        for listener in self._listeners:
            listener(message)

    def _id(self) -> str:
        self.state["ids"] += 1
        return str(uuid5(NAMESPACE, f"{self.state['number']}/{self.state['ids']}"))

    def _activity_id(self) -> str:
        return f"{re.sub('[^0-9]', '', self._stamp())[:17]}::{self._id()}"

    def _stamp(self) -> str:
        """A moment of its own for each row, a microsecond apart."""
        at = self._now() + timedelta(microseconds=self.state["ids"])
        return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _credit(row: Row) -> Decimal:
    limit = Decimal(row["limit_price"])
    return limit if row["side"] == "sell" else -limit


def _leg_prices(row: Row) -> list[Decimal]:
    """A positive price per leg, so that they sum to the limit: a dollar each, and the first side more."""
    legs = row["legs"]
    if not legs:
        return [Decimal(row["limit_price"])]
    signs = [(1 if leg["side"] == "buy" else -1) * int(leg["ratio_qty"]) for leg in legs]
    prices = [Decimal(1)] * len(legs)
    missing = Decimal(row["limit_price"]) - sum(map(Decimal, signs))
    place = next((index for index, each in enumerate(signs) if each * missing >= 0), 0)
    prices[place] += missing / signs[place]
    return prices
