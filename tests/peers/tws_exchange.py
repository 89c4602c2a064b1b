"""The account and the exchange behind the loopback TWS: orders, executions with commissions, positions, cash.

    place → refused? → match (as told) → executions per leg, and of a combo itself → positions, cash, listeners

Orders are known by a permanent id, and to the client that sent them by its own number. A reference may be taken
twice, as at TWS.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from tools.domain.contract import is_occ, parse_occ

WORKING, DONE, WITHDRAWN, INACTIVE = "Submitted", "Filled", "Cancelled", "Inactive"
COMMISSION = Decimal("0.65")


@dataclass
class Leg:
    """`ratio` signed: what buying one unit of the order brings."""

    symbol: str
    ratio: int


@dataclass
class Ticket:
    perm_id: int
    client_id: int
    order_id: int
    ref: str
    action: str
    total: int
    limit: Decimal
    tif: str
    legs: list[Leg]
    status: str = WORKING
    filled: int = 0
    why: str = ""

    @property
    def sign(self) -> int:
        return 1 if self.action == "BUY" else -1


@dataclass
class Execution:
    """`symbol` empty for the combo itself. `hidden`: so many more lists leave it out."""

    exec_id: str
    ticket: Ticket
    symbol: str
    shares: int
    price: Decimal
    at: datetime
    commission: Decimal
    hidden: int = 0


@dataclass
class Exchange:
    """`take`: units that an order gets when it arrives, -1 for all. `cash` in dollars."""

    number: str = "DU1234567"
    cash: Decimal = Decimal(100_000)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    commission: Decimal = COMMISSION
    tickets: list[Ticket] = field(default_factory=list)
    executions: list[Execution] = field(default_factory=list)
    positions: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lock = threading.RLock()
        self.listeners: list[Callable[[Ticket, list[Execution]], None]] = []
        self._take, self._refuse = 0, ""
        self._ids = count(1)

    def market(self, *, take: int = 0) -> None:
        self._take = take

    def refuse(self, why: str) -> None:
        """Every order from now on is refused with these words; "" ends that."""
        self._refuse = why

    def execute(self, units: int = -1, *, hidden: int = 0) -> None:
        """Fill so many units of the order that is open now, -1 for all."""
        with self.lock:
            ticket = next((each for each in reversed(self.tickets) if each.status == WORKING), None)
            if ticket is not None:
                left = ticket.total - ticket.filled
                self._fill(ticket, left if units < 0 else min(units, left), hidden=hidden)

    def correct(self, index: int, price: str) -> None:
        """The exchange states another price for an execution: the same id, one further at its end."""
        with self.lock:
            old = self.executions[index]
            key, _, revision = old.exec_id.rpartition(".")
            signed = old.shares * _multiplier(old.symbol)
            self.cash += signed * (old.price - Decimal(price))
            new = Execution(**{**vars(old), "exec_id": f"{key}.{int(revision) + 1:02d}", "price": Decimal(price)})
            self.executions.append(new)

    def hold(self, symbol: str, quantity: int) -> None:
        with self.lock:
            self.positions[symbol] = self.positions.get(symbol, 0) + quantity

    def assign(self, symbol: str, contracts: int) -> None:
        """Options that were sold are gone and their shares are there, without a word."""
        root, _, right, strike = parse_occ(symbol)
        shares = -100 * contracts * right.sign
        with self.lock:
            self.hold(symbol, contracts)
            self.hold(root, shares)
            self.cash -= shares * Decimal(str(strike))

    def restate(self, old: str, gone: int, new: str, come: int) -> None:
        """A split: other shares or options are held, without a word."""
        with self.lock:
            self.hold(old, gone)
            self.hold(new, come)

    def place(self, ticket: Ticket) -> None:
        """A new order, matched at once as far as the market takes it."""
        with self.lock:
            ticket.perm_id = 1_700_000_000 + next(self._ids)
            self.tickets.append(ticket)
            if self._refuse:
                return self.reject(ticket, self._refuse)
            self._tell(ticket)
            self._fill(ticket, ticket.total if self._take < 0 else min(self._take, ticket.total))
        return None

    def reject(self, ticket: Ticket, why: str) -> None:
        ticket.status, ticket.why = INACTIVE, why

    def move(self, ticket: Ticket, limit: Decimal, total: int) -> None:
        with self.lock:
            ticket.limit, ticket.total = limit, total
            self._tell(ticket)
            left = ticket.total - ticket.filled
            self._fill(ticket, left if self._take < 0 else min(self._take, left))

    def cancel(self, ticket: Ticket) -> None:
        with self.lock:
            ticket.status = WITHDRAWN
            self._tell(ticket)

    def known(self, client_id: int, order_id: int) -> Ticket | None:
        return next((t for t in self.tickets if (t.client_id, t.order_id) == (client_id, order_id)), None)

    def next_order_id(self) -> int:
        return max((each.order_id for each in self.tickets), default=0) + 1

    def listed(self) -> list[Execution]:
        """The executions that a list tells now."""
        with self.lock:
            for each in self.executions:
                each.hidden -= 1
            return [each for each in self.executions if each.hidden < 0]

    def _fill(self, ticket: Ticket, units: int, *, hidden: int = 0) -> None:
        if units < 1:
            return
        ticket.filled += units
        ticket.status = DONE if ticket.filled == ticket.total else WORKING
        done = []
        if len(ticket.legs) > 1:
            done.append(self._execution(ticket, "", ticket.sign * units, ticket.limit, hidden=hidden))
        for leg, price in zip(ticket.legs, _leg_prices(ticket), strict=True):
            signed = ticket.sign * leg.ratio * units
            each = self._execution(ticket, leg.symbol, signed, price, hidden=hidden)
            self.cash -= signed * price * _multiplier(leg.symbol) + each.commission
            self.positions[leg.symbol] = self.positions.get(leg.symbol, 0) + signed
            done.append(each)
        self.executions += done
        self._tell(ticket, [] if hidden else done)

    def _execution(self, ticket: Ticket, symbol: str, shares: int, price: Decimal, *, hidden: int) -> Execution:
        number = next(self._ids)
        return Execution(
            exec_id=f"0000e0d5.{number:08x}.01.01",
            ticket=ticket,
            symbol=symbol,
            shares=shares,
            price=price,
            at=(self.now() + timedelta(seconds=number)).replace(microsecond=0),
            commission=self.commission * abs(shares) if is_occ(symbol) else Decimal(0),
            hidden=hidden,
        )

    def _tell(self, ticket: Ticket, done: list[Execution] | None = None) -> None:
        for listener in self.listeners:
            listener(ticket, done or [])


def _multiplier(symbol: str) -> int:
    return 100 if is_occ(symbol) else 1


def _leg_prices(ticket: Ticket) -> list[Decimal]:
    """A positive price per leg, so that they sum to the limit: a dollar each, and one more."""
    if len(ticket.legs) == 1:
        return [ticket.limit]
    ratios = [leg.ratio for leg in ticket.legs]
    prices = [Decimal(1)] * len(ratios)
    missing = ticket.limit - sum(map(Decimal, ratios))
    place = next((index for index, each in enumerate(ratios) if each * missing >= 0), 0)
    prices[place] += missing / ratios[place]
    return prices
