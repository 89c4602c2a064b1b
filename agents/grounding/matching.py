"""Whether one fact carries one number: value within its room, unit, denominator, sign and direction.

| written            | fact                 | carried                                        |
|--------------------|----------------------|------------------------------------------------|
| $105 per contract  | 1.05 USD/share       | yes: times the multiplier; bare $105 is not    |
| 840 bps, 0.084     | 8.4 percent          | yes                                            |
| 62 %               | 0.62 ratio           | yes                                            |
| 22 delta           | 0.22 per share       | yes, but `delta of 22` is not                  |
| six weeks          | 45 days              | yes: half a week of room                       |
| 8.4 % a month      | 8.4 percent/year     | no                                             |
"""

from __future__ import annotations

import math

from agents.grounding.facts import Known
from agents.grounding.numbers import Number
from agents.grounding.units import Kind

# What a number written as the key may refer to.
ALLOWED: dict[Kind, tuple[Kind, ...]] = {
    Kind.MONEY: (Kind.MONEY,),
    Kind.PERCENT: (Kind.PERCENT, Kind.POINTS, Kind.PLAIN),
    Kind.POINTS: (Kind.POINTS, Kind.PERCENT, Kind.PLAIN),
    Kind.DAYS: (Kind.DAYS,),
    Kind.HOURS: (Kind.HOURS,),
    Kind.COUNT: (Kind.COUNT,),
    Kind.MULTIPLE: (Kind.PLAIN, Kind.MOVES, Kind.PERCENT),
    Kind.MOVES: (Kind.MOVES,),
    Kind.DATE: (Kind.DATE,),
    Kind.TIME: (Kind.TIME,),
    Kind.PLAIN: (
        Kind.PLAIN, Kind.PERCENT, Kind.POINTS, Kind.MONEY, Kind.DAYS, Kind.COUNT, Kind.MOVES, Kind.HOURS,
    ),
}  # fmt: skip

# A percentage in points is spoken of for these alone, and points in percent for the volatilities.
_IN_POINTS = frozenset({"vol", "rank", "percentile", "correlation", "yield", "spread", "vix"})
_RATES = frozenset({"vol", "rate", "yield", "return", "growth", "drift", "dividend", "implied", "realised"})
_DAYS_IN = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}


def carries(number: Number, fact: Known, *, before: bool, way: int, multiplier: float) -> bool:
    """Whether `fact` is what was written. `before` says that the number stands right before its name.

    way  1 or -1 where the words around the number say a gain or a loss, a rise or a fall
    """
    if fact.kind is Kind.DATE:
        return number.written is not None and fact.day is not None and number.written.fits(fact.day)
    if fact.kind is Kind.TIME:
        return number.time == fact.time
    if not math.isfinite(number.value) or _against(number, fact, way):
        return False
    if number.noun and fact.noun and number.noun != fact.noun and number.kind is fact.kind:
        return False
    factor = _per(number, fact, multiplier)
    if factor is None:
        return False
    value = abs(fact.value) * factor
    if number.kind is fact.kind or number.kind is Kind.PLAIN:
        if _near(number, value):
            return True
        return number.kind is Kind.PLAIN and _as_fraction(number, fact, value, before)
    return _other_kind(number, fact, value)


def _near(number: Number, value: float, scale: float = 1.0) -> bool:
    slack = 1e-9 * max(1.0, number.value * scale)
    return (
        number.value * scale - number.below * scale - slack
        <= value
        <= (number.value + number.above) * scale + slack
    )


def _as_fraction(number: Number, fact: Known, value: float, before: bool) -> bool:
    """`0.084` for 8.4 %, `22 delta` for 0.22."""
    if fact.kind is Kind.PERCENT:
        return number.value <= 1.5 and number.below < 0.0501 and _near(number, value, 100.0)
    if fact.kind is Kind.PLAIN and before and "delta" in fact.said.words and value < 1 <= number.value:
        return _near(number, value, 0.01)
    return False


def _other_kind(number: Number, fact: Known, value: float) -> bool:
    words = fact.said.words
    if number.kind is Kind.PERCENT and fact.kind is Kind.POINTS:
        return bool(words & {"vol", "vix"}) and _near(number, value)
    if number.kind is Kind.PERCENT:
        # a ratio, a delta, a correlation in percent
        return value <= 3 and _near(number, value, 0.01)
    if number.kind is Kind.POINTS:
        if fact.kind is Kind.PERCENT:
            return bool(words & _IN_POINTS) and _near(number, value)
        return (
            number.noun != "vol"
            and fact.said.head in ("vix", "rsi", "index", "score", "margin")
            and _near(number, value)
        )
    if number.kind is Kind.MULTIPLE:
        return _near(number, value, 100.0 if fact.kind is Kind.PERCENT else 1.0)
    return _near(number, value)


def _against(number: Number, fact: Known, way: int) -> bool:
    """Whether a written sign, or the words, say the opposite of the fact's own."""
    if fact.signed and number.sign:
        if fact.way and fact.way * number.sign < 0:
            return True
        if not fact.way and number.sign < 0 < fact.value:
            return True
    if not fact.signed and fact.way < 0 and number.sign > 0:
        return True
    return bool(way and fact.way and way != fact.way)


def _per(number: Number, fact: Known, multiplier: float) -> float | None:
    """The factor from the fact's denominator to the written one; None where they do not agree."""
    wanted, own = number.per, fact.per
    if not wanted:
        return 1.0
    if fact.kind is Kind.MONEY:
        return _per_money(wanted, own, multiplier)
    if fact.kind is Kind.PERCENT:
        if own == "year" or "year" not in wanted:
            return None if wanted & {"day", "week", "month", "quarter"} or "share" in wanted else 1.0
        return 1.0 if fact.said.words & _RATES else None
    return 1.0 if own in ("", *wanted) or fact.kind is not Kind.PLAIN else None


def _per_money(wanted: frozenset[str], own: str, multiplier: float) -> float | None:
    sized = wanted & {"share", "contract"}
    timed = wanted & _DAYS_IN.keys()
    if own in ("share", "contract", ""):
        if timed or "point" in wanted:
            return None
        if not sized or own in sized or not own:
            return 1.0
        return multiplier if own == "share" else 1.0 / multiplier
    if "share" in wanted:
        return None
    if own in _DAYS_IN:
        if "point" in wanted:
            return None
        return _DAYS_IN[next(iter(timed))] / _DAYS_IN[own] if timed else 1.0
    if own == "point":
        return None if timed else 1.0
    return 1.0 if own in wanted or not (timed or "point" in wanted) else None
