"""The half of the ledger that the broker writes without being asked: what ended, was delivered, was paid."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime

from tools.domain.activity import Activity, Booking
from tools.ledger import bookings
from tools.ledger.database import Database


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

    def unentered(self, activities: Iterable[Activity]) -> tuple[tuple[Activity, bool], ...]:
        """Those that are new, each with whether the books hold what it is about."""
        with self.database.read() as connection:
            return tuple(
                (each, bookings.fits(connection, each, self.account_name))
                for each in activities
                if bookings.is_new(connection, each, self.account_name)
            )
