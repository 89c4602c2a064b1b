"""Scheduled events and the blackout windows around them, as they were known at a time.

    events (what, when, since when known) → EventBook ─ as_of ─┬→ windows of FOMC, CPI, NFP
                                                               └→ earnings and ex-dividend dates of one name

A look-up takes the instant it is made at and never sees what became known later: a date that was moved is
seen where it stood, an emergency meeting is not seen before it happened.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from tools.calendar.sessions import NEW_YORK
from tools.domain.errors import InputError
from tools.domain.fact import Fact
from tools.domain.market import EventWindow


class EventKind(StrEnum):
    """Releases of the whole market, and dates of one name (`Event.subject`)."""

    FOMC = "FOMC"
    CPI = "CPI"
    NFP = "NFP"
    PPI = "PPI"
    EARNINGS = "earnings"
    EX_DIVIDEND = "ex-dividend"


@dataclass(frozen=True, slots=True)
class Event:
    """One event at `at`, known since `known_at`; both aware.

    `all_day` where the source names no hour. Events of one kind and subject with the same `key` are versions of
    one: the one known last counts, and a `cancelled` one takes it away.
    """

    kind: EventKind
    at: datetime
    known_at: datetime
    subject: str = ""
    key: str = ""
    all_day: bool = False
    cancelled: bool = False

    def __post_init__(self) -> None:
        for instant in (self.at, self.known_at):
            _aware(instant)

    @property
    def day(self) -> date:
        """The New York date of the event."""
        return self.at.astimezone(NEW_YORK).date()

    @property
    def end(self) -> datetime:
        """The event itself, or the midnight that ends a day without an hour."""
        if not self.all_day:
            return self.at
        return datetime.combine(self.day + timedelta(days=1), datetime.min.time(), NEW_YORK)


@dataclass(frozen=True, slots=True)
class Width:
    """How long before and after an event nothing new is opened."""

    before: timedelta
    after: timedelta

    def window(self, event: Event) -> EventWindow:
        name = f"{event.kind.value} {event.day:%Y-%m-%d}"
        return EventWindow(name=name, start=event.at - self.before, end=event.end + self.after)


DEFAULT_WIDTH = Width(before=timedelta(hours=24), after=timedelta(hours=2))
BLACKED_OUT = (EventKind.FOMC, EventKind.CPI, EventKind.NFP)
DEFAULT_WIDTHS: Mapping[EventKind, Width] = dict.fromkeys(BLACKED_OUT, DEFAULT_WIDTH)


class EventBook:
    """Events of one source, looked up by kind and subject as they were known at a time."""

    def __init__(self, events: Iterable[Event], *, source: str) -> None:
        self.source = source
        self._versions: dict[tuple[EventKind, str], list[list[Event]]] = {}
        grouped: dict[tuple[EventKind, str], dict[str, list[Event]]] = defaultdict(lambda: defaultdict(list))
        for event in events:
            key = event.key or f"@{event.at.isoformat()}"
            grouped[event.kind, event.subject][key].append(event)
        for place, versions in grouped.items():
            self._versions[place] = [sorted(each, key=lambda one: one.known_at) for each in versions.values()]

    def __len__(self) -> int:
        return sum(len(versions) for versions in self._versions.values())

    def known(self, kind: EventKind, *, as_of: datetime, subject: str = "") -> tuple[Event, ...]:
        """The events of a kind as they stood at `as_of`, earliest first; past ones too."""
        _aware(as_of)
        found = []
        for versions in self._versions.get((kind, subject), ()):
            standing = next((each for each in reversed(versions) if each.known_at <= as_of), None)
            if standing is not None and not standing.cancelled:
                found.append(standing)
        return tuple(sorted(found, key=lambda event: (event.at, event.key)))

    def blackouts(self, as_of: datetime, widths: Mapping[EventKind, Width]) -> Fact[tuple[EventWindow, ...]]:
        """The windows that have not closed at `as_of`, earliest first; unknown where a kind's dates run out.

        A calendar whose last CPI is past does not say that there is no CPI to come.
        """
        windows: list[EventWindow] = []
        for kind, width in widths.items():
            ahead = [width.window(event) for event in self.known(kind, as_of=as_of)]
            ahead = [window for window in ahead if window.end > as_of]
            if not ahead:
                return Fact.unknown(f"{self.source} has no {kind.value} date after {as_of:%Y-%m-%d}")
            windows += ahead
        windows.sort(key=lambda window: window.start)
        return Fact.known(tuple(windows), source=self.source, as_of=as_of)

    def dates(self, kind: EventKind, subject: str, *, as_of: datetime) -> Fact[tuple[date, ...]]:
        """The dates of one name from the day of `as_of` on; unknown where none is announced.

        A next date that is not announced yet is not a quarter without one.
        """
        today = as_of.astimezone(NEW_YORK).date()
        ahead = tuple(event.day for event in self.known(kind, as_of=as_of, subject=subject) if event.day >= today)
        if not ahead:
            return Fact.unknown(f"{self.source} knows no {kind.value} date of {subject} from {today} on")
        return Fact.known(ahead, source=self.source, as_of=as_of)


def in_blackout(instant: datetime, windows: Iterable[EventWindow]) -> EventWindow | None:
    """The first window with start ≤ `instant` < end, None outside all of them."""
    _aware(instant)
    return next((window for window in windows if window.start <= instant < window.end), None)


def _aware(instant: datetime) -> None:
    if instant.tzinfo is None:
        raise InputError(f"The instant {instant.isoformat()} carries no time zone; name one.")
