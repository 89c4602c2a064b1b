"""The order of a decision: from the mid towards the market within the slippage budget, under a deterministic id."""

from __future__ import annotations

from datetime import datetime, timedelta

from tools.calendar.sessions import is_session, session_close
from tools.desk.house import House
from tools.domain.candidate import Candidate
from tools.domain.chain import new_york_date
from tools.domain.money import tick_size
from tools.domain.order import OrderIntent, client_order_id
from tools.execution.price_walk import bounds


def entry_order(candidate: Candidate, *, decision_id: str, contracts: int, house: House) -> OrderIntent:
    """The one order that opens a decided trade."""
    tick = tick_size(candidate.legs[0].contract.root, candidate.credit, legs=len(candidate.legs))
    limit, floor = bounds(candidate.credit, tick=tick, budget=house.budget)
    return OrderIntent(
        client_order_id=client_order_id(decision_id, candidate.legs),
        decision_id=decision_id,
        legs=candidate.legs,
        quantity=contracts,
        limit_price=limit,
        floor_price=floor,
        tick=tick,
        multiplier=candidate.multiplier,
    )


def deadline(now: datetime, *, minutes: float) -> datetime:
    """When a waiting decision expires: after so many minutes, at the latest when the session closes."""
    latest = now + timedelta(minutes=minutes)
    day = new_york_date(now)
    if not is_session(day):
        return latest
    close = session_close(day)
    return min(latest, close) if now < close else latest
