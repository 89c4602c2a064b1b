"""One intent's order through everything that replaced it: at Alpaca a moved order is another one.

    tg-… (replaced) ─ replaced_by → tg-….r1 (canceled, 3 of 5) ─ its number → tg-….r2 (new)
     quantity, legs                  └──────── filled: the sum of all ───────┘  limit, status

A replacement is named after its order and numbered, so that whoever finds the first one finds them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from tools.domain.contract import ExerciseStyle, OptionContract, is_occ, parse_occ, shares_of
from tools.domain.errors import BrokerError
from tools.domain.order import Order, OrderStatus
from tools.domain.structure import Leg
from tools.execution.alpaca.fields import Row, amount, sign, text, whole
from tools.portfolio.held import INDEX_ROOTS

BROKER = "alpaca"
MILLIONTH = Decimal("0.000001")

_STATUS = {
    "new": OrderStatus.ACCEPTED,
    "accepted": OrderStatus.ACCEPTED,
    "pending_new": OrderStatus.ACCEPTED,
    "pending_review": OrderStatus.ACCEPTED,
    "accepted_for_bidding": OrderStatus.ACCEPTED,
    "held": OrderStatus.ACCEPTED,
    "stopped": OrderStatus.ACCEPTED,
    "suspended": OrderStatus.ACCEPTED,
    "calculated": OrderStatus.ACCEPTED,
    "pending_cancel": OrderStatus.ACCEPTED,
    "pending_replace": OrderStatus.ACCEPTED,
    "replaced": OrderStatus.ACCEPTED,  # with a replacement that does not show yet
    "partially_filled": OrderStatus.ACCEPTED,
    "filled": OrderStatus.FILLED,
    "canceled": OrderStatus.CANCELLED,
    "done_for_day": OrderStatus.EXPIRED,
    "expired": OrderStatus.EXPIRED,
    "rejected": OrderStatus.REJECTED,
}
"""Alpaca's words ("orders at Alpaca", order lifecycle). One that is not here is unknown: a person must look."""

_REPLACEMENT = re.compile(r"^(?P<root>.+)\.r(?P<number>\d+)$")


@dataclass(frozen=True)
class Chain:
    """The rows of one intent, first to last. A replacement that was rejected changed nothing and is passed over."""

    rows: tuple[Row, ...]

    @property
    def root(self) -> Row:
        return self.rows[0]

    @property
    def living(self) -> tuple[Row, ...]:
        return (self.root, *(row for row in self.rows[1:] if text(row, "status") != "rejected"))

    @property
    def tail(self) -> Row:
        """The order that now stands for all of them."""
        return self.living[-1]

    @property
    def next_id(self) -> str:
        """What the next replacement is called."""
        taken = (_REPLACEMENT.match(text(row, "client_order_id")) for row in self.rows)
        highest = max((int(match["number"]) for match in taken if match), default=0)
        return f"{text(self.root, 'client_order_id')}.r{highest + 1}"

    @property
    def filled(self) -> int:
        """Units executed so far; what a replacement executes is counted on its own."""
        return sum(whole(row, "filled_qty", 0) for row in self.living)

    @property
    def order_ids(self) -> frozenset[str]:
        """Every id at Alpaca that an execution may be told under: orders and their legs."""
        legs = (leg for row in self.rows for leg in row.get("legs") or ())
        return frozenset(text(row, "id") for row in (*self.rows, *legs))

    @property
    def may_go_on(self) -> bool:
        """Whether a further order may belong to it: one that replaces the tail, or took over its remainder."""
        if self.tail.get("replaced_by") or text(self.tail, "status") == "replaced":
            return True
        return text(self.tail, "status") == "canceled" and self.filled < whole(self.root, "qty")

    def followed(self, row: Row) -> Chain:
        return Chain((*self.rows, row))

    def order(self) -> Order:
        """The whole chain as one order under the first one's id."""
        quantity, status = whole(self.root, "qty"), _STATUS.get(text(self.tail, "status"), OrderStatus.UNKNOWN)
        if self.filled >= quantity:
            status = OrderStatus.FILLED
        elif status is OrderStatus.ACCEPTED and self.filled:
            status = OrderStatus.PARTIALLY_FILLED
        limits = [credit_of(row, amount(row, "limit_price") or Decimal(0)) for row in self.living]
        return Order(
            client_order_id=text(self.root, "client_order_id"),
            broker=BROKER,
            broker_order_id=text(self.tail, "id"),
            legs=legs_of(self.root),
            status=status,
            quantity=quantity,
            filled_quantity=self.filled,
            limit_price=limits[-1],
            filled_price=self._price(),
            replaced_prices=tuple(limits[:-1]),
            text=self._text(status),
        )

    def _price(self) -> Decimal | None:
        """Net credit per unit over all executions, to the millionth; None without one, or where a leg's is late."""
        total = Decimal(0)
        for row in self.living:
            units, net = whole(row, "filled_qty", 0), net_of(row)
            if units and net is None:
                return None
            total += units * (net or Decimal(0))
        if not self.filled:
            return None
        price = total / self.filled
        rounded = price.quantize(MILLIONTH)
        return price if price == rounded else rounded

    def _text(self, status: OrderStatus) -> str:
        kind = text(self.root, "type") or text(self.root, "order_type")
        if kind not in {"", "limit"}:
            return f"a {kind} order"
        return f"Alpaca calls it {text(self.tail, 'status')!r}" if status is OrderStatus.UNKNOWN else ""


def chains_of(rows: Iterable[Row]) -> tuple[Chain, ...]:
    """Every intent among these rows, oldest first."""
    listed = list(rows)
    by_id, by_name = _by(listed, "id"), _by(listed, "client_order_id")
    replacing = {text(row, "replaced_by") for row in listed}
    roots = [row for row in listed if text(row, "id") not in replacing and _root_of(row) not in by_name]
    return tuple(extended(Chain((row,)), by_id, by_name) for row in roots)


def extended(chain: Chain, by_id: dict[str, Row], by_name: dict[str, Row]) -> Chain:
    """The chain with whatever of these rows goes on where it ends."""
    while chain.may_go_on:
        found = by_id.get(text(chain.tail, "replaced_by"))
        if found is None or found in chain.rows:
            found = by_name.get(chain.next_id)
        if found is None:
            return chain
        chain = chain.followed(found)
    return chain


def root_id(client_order_id: str) -> str:
    """The intent's id of any order of its chain."""
    match = _REPLACEMENT.match(client_order_id)
    return match["root"] if match else client_order_id


def legs_of(row: Row) -> tuple[Leg, ...]:
    """One unit of an order, signed."""
    legs = row.get("legs") or ()
    if not legs:
        return (Leg(contract=contract_of(text(row, "symbol")), quantity=sign(row)),)
    return tuple(
        Leg(contract=contract_of(text(leg, "symbol")), quantity=sign(leg) * whole(leg, "ratio_qty", 1))
        for leg in legs
    )


def contract_of(symbol: str) -> OptionContract:
    """An option of a hundred, or a share; `BrokerError` for a symbol that is neither."""
    if not is_occ(symbol):
        if not symbol:
            raise BrokerError("Alpaca told of an order without a symbol; look there before trading on.")
        return shares_of(symbol)
    root, expiry, right, strike = parse_occ(symbol)
    return OptionContract(
        underlying=INDEX_ROOTS.get(root, root),
        root=root,
        expiry=expiry,
        right=right,
        strike=strike,
        style=ExerciseStyle.EUROPEAN if root in INDEX_ROOTS else ExerciseStyle.AMERICAN,
    )


def credit_of(row: Row, limit: Decimal) -> Decimal:
    """Alpaca's limit as a credit of ours; its own inverse."""
    return -limit if row.get("legs") or sign(row) > 0 else limit


def net_of(row: Row) -> Decimal | None:
    """The average net credit per unit that was executed; of several legs by each leg's own price."""
    legs = row.get("legs") or ()
    if not legs:
        price = amount(row, "filled_avg_price")
        return None if price is None else -sign(row) * price
    total = Decimal(0)
    for leg in legs:
        price = amount(leg, "filled_avg_price")
        if price is None:
            return None
        total -= sign(leg) * whole(leg, "ratio_qty", 1) * price
    return total


def _by(rows: Iterable[Row], name: str) -> dict[str, Row]:
    return {text(row, name): row for row in rows if text(row, name)}


def _root_of(row: Row) -> str | None:
    match = _REPLACEMENT.match(text(row, "client_order_id"))
    return match["root"] if match else None
