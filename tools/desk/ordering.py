"""The order of a decision: from the mid towards the market within the slippage budget, under a deterministic id."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from tools.books.book import Book
from tools.books.manage import Close, Roll
from tools.calendar.sessions import is_session, session_close
from tools.desk.house import House
from tools.domain.candidate import Candidate
from tools.domain.chain import new_york_date
from tools.domain.contract import ShareContract
from tools.domain.money import exact, round_down, tick_size
from tools.domain.order import OrderIntent, Purpose, client_order_id
from tools.domain.structure import Leg
from tools.execution.price_walk import bounds
from tools.portfolio.exit_rules import ExitRule

GAINS = frozenset({ExitRule.TAKE_PROFIT, ExitRule.EARLY_DECAY})
"""Exits that nothing forces."""


def entry_order(
    candidate: Candidate,
    *,
    book: Book,
    decision_id: str,
    contracts: int,
    house: House,
    revision: int = 0,
    price: Decimal | None = None,
) -> OrderIntent:
    """The one order that opens a decided trade; `price` is a person's own limit, from which nothing is walked."""
    tick = tick_size(
        candidate.legs[0].contract.root,
        abs(candidate.credit),
        legs=len(candidate.legs),
        shares=_of_shares(candidate.legs),
    )
    limit, floor = bounds(candidate.credit, tick=tick, budget=house.budget_of(book))
    if price is not None:
        limit = floor = price
    return OrderIntent(
        client_order_id=client_order_id(decision_id, candidate.legs, revision),
        decision_id=decision_id,
        revision=revision,
        legs=candidate.legs,
        quantity=contracts,
        limit_price=limit,
        floor_price=floor,
        tick=tick,
        multiplier=candidate.multiplier,
    )


def exit_order(action: Close | Roll, *, book: Book | None, revision: int, house: House) -> OrderIntent:
    """The order that ends or moves a trade; `revision` numbers the orders of its decision, the entry being 0.

    `book` is None where the trade's own is not enabled any more.

    A gain may be waited for, so it is taken within the slippage budget of the premium it was sold for: 2 % of the
    few cents that are left would never reach an ask a tick away. Whatever else ends a trade may give up the whole
    spread, and a roll what its proposal allows. What is worth less than a tick still costs one.
    """
    trade = action.trade
    if action.kind == "roll":
        legs, mid, worst = action.proposal.order, action.proposal.mid, action.proposal.worst
    else:
        legs, mid, worst = action.legs, action.mid, action.natural
    tick = tick_size(legs[0].contract.root, abs(mid), legs=len(legs), shares=_of_shares(legs))
    limit, within = bounds(mid or -float(tick), tick=tick, budget=house.budget_of(book), premium=trade.credit)
    if action.kind == "close" and not limit:
        limit = -tick
    patient = action.kind == "close" and {signal.rule for signal in action.signals} <= GAINS
    return OrderIntent(
        client_order_id=client_order_id(trade.id, legs, revision),
        decision_id=trade.id,
        revision=revision,
        purpose=Purpose(action.kind),
        legs=legs,
        quantity=trade.contracts,
        limit_price=limit,
        floor_price=min(limit, within if patient else round_down(exact(worst), tick)),
        tick=tick,
        multiplier=trade.multiplier,
    )


def _of_shares(legs: Sequence[Leg]) -> bool:
    return all(isinstance(leg.contract, ShareContract) for leg in legs)


def deadline(now: datetime, *, minutes: float) -> datetime:
    """When a waiting decision expires: after so many minutes, at the latest when the session closes."""
    latest = now + timedelta(minutes=minutes)
    day = new_york_date(now)
    if not is_session(day):
        return latest
    close = session_close(day)
    return min(latest, close) if now < close else latest
