"""The staged way out, confirmed day by day (spec H7).

plan:    entries stop → every open trade gets its day → written into the chain
confirm: its session has come, the days before it are confirmed → its closings are promised and sent
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.managing import Managed, close_trades
from pipeline.threads import Threads
from tools.books.rollback import RollbackDay, closings, plan_rollback
from tools.desk.trades import trade_of
from tools.domain.chain import new_york_date
from tools.domain.errors import InputError
from tools.ledger.rollbacks import ToldRollback

if TYPE_CHECKING:
    from pipeline.services import Services
    from pipeline.wiring import Session
    from tools.domain.trade import Trade


def plan(services: Services, *, by: str, reason: str) -> tuple[RollbackDay, ...]:
    """Give every open trade its day. What was confirmed of an earlier plan is closed already."""
    days = plan_rollback(open_trades(services), services.snapshot, today=new_york_date(services.now()))
    if not any(day.items for day in days):
        raise InputError("Nothing is open, so there is nothing to roll back.")
    told = {"by": by, "reason": reason, "days": [day.model_dump(mode="json") for day in days]}
    services.ledger.plan_rollback(told, by=by)
    return days


def confirm(session: Session, number: int, *, by: str) -> tuple[Managed, ...]:
    """Close what a day of the plan closes. Said again, it closes what nobody took the first time."""
    services = session.services
    told = services.ledger.rollback()
    if told is None:
        raise InputError("Nobody has planned a rollback; begin with `thetagate rollback --by NAME --reason …`.")
    days = days_of(told)
    _check(days, told, number, services)
    services.ledger.confirm_rollback(told.number, number, by=by)
    why = f"day {number} of the rollback, confirmed by {by}"
    actions = closings(days[number - 1], open_trades(services), services.snapshot, why=why)
    return close_trades(actions, services, Threads(services, session.graph))


def days_of(told: ToldRollback) -> tuple[RollbackDay, ...]:
    return tuple(RollbackDay.model_validate(day) for day in told.body["days"])


def open_trades(services: Services) -> list[Trade]:
    found = (trade_of(services.ledger.record(each)) for each in services.ledger.open_decisions())
    return [trade for trade in found if trade is not None]


def _check(days: tuple[RollbackDay, ...], told: ToldRollback, number: int, services: Services) -> None:
    if not 1 <= number <= len(days):
        raise InputError(f"A rollback has days 1 to {len(days)}, and no day {number}.")
    before = (day.number for day in days[: number - 1] if day.items)
    missing = next((day for day in before if day not in told.confirmed), None)
    if missing is not None:
        raise InputError(f"Day {missing} of the rollback is not confirmed yet; days are confirmed in their order.")
    begins = days[number - 1].session
    if new_york_date(services.now()) < begins:
        raise InputError(f"Day {number} of the rollback begins on {begins}; confirm it then.")
