"""Our books against the broker's: what differs, and whether that has an explanation (K5).

orders     ─→ promised? known there? ended alike?   ─┐
fills      ─→ of orders that are not done: pending   ─┤
activities ─→ new: pending, if our books hold it     ─┼→ differences, the unexplained ones stop new trades
positions, cash less what is pending                 ─┘
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from tools.domain.activity import Activity
from tools.domain.contract import is_adjusted_root, is_occ, parse_occ
from tools.domain.money import CENT
from tools.domain.order import Fill, Order
from tools.domain.value import Value
from tools.execution.clearing import moved, received

CASH = "cash"


class Kind(StrEnum):
    """pending is explained: what an order or an activity brought is not entered yet, and the next run sees to it.

    activity  it is about something that our books do not hold
    adjusted  both hold it, and it delivers something non-standard: nothing here trades it, so a person must
    """

    PENDING = "pending"
    UNKNOWN_ORDER = "unknown_order"
    LOST_ORDER = "lost_order"
    OTHER_END = "other_end"
    ACTIVITY = "activity"
    ADJUSTED = "adjusted"
    POSITION = "position"
    CASH = "cash"


class Difference(Value):
    """`subject` is the id of an order or an activity, a symbol, or "cash"; `ours`, `theirs` as each side has it.

    more  by how much the broker has more of a position or of cash
    """

    kind: Kind
    subject: str
    ours: str
    theirs: str
    more: Decimal = Decimal(0)

    @property
    def is_explained(self) -> bool:
        return self.kind is Kind.PENDING

    @property
    def text(self) -> str:
        return f"{self.subject}: {self.ours} in our books, {self.theirs} at the broker"


@dataclass(frozen=True)
class Side:
    """What one side says: its orders, signed quantities by symbol, and cash."""

    orders: Mapping[str, Order]
    positions: Mapping[str, int]
    cash: Decimal


@dataclass(frozen=True)
class Unbooked:
    """What the broker did that we have not entered yet.

    fills       of orders that we have not seen to their end; `multipliers` of their contracts
    activities  new ones that our books hold; `foreign` those that they do not
    """

    fills: tuple[Fill, ...] = ()
    multipliers: Mapping[str, int] = field(default_factory=dict)
    activities: tuple[Activity, ...] = ()
    foreign: tuple[Activity, ...] = ()

    @property
    def cash(self) -> Decimal:
        executed = (
            -each.quantity * each.price * self.multipliers[each.symbol] - each.commission for each in self.fills
        )
        return sum(executed, Decimal(0)) + received(self.activities)

    @property
    def holdings(self) -> Counter[str]:
        coming = moved(self.activities)
        for fill in self.fills:
            coming[fill.symbol] += fill.quantity
        return coming


def reconcile(ours: Side, theirs: Side, *, unfinished: Iterable[str], unbooked: Unbooked) -> tuple[Difference, ...]:
    """Every difference, orders first. `unfinished` are the client order ids of promises that are not done."""
    open_ids = frozenset(unfinished)
    return (
        *_orders(ours.orders, theirs.orders, open_ids),
        *_activities(unbooked.foreign),
        *_positions(ours.positions, theirs.positions, unbooked.holdings),
        *_adjusted(ours.positions),
        *_cash(ours.cash, theirs.cash, unbooked.cash),
    )


def _orders(
    ours: Mapping[str, Order], theirs: Mapping[str, Order], unfinished: frozenset[str]
) -> Iterator[Difference]:
    for key in sorted(ours.keys() | theirs.keys() | unfinished):
        our, their = ours.get(key), theirs.get(key)
        known, told = _word(our), _word(their)
        if key in unfinished:
            if known != told:
                yield Difference(kind=Kind.PENDING, subject=key, ours=known, theirs=told)
        elif our is None:
            yield Difference(kind=Kind.UNKNOWN_ORDER, subject=key, ours=known, theirs=told)
        elif their is None:
            if our.broker_order_id is not None:  # what was never sent is not missed
                yield Difference(kind=Kind.LOST_ORDER, subject=key, ours=known, theirs=told)
        elif known != told:
            yield Difference(kind=Kind.OTHER_END, subject=key, ours=known, theirs=told)


def _word(order: Order | None) -> str:
    if order is None:
        return "no such order"
    return f"{order.status.value}, {order.filled_quantity} of {order.quantity} filled"


def _activities(foreign: Iterable[Activity]) -> Iterator[Difference]:
    for each in foreign:
        told = f"{each.kind.value} {each.quantity:+,} {each.symbol}".rstrip()
        yield Difference(kind=Kind.ACTIVITY, subject=each.activity_id, ours="nothing it is about", theirs=told)


def _positions(
    ours: Mapping[str, int], theirs: Mapping[str, int], coming: Mapping[str, int]
) -> Iterator[Difference]:
    for symbol in sorted(ours.keys() | theirs.keys()):
        held, told = ours.get(symbol, 0), theirs.get(symbol, 0)
        if held != told:
            kind = Kind.PENDING if held + coming.get(symbol, 0) == told else Kind.POSITION
            more = Decimal(told - held)
            yield Difference(kind=kind, subject=symbol, ours=f"{held:,}", theirs=f"{told:,}", more=more)


def _adjusted(ours: Mapping[str, int]) -> Iterator[Difference]:
    for symbol in sorted(ours):
        if is_occ(symbol) and is_adjusted_root(parse_occ(symbol)[0]):
            told = "a contract that delivers something non-standard, to be traded by hand"
            yield Difference(kind=Kind.ADJUSTED, subject=symbol, ours=f"{ours[symbol]:,}", theirs=told)


def _cash(ours: Decimal, theirs: Decimal, unbooked: Decimal) -> Iterator[Difference]:
    """Some brokers tell cash to the cent, while commissions have fractions of one: less than a cent is none."""
    if abs(ours - theirs) >= CENT:
        kind = Kind.PENDING if abs(ours + unbooked - theirs) < CENT else Kind.CASH
        told = f"{ours:,.2f}", f"{theirs:,.2f}"
        yield Difference(kind=kind, subject=CASH, ours=told[0], theirs=told[1], more=theirs - ours)
