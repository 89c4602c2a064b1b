"""The half of the ledger that the broker writes without being asked: what ended, was delivered, was paid.

And what a person answered for where the two did not agree: the difference as it stood, who, why, the correction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from tools.domain.activity import Activity, Booking
from tools.domain.value import digest
from tools.ledger import bookings, chain
from tools.ledger.database import Database

ACCOUNTED = "accounted"


class Settled:
    """Part of `Ledger`; every method is one transaction."""

    database: Database
    account_name: str
    _now: Callable[[], datetime]

    def record_activity(self, activity: Activity, *, keeps: Callable[[str], bool]) -> tuple[Booking, ...] | None:
        """Enter it once: its lines, () for what was known or lies before the account, None where it fits no books.

        keeps  whether a book, by name, goes on with shares that are delivered to it
        """
        with self.database.write() as connection:
            return bookings.enter(connection, activity, account=self.account_name, keeps=keeps, at=self._now())

    def settled_since(self) -> date:
        """The New York day from which on the broker may have something new to tell."""
        with self.database.read() as connection:
            return bookings.since(connection, self.account_name)

    def bookings_of(self, activity_id: str) -> tuple[Booking, ...]:
        """What an activity did to the books; empty while it is not entered."""
        with self.database.read() as connection:
            return bookings.told_of(connection, activity_id)

    def restated_since(self, client_order_id: str) -> tuple[Booking, ...]:
        """What splits made of the legs of an order since it was promised; empty where they are what they were."""
        with self.database.read() as connection:
            return bookings.restated_since(connection, client_order_id)

    def unentered(self, activities: Iterable[Activity]) -> tuple[tuple[Activity, bool], ...]:
        """Those that are new, each with whether the books hold what it is about."""
        with self.database.read() as connection:
            return tuple(
                (each, bookings.fits(connection, each, self.account_name))
                for each in activities
                if bookings.is_new(connection, each, self.account_name)
            )

    def account_for(
        self, difference: Mapping[str, Any], *, by: str, reason: str, correction: Activity | None
    ) -> tuple[Booking, ...]:
        """A named person's word on one difference, with the entry that takes the broker's side, if it has one."""
        body = {"difference": dict(difference), "by": by, "reason": reason}
        with self.database.write() as connection:
            at = self._now()
            key = f"{ACCOUNTED}/{digest([body, at.isoformat()])[:32]}"
            if (
                not chain.append(connection, kind=ACCOUNTED, key=key, body=body, actor=by, at=at)
                or correction is None
            ):
                return ()
            told = bookings.enter(connection, correction, account=self.account_name, keeps=lambda book: True, at=at)
            return told or ()

    def accounted_for(self) -> frozenset[str]:
        """Digests of the differences that somebody has answered for."""
        with self.database.read() as connection:
            return frozenset(
                digest(event.data["difference"]) for event in chain.read(connection, kinds=(ACCOUNTED,))
            )
