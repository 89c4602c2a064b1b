"""The numbers in a piece of English: digits, percent, dollars, dates, ranges, units, spelled-out counts.

    text → dates → amounts with their units → ranges share their unit → Number(span, kind, value, tolerance)

A number carries the tolerance its own writing implies: `8.4 %` means 8.35 to 8.45, `about 500` a little more.
Only what is written is read here; whether it is true is for `agents.grounding`.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    MONEY = "money"
    PERCENT = "percent"
    POINTS = "points"
    DAYS = "days"
    COUNT = "count"
    MULTIPLE = "multiple"
    MOVES = "expected moves"
    DATE = "date"
    TIME = "time"
    PLAIN = "number"


@dataclass(frozen=True, slots=True)
class Number:
    """One number as written.

    `value` is unsigned, in the base unit of its kind; `date` is (year, month, day) or (0, hour, minute), with 0
    for a part that is not written.
    """

    start: int
    end: int
    kind: Kind
    value: float = 0.0
    tolerance: float = 0.0
    date: tuple[int, int, int] = (0, 0, 0)


# Same length on both sides, so that spans stay those of the text as given.
_SIGNS = str.maketrans({
    "\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-",
    "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\uff05": "%", "\uff04": "$",
    **{chr(0xFF10 + digit): str(digit) for digit in range(10)},
})  # fmt: skip

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "january"), ("feb", "february"), ("mar", "march"), ("apr", "april"), ("may",), ("jun", "june"),
            ("jul", "july"), ("aug", "august"), ("sep", "sept", "september"), ("oct", "october"),
            ("nov", "november"), ("dec", "december"),
        ),
        start=1,
    )
    for name in names
}  # fmt: skip
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DATES = tuple(
    re.compile(rf"\b{pattern}\b", re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})",
        rf"{_DAY} (?:of )?{_MONTH}(?:,? {_YEAR})?",
        rf"{_MONTH} {_DAY},? {_YEAR}",
        rf"{_MONTH} {_YEAR}",
        rf"{_MONTH} {_DAY}",
        r"(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)",
    )
)

# Unit as written → kind and factor to the kind's base unit (dollars, percent, calendar days).
_UNITS: tuple[tuple[str, Kind, float], ...] = (
    (r"%|percent\b|per cent\b|pct\b", Kind.PERCENT, 1.0),
    (r"(?:bps?|basis points?)\b", Kind.PERCENT, 0.01),
    (r"(?:vol(?:atility)? |index |percentage )?(?:points?|pts?)\b", Kind.POINTS, 1.0),
    (r"(?:dollars?|usd)\b", Kind.MONEY, 1.0),
    (r"cents?\b", Kind.MONEY, 0.01),
    (r"(?:calendar )?(?:days?|d|dte)\b", Kind.DAYS, 1.0),
    (r"weeks?\b", Kind.DAYS, 7.0),
    (r"months?\b", Kind.DAYS, 365.25 / 12),
    (r"years?\b", Kind.DAYS, 365.25),
    (r"(?:contracts?|lots?|shares?)\b", Kind.COUNT, 1.0),
    (r"(?:σ|sigmas?\b|standard deviations?\b|expected moves?\b)", Kind.MOVES, 1.0),
    (r"(?:x|times)\b", Kind.MULTIPLE, 1.0),
)
_UNIT = "|".join(f"(?P<u{index}>{pattern})" for index, (pattern, _, _) in enumerate(_UNITS))
_SCALES = {"k": 1e3, "thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}
_AMOUNT = re.compile(
    r"(?<![\w.])[-+]?(?P<money>(?:US)?\$|USD ?)?-?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)(?P<power>e[-+]?\d+)?"
    rf"(?: ?(?P<scale>{'|'.join(_SCALES)})\b)?"
    rf"(?:[ -]?(?:{_UNIT}))?",
    re.IGNORECASE,
)

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: value for value, word in enumerate(_ONES)}
_WORDS |= {word: 10 * value for value, word in enumerate(_TENS, start=2)}
_WORDS |= {f"{ten}-{one}": _WORDS[ten] + _WORDS[one] for ten in _TENS for one in _ONES[1:10]}
# `one` is mostly a pronoun; without a unit noun a spelled-out number is mostly a manner of speaking.
_SPELLED = re.compile(
    rf"\b(?P<word>{'|'.join(sorted(_WORDS.keys() - {'one'}, key=len, reverse=True))})[ -](?:{_UNIT})", re.IGNORECASE
)

_RANGE = re.compile(r" ?(?:-|to|/) ?", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween $", re.IGNORECASE)
_ABOUT = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|approx\.?|nearly|almost|some|over|under|above|below|"
    r"more than|less than|at least|at most|circa)|~|≈) ?$",
    re.IGNORECASE,
)


def plain(text: str) -> str:
    """The text with typographic minus signs, spaces and full-width digits made plain; same length."""
    return text.translate(_SIGNS)


def read(text: str) -> list[Number]:
    """Every number in `text`, in order of appearance."""
    text = plain(text)
    found: list[Number] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            found.append(_date(match))
            text = _blank(text, match)
    for match in _SPELLED.finditer(text):
        found.append(_amount(match, text, str(_WORDS[match["word"].lower()])))
        text = _blank(text, match)
    amounts = [_amount(match, text, match["digits"]) for match in _AMOUNT.finditer(text)]
    found.extend(_with_shared_units(amounts, text))
    return sorted(found, key=lambda number: number.start)


def _blank(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]


def _date(match: re.Match[str]) -> Number:
    parts = match.groupdict()
    if "hour" in parts:
        clock = (0, int(parts["hour"]), int(parts["minute"]))
        return Number(match.start(), match.end(), Kind.TIME, date=clock)
    month = parts["month"].lower()
    word = (
        int(parts.get("year") or 0),
        int(month) if month.isdigit() else _MONTHS[month],
        int(parts.get("day") or 0),
    )
    return Number(match.start(), match.end(), Kind.DATE, date=word)


def _amount(match: re.Match[str], text: str, digits: str) -> Number:
    groups = match.groupdict()
    kind, factor = Kind.PLAIN, 1.0
    for index, (_, unit, size) in enumerate(_UNITS):
        if groups[f"u{index}"]:
            kind, factor = unit, size
            break
    if groups.get("money"):
        kind, factor = Kind.MONEY, 1.0
    scale = _SCALES[groups["scale"].lower()] if groups.get("scale") else 1.0
    scale *= float(f"1{groups.get('power') or ''}")
    value = float(digits.replace(",", "")) * factor * scale
    about = _ABOUT.search(text, max(0, match.start() - 16), match.start()) is not None
    tolerance = _tolerance(digits, value, factor * scale, about)
    return Number(match.start(), match.end(), kind, value, tolerance)


def _tolerance(digits: str, value: float, unit: float, about: bool) -> float:
    """Half a unit of the last written place, at most a quarter of the number: 1 is no rounding of 0.5.

    Trailing zeros of a whole number may be rounding too, within 0.5 %. An `about` or `over` before a number of
    one or two significant digits widens it to 2.5 %; before more digits it is a manner of speaking.
    """
    if not math.isfinite(value):
        return 0.0
    whole, _, fraction = digits.replace(",", "").partition(".")
    tolerance = 0.5 * 10.0 ** -len(fraction) * unit
    zeros = 0 if fraction else len(whole) - len(whole.rstrip("0"))
    if zeros and len(whole) > 2:
        tolerance = max(tolerance, min(0.5 * 10.0**zeros * unit, 0.005 * value))
    significant = len((whole + fraction).lstrip("0")) - zeros
    if about and significant <= 2:
        return max(tolerance, 0.025 * value)
    return min(tolerance, 0.25 * value)


def _with_shared_units(amounts: list[Number], text: str) -> list[Number]:
    """In `15-20 %`, `$90 to 95` and `between 3 and 5 days` one unit is written for two numbers."""
    shared = list(amounts)
    for index in range(len(shared) - 1):
        first, second = shared[index], shared[index + 1]
        between = text[first.end : second.start]
        ranged = _RANGE.fullmatch(between) or (
            between.strip().lower() == "and" and _BETWEEN.search(text, max(0, first.start - 9), first.start)
        )
        if not ranged:
            continue
        if first.kind is Kind.PLAIN and second.kind is not Kind.PLAIN:
            shared[index] = replace(first, kind=second.kind)
        elif second.kind is Kind.PLAIN and first.kind is Kind.MONEY:
            shared[index + 1] = replace(second, kind=first.kind)
    return shared
