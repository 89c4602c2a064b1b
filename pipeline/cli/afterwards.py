"""What became of a trade after its entry, in order of time: orders that ended or moved it, and what needed none."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from pipeline.cli import tables
from tools.domain.activity import ActivityKind, Booking
from tools.domain.contract import is_adjusted_root, is_occ, parse_occ
from tools.domain.decision import DecisionRecord, Ending
from tools.domain.order import Order

MEANING = {
    ActivityKind.EXPIRED: "worthless",
    ActivityKind.SETTLED: "paid its value in cash",
    ActivityKind.ASSIGNED: "its holder exercised",
    ActivityKind.EXERCISED: "exercised",
}


def afterwards(record: DecisionRecord) -> list[tuple[str, str]]:
    """(word, sentence) of each event."""
    told = [*(_of_ending(ending) for ending in record.endings), *(_of_booking(each) for each in record.settlements)]
    return [line for _, lines in sorted(told, key=lambda each: each[0]) for line in lines]


def settled(booking: Booking) -> str:
    """One line of an activity in words."""
    activity, got = booking.activity, booking.delivered
    parts = [f"{abs(booking.quantity)} {activity.symbol}"] if booking.quantity else [activity.symbol]
    if got is not None and booking.restates:
        parts.append(f"now {abs(got.quantity):,d} {got.symbol} at the same cost{_stays(got.symbol)}")
    elif got is not None:
        keeper = ", kept by the book" if booking.kept else ""
        parts.append(f"{got.quantity:+,d} {got.symbol} at {got.price:.2f}{keeper}")
    elif activity.kind in MEANING:
        parts.append(MEANING[activity.kind])
    if booking.cash:
        parts.append(f"cash {booking.cash:+,.2f}")
    if activity.text:
        parts.append(activity.text)
    return "; ".join(part for part in parts if part).replace("-", tables.MINUS)


def _stays(symbol: str) -> str:
    """What a person must know of a contract that nothing here trades."""
    adjusted = is_occ(symbol) and is_adjusted_root(parse_occ(symbol)[0])
    return ", which delivers something non-standard: it is traded by hand alone" if adjusted else ""


def _of_ending(ending: Ending) -> tuple[datetime, list[tuple[str, str]]]:
    at = min((fill.at for fill in ending.fills), default=datetime.max.replace(tzinfo=tables.NEW_YORK))
    action = ending.action.get("action", {})
    reasons = "; ".join(signal["text"] for signal in action.get("signals", ()) if signal["state"] == "fired")
    lines = [(ending.intent.purpose.value, f"{_day(at)}{reasons}" if ending.fills else reasons)]
    if ending.order is not None:
        lines.append(("order", order(ending.order)))
    lines += [("fill", fill(each.quantity, each.symbol, str(each.price))) for each in ending.fills]
    return at, lines


def _of_booking(booking: Booking) -> tuple[datetime, list[tuple[str, str]]]:
    return booking.activity.at, [(booking.activity.kind.value, f"{_day(booking.activity.at)}{settled(booking)}")]


def _day(at: datetime) -> str:
    return f"{tables.stamp(at)}: "


def order(told: Order) -> str:
    price = "" if told.filled_price is None else f" at {told.filled_price}"
    walked = ", ".join(str(price) for price in told.replaced_prices)
    said = f"{told.status.value.replace('_', ' ')}{price}, {told.filled_quantity} of {told.quantity}"
    return "; ".join(part for part in (said, walked and f"limits {walked}", told.text) if part)


def fill(quantity: int, symbol: str, price: str) -> str:
    return f"{quantity:+d} {symbol} at {price}".replace("-", tables.MINUS)


def lines_of(bookings: tuple[Booking, ...]) -> Iterator[str]:
    """One sentence per line of each activity."""
    for each in bookings:
        yield f"{each.activity.kind.value} {tables.stamp(each.activity.at)}: {settled(each)}"
