"""What the broker tells without being asked, entered in the books before anything is decided on them.

activities since the last one → shares of the lines they are for → events, cash, positions
shares that no book goes on with → closed at the market, under the decision that they came from
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tools.domain.activity import Booking

if TYPE_CHECKING:
    from pipeline.services import Services
    from tools.books.book import Book


def enter_activities(services: Services) -> tuple[Booking, ...]:
    """All that is new and that our books hold; the rest is for reconciliation to show."""
    keeps = keeps_shares(services)
    told = services.broker.activities(since=services.ledger.settled_since())
    entered = (services.ledger.record_activity(activity, keeps=keeps) for activity in told)
    return tuple(booking for lines in entered for booking in lines or ())


def keeps_shares(services: Services) -> Callable[[str], bool]:
    """Which books go on with shares: those that write calls, and any that nobody knows, which a person must see."""

    def keeps(name: str) -> bool:
        book = services.books.get(name) or _not_enabled(name, services.settings.books.folder)
        return book is None or book.writes_calls

    return keeps


def _not_enabled(name: str, folder: Path | None) -> Book | None:
    from tools.books.load import load_book, shipped_book, shipped_names

    own = None if folder is None else folder / f"{name}.toml"
    if own is not None and own.exists():
        return load_book(own)
    return shipped_book(name) if name in shipped_names() else None
