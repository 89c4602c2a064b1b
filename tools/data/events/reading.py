"""One calendar file becomes events; every row has one fate, and a row that cannot be true is left out.

    path → rows → layout's words → when, since when known → fates ─→ EventBook, counts

The rules are tried in the order of `EventFate`; the first that holds is the row's fate.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from tools.calendar.events import Event, EventBook, EventKind
from tools.calendar.sessions import FIRST, LAST
from tools.data.events.layout import EventLayout
from tools.domain.chain import SourceCounts
from tools.domain.errors import InputError

_PERIOD = re.compile(r"^([A-Z][a-z]+) (\d{4})$")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_GZIP = b"\x1f\x8b"


class EventFate(StrEnum):
    """What becomes of a row of a calendar. The value is the reason shown to people.

    before_its_period: a release dated before the month it reports on was over: its year or its month is wrong.
    """

    OTHER_KIND = "other_kind"
    UNPARSEABLE = "unparseable"
    BEFORE_ITS_PERIOD = "before_its_period"
    DUPLICATED = "duplicated"
    USED = "used"


@dataclass(frozen=True, slots=True)
class EventFile:
    """What a calendar file holds: its events, and how many rows met which fate."""

    book: EventBook
    counts: SourceCounts


def read_events(path: Path, layout: EventLayout) -> EventFile:
    """The events of a CSV file (plain or gzipped); `InputError` where it is none or no row can be used."""
    rows = _rows(path, layout)
    fates: Counter[EventFate] = Counter()
    found: dict[tuple[EventKind, str, datetime], Event] = {}
    for row in rows:
        fate, event = _judge(row, layout)
        if event is not None and found.setdefault((event.kind, event.subject, event.at), event) is not event:
            fate = EventFate.DUPLICATED
        fates[fate] += 1
    dropped = {fate.value: fates[fate] for fate in EventFate if fate is not EventFate.USED and fates[fate]}
    counts = SourceCounts(rows=fates.total(), used=len(found), dropped=dropped)
    if not found:
        reasons = ", ".join(f"{number:,} {fate}" for fate, number in dropped.items()) or "it has none"
        raise InputError(f"{path.name}: no row of it is an event of its layout ({reasons}).")
    return EventFile(EventBook(found.values(), source=path.name), counts)


def _rows(path: Path, layout: EventLayout) -> list[dict[str, str | None]]:
    reader = csv.DictReader(io.StringIO(_text(path), newline=""))
    try:
        _check_headings(reader.fieldnames or (), layout, path)
        return list(reader)
    except csv.Error as error:
        raise InputError(f"{path.name} is no CSV file: {error}.") from None


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return (gzip.decompress(data) if data[:2] == _GZIP else data).decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(f"There is no calendar file {path}; mend events.file.") from None
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as a calendar: {error}.") from None


def _check_headings(headings: object, layout: EventLayout, path: Path) -> None:
    named = [str(heading) for heading in headings] if isinstance(headings, (list, tuple)) else []
    missing = [name for name in layout.columns.model_dump().values() if name is not None and name not in named]
    if missing:
        raise InputError(
            f"{path.name} has no column {' or '.join(missing)}; found: {', '.join(named) or 'nothing'}."
            " Name a layout that fits with events.layout."
        )


def _judge(row: Mapping[str, str | None], layout: EventLayout) -> tuple[EventFate, Event | None]:
    columns = layout.columns
    word = _cell(row, columns.kind)
    kind = layout.kinds.get(word.lower()) if columns.kind else layout.kind
    if kind is None:
        return EventFate.OTHER_KIND, None
    try:
        at, all_day = _instant(_cell(row, columns.date), _cell(row, columns.time), layout)
        known_at = _known_at(row, layout, at, all_day=all_day, unscheduled=word.lower() in layout.unscheduled)
    except ValueError:
        return EventFate.UNPARSEABLE, None
    ended = _period_end(_cell(row, columns.period))
    if ended is not None and at.date() <= ended:
        return EventFate.BEFORE_ITS_PERIOD, None
    subject = _cell(row, columns.subject).split(" ")[0].upper()
    if columns.subject and not subject:
        return EventFate.UNPARSEABLE, None
    return EventFate.USED, Event(kind, at, known_at, subject=subject, all_day=all_day)


def _instant(day: str, hour: str, layout: EventLayout) -> tuple[datetime, bool]:
    """The instant of a row, and whether it is a whole day; `ValueError` where it is none a calendar holds."""
    zone = ZoneInfo(layout.zone)
    whole = len(day) > len("2026-12-10")
    clock = layout.times.get(hour, hour)
    start = time.fromisoformat(clock) if clock and not whole else time()
    at = datetime.fromisoformat(day) if whole else datetime.combine(date.fromisoformat(day), start)
    if not FIRST.year <= at.year <= LAST.year:
        raise ValueError(f"{at.year} lies outside the calendar")
    return (at if at.tzinfo else at.replace(tzinfo=zone)), not whole and not clock


def _known_at(
    row: Mapping[str, str | None], layout: EventLayout, at: datetime, *, all_day: bool, unscheduled: bool
) -> datetime:
    """Since when a date was known: as stated, else once it happened, else some days before it."""
    stated = _cell(row, layout.columns.known_at)
    if stated:
        return _instant(stated, "", layout)[0]
    if unscheduled:
        return at + timedelta(days=1) if all_day else at
    return at - timedelta(days=layout.announced_days)


def _period_end(period: str) -> date | None:
    """The last day of "December 2025"; None where the period is no month."""
    match = _PERIOD.match(period)
    if match is None or match[1] not in _MONTHS:
        return None
    month, year = _MONTHS.index(match[1]) + 1, int(match[2])
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def _cell(row: Mapping[str, str | None], column: str | None) -> str:
    return (row.get(column) or "").strip() if column else ""
