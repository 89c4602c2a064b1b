"""The reserve is sold where cash is short, on the live road: for what is open, and for an approved trade.

    what is short → sales (`tools.books.reserve`) → promised with the reason → the reserve's thread goes on → filled

Once per need and snapshot: a cycle that is run again finds what it sold for whom, and makes what it only promised.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.managing import Managed, carry_out, was_tried
from tools.books.reserve import lacking, liquid_trades, raise_cash
from tools.calendar.trading_time import Clock
from tools.desk.trades import trade_of
from tools.domain.decision import DecisionRecord, DecisionState, Reason
from tools.domain.entered import Entered
from tools.domain.order import IntentState

if TYPE_CHECKING:
    from pipeline.services import Services
    from pipeline.threads import Threads

DEBT = "what is open"
"""For whom the reserve is sold where no decision asks for it."""


def raise_for_open(services: Services, threads: Threads) -> tuple[Managed, ...]:
    """What a settlement, a delivery or a margin has left short."""
    if not _has_reserve(services):
        return ()
    _see_out(services, threads, wanted=DEBT)
    return _raised(services, threads, wanted=DEBT, amount=_short(services))


def raise_for(services: Services, threads: Threads, decision_id: str) -> tuple[Managed, ...]:
    """What an approved decision takes before its order goes out; nothing for one that is sent already."""
    if not _has_reserve(services):
        return ()
    record = services.ledger.record(decision_id)
    if record.state is not DecisionState.APPROVED or services.books[record.candidate.book].is_reserve:
        return ()
    intent = services.ledger.intent(decision_id)
    if intent is None or services.ledger.intent_state(intent.client_order_id) is not IntentState.PENDING:
        return ()
    _see_out(services, threads, wanted=decision_id)
    short = _short(services, record, contracts=intent.quantity)
    return _raised(services, threads, wanted=decision_id, amount=short)


def still_short(services: Services, own: Entered, *, beside: float) -> Reason | None:
    """Why the rest of a new trade must not be filled: our own books do not hold what it takes.

    beside  cash that other orders at work may take
    """
    record = services.ledger.record(own.intent.decision_id)
    book = services.books.get(record.candidate.book)
    if book is not None and book.is_reserve:
        return None
    amount = _short(services, record, contracts=own.rest, beside=beside)
    if math.isnan(amount):
        return Reason(rule="cash", text="what secures an open position is unknown, so is the cash that is free")
    if not amount > 0:
        return None
    brought = ", and the reserve did not bring it" if _has_reserve(services) else ""
    return Reason(rule="cash", value=amount, limit=0.0, text=f"cash is short by {amount:,.0f}{brought}")


def _has_reserve(services: Services) -> bool:
    """Whether a book is enabled that is sold for cash; without one nothing here is asked."""
    return any(book.is_liquid for book in services.books.values())


def _short(
    services: Services, record: DecisionRecord | None = None, *, contracts: int = 0, beside: float = 0.0
) -> float:
    account = replace(services.account(), reservations=())
    gap = services.house.profile.overnight
    positions = services.read_positions(account, services.snapshot, clock=Clock.CALENDAR_365, gap=gap)
    if record is None:
        return lacking(account, positions)
    return lacking(account, positions, candidate=record.candidate, contracts=contracts, beside=beside)


def _see_out(services: Services, threads: Threads, *, wanted: str) -> None:
    """Sales that a killed run promised for this need are made before it is asked what is still lacking."""
    for intent in services.ledger.unfinished_intents():
        if was_tried(services.ledger.record(intent.decision_id), services, wanted=wanted):
            threads.finish(intent.decision_id)


def _raised(services: Services, threads: Threads, *, wanted: str, amount: float) -> tuple[Managed, ...]:
    if not amount > 0:
        return ()
    records = {each: services.ledger.record(each) for each in services.ledger.open_decisions()}
    tried = {each for each, record in records.items() if was_tried(record, services, wanted=wanted)}
    trades = [trade for record in records.values() if (trade := trade_of(record)) is not None]
    liquid = [trade for trade in liquid_trades(services.books, trades) if trade.id not in tried]
    sales = raise_cash(services.books, liquid, services.snapshot, amount=amount)
    return tuple(carry_out(sale, records[sale.trade.id], services, threads, wanted=wanted) for sale in sales)
