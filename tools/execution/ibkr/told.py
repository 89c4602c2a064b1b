"""What TWS tells of orders and executions, in the house's words.

    open orders, completed orders, this connection's own ─→ one row per permanent id ─┐
    executions, each with its commission ─────────────────────────────────────────────┴→ Order, Fill

An execution's id ends in a number that counts its corrections: the highest counts, and all of them are one fill.
A combo is executed as itself and leg by leg; only its legs are fills.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.domain.errors import BrokerError
from tools.domain.order import Fill, Order, OrderStatus
from tools.domain.structure import Leg
from tools.execution.ibkr.contracts import symbol_of
from tools.execution.ibkr.form import SELL

if TYPE_CHECKING:
    from ib_async import Contract, Trade
    from ib_async import Fill as Executed

BROKER = "ibkr"
FOREIGN = "ibkr-"
"""How the orders that somebody else sent are called here, and then by their permanent id."""

FILLED, INACTIVE = "Filled", "Inactive"
WITHDRAWN = frozenset({"Cancelled", "ApiCancelled"})
ENDED = WITHDRAWN | {FILLED, INACTIVE}
CANCELLED_CODES = frozenset({0, 202})
"""How a true end is told: by a status, or as 202. Any other error leaves an order at TWS as it was."""

_UNSET = 1e300  # TWS's "no value" is the largest double


@dataclass(frozen=True)
class Row:
    """One order as TWS tells of it. `is_over` where it is listed as completed; `limit` in TWS's sign."""

    perm_id: int
    client_id: int
    order_id: int
    ref: str
    contract: Contract
    action: str
    quantity: int
    limit: Decimal
    status: str
    filled: int
    average: Decimal | None
    is_over: bool
    text: str
    trade: Trade

    @property
    def name(self) -> str:
        return self.ref or f"{FOREIGN}{self.perm_id}"


@dataclass(frozen=True)
class Execution:
    """One execution of one leg. `commission` None where it is not told yet."""

    key: str
    revision: int
    perm_id: int
    ref: str
    symbol: str
    quantity: int
    price: Decimal
    commission: Decimal | None
    at: datetime

    @property
    def name(self) -> str:
        return self.ref or f"{FOREIGN}{self.perm_id}"

    def fill(self) -> Fill:
        return Fill(
            fill_id=self.key,
            client_order_id=self.name,
            symbol=self.symbol,
            quantity=self.quantity,
            price=self.price,
            commission=self.commission or Decimal(0),
            at=self.at,
        )


def rows_of(opened: Iterable[Trade], completed: Iterable[Trade], session: Iterable[Trade]) -> dict[int, Row]:
    """One row per permanent id; what is listed as completed counts before what is listed as open."""
    found = {trade.order.permId: row_of(trade, is_over=True) for trade in completed if trade.order.permId}
    for trade in opened:
        if trade.order.permId and trade.order.permId not in found:
            found[trade.order.permId] = row_of(trade)
    for trade in session:
        if trade.order.permId and trade.order.permId not in found:
            found[trade.order.permId] = row_of(trade, is_over=has_ended(trade), is_listed=False)
    return found


def row_of(trade: Trade, *, is_over: bool = False, is_listed: bool = True) -> Row:
    order, status = trade.order, trade.orderStatus
    filled = max(_number(status.filled) or 0.0, _number(order.filledQuantity) or 0.0)
    whole = _number(order.totalQuantity) or filled  # of a filled order TWS tells this alone
    limit = exactly(order.lmtPrice)
    return Row(
        perm_id=order.permId,
        client_id=order.clientId,
        order_id=order.orderId,
        ref=order.orderRef,
        contract=trade.contract,
        action=order.action,
        quantity=count(whole, order.orderRef),
        limit=Decimal(0) if limit is None else limit,
        status=status.status if is_listed or is_over else "",
        filled=count(filled, order.orderRef),
        average=exactly(status.avgFillPrice) if filled and status.avgFillPrice else None,
        is_over=is_over,
        text=trade.advancedError if is_over and status.status == INACTIVE else "",
        trade=trade,
    )


def has_ended(trade: Trade) -> bool:
    """Whether TWS itself said so: its client library ends an order at any error, an order at TWS does not."""
    if trade.orderStatus.status in WITHDRAWN:
        return bool(trade.log) and trade.log[-1].errorCode in CANCELLED_CODES
    return trade.orderStatus.status == FILLED


def executions_of(fills: Iterable[Executed], *, account: str) -> tuple[Execution, ...]:
    """Every leg's latest word, oldest first."""
    found: dict[str, Execution] = {}
    for each in fills:
        if each.contract.secType == "BAG" or each.execution.acctNumber not in {"", account}:
            continue
        told = _execution(each)
        known = found.get(told.key)
        if known is None or known.revision < told.revision:
            found[told.key] = told
    return tuple(sorted(found.values(), key=lambda each: (each.at, each.key)))


def order_of(row: Row, legs: Sequence[Leg], executions: Iterable[Execution]) -> Order:
    """The house's order; its price walk is not in it, since TWS keeps none."""
    done: dict[str, int] = {}
    paid = Decimal(0)
    for each in executions:
        done[each.symbol] = done.get(each.symbol, 0) + each.quantity
        paid += each.quantity * each.price
    ratios = {leg.contract.occ: leg.quantity for leg in legs}
    units = min((done.get(symbol, 0) // ratio for symbol, ratio in ratios.items()), default=0)
    filled = min(max(row.filled, units), row.quantity)
    credit = credit_of(row, row.average) if row.average is not None else None
    if filled and all(done.get(symbol) == ratio * filled for symbol, ratio in ratios.items()):
        credit = -paid / filled
    return Order(
        client_order_id=row.name,
        broker=BROKER,
        broker_order_id=str(row.perm_id),
        legs=tuple(legs),
        status=_status(row, filled),
        quantity=row.quantity,
        filled_quantity=filled,
        limit_price=credit_of(row, row.limit),
        filled_price=credit if filled else None,
        text=row.text,
    )


def credit_of(row: Row, price: Decimal) -> Decimal:
    """A price of this order as our credit."""
    return price if row.action == SELL else -price


def exactly(price: float | Decimal | None) -> Decimal | None:
    """TWS's number as it was written on the wire; None where it says nothing."""
    found = _number(price)
    return None if found is None else Decimal(repr(found))


def count(value: float, what: str) -> int:
    if value != int(value):
        raise BrokerError(f"TWS told {value!r} of {what!r}; only whole contracts and shares can be booked.")
    return int(value)


def _status(row: Row, filled: int) -> OrderStatus:
    if filled == row.quantity or row.status == FILLED:
        return OrderStatus.FILLED
    if row.is_over and row.status in WITHDRAWN:
        return OrderStatus.CANCELLED
    if row.is_over and row.status == INACTIVE:
        return OrderStatus.CANCELLED if filled else OrderStatus.REJECTED
    if not row.status:
        return OrderStatus.UNKNOWN
    return OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.ACCEPTED


def _execution(told: Executed) -> Execution:
    execution, report = told.execution, told.commissionReport
    key, _, revision = execution.execId.rpartition(".")
    if not key or not revision.isdigit():
        raise BrokerError(f"TWS told of an execution {execution.execId!r}, whose id cannot be read; look there.")
    symbol = symbol_of(told.contract)
    shares = count(execution.shares, symbol)
    return Execution(
        key=key,
        revision=int(revision),
        perm_id=execution.permId,
        ref=execution.orderRef,
        symbol=symbol,
        quantity=shares if execution.side.startswith("B") else -shares,
        price=exactly(execution.price) or Decimal(0),
        commission=exactly(report.commission) if report.execId else None,
        at=execution.time,
    )


def _number(value: float | Decimal | None) -> float | None:
    found = _UNSET if value is None else float(value)
    return None if abs(found) >= _UNSET else found
