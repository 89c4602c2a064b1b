"""The staged way out of the multi-book strategy (spec H7): five sessions, each confirmed by a person.

day 1     every trade of INCOME_POP is closed, and half of each of PRIMARY
days 2-5  all the rest, what costs least to close first, spread evenly
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date

from tools.books.flatten import flatten
from tools.books.manage import Action
from tools.calendar.sessions import is_session, next_session
from tools.calendar.trading_time import Clock
from tools.domain.market import Snapshot
from tools.domain.trade import Trade
from tools.domain.value import Value
from tools.portfolio.exit_rules import ExitRule
from tools.portfolio.trade_view import TradeView, read_trades

AT_ONCE, HALVED = "income_pop", "primary"
DAYS = 5


class RollbackItem(Value):
    """One trade on one day: it is brought down to `leaves` contracts.

    cost  of closing all of it at the mid when the plan was made, account currency, negative where it brings
          something; None where it had no quote
    """

    trade: str
    book: str
    label: str
    contracts: int
    leaves: int
    cost: float | None


class RollbackDay(Value):
    """`number` 1 to 5, from which session on it may be confirmed, and what it closes."""

    number: int
    session: date
    items: tuple[RollbackItem, ...]


def plan_rollback(trades: Sequence[Trade], snapshot: Snapshot, *, today: date) -> tuple[RollbackDay, ...]:
    """Every open trade, on the day on which it goes. `today` is day 1, or the session after it."""
    views = read_trades(trades, snapshot, clock=Clock.CALENDAR_365, priced=False)
    first = [_item(view, leaves=0) for view in views if view.trade.book == AT_ONCE]
    halved = [view for view in views if view.trade.book == HALVED]
    first += [_item(view, leaves=view.trade.contracts // 2) for view in halved]
    later = [view for view in views if view.trade.book not in {AT_ONCE, HALVED}]
    later += [view for view in halved if view.trade.contracts > 1]
    rest = sorted((_item(view, leaves=0) for view in later), key=_by_cost)
    session = today if is_session(today) else next_session(today)
    days = [RollbackDay(number=1, session=session, items=tuple(first))]
    for number in range(2, DAYS + 1):
        session = next_session(session)
        days.append(RollbackDay(number=number, session=session, items=_share(rest, number - 2, DAYS - 1)))
    return tuple(days)


def closings(day: RollbackDay, trades: Iterable[Trade], snapshot: Snapshot, *, why: str) -> tuple[Action, ...]:
    """What is still to be closed of that day; asked again after it was done there is nothing."""
    leaves = {item.trade: item.leaves for item in day.items}
    due = [
        trade.model_copy(update={"contracts": trade.contracts - leaves[trade.id]})
        for trade in trades
        if trade.contracts > leaves.get(trade.id, trade.contracts)
    ]
    return flatten(due, snapshot, why=why, rule=ExitRule.ROLLBACK)


def _item(view: TradeView, *, leaves: int) -> RollbackItem:
    trade = view.trade
    cost = None if view.cost is None else view.cost * trade.contracts * trade.multiplier
    strikes = "/".join(f"{leg.contract.strike:g}" for leg in trade.legs)
    return RollbackItem(
        trade=trade.id,
        book=trade.book,
        label=f"{trade.underlying} {strikes}",
        contracts=trade.contracts,
        leaves=leaves,
        cost=cost,
    )


def _by_cost(item: RollbackItem) -> tuple[float, str]:
    """What has no quote comes last."""
    return (math.inf if item.cost is None else item.cost, item.trade)


def _share(items: Sequence[RollbackItem], place: int, parts: int) -> tuple[RollbackItem, ...]:
    """The part of a sequence at `place`; parts differ by one at most, earlier ones are larger."""
    size, more = divmod(len(items), parts)
    start = place * size + min(place, more)
    return tuple(items[start : start + size + (1 if place < more else 0)])
