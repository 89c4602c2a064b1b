"""What a node may reach: handed to every node of a run, made in `wiring.py`, never a global."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from agents.analyst import Analyst
from pipeline.settings import Settings
from tools.approvals.policy import Thresholds
from tools.books.book import Book
from tools.domain.market import Snapshot
from tools.execution.broker import Broker
from tools.ledger.store import Ledger


@dataclass(frozen=True)
class Services:
    """The ledger, the broker, the analyst and the market of one run, and the instant it believes in."""

    settings: Settings
    ledger: Ledger
    broker: Broker
    analyst: Analyst
    snapshot: Snapshot
    books: Mapping[str, Book]
    now: Callable[[], datetime]
    pause: Callable[[], None]

    def thresholds(self, book: str) -> Thresholds:
        """The book's own thresholds, else the house's."""
        own = self.books[book].approval or self.settings.score
        return Thresholds(automatic=own.automatic, human=own.human)
