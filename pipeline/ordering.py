"""From a decision to its order: the intent that is promised, and the checks before every send."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.calendar.sessions import is_session, session_close
from tools.domain.chain import new_york_date
from tools.domain.decision import DecisionRecord, Reason
from tools.domain.errors import LedgerError
from tools.domain.money import tick_size
from tools.domain.order import OrderIntent, client_order_id
from tools.execution.gate import SendLimits, pre_trade
from tools.execution.price_walk import bounds
from tools.portfolio.quoting import quote

if TYPE_CHECKING:
    from pipeline.services import Services


def promise(record: DecisionRecord, contracts: int, services: Services) -> OrderIntent:
    """The one order of a decision: from the mid down to the slippage bound, under its deterministic id."""
    candidate = record.candidate
    tick = tick_size(candidate.legs[0].contract.root, candidate.credit, legs=len(candidate.legs))
    limit, floor = bounds(candidate.credit, tick=tick, budget=services.settings.execution.slippage_budget)
    return OrderIntent(
        client_order_id=client_order_id(record.id, candidate.legs),
        decision_id=record.id,
        legs=candidate.legs,
        quantity=contracts,
        limit_price=limit,
        floor_price=floor,
        tick=tick,
        multiplier=candidate.multiplier,
    )


def promised(decision_id: str, services: Services) -> OrderIntent:
    """The one order an approved decision has."""
    intent = services.ledger.intent(decision_id)
    if intent is None:
        raise LedgerError(f"{decision_id} is approved but promises no order; its books were changed by hand.")
    return intent


def check(intent: OrderIntent, price: Decimal, services: Services) -> tuple[Reason, ...]:
    """The pre-trade gate against a fresh quote, what else is at work, the mode and the caps."""
    return pre_trade(
        intent,
        price,
        quote=quote(services.snapshot, intent.legs),
        others=services.ledger.unfinished_intents(),
        mode=services.settings.mode,
        broker=services.broker.name,
        limits=SendLimits(max_contracts=services.settings.execution.max_contracts),
    )


def deadline(services: Services) -> datetime:
    """When a waiting decision expires: after the configured minutes, at the latest when the session closes."""
    now = services.now()
    latest = now + timedelta(minutes=services.settings.approvals.deadline_minutes)
    day = new_york_date(now)
    if not is_session(day):
        return latest
    close = session_close(day)
    return min(latest, close) if now < close else latest
