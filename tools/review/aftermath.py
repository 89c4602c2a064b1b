"""What became of a trade, in money: its order and fills, what ended or moved it, and what it has brought so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from tools.domain.contract import is_occ
from tools.domain.decision import DecisionRecord
from tools.domain.order import Fill, Order
from tools.review.fact import TEXT, WORDS, Facts


def aftermath_facts(facts: Facts, record: DecisionRecord) -> None:
    """`order`, `fills`, `endings`, `settlements`, and `result` where anything was filled."""
    if record.intent is not None:
        facts.put("intent.quantity", record.intent.quantity, "contracts")
        facts.put("intent.limit_price", record.intent.limit_price, "USD/share")
        facts.put("intent.floor_price", record.intent.floor_price, "USD/share")
    if record.order is not None:
        _order(facts, "order", record.order)
    for place, fill in enumerate(record.fills):
        _fill(facts, f"fills.{place}", fill)
    for place, refusal in enumerate(record.refusals):
        facts.put(f"refusals.{place}.says", "; ".join(reason.text for reason in refusal.reasons), WORDS)
    for place, ending in enumerate(record.endings):
        where = f"endings.{place}"
        facts.put(f"{where}.purpose", ending.intent.purpose.value, TEXT)
        signals = ending.action.get("action", {}).get("signals", ())
        fired = "; ".join(str(each.get("text", "")) for each in signals if each.get("state") == "fired")
        facts.put(f"{where}.why", fired, WORDS)
        if ending.order is not None:
            _order(facts, f"{where}.order", ending.order)
        for number, fill in enumerate(ending.fills):
            _fill(facts, f"{where}.fills.{number}", fill)
    for place, booking in enumerate(record.settlements):
        where = f"settlements.{place}"
        facts.put(f"{where}.kind", booking.activity.kind.value, TEXT)
        facts.put(f"{where}.symbol", booking.activity.symbol, TEXT)
        facts.put(f"{where}.cash", booking.cash, "USD")
        facts.at(f"{where}.at", booking.activity.at)
    _result(facts, record)


def _order(facts: Facts, where: str, order: Order) -> None:
    facts.put(f"{where}.status", order.status.value.replace("_", " "), TEXT)
    facts.put(f"{where}.filled_quantity", order.filled_quantity, "contracts")
    facts.put(f"{where}.quantity", order.quantity, "contracts")
    facts.put(f"{where}.filled_price", order.filled_price, "USD/share")
    facts.put(f"{where}.says", order.text, WORDS)


def _fill(facts: Facts, where: str, fill: Fill) -> None:
    facts.put(f"{where}.symbol", fill.symbol, TEXT)
    facts.put(f"{where}.side", "sold" if fill.quantity < 0 else "bought", TEXT)
    facts.put(f"{where}.quantity", abs(fill.quantity), "contracts")
    facts.put(f"{where}.price", fill.price, "USD/share")
    facts.put(f"{where}.commission", fill.commission, "USD")
    facts.at(f"{where}.at", fill.at)


def _result(facts: Facts, record: DecisionRecord) -> None:
    """Cash so far, commissions deducted. It is the profit only once nothing of the trade is open any more."""
    fills = tuple(_fills(record))
    if not fills:
        return
    held = Counter[str]()
    for fill in fills:
        held[fill.symbol] += fill.quantity
    for booking in record.settlements:
        if not booking.kept:
            held[booking.activity.symbol] += booking.quantity
    received = sum((_cash(fill, record.candidate.multiplier) for fill in record.fills), Decimal(0))
    cash = sum((_cash(fill, record.candidate.multiplier) for fill in fills), Decimal(0))
    cash += sum((booking.cash for booking in record.settlements), Decimal(0))
    is_open = any(held.values())
    facts.put("result.open", is_open, TEXT)
    facts.put("result.entry_cash", received, "USD")
    facts.put("result.commissions", sum((fill.commission for fill in fills), Decimal(0)), "USD")
    facts.put("result.cash_so_far" if is_open else "result.profit", cash, "USD")
    if record.order is not None and record.order.filled_price is not None and record.candidate.credit:
        slipped = record.candidate.credit - float(record.order.filled_price)
        facts.put("result.slippage", slipped, "USD/share")
        facts.percent("result.slippage_of_credit", slipped / abs(record.candidate.credit))


def _fills(record: DecisionRecord) -> Iterator[Fill]:
    yield from record.fills
    for ending in record.endings:
        yield from ending.fills


def _cash(fill: Fill, multiplier: int) -> Decimal:
    per = multiplier if is_occ(fill.symbol) else 1
    return -fill.quantity * fill.price * per - fill.commission
