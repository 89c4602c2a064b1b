"""Numbers written as words: `forty-five`, `nine thousand seven hundred`, `one and a half`, `a third`.

tokens from a place on → Spelled(value, last token, share) or None
"""

from __future__ import annotations

from typing import NamedTuple

from agents.grounding.tokens import Tokens

_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = {word: value for value, word in enumerate(_ONES)} | {"oh": 0, "nought": 0}
_DECADES = {word: 10 * value for value, word in enumerate(_TENS, start=2)}
_POWERS = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_GROUPS = {"dozen": 12, "score": 20, "fortnight": 14}
SHARES = {
    "half": 1 / 2, "halves": 1 / 2, "third": 1 / 3, "thirds": 1 / 3, "quarter": 1 / 4, "quarters": 1 / 4,
    "fourth": 1 / 4, "fourths": 1 / 4, "fifth": 1 / 5, "fifths": 1 / 5, "sixth": 1 / 6, "sixths": 1 / 6,
    "eighth": 1 / 8, "eighths": 1 / 8, "tenth": 1 / 10, "tenths": 1 / 10, "hundredth": 1 / 100,
    "hundredths": 1 / 100,
}  # fmt: skip
MULTIPLES = {"double": 2.0, "twice": 2.0, "triple": 3.0, "thrice": 3.0, "treble": 3.0, "quadruple": 4.0}
_ARTICLES = ("a", "an")

_ORDINAL_ONES = (
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
    "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth",
    "twentieth",
)  # fmt: skip
_ORDINALS = {word: value for value, word in enumerate(_ORDINAL_ONES, start=1)} | {"thirtieth": 30}

STARTERS = frozenset({*_SMALL, *_DECADES, *SHARES, *MULTIPLES, "dozen", "hundred", "thousand", "million"}) | {
    "a", "an", "fortnight",
}  # fmt: skip


class Spelled(NamedTuple):
    """`last` is the index of its last token; `share` says that it is a part or a multiple of something named."""

    value: float
    last: int
    share: bool = False
    loose: bool = False


def spelled(tokens: Tokens, at: int) -> Spelled | None:
    """The number whose words begin at token `at`; None where none does."""
    word = tokens.words[at]
    if word in MULTIPLES:
        return Spelled(MULTIPLES[word], at, share=True)
    whole = _whole(tokens, at)
    if whole is None:
        return _share(tokens, at, 1.0, at if word in _ARTICLES else at - 1, alone=True)
    value, last = whole
    if word not in _ARTICLES or last > at:
        tail = _tail(tokens, value, last)
        if tail is not None:
            return tail
    part = _share(tokens, at, value, last, alone=False)
    if part is not None:
        return part
    single = last == at and value <= 12 and word not in _GROUPS
    return Spelled(value, last, loose=single)


def ordinal(tokens: Tokens, at: int) -> tuple[int, int] | None:
    """A day written as `eighteenth` or `twenty-first`: its number and its last token."""
    word = tokens.word(at)
    if word in _ORDINALS:
        return _ORDINALS[word], at
    following = _after_hyphen(tokens, at)
    if word in ("twenty", "thirty") and tokens.word(following) in _ORDINAL_ONES[:9]:
        return _DECADES[word] + _ORDINALS[tokens.word(following)], following
    return None


def mixed(tokens: Tokens, last: int) -> tuple[float, int] | None:
    """What `and a half` or `and three quarters` after token `last` adds, and where it ends."""
    if tokens.word(last + 1) != "and":
        return None
    count, at = 1, last + 2
    if tokens.word(at) in _ARTICLES:
        at += 1
    elif tokens.word(at) in _SMALL:
        count, at = _SMALL[tokens.word(at)], _after_hyphen(tokens, at)
    else:
        return None
    part = SHARES.get(tokens.word(at))
    return None if part is None else (count * part, at)


def _whole(tokens: Tokens, at: int) -> tuple[int, int] | None:
    """A whole number of hundreds, thousands and their remainders."""
    total, group, last, index = 0, 0, at - 1, at
    if tokens.word(at) in _ARTICLES:
        if tokens.word(at + 1) not in {"hundred", "dozen", *_POWERS}:
            return None
        group, index = 1, at + 1
    while index < len(tokens):
        word = tokens.words[index]
        if word in _DECADES and group % 100 == 0:
            group += _DECADES[word]
        elif word in _SMALL and (group % 100 == 0 or (group % 10 == 0 and group % 100 >= 20 and _SMALL[word] < 10)):
            if last >= at and group == 0 and not total:
                break
            group += _SMALL[word]
        elif word == "hundred" and 0 < group < 100:
            group *= 100
        elif word in _GROUPS and group < 100:
            group = max(1, group) * _GROUPS[word]
        elif word in _POWERS and group:
            total, group = total + group * _POWERS[word], 0
        elif word == "and" and last >= at and (group % 100 == 0) and _begins(tokens, index + 1):
            index += 1
            continue
        else:
            break
        last = index
        index = _after_hyphen(tokens, index)
    return None if last < at else (total + group, last)


def _begins(tokens: Tokens, at: int) -> bool:
    """Whether `and` goes on with a number below a hundred (`one hundred and five`), and not with another one."""
    return tokens.word(at) in _DECADES or (
        tokens.word(at) in _SMALL and tokens.word(at - 2) in ("hundred", "thousand")
    )


def _tail(tokens: Tokens, value: float, last: int) -> Spelled | None:
    """`point oh five`, `and a half`."""
    if tokens.word(last + 1) == "point" and tokens.word(last + 2) in _SMALL:
        digits, index = "", last + 2
        while tokens.word(index) in _SMALL or tokens.word(index) in _DECADES:
            word = tokens.word(index)
            digits += str(_SMALL.get(word, _DECADES.get(word, 0)))
            last, index = index, _after_hyphen(tokens, index)
        return Spelled(float(f"{value:.0f}.{digits}"), last)
    more = mixed(tokens, last)
    return None if more is None else Spelled(value + more[0], more[1])


def _share(tokens: Tokens, at: int, count: float, last: int, *, alone: bool) -> Spelled | None:
    """`half`, `a third`, `two thirds`, `three-quarters`; a bare `third` is an ordinal."""
    index = last + 1 if alone else _after_hyphen(tokens, last)
    word = tokens.word(index)
    part = SHARES.get(word)
    if part is None or (alone and index == at and word != "half"):
        return None
    if word == "half" and tokens.word(index + 1) == "a" and tokens.word(index + 2) == "dozen":
        return Spelled(6, index + 2)
    return Spelled(count * part, index, share=True)


def _after_hyphen(tokens: Tokens, at: int) -> int:
    return at + 2 if tokens.word(at + 1) == "-" and tokens.glued(at + 1) else at + 1
