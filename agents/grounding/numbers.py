"""The numbers in a piece of English: digits, percent, dollars, dates, ranges, units, spelled-out counts.

    tokens → dates, times → figures and spelled numbers with their units → Number(tokens, kind, value, room)

A number carries the room its own writing leaves: `8.4 %` means 8.35 to 8.45, `about 500` a little more, `over 60`
nothing below. Only what is written is read here; whether it is true is for `check`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from agents.grounding import dates
from agents.grounding.dates import Found, Written, find
from agents.grounding.spelled import STARTERS, mixed, spelled
from agents.grounding.tokens import Tokens
from agents.grounding.units import CURRENCIES, HEDGES, SCALES, Kind, denominators, unit_at

__all__ = ["Kind", "Number", "Pairing", "read", "read_text"]


class Pairing(StrEnum):
    """How a number hangs together with the next one: `1.00-1.10`, `98/93`."""

    NONE = ""
    RANGE = "range"
    PAIR = "pair"


@dataclass(slots=True)
class Number:
    """One number as written.

    first, last  its tokens, hedges left out and denominators (`per share`) left in
    value        unsigned, in the base unit of its kind (dollars, percent, calendar days)
    below, above how far a fact may lie from the value and still be what is written
    factor       of its unit (`weeks` 7), `scale` of its size (`k` 1,000); both are in the value already
    sign         -1 or 1 where one is written
    per, noun    what it is counted per (`share`, `contract`, `day` …), and what is counted (`contracts`, `shares`)
    share        a part or a multiple of something named: `half the credit`; then PERCENT or MULTIPLE
    loose        a small number word that may be a manner of speaking: `two risks`
    """

    first: int
    last: int
    kind: Kind
    value: float = 0.0
    below: float = 0.0
    above: float = 0.0
    factor: float = 1.0
    scale: float = 1.0
    sign: int = 0
    per: frozenset[str] = frozenset()
    noun: str = ""
    share: bool = False
    loose: bool = False
    written: Written | None = None
    time: tuple[int, int] | None = None
    pairing: Pairing = Pairing.NONE


def read_text(text: str) -> list[Number]:
    return read(Tokens(text))


def read(tokens: Tokens) -> list[Number]:
    """Every number among `tokens`, in order of appearance."""
    numbers: list[Number] = []
    at = 0
    words, kinds = tokens.words, tokens.kinds
    while at < len(words):
        kind = kinds[at]
        number = None
        if kind == "t":
            number = _clock(tokens, at)
        elif kind in ("n", "d"):
            number = _dated(tokens, at) or (_figure(tokens, at) if kind == "n" else None)
        elif kind == "w":
            word = words[at]
            number = _dated(tokens, at) if word in dates.STARTERS else None
            if number is None and word in STARTERS:
                number = _spelled(tokens, at)
        elif words[at] in _VULGAR:
            number = _amount(tokens, at, at, _VULGAR[words[at]], 0.005)
        if number is None:
            at += 1
        else:
            numbers.append(number)
            at = number.last + 1
    _pair(numbers, tokens)
    return numbers


_VULGAR = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅛": 0.125, "⅕": 0.2, "⅜": 0.375, "⅝": 0.625}
_NAMED_PREFIXES = frozenset({*CURRENCIES, "x"})


def _dated(tokens: Tokens, at: int) -> Number | None:
    found: Found | None = find(tokens, at)
    if found is None:
        return None
    return Number(found.first, found.last, Kind.DATE, written=found.written)


def _clock(tokens: Tokens, at: int) -> Number | None:
    hour, minute = (int(part) for part in tokens.words[at].split(":"))
    last = at
    half = tokens.word(at + 1)
    if half in ("am", "pm") or (half in ("a", "p") and tokens.word(at + 2) == "."):
        hour = hour % 12 + (12 if half.startswith("p") else 0)
        last = at + 1 if len(half) == 2 else at + 2
    return Number(at, last, Kind.TIME, time=(hour, minute))


def _figure(tokens: Tokens, at: int) -> Number | None:
    """A number in digits; None where the digits belong to a name (`Q3`, `F9`)."""
    if tokens.glued(at):
        before = tokens.words[at - 1]
        if tokens.kinds[at - 1] == "w" and before not in _NAMED_PREFIXES:
            return None
        if before == "_":
            return None
    hour = _hour(tokens, at)
    if hour is not None:
        return hour
    digits = tokens.words[at].replace(",", "").replace("'", "")
    value, place = float(digits), _place(digits)
    last = at
    more = _fraction_after(tokens, at, value)
    if more is not None:
        value, last, place = more
    return _amount(tokens, at, last, value, place)


def _hour(tokens: Tokens, at: int) -> Number | None:
    """`4 p.m.`, `10am`."""
    half, word = tokens.word(at + 1), tokens.words[at]
    dotted = half in ("a", "p") and tokens.words[at + 2 : at + 4] == [".", "m"]
    if not (word.isdigit() and 1 <= int(word[:4]) <= 12 and len(word) <= 2 and (half in ("am", "pm") or dotted)):
        return None
    return Number(
        at, at + (3 if dotted else 1), Kind.TIME, time=(int(word) % 12 + (12 if half[0] == "p" else 0), 0)
    )


def _fraction_after(tokens: Tokens, at: int, value: float) -> tuple[float, int, float] | None:
    """`1½`, `1 1/2`, `3/4`, `1 and a half`: value, last token, and the place it is written to."""
    following = tokens.word(at + 1)
    if following in _VULGAR:
        return value + _VULGAR[following], at + 1, 0.1
    if following == "and":
        part = mixed(tokens, at)
        return None if part is None else (value + part[0], part[1], 0.1)
    ratio = _ratio(tokens, at)
    if ratio is not None:
        return ratio, at + 2, 0.01
    ratio = _ratio(tokens, at + 1) if tokens.starts[at] < tokens.ends[at] and not tokens.glued(at + 1) else None
    return None if ratio is None else (value + ratio, at + 3, 0.1)


def _ratio(tokens: Tokens, at: int) -> float | None:
    """`3/4`: two single digits, the first the smaller one."""
    above, below = tokens.word(at), tokens.word(at + 2)
    if tokens.word(at + 1) != "/" or not (tokens.glued(at + 1) and tokens.glued(at + 2)):
        return None
    if not (above.isdigit() and below.isdigit() and len(above) == len(below) == 1) or tokens.word(at + 3) == "/":
        return None
    return int(above) / int(below) if 0 < int(above) < int(below) else None


def _spelled(tokens: Tokens, at: int) -> Number | None:
    found = spelled(tokens, at)
    if found is None:
        return None
    value, last, share, loose = found
    if loose and value == 1 and unit_at(tokens, last + 1) is None:
        return None  # `this one` is no number
    if share:
        return _part(tokens, at, last, value)
    digits = f"{value:.10f}".rstrip("0").rstrip(".")
    if tokens.words[at] in ("a", "an", "fortnight") and tokens.word(last) not in ("hundred", "thousand", "million"):
        loose = tokens.word(last) == "score"
    number = _amount(tokens, at, last, value, _place(digits))
    if tokens.word(last) == "fortnight":
        number.kind, number.below, number.above = Kind.DAYS, 0.5, 0.5
    if number.kind is Kind.COUNT or number.kind is Kind.DAYS:
        # `one contract`, `a one day move`: mostly manners of speaking
        number.loose = value == 1 or (last == at and tokens.words[at] == "one")
    else:
        number.loose = (loose and number.kind is Kind.PLAIN) or (value == 1 and number.kind is Kind.POINTS)
    return number


def _part(tokens: Tokens, at: int, last: int, value: float) -> Number | None:
    """`half a percent`, `a third of the width`, `twice the credit`; None for `the other half`."""
    after = tokens.word(last + 1)
    if after in ("a", "an") or (after == "of" and tokens.word(last + 2) in ("a", "an", "one")):
        unit_place = last + 2 if after in ("a", "an") else last + 3
        unit = unit_at(tokens, unit_place)
        if unit is not None and value < 1:
            number = _amount(tokens, at, unit_place - 1, value, 0.1)
            number.below = number.above = min(number.below, 0.05 * number.value)
            return number
    named = after in ("the", "its", "that", "their", "this", "what", "our") or (
        after == "of" and value < 1 and tokens.word(last + 2) not in ("us", "them", "those", "all")
    )
    if not named and not (tokens.word(at - 1) == "by" and value < 1):
        return None
    if value >= 2:
        return Number(at, last, Kind.MULTIPLE, value, 0.05, 0.05, share=True)
    percent = 100 * value
    return Number(at, last, Kind.PERCENT, percent, 0.05 * percent, 0.05 * percent, share=True)


def _amount(tokens: Tokens, first: int, last: int, value: float, place: float) -> Number:
    """A value with what stands around it: sign, currency, scale, unit, denominators, hedges."""
    start, sign, currency = _before(tokens, first)
    scale = SCALES.get(tokens.word(last + 1), 1.0)
    if scale > 1 and (tokens.glued(last + 1) or len(tokens.word(last + 1)) > 1):
        value, place, last = value * scale, place * scale, last + 1
    else:
        scale = 1.0
    if currency in ("", "USD") and tokens.word(last + 1) in ("st", "nd", "rd", "th") and tokens.glued(last + 1):
        last += 1
    kind, factor, noun = Kind.PLAIN, 1.0, ""
    unit = unit_at(tokens, last + 1)
    if unit is not None and unit.noun == "one" and value > 1:
        unit = None  # `a 9.02 expected move` is its size, `0.8 of an expected move` a count
    if unit is not None and not (currency and unit.kind in (Kind.MULTIPLE, Kind.DAYS)):
        kind, factor, noun, last = unit.kind, unit.factor, unit.noun, unit.last
    if currency:
        kind, factor, noun = Kind.MONEY, 1.0, currency
    value, place, last = _with_cents(tokens, kind, value * factor, place * factor, last)
    per, last = denominators(tokens, last)
    below, above = _room(value, place, _hedge(tokens, start))
    return Number(start, last, kind, value, below, above, factor=factor, scale=scale, sign=sign, per=per, noun=noun)


def _with_cents(tokens: Tokens, kind: Kind, value: float, place: float, last: int) -> tuple[float, float, int]:
    """`one dollar and five cents` is one amount."""
    if kind is not Kind.MONEY or tokens.word(last) not in ("dollar", "dollars") or tokens.word(last + 1) != "and":
        return value, place, last
    at = last + 2
    if at >= len(tokens):
        return value, place, last
    if tokens.kinds[at] == "n":
        cents, end = float(tokens.words[at].replace(",", "")), at
    else:
        found = spelled(tokens, at) if tokens.words[at] in STARTERS else None
        if found is None or found.share:
            return value, place, last
        cents, end = found.value, found.last
    if tokens.word(end + 1) not in ("cent", "cents"):
        return value, place, last
    return value + cents / 100, 0.01, end + 1


def _before(tokens: Tokens, at: int) -> tuple[int, int, str]:
    """The first token of an amount, its sign and its currency; a dash after a word is no sign."""
    sign, currency = 0, ""
    start = at
    for _ in range(3):
        mark = tokens.word(start - 1)
        if not currency and mark in CURRENCIES and start > 0:
            currency, start = CURRENCIES[mark], start - 1
            if mark == "$" and tokens.word(start - 1) == "us" and tokens.glued(start):
                start -= 1
        elif not sign and mark in ("-", "+") and _is_sign(tokens, start - 1):
            sign, start = (-1 if mark == "-" else 1), start - 1
        else:
            break
    if not sign and tokens.word(start - 1) in ("minus", "negative", "plus"):
        sign, start = (1 if tokens.word(start - 1) == "plus" else -1), start - 1
    return start, sign, currency


def _is_sign(tokens: Tokens, at: int) -> bool:
    """Touches what follows, and not what stands before it (or there is nothing, or a bracket)."""
    if not tokens.glued(at + 1):
        return False
    return not tokens.glued(at) or tokens.words[at - 1] in ("(", "[", "=", ":", "$", "|", "~", "≈", "\n", '"')


def _place(digits: str) -> float:
    """One unit of the last written place; trailing zeros of a whole number are written places."""
    mantissa, _, power = digits.partition("e")
    fraction = mantissa.partition(".")[2]
    return 10.0 ** max(-300, -len(fraction) + max(-300, min(int(power or 0), 300)))


def _room(value: float, place: float, hedge: str) -> tuple[float, float]:
    """How far below and above what is written a fact may lie.

    Rounding as written: half a unit of the last place, at most a quarter of the number (1 is no rounding of 0.5);
    trailing zeros of three digits and more may be rounding too, within 0.5 %. After `about` a last 0 or 5 may be
    rounding, within 5 %. `over` and `nearly` mean one side alone, to the next unit of the last figure that is not
    0, at most 10 %.
    """
    if not math.isfinite(value) or not math.isfinite(place) or value == 0:
        return 0.0, 0.0
    figures = round(value / place) if value / place < 1e15 else 0
    zeros = 0
    while figures and figures % 10 == 0 and place * 10.0**zeros >= 1:
        figures, zeros = figures // 10, zeros + 1
    coarse = place * 10.0**zeros
    usual = 0.5 * place
    if zeros and place >= 1 and value >= 100 * place:
        usual = max(usual, min(0.5 * coarse, 0.005 * value))
    usual = min(usual, 0.25 * value)
    if not hedge:
        return usual, usual
    if hedge == "about":
        rounded = 0.5 * coarse if zeros else (2.5 * place if figures % 10 == 5 and figures > 5 else 0.0)
        wide = max(usual, min(rounded, 0.05 * value))
        return wide, wide
    wide = max(usual, min(coarse, 0.10 * value))
    other = usual if zeros or hedge in ("above", "below") else 0.0  # a level is rounded, a bound is meant
    return (other, wide) if hedge in ("over", "above") else (wide, other)


def _hedge(tokens: Tokens, start: int) -> str:
    """`about`, `over` or `under`, as the words right before a number say; empty for none."""
    at = start - 1
    if tokens.word(at) in ("a", "an", "the", "at"):
        at -= 1
    word = tokens.word(at)
    two = HEDGES.get(f"{tokens.word(at - 1)} {word}")
    if two is not None:
        return two
    hedge = HEDGES.get(word, "")
    if word in ("above", "below", "over", "under", "around") and tokens.kinds[at - 1 : at] != ["w"] and at > 0:
        return "" if tokens.word(at - 1) in ("%", ")") or tokens.kinds[at - 1] == "n" else hedge
    if word in ("above", "below") and unit_at(tokens, at - 1) is not None:
        return ""  # `7 percent below 97.09` measures from a level
    return hedge


def _pair(numbers: list[Number], tokens: Tokens) -> None:
    """Ranges and pairs share the unit that is written once."""
    for first, second in pairwise(numbers):
        if first.kind in (Kind.DATE, Kind.TIME) or second.kind in (Kind.DATE, Kind.TIME):
            continue
        between = tokens.words[first.last + 1 : second.first]
        first.pairing = _pairing(between, tokens, first, second)
        if first.pairing is Pairing.NONE:
            continue
        if second.kind is Kind.PLAIN and first.kind is Kind.MONEY:
            second.kind, second.noun = first.kind, first.noun
        if first.kind is Kind.PLAIN and second.kind is not Kind.PLAIN:
            first.kind, first.noun = second.kind, second.noun
            _stretch(first, second.factor)
        if first.scale == 1 < second.scale and first.value < second.scale:
            _stretch(first, second.scale)
        first.loose = second.loose = False
        first.per = first.per or second.per


def _pairing(between: list[str], tokens: Tokens, first: Number, second: Number) -> Pairing:
    if between == ["/"]:
        return Pairing.PAIR if tokens.glued(second.first) else Pairing.NONE
    if between == ["-"]:
        return Pairing.RANGE
    if not between and second.sign == -1 and tokens.word(second.first) == "-" and tokens.glued(second.first):
        second.sign = 0
        return Pairing.RANGE
    if between in (["to"], ["through"], ["or"]) and tokens.word(first.first - 1) != "close":
        return Pairing.RANGE if between != ["or"] else Pairing.PAIR
    opening = tokens.words[max(0, first.first - 3) : first.first]
    return Pairing.RANGE if between == ["and"] and "between" in opening else Pairing.NONE


def _stretch(number: Number, factor: float) -> None:
    """The unit or the size that is written once, behind the second of two numbers, is the first one's too."""
    number.value, number.below, number.above = number.value * factor, number.below * factor, number.above * factor
