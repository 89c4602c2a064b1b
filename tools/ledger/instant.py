"""Instants as the ledger writes them: ISO-8601 in UTC with microseconds, so that text order is time order."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tools.domain.errors import LedgerError

NEW_YORK = ZoneInfo("America/New_York")


def to_text(at: datetime) -> str:
    if at.tzinfo is None:
        raise LedgerError(
            f"The time {at.isoformat()} carries no time zone, so it cannot be recorded; hand in an aware one."
        )
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def from_text(text: str) -> datetime:
    return datetime.fromisoformat(text)


def on_the_clock(at: datetime) -> str:
    """As a person reads it: `10:42 New York time`."""
    return f"{at.astimezone(NEW_YORK):%H:%M} New York time"
