"""Dates and instants as files write them: ISO, 12/18/2026, 18.12.2026, Fri Dec 18 2026, 27 de agosto de 2023.

A whole file is read in one order (day first or month first), told from the dates that leave no doubt.
Text without a time is a day; text with one is an instant, in New York unless it names an offset.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

import polars as pl

from tools.calendar.sessions import FIRST, LAST, NEW_YORK
from tools.data.files.coded import coded, spread, texts

# The first three letters of the months, accents dropped, in the languages browsers write them in:
# English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Scandinavian.
_MONTHS = {
    1: "jan ene gen sty янв",
    2: "feb fev lut фев",
    3: "mar maa mrt mrz мар",
    4: "apr abr avr kwi апр",
    5: "may mai maj mei mag maggio май мая",
    6: "jun juin giu cze июн",
    7: "jul juil lug lip июл",
    8: "aug ago aou sie авг",
    9: "sep set wrz сен",
    10: "oct okt ott out paz окт",
    11: "nov lis ноя",
    12: "dec dez dic des gru дек",
}
_MONTH = {stem: month for month, stems in _MONTHS.items() for stem in stems.split()}

_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?=\D|$)")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_EAST_ASIAN = re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일]")
_NUMERIC = re.compile(r"^(?:[^\W\d]+\.?,?\s+)?(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})(?=\D|$)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?:\s*([ap])\.?\s?m\b)?", re.IGNORECASE)
_AFTERNOON = re.compile("下午|午後|오후")
_OFFSET = re.compile(r"(?:(?:GMT|UTC)\s*|:\d{2}(?:\.\d+)?\s?)([+−-])(\d{1,2})(?::?(\d{2}))?(?!\d)")
_ZULU = re.compile(r"\d(?:Z|\s?UTC|\s?GMT)$")


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, and the instant (UTC) within it where the text gave a time."""

    day: date
    instant: datetime | None


def read_moment(text: str, *, day_first: bool = False) -> Moment | None:
    """What `text` says, None where it is no date the calendar knows."""
    text = text.strip().strip("\"'")
    clock = _CLOCK.search(text)
    day = _day(text if clock is None else _without(text, clock), day_first)
    if day is None or not FIRST <= day <= LAST:
        return None
    if clock is None:
        return Moment(day, None)
    at = _time(clock, afternoon=_AFTERNOON.search(text) is not None)
    if at is None:
        return None
    # Programs write a day as its midnight; no option is quoted at that hour.
    return (
        Moment(day, None) if at == time() else Moment(day, datetime.combine(day, at, _zone(text)).astimezone(UTC))
    )


def puts_day_first(texts: Iterable[str]) -> bool:
    """Whether the numeric dates of one file put the day first, by majority of those that leave no doubt.

    In doubt a slash is American (month first), a point or a dash European (day first).
    """
    votes, habit = 0, 0
    for text in texts:
        match = _NUMERIC.match(text.strip())
        if match is not None:
            first, second = int(match[1]), int(match[3])
            votes += (first > 12) - (second > 12)
            habit += 1 if match[2] in ".-" else -1
    return (votes or habit) > 0


def read_moments(
    column: pl.Series, *, day_first: bool = False, form: str | None = None
) -> tuple[pl.Series, pl.Series]:
    """A column's days (Date) and instants (Datetime[μs], UTC); null where there is none.

    `form` is a strptime format that replaces the guessing.
    """
    if column.dtype == pl.Date:
        return _known(column), pl.repeat(None, column.len(), dtype=pl.Datetime("us"), eager=True)
    if isinstance(column.dtype, pl.Datetime):
        return _typed(column)
    column = coded(column)
    moments = [_formed(text, form) if form else read_moment(text, day_first=day_first) for text in texts(column)]
    days = [moment.day if moment else None for moment in moments]
    instants = [moment.instant.replace(tzinfo=None) if moment and moment.instant else None for moment in moments]
    return (
        spread(column, pl.Series(days, dtype=pl.Date)),
        spread(column, pl.Series(instants, dtype=pl.Datetime("us"))),
    )


def _typed(column: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Days and instants of a typed column; a midnight is a day, other naive times are New York's."""
    zone = column.dtype.time_zone if isinstance(column.dtype, pl.Datetime) else None
    column = column.cast(pl.Datetime("us", zone))
    timed = column.dt.time() != time()
    local = column if zone else column.dt.replace_time_zone(NEW_YORK.key, ambiguous="earliest", non_existent="null")
    instants = local.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return _known(column.dt.date()), pl.select(pl.when(timed).then(instants)).to_series()


def _known(days: pl.Series) -> pl.Series:
    return pl.select(pl.when(days.is_between(FIRST, LAST)).then(days)).to_series()


def _formed(text: str, form: str) -> Moment | None:
    try:
        stamp = datetime.strptime(text.strip(), form)  # noqa: DTZ007 - the zone is New York unless the text has one
    except ValueError:
        return None
    if not FIRST <= stamp.date() <= LAST:
        return None
    if not {"%H", "%I", "%X", "%c", "%T"} & set(re.findall("%.", form)):
        return Moment(stamp.date(), None)
    aware = stamp if stamp.tzinfo else stamp.replace(tzinfo=NEW_YORK)
    return Moment(aware.astimezone(NEW_YORK).date(), aware.astimezone(UTC))


def _day(text: str, day_first: bool) -> date | None:
    for pattern in (_ISO, _COMPACT, _EAST_ASIAN):
        match = pattern.search(text)
        if match:
            return _date(int(match[1]), int(match[2]), int(match[3]))
    match = _NUMERIC.match(text)
    if match:
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        day, month = (first, second) if day_first else (second, first)
        return _date(year + 2000 if year < 100 else year, month, day)
    return _worded(text)


def _worded(text: str) -> date | None:
    """`Fri Dec 18 2026`, `9 декабря 2023 г.`: the last month's name, the first short and the first long number."""
    words = re.findall(r"[^\W\d_]+|\d+", _plain(text))
    months = [month for word in words if (month := _MONTH.get(word[:4]) or _MONTH.get(word[:3]))]
    days = [int(word) for word in words if word.isdigit() and len(word) <= 2]
    years = [int(word) for word in words if word.isdigit() and len(word) == 4]
    if not (months and days and years):
        return None
    return _date(years[0], months[-1], days[0])


def _plain(text: str) -> str:
    """Lower case without accents; the Russian й is a letter of its own and stays."""
    kept = unicodedata.normalize("NFD", text.casefold())
    bare = "".join(each for each in kept if not unicodedata.combining(each) or each == "\u0306")
    return unicodedata.normalize("NFC", bare)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _without(text: str, clock: re.Match[str]) -> str:
    """`text` without its time and all that follows it, unless the date is what follows."""
    before, after = text[: clock.start()], text[clock.end() :]
    return before if re.search(r"\d", before) else after


def _time(clock: re.Match[str], *, afternoon: bool) -> time | None:
    hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
    half = (clock[4] or ("p" if afternoon else "")).lower()
    if half:
        if not 1 <= hour <= 12 and not afternoon:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return time(hour, minute, second)
    except ValueError:
        return None


def _zone(text: str) -> tzinfo:
    offset = _OFFSET.search(text)
    if offset:
        hours = timedelta(hours=int(offset[2]), minutes=int(offset[3] or 0))
        return timezone(hours if offset[1] == "+" else -hours) if hours < timedelta(days=1) else NEW_YORK
    return UTC if _ZULU.search(text.strip()) else NEW_YORK
