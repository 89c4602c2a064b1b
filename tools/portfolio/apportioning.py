"""Which line of the books an activity of the broker is for; the broker knows symbols, and no trades.

    lines of the symbol, first opened first
        ├─ all of it ended            → every line, whatever its sign
        ├─ a part of it               → the lines it shrinks, first in first out
        ├─ cash on a holding          → each by its quantity, to the cent
        ├─ a split                    → each as its part of the holding is restated, in whole pieces
        └─ more than is held          → nobody's: a person must say, and what a person says is no book's

Parts of cash and of shares follow the part of the holding, and sum to what the broker told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import floor

from tools.domain.activity import Activity, ActivityKind, Booking, Delivery
from tools.domain.holding import NOTHING
from tools.domain.money import CENT
from tools.portfolio.statement import Line

OF_THE_ACCOUNT = frozenset({ActivityKind.INTEREST, ActivityKind.FEE, ActivityKind.TRANSFER})


def apportion(
    activity: Activity, lines: Sequence[Line], *, keeps: Callable[[str], bool]
) -> tuple[Booking, ...] | None:
    """What it did to each line; None where the books cannot hold it.

    lines  of its symbol, in the order in which they were opened
    keeps  whether a book, by name, goes on with shares that are delivered to it
    """
    if activity.kind is ActivityKind.SPLIT and (activity.quantity or not activity.cash):
        return _restated(activity, [line for line in lines if line.quantity])
    if activity.kind is ActivityKind.OTHER and _moves(activity):
        return None
    if activity.quantity:
        return _ended(activity, lines, keeps)
    held = [line for line in lines if line.quantity]
    if activity.kind in OF_THE_ACCOUNT or not held:
        return (Booking(activity=activity, line=0, book="", cash=activity.cash),)
    return tuple(
        Booking(activity=activity, line=place, book=line.book, decision_id=line.trade, cash=cash)
        for place, (line, cash) in enumerate(zip(held, _parts(activity.cash, _weights(held)), strict=True))
    )


def _moves(activity: Activity) -> bool:
    return activity.quantity != 0 or activity.cash != 0


def _ended(activity: Activity, lines: Sequence[Line], keeps: Callable[[str], bool]) -> tuple[Booking, ...] | None:
    changes, left = _changes(activity.quantity, lines)
    if left and activity.kind is not ActivityKind.CORRECTION:
        return None
    if left:
        multiplier = max((line.multiplier for line in lines), default=1)
        changes.append((Line("", "", activity.symbol, 0, multiplier), left))
    weights = [Fraction(change, activity.quantity) for _, change in changes]
    bookings = []
    for place, ((line, change), cash) in enumerate(zip(changes, _parts(activity.cash, weights), strict=True)):
        delivered = _delivery(activity, Fraction(change, activity.quantity))
        bookings.append(
            Booking(
                activity=activity,
                line=place,
                book=line.book,
                decision_id=line.trade,
                quantity=change,
                price=NOTHING if activity.value is None else activity.value,
                multiplier=line.multiplier,
                delivered=delivered,
                kept=delivered is not None and (not line.trade or keeps(line.book)),
                cash=cash,
            )
        )
    return tuple(bookings)


def _restated(activity: Activity, lines: Sequence[Line]) -> tuple[Booking, ...] | None:
    """All that is held of it, as something else. None where that is not all, or where nothing is left of it."""
    held = sum(line.quantity for line in lines)
    got = activity.delivered
    if got is not None and activity.quantity != -held:
        return None
    symbol, total = (activity.symbol, held + activity.quantity) if got is None else (got.symbol, got.quantity)
    if not activity.quantity or held * total <= 0:
        return None
    each = Fraction(total, held)
    cash = _parts(activity.cash, _weights(lines))
    return tuple(
        Booking(
            activity=activity,
            line=place,
            book=line.book,
            decision_id=line.trade,
            quantity=-line.quantity,
            multiplier=line.multiplier,
            delivered=Delivery(symbol=symbol, quantity=quantity),
            cash=paid,
        )
        for place, (line, quantity, paid) in enumerate(
            zip(lines, _whole_parts([line.quantity * each for line in lines], total), cash, strict=True)
        )
    )


def _whole_parts(parts: Sequence[Fraction], total: int) -> list[int]:
    """Whole numbers that sum to `total`: what is left of rounding down goes to the largest remainders, first lines
    first."""
    whole = [floor(part) for part in parts]
    by_rest = sorted(range(len(parts)), key=lambda place: (whole[place] - parts[place], place))
    for place in by_rest[: total - sum(whole)]:
        whole[place] += 1
    return whole


def _changes(quantity: int, lines: Sequence[Line]) -> tuple[list[tuple[Line, int]], int]:
    """(line, by how much it changes), those that do, and what no line can take."""
    if sum(line.quantity for line in lines) == -quantity:
        return [(line, -line.quantity) for line in lines if line.quantity], 0
    found, left = [], quantity
    for line in lines:
        if left and line.quantity * quantity < 0:
            change = max(-line.quantity, left) if quantity < 0 else min(-line.quantity, left)
            found.append((line, change))
            left -= change
    return found, left


def _delivery(activity: Activity, part: Fraction) -> Delivery | None:
    whole = activity.delivered
    return None if whole is None else whole.model_copy(update={"quantity": int(whole.quantity * part)})


def _weights(lines: Sequence[Line]) -> list[Fraction]:
    total = sum(line.quantity for line in lines)
    if total == 0:
        return [Fraction(1, len(lines))] * len(lines)
    return [Fraction(line.quantity, total) for line in lines]


def _parts(cash: Decimal, weights: Sequence[Fraction]) -> list[Decimal]:
    """To the cent but for the first, which takes what is left of it."""
    parts = [(cash * part.numerator / part.denominator).quantize(CENT) for part in weights]
    parts[0] += cash - sum(parts, NOTHING)
    return parts
