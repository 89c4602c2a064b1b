"""Blackout windows: the spans around scheduled events in which nothing new is opened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from tools.domain.errors import InputError
from tools.domain.market import EventWindow


def in_blackout(instant: datetime, windows: Iterable[EventWindow]) -> EventWindow | None:
    """The first window with start ≤ `instant` < end, None outside all of them."""
    if instant.tzinfo is None:
        raise InputError(f"The instant {instant.isoformat()} carries no time zone; name one.")
    return next((window for window in windows if window.start <= instant < window.end), None)
