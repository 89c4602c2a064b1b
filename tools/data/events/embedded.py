"""The dates that ship with the product: FOMC, CPI and NFP of the years the embedded market covers."""

from __future__ import annotations

from datetime import datetime, timedelta

from tools.calendar.events import Event, EventBook, EventKind
from tools.calendar.sessions import NEW_YORK
from tools.data.simulated.parameters import load_parameters

SOURCE = "embedded calendar"
ANNOUNCED = timedelta(days=365)
"""The Federal Reserve and the Bureau of Labor Statistics publish a year's dates ahead of it."""


def embedded_events() -> EventBook:
    """Real release dates at their New York hours, known a year ahead."""
    releases = load_parameters().events.releases
    events = [
        Event(EventKind(name), at, at - ANNOUNCED)
        for name, rule in releases.items()
        for at in (datetime.combine(day, rule.time, NEW_YORK) for day in rule.dates)
    ]
    return EventBook(events, source=SOURCE)
