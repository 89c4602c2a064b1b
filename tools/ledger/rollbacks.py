"""The staged way out as the chain tells it: the plan with who and why, and each day with who confirmed it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from tools.ledger import chain
from tools.ledger.database import Database

PLAN, CONFIRMED = "rollback", "rollback_day"


class ToldRollback(NamedTuple):
    """The last plan, and who confirmed which of its days."""

    number: int
    body: Mapping[str, Any]
    confirmed: Mapping[int, str]


class Rollbacks:
    """Part of `Ledger`; every method is one transaction."""

    database: Database
    _now: Callable[[], datetime]

    def plan_rollback(self, body: Mapping[str, Any], *, by: str) -> int:
        """Write a plan in place of the one before it; its number."""
        with self.database.write() as connection:
            number = 1 + sum(1 for _ in chain.read(connection, kinds=(PLAN,)))
            chain.append(connection, kind=PLAN, key=f"{PLAN}/{number}", body=dict(body), actor=by, at=self._now())
            return number

    def confirm_rollback(self, number: int, day: int, *, by: str) -> None:
        """A person's word on one day of a plan; the same word again changes nothing."""
        with self.database.write() as connection:
            body = {"plan": number, "day": day, "by": by}
            key = f"{CONFIRMED}/{number}/{day}/{by}"
            chain.append(connection, kind=CONFIRMED, key=key, body=body, actor=by, at=self._now())

    def rollback(self) -> ToldRollback | None:
        """None where nobody has planned one."""
        with self.database.read() as connection:
            plans = list(chain.read(connection, kinds=(PLAN,)))
            if not plans:
                return None
            number = len(plans)
            days = (event.data for event in chain.read(connection, kinds=(CONFIRMED,)))
            confirmed = {each["day"]: each["by"] for each in days if each["plan"] == number}
            return ToldRollback(number, plans[-1].data, confirmed)
