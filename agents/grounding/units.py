"""The units, scales, hedges and denominators that stand around a number."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from agents.grounding.tokens import Tokens


class Kind(StrEnum):
    MONEY = "money"
    PERCENT = "percent"
    POINTS = "points"
    DAYS = "days"
    HOURS = "hours"
    COUNT = "count"
    MULTIPLE = "multiple"
    MOVES = "expected moves"
    DATE = "date"
    TIME = "time"
    PLAIN = "number"


class Unit(NamedTuple):
    """A unit as written: kind, factor to the kind's base unit, what is counted, its last token."""

    kind: Kind
    factor: float
    noun: str = ""
    last: int = -1


SCALES = {
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mm": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "bn": 1e9,
    "billion": 1e9,
    "hundred": 1e2,
}
CURRENCIES = {"$": "USD", "usd": "USD", "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP", "¥": "JPY"}

_DAY, _WEEK, _MONTH, _YEAR = 1.0, 7.0, 365.25 / 12, 365.25
_WORDS: dict[str, Unit] = {
    **dict.fromkeys(("%", "percent", "pct", "percentage"), Unit(Kind.PERCENT, 1.0)),
    **dict.fromkeys(("bps", "bp"), Unit(Kind.PERCENT, 0.01)),
    **dict.fromkeys(("point", "points", "pt", "pts"), Unit(Kind.POINTS, 1.0)),
    **dict.fromkeys(("vols", "vol"), Unit(Kind.POINTS, 1.0, "vol")),
    **dict.fromkeys(("dollar", "dollars", "usd", "bucks"), Unit(Kind.MONEY, 1.0, "USD")),
    **dict.fromkeys(("cent", "cents", "¢"), Unit(Kind.MONEY, 0.01, "USD")),
    **dict.fromkeys(("day", "days", "dte"), Unit(Kind.DAYS, _DAY)),
    **dict.fromkeys(("week", "weeks", "wk", "wks"), Unit(Kind.DAYS, _WEEK)),
    **dict.fromkeys(("month", "months"), Unit(Kind.DAYS, _MONTH)),
    **dict.fromkeys(("year", "years", "yr", "yrs"), Unit(Kind.DAYS, _YEAR)),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), Unit(Kind.HOURS, 1.0)),
    **dict.fromkeys(("minute", "minutes"), Unit(Kind.HOURS, 1 / 60)),
    **dict.fromkeys(("contract", "contracts", "lot", "lots"), Unit(Kind.COUNT, 1.0, "contracts")),
    **dict.fromkeys(("share", "shares"), Unit(Kind.COUNT, 1.0, "shares")),
    **dict.fromkeys(("σ", "sigma", "sigmas", "sd", "sds"), Unit(Kind.MOVES, 1.0)),
    **dict.fromkeys(("x", "times", "fold", "×"), Unit(Kind.MULTIPLE, 1.0)),
    "session": Unit(Kind.DAYS, 7 / 5, "sessions"),
    "sessions": Unit(Kind.DAYS, 7 / 5, "sessions"),
    "percentile": Unit(Kind.PERCENT, 1.0, "percentile"),
}
_GLUED = {
    "d": Unit(Kind.DAYS, _DAY),
    "w": Unit(Kind.DAYS, _WEEK),
    "y": Unit(Kind.DAYS, _YEAR),
    "c": Unit(Kind.MONEY, 0.01, "USD"),
    "mo": Unit(Kind.DAYS, _MONTH),
}
_TWO: dict[tuple[str, str], Unit] = {
    ("per", "cent"): Unit(Kind.PERCENT, 1.0),
    **{("basis", each): Unit(Kind.PERCENT, 0.01) for each in ("point", "points")},
    **{("percentage", each): Unit(Kind.POINTS, 1.0) for each in ("point", "points")},
    **{
        (vol, each): Unit(Kind.POINTS, 1.0, "vol")
        for vol in ("vol", "volatility")
        for each in ("point", "points", "pts")
    },
    **{("index", each): Unit(Kind.POINTS, 1.0) for each in ("point", "points")},
    ("expected", "moves"): Unit(Kind.MOVES, 1.0),
    ("expected", "move"): Unit(Kind.MOVES, 1.0, "one"),
    **{("standard", each): Unit(Kind.MOVES, 1.0) for each in ("deviation", "deviations")},
    **{("trading", each): Unit(Kind.DAYS, 7 / 5, "sessions") for each in ("day", "days")},
    **{("business", each): Unit(Kind.DAYS, 7 / 5, "sessions") for each in ("day", "days")},
}
# Words that may stand between a number and its unit.
_BETWEEN = frozenset(
    {"calendar", "open", "more", "full", "whole", "further", "additional", "remaining", "us", "or", "short"}
)

HEDGES = {
    **dict.fromkeys(
        ("about", "around", "roughly", "approximately", "approx", "circa", "near", "some", "~", "≈"), "about"
    ),
    **dict.fromkeys(("close to", "approx .", "in excess", "on the", "or so", "more or"), "about"),
    **dict.fromkeys(("nearly", "almost", "barely"), "under"),
    **dict.fromkeys(("under", "below", "at most", "up to"), "below"),
    **dict.fromkeys(("over", "above", "beyond", "past", "at least"), "above"),
    **dict.fromkeys(("less than", "fewer than", "just under", "just below", "shy of", "short of"), "under"),
    **dict.fromkeys(("exceeding", "exceeds", "exceed"), "over"),
    **dict.fromkeys(("more than", "just over", "just above", "north of", "upwards of", "better than"), "over"),
}

_PER = {
    "share": "share",
    "contract": "contract",
    "lot": "contract",
    "spread": "contract",
    "option": "contract",
    "day": "day",
    "week": "week",
    "month": "month",
    "quarter": "quarter",
    "year": "year",
    "annum": "year",
    "point": "point",
    "vol": "point",
    "volatility": "point",
    "unit": "contract",
}
_ADVERBS = {
    "annually": "year",
    "annualised": "year",
    "annualized": "year",
    "yearly": "year",
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
}


def unit_at(tokens: Tokens, at: int) -> Unit | None:
    """The unit that begins at token `at`, behind a hyphen or one of a few adjectives; with its last token."""
    word = tokens.word(at)
    if word == "-" and tokens.glued(at) and tokens.kinds[at + 1 : at + 2] == ["w"]:
        at += 1
        word = tokens.word(at)
    if not word:
        return None
    two = _TWO.get((word, tokens.word(at + 1)))
    if two is not None:
        return two._replace(last=at + 1)
    one = _WORDS.get(word)
    if one is None and word in _GLUED and (tokens.glued(at)):
        one = _GLUED[word]
    if one is not None:
        if one.noun == "vol" and word == "vol":
            return None  # `24.6 vol` may be anything
        return one._replace(last=at)
    if word in _BETWEEN and tokens.word(at + 1) in _WORDS and tokens.kinds[at + 1] == "w":
        following = _WORDS[tokens.word(at + 1)]
        if following.kind in (Kind.DAYS, Kind.COUNT, Kind.MONEY) and word != "or":
            return following._replace(last=at + 1)
    return None


def denominators(tokens: Tokens, last: int) -> tuple[frozenset[str], int]:
    """What a number is counted per (`per contract`, `a day`, `/share`, `annualised`), and its last token then."""
    per: set[str] = set()
    while True:
        word = tokens.word(last + 1)
        if word in _ADVERBS and tokens.word(last + 2) not in ("volatility", "vol"):
            per.add(_ADVERBS[word])
            last += 1
            continue
        if word == "p" and tokens.words[last + 2 : last + 5] == [".", "a", "."]:
            per.add("year")
            last += 4
            continue
        if word not in ("per", "a", "an", "each", "every", "/", "for"):
            return frozenset(per), last
        at = last + 2
        if word == "for" and tokens.word(at) in ("each", "every", "one"):
            at += 1
        elif word == "for":
            return frozenset(per), last
        if tokens.word(at) in ("calendar", "one", "single"):
            at += 1
        noun = _PER.get(tokens.word(at))
        if noun is None:
            return frozenset(per), last
        if tokens.word(at) in ("vol", "volatility"):
            if tokens.word(at + 1) not in ("point", "pt"):
                return frozenset(per), last
            at += 1
        if tokens.word(at + 1) in ("of",) and tokens.word(at + 2) in ("volatility", "vol", "vega", "iv"):
            at += 2
        per.add(noun)
        last = at
