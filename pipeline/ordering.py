"""From a decision to its order: the intent that is promised, and the checks before every send."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.raising import still_short
from pipeline.reconciling import refusal
from tools.desk import ordering
from tools.domain.candidate import Candidate
from tools.domain.decision import DecisionRecord, Reason
from tools.domain.errors import LedgerError
from tools.domain.order import OrderIntent, Purpose
from tools.execution.gate import pre_trade
from tools.portfolio.quoting import quote

if TYPE_CHECKING:
    from pipeline.services import Services


def promise(
    record: DecisionRecord, contracts: int, services: Services, *, candidate: Candidate | None = None
) -> OrderIntent:
    """The one order of a decision in its present revision; `candidate` as it is priced now."""
    return ordering.entry_order(
        candidate or record.candidate,
        book=services.books[record.candidate.book],
        decision_id=record.id,
        contracts=contracts,
        house=services.house,
        revision=record.revision,
        price=None if record.edit is None else record.edit.price,
    )


def promised(decision_id: str, services: Services) -> OrderIntent:
    """The one order an approved decision has."""
    intent = services.ledger.intent(decision_id)
    if intent is None:
        raise LedgerError(f"{decision_id} is approved but promises no order; its books were changed by hand.")
    return intent


def check(intent: OrderIntent, price: Decimal, services: Services) -> tuple[Reason, ...]:
    """The kill switch, books in doubt, cash in hand, and the pre-trade gate: quote, other orders, mode and caps."""
    stopped = halted(services, intent.purpose)
    if stopped:
        return (stopped,)
    return still_short(services, intent) or gate(intent, price, services)


def gate(intent: OrderIntent, price: Decimal, services: Services) -> tuple[Reason, ...]:
    """What the pre-trade gate says of this price now."""
    return pre_trade(
        intent,
        price,
        quote=quote(services.snapshot, intent.legs),
        others=services.ledger.unfinished_intents(),
        mode=services.house.mode,
        broker=services.broker.name,
        limits=services.house.send,
    )


def halted(services: Services, purpose: Purpose) -> Reason | None:
    """Why no order of this purpose goes out, whatever it is: a person stopped it, or our books are in doubt."""
    halt = services.halt()
    stopped = None if halt is None else halt.refuses(purpose)
    return stopped or (refusal(services.differences) if purpose is Purpose.OPEN else None)


def deadline(services: Services) -> datetime:
    """When a waiting decision expires."""
    return ordering.deadline(services.now(), minutes=services.settings.approvals.deadline_minutes)
