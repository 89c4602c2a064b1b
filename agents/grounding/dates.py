"""Dates as they are written in English: `2026-12-18`, `12/18/26`, `Fri, Dec. 18th`, `the eighteenth of December`.

    tokens from a place on → Written(year, month, day; zero where not written) and its last token, or None

An order of figures that both sides of the Atlantic read differently is month first, unless that is no date.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from agents.grounding.spelled import ordinal
from agents.grounding.tokens import Tokens

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"),
            ("feb", "february"),
            ("mar", "march"),
            ("apr", "april"),
            ("may",),
            ("jun", "june"),
            ("jul", "july"),
            ("aug", "august"),
            ("sep", "sept", "september"),
            ("oct", "october"),
            ("nov", "november"),
            ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}
_WEEKDAYS = {
    name: number
    for number, day in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
    for name in (day, day[:3], day[:4])
} | {"tues": 1, "thurs": 3}
_SUFFIXES = frozenset({"st", "nd", "rd", "th"})
# A month by itself is a date after these; elsewhere it may be a verb, a name or a season.
_BEFORE_MONTH = frozenset(
    {"in", "by", "until", "till", "before", "after", "since", "of", "through", "late", "early", "mid"}
)
_AFTER_MONTH = frozenset(
    {"expiry", "expiration", "expirations", "earnings", "cycle", "contract", "contracts", "options"}
)
_ON = frozenset({"on", "by", "until", "till", "before", "after", "through", "from"})
_PARTS = {"early": (1, 12), "mid": (9, 22), "late": (19, 31)}
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}


# Words with which a date may begin.
STARTERS = frozenset(
    {
        *_MONTHS,
        "the",
        "twenty",
        "thirty",
        "first",
        "second",
        "third",
        "fourth",
        "fifth",
        "sixth",
        "seventh",
        "eighth",
        "ninth",
        "tenth",
        "eleventh",
        "twelfth",
        "thirteenth",
        "fourteenth",
        "fifteenth",
        "sixteenth",
        "seventeenth",
        "eighteenth",
        "nineteenth",
        "twentieth",
        "thirtieth",
    }
)


class Written(NamedTuple):
    """A date with the parts that are written; `within` the days of its month that `early`, `mid`, `late` mean."""

    year: int = 0
    month: int = 0
    day: int = 0
    weekday: int | None = None
    within: tuple[int, int] | None = None

    def fits(self, day: date) -> bool:
        """Whether this day may be meant."""
        return (
            self.year in (0, day.year)
            and self.month in (0, day.month)
            and self.day in (0, day.day)
            and self.weekday in (None, day.weekday())
            and (self.within is None or self.within[0] <= day.day <= self.within[1])
        )


class Found(NamedTuple):
    written: Written
    first: int
    last: int


def find(tokens: Tokens, at: int) -> Found | None:
    """The date that begins at token `at`."""
    kind, word = tokens.kinds[at], tokens.words[at]
    if kind == "d":
        written = _figures(word)
        return None if written is None else _with_weekday(tokens, Found(written, at, at))
    if kind == "n":
        return _day_first(tokens, at) or _two_figures(tokens, at) or _year(tokens, at)
    if word in _MONTHS:
        return _month_first(tokens, at)
    if word == "the" and tokens.word(at - 1) in _ON | {"the"}:
        return _day_alone(tokens, at)
    spoken = ordinal(tokens, at)
    if spoken is not None:
        return _nth_weekday(tokens, at, spoken[0]) or _spoken_day(tokens, at, *spoken)
    return None


def _figures(word: str) -> Written | None:
    sign = next(mark for mark in word if not mark.isdigit())
    a, b, c = (int(part) for part in word.split(sign))
    if word.index(sign) == 4:
        return _valid(a, b, c)
    year = c if c >= 100 else 2000 + c
    if sign == ".":
        return _valid(year, b, a)
    return _valid(year, a, b) or _valid(year, b, a)


def _valid(year: int, month: int, day: int) -> Written | None:
    return Written(year, month, day) if 1 <= month <= 12 and 1 <= day <= 31 else None


def _small(tokens: Tokens, at: int, most: int) -> int:
    """The whole number at a token when it lies in 1 … `most`, else 0."""
    word = tokens.word(at)
    value = int(word) if word.isdigit() and len(word) <= 2 else 0
    return value if value <= most else 0


def _day_first(tokens: Tokens, at: int) -> Found | None:
    """`18 December 2026`, `18th of Dec`, `18-Dec-26`."""
    day = _small(tokens, at, 31)
    if not day:
        return None
    month_at = at + 1
    if tokens.word(month_at) in _SUFFIXES:
        month_at += 1
    if tokens.word(month_at) in ("of", "-"):
        month_at += 1
    month = _MONTHS.get(tokens.word(month_at), 0)
    if not month:
        return None
    year, last = _year_after(tokens, month_at)
    return _with_weekday(tokens, Found(Written(year, month, day), at, last))


def _spoken_day(tokens: Tokens, at: int, day: int, last: int) -> Found | None:
    """`eighteenth of December`."""
    month_at = last + 2 if tokens.word(last + 1) == "of" else last + 1
    month = _MONTHS.get(tokens.word(month_at), 0)
    if not month:
        return None
    year, last = _year_after(tokens, month_at)
    return Found(Written(year, month, day), at, last)


def _month_first(tokens: Tokens, at: int) -> Found | None:
    """`Dec. 18, 2026`, `December eighteenth`, `December 2026`, `mid-December`."""
    month = _MONTHS[tokens.words[at]]
    day_at = at + 2 if tokens.word(at + 1) in (".", "-") else at + 1
    if tokens.word(day_at) == "the":
        day_at += 1
    day, last = _small(tokens, day_at, 31), day_at
    spoken = None if day else ordinal(tokens, day_at)
    if spoken is not None:
        day, last = spoken
    if day and not _counted(tokens, last):
        if tokens.word(last + 1) in _SUFFIXES and tokens.glued(last + 1):
            last += 1
        year, last = _year_after(tokens, last)
        return _with_weekday(tokens, Found(Written(year, month, day), at, last))
    year, last = _year_after(tokens, at)
    before = tokens.word(at - 1) if tokens.word(at - 1) != "-" else tokens.word(at - 2)
    if not year and before not in _BEFORE_MONTH and tokens.word(at + 1) not in _AFTER_MONTH:
        return None
    if tokens.words[at] == "may" and not year and before not in _BEFORE_MONTH:
        return None
    return Found(Written(year, month, within=_PARTS.get(before)), at, last)


def _counted(tokens: Tokens, at: int) -> bool:
    """`in December 18 contracts`: the figure belongs to what follows."""
    return tokens.word(at + 1) in ("contracts", "shares", "%", "percent", "days")


def _day_alone(tokens: Tokens, at: int) -> Found | None:
    """`on the 18th`."""
    day = _small(tokens, at + 1, 31)
    if day and tokens.word(at + 2) in _SUFFIXES:
        if tokens.word(at + 3) in ("of", "percentile") or tokens.word(at + 3) in _MONTHS:
            return None
        return Found(Written(day=day), at, at + 2)
    return None


def _nth_weekday(tokens: Tokens, at: int, nth: int) -> Found | None:
    """`third Friday of December`: one of seven days of the month."""
    weekday = _WEEKDAYS.get(tokens.word(at + 1))
    if weekday is None or not 1 <= nth <= 5 or tokens.word(at + 2) not in ("of", "in"):
        return None
    month = _MONTHS.get(tokens.word(at + 3), 0)
    if not month:
        return None
    year, last = _year_after(tokens, at + 3)
    days = (7 * nth - 6, 7 * nth)
    return Found(Written(year, month, weekday=weekday, within=days), at, last)


def _two_figures(tokens: Tokens, at: int) -> Found | None:
    """`12/18`: a day where it can be nothing else; `18.12.` and `1/2` are not read as days."""
    if tokens.word(at + 1) != "/" or not tokens.glued(at + 1) or not tokens.glued(at + 2):
        return None
    month, day = _small(tokens, at, 12), _small(tokens, at + 2, 31)
    if (
        not month
        or len(tokens.word(at + 2)) != 2
        or tokens.word(at - 1) in ("$", "/")
        or tokens.word(at + 3) == "/"
    ):
        return None
    return Found(Written(month=month, day=day), at, at + 2) if day else None


def _year(tokens: Tokens, at: int) -> Found | None:
    """`in 2026`, `year-end 2026`."""
    word = tokens.words[at]
    if len(word) != 4 or not word.isdigit() or not 1900 <= int(word) <= 2100:
        return None
    if tokens.word(at - 1) in ("in", "since", "by", "until", "end", "during", "late", "early", "year", "into") and (
        tokens.kinds[at + 1 : at + 2] != ["w"] or tokens.word(at + 1) in ("and", "or", "it", "the", "is", "was")
    ):
        return Found(Written(year=int(word)), at, at)
    return None


def _year_after(tokens: Tokens, at: int) -> tuple[int, int]:
    """The year after a day or a month, and the last token of the date."""
    following = at + 1
    if tokens.word(following) in (",", "-", ".", "of", "/"):
        following += 1
    word = tokens.word(following)
    if word.isdigit() and len(word) == 4 and 1900 <= int(word) <= 2100:
        return int(word), following
    short = following if tokens.word(following - 1) == "-" else 0
    if tokens.word(at + 1) == "'":
        short = at + 2
    if short and tokens.word(short).isdigit() and len(tokens.word(short)) == 2:
        return 2000 + int(tokens.word(short)), short
    return 0, at


def _with_weekday(tokens: Tokens, found: Found) -> Found:
    """`Friday, 18 December` and `18 December (a Friday)` name the day of the week too."""
    before = found.first - 1
    while tokens.word(before) in (",", ".", "the"):
        before -= 1
    weekday = _WEEKDAYS.get(tokens.word(before))
    after = found.last + 1
    if weekday is None and tokens.word(after) in (",", "("):
        after += 2 if tokens.word(after + 1) == "a" else 1
        weekday = _WEEKDAYS.get(tokens.word(after)) if len(tokens.word(after)) > 4 else None
        if weekday is not None and tokens.word(after + 1) not in (")", ",", ".", ""):
            weekday = None
    return found if weekday is None else found._replace(written=found.written._replace(weekday=weekday))
