"""What each number of a sentence is about, as far as its words say.

    sentence → mentions and numbers in order ─┬ `IV rank and delta are 62 and 0.22`    lists, in their order
                                              ├ `credit of $1.05`, `VIX at 17`          the words right before
                                              └ `a 0.22 delta`, `45 days to expiry`     the words right after

A number without such words is about nothing in particular: then any fact of its kind may carry it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from agents.grounding import connectives as small
from agents.grounding.concepts import MODIFIERS, RELATIONS
from agents.grounding.matching import ALLOWED
from agents.grounding.mentions import Mention, Subjects
from agents.grounding.numbers import Number, Pairing
from agents.grounding.tokens import Tokens
from agents.grounding.units import HEDGES, Kind

_LOOSE = (Kind.DATE, Kind.TIME, Kind.DAYS, Kind.HOURS)
_SPOKEN = (Kind.MONEY, Kind.PERCENT, Kind.COUNT)
_DIRECT: tuple[list[str], ...] = ([], ["-"], ["the"], [",", "the"], ["is", "the"], ["is", "its"], ["was", "the"])
_LISTED = small.GLUE | HEDGES.keys() | small.LISTED


@dataclass(slots=True)
class Unit:
    """One number, or the two of a range, with the mention they are the value of."""

    numbers: list[Number]
    mention: Mention | None = None
    equation: bool = False
    reference: frozenset[str] = frozenset()

    @property
    def first(self) -> int:
        return self.numbers[0].first

    @property
    def last(self) -> int:
        return self.numbers[-1].last

    @property
    def kind(self) -> Kind:
        return self.numbers[-1].kind


@dataclass(slots=True)
class Sentence:
    """The units and mentions of a sentence in order."""

    elements: list[Unit | Mention] = field(default_factory=list)

    @property
    def units(self) -> list[Unit]:
        return [element for element in self.elements if isinstance(element, Unit)]

    def said(self, but: Mention | None) -> frozenset[str]:
        """The words of `but` and of all mentions that no number has been read for."""
        words: set[str] = set() if but is None else set(but.words)
        for element in self.elements:
            if isinstance(element, Mention) and not element.taken:
                words |= element.words
        return frozenset(words)


def sentence(numbers: list[Number], tokens: Tokens, first: int, last: int, subjects: Subjects) -> Sentence:
    """The tokens `first` … `last` - 1 with every number attached to its mention, where there is one."""
    found = Sentence()
    at = first
    group: list[Number] = []
    for number in numbers:
        if not group:
            found.elements.extend(subjects.mentions(tokens, at, number.first))
        group.append(number)
        at = number.last + 1
        if number.pairing is not Pairing.RANGE or number is numbers[-1]:
            found.elements.append(Unit(group))
            group = []
    found.elements.extend(subjects.mentions(tokens, at, last))
    _attach(found.elements, tokens, subjects)
    return found


def _attach(elements: list[Unit | Mention], tokens: Tokens, subjects: Subjects) -> None:
    _lists(elements, tokens)
    for place, unit in enumerate(elements):
        if not isinstance(unit, Unit):
            continue
        before = elements[place - 1] if place else None
        after = elements[place + 1] if place + 1 < len(elements) else None
        following = elements[place + 2] if place + 2 < len(elements) else None
        if isinstance(after, Mention):
            unit.reference = _reference(tokens, unit, after)
        if unit.numbers[0].share and isinstance(after, Mention) and not unit.reference:
            after.taken = True
        elif unit.mention is None:
            _attach_one(unit, before, after, following, tokens, subjects)


def _attach_one(
    unit: Unit,
    before: Unit | Mention | None,
    after: Unit | Mention | None,
    following: Unit | Mention | None,
    tokens: Tokens,
    subjects: Subjects,
) -> None:
    left = before if isinstance(before, Mention) and not before.taken else None
    if left is not None and _from_the_left(unit, left, tokens, subjects):
        return
    if isinstance(after, Mention) and _follows(unit, after, following, tokens, subjects):
        if subjects.facts(after.words, ALLOWED[unit.kind]):
            _take(unit, after)
            return
        direct = tokens.words[unit.last + 1 : after.first] in _DIRECT and unit.kind in _SPOKEN
        if direct and unit.mention is None and subjects.elsewhere(after.words, ALLOWED[unit.kind]):
            unit.mention, unit.equation = after, True
    if unit.mention is not None or (left is not None and _past_a_comma(unit, left, tokens, subjects)):
        return
    if not _goes_on(unit, before, tokens, subjects) and not isinstance(after, Mention):
        _for_its_life(unit, tokens, subjects)


def _from_the_left(unit: Unit, left: Mention, tokens: Tokens, subjects: Subjects) -> bool:
    """`credit of $1.05`. Where the number is of a kind that the subject has not, it is held for a wrong unit."""
    gap = tokens.words[left.last + 1 : unit.first]
    if not _leads(gap, unit.kind, comma=False) or _level(gap, left):
        return False
    equation = not unit.reference and _equates(gap, unit.kind)
    if subjects.facts(left.words, ALLOWED[unit.kind]):
        _take(unit, left, equation=equation)
        return True
    if equation and subjects.elsewhere(left.words, ALLOWED[unit.kind]):
        unit.mention, unit.equation = left, True
    return False


def _past_a_comma(unit: Unit, left: Mention, tokens: Tokens, subjects: Subjects) -> bool:
    """`the delta, at 0.22`, where nothing behind the number names it."""
    gap = tokens.words[left.last + 1 : unit.first]
    if not _leads(gap, unit.kind, comma=True):
        return False
    if subjects.facts(left.words, ALLOWED[unit.kind]):
        _take(unit, left)
        return True
    says_is = set(gap[1:]) <= small.EQUAL and ("it" in gap or _opens(tokens, left))
    if says_is and subjects.elsewhere(left.words, ALLOWED[unit.kind]):
        unit.mention, unit.equation = left, True
    return unit.mention is not None


def _goes_on(unit: Unit, before: Unit | Mention | None, tokens: Tokens, subjects: Subjects) -> bool:
    """`breakevens of 90 and 110`, `98/93`: the second number is of the first one's subject."""
    if not isinstance(before, Unit) or before.mention is None:
        return False
    between = tokens.words[before.last + 1 : unit.first]
    same = between == ["/"] or (before.mention.plural and set(between) <= small.GLUE)
    if same and subjects.facts(before.mention.words, ALLOWED[unit.kind]):
        unit.mention = before.mention
    return unit.mention is not None


def _for_its_life(unit: Unit, tokens: Tokens, subjects: Subjects) -> None:
    """`45 days left`, `a 45-day trade`: the days to expiry."""
    life = Mention(unit.last, unit.last, frozenset({"expiry"}))
    named = unit.kind is Kind.DAYS and tokens.word(unit.last + 1) in small.LIFE
    if named and subjects.facts(life.words, ALLOWED[unit.kind]):
        unit.mention = life


def _equates(gap: list[str], kind: Kind) -> bool:
    """Whether a gap says `is`: then a number of another kind is a wrong unit, and not another thing."""
    if kind in _LOOSE:
        return bool(gap) and set(gap) <= small.EQUAL
    return all(
        (word in small.FILLERS and word not in small.UNEQUAL and (word != "to" or gap[place - 1] in small.REACH))
        or word in HEDGES
        or _falls(gap, place)
        for place, word in enumerate(gap)
    )


def _falls(gap: list[str], place: int) -> bool:
    """`falls on`, whatever is said to fall there."""
    if gap[place] == "on":
        return place > 0 and gap[place - 1] in small.FALLS
    return gap[place] in small.FALLS and place + 1 < len(gap) and gap[place + 1] == "on"


def _opens(tokens: Tokens, mention: Mention) -> bool:
    """`Realised vol, 20 %`, and not `At this vol, $1.05 is thin`."""
    at = mention.first - 1
    while tokens.word(at) in small.DETERMINERS:
        at -= 1
    return tokens.word(at) not in small.OPENERS


def _level(gap: list[str], mention: Mention) -> bool:
    """`spot below $96`, `the loss starts below $63`: a level, and no value of what stands before it."""
    if not set(gap) & small.LEVELS:
        return False
    return mention.words - MODIFIERS <= small.MOVING or (
        len(gap) > 1 and any(word not in small.FILLERS | small.LEVELS for word in gap)
    )


def _take(unit: Unit, mention: Mention, *, equation: bool = False) -> None:
    unit.mention, mention.taken, unit.equation = mention, True, equation


def _leads(gap: list[str], kind: Kind, *, comma: bool) -> bool:
    """Whether the words between a mention and the number behind it make the number its value."""
    if comma:
        if not gap or gap[0] not in (",", "which"):
            return False
        gap = [word for word in gap[1:] if word != ","] if "," in gap[1:] and len(gap) <= 3 else gap[1:]
    strange = 0
    for place, word in enumerate(gap):
        if word in RELATIONS and place < len(gap) - 1 - (gap[-1] in ("a", "the")):
            return False
        if word in small.FILLERS or (word in MODIFIERS and word not in RELATIONS) or word.endswith("ly"):
            continue
        if word in HEDGES or (kind is Kind.DATE and word in small.DATED) or _falls(gap, place):
            continue
        if (
            f"{gap[place - 1] if place else ''} {word}" in HEDGES
            or f"{word} {gap[place + 1] if place + 1 < len(gap) else ''}" in HEDGES
        ):
            continue
        if word == "," and place == len(gap) - 1 and comma:
            continue
        if word in small.BREAKS or word in RELATIONS or not word.isalpha():
            return False
        strange += 1
        if strange > 1 or comma:
            return False
    return True


def _follows(
    unit: Unit, after: Mention, following: Unit | Mention | None, tokens: Tokens, subjects: Subjects
) -> bool:
    """Whether a mention right behind a number names it, and is not the beginning of the next number's."""
    gap = tokens.words[unit.last + 1 : after.first]
    opening = tokens.words[after.first]
    if isinstance(following, Unit) and opening not in ("delta",):
        ahead = tokens.words[after.last + 1 : following.first]
        if _leads(ahead, following.kind, comma=False):
            return False
    if (
        unit.kind is Kind.DAYS
        and gap
        and set(gap) <= {"to", "until", "till", "left", "remaining", "before", "the", "its", "away", "-"}
    ):
        return gap != ["before"]
    if opening in small.VERBS and unit.kind is not Kind.DATE:
        return False
    if not gap or gap == ["-"]:
        return tokens.word(unit.first - 1) not in small.PLACES
    if gap[0] == "of" and unit.kind is Kind.PERCENT:
        return gap == ["of"] and subjects.exactly(after.words, ALLOWED[unit.kind])
    if gap in (["the"], [",", "the"], [",", "our"], [",", "its"]):
        return _with(tokens, unit.first, ("with",) if len(gap) == 1 else ("with", "at")) and (
            len(gap) == 1 or not after.words - MODIFIERS <= small.MOVING
        )
    strange = 0
    for place, word in enumerate(gap):
        if word in small.RIGHT or (word in MODIFIERS and word not in RELATIONS):
            continue
        if word in small.DETERMINERS and place and gap[place - 1] in ("of", "in", "is", "as", "was", "worth", "("):
            continue
        if word == "where" and place and gap[place - 1] in ("is", "was"):
            continue
        if (
            not word.isalpha()
            or word in small.BREAKS
            or word in RELATIONS
            or word in small.DETERMINERS
            or word in small.FILLERS
        ):
            return False
        strange += 1
    return strange <= 1 and tokens.word(unit.first - 1) not in small.PLACES


def _with(tokens: Tokens, at: int, openers: tuple[str, ...]) -> bool:
    """`with about 0.22 the delta …`, `at 0.22, the delta …`"""
    while tokens.word(at - 1) in HEDGES or tokens.word(at - 1) in ("just", "only", "a"):
        at -= 1
    return tokens.word(at - 1) in openers


def _reference(tokens: Tokens, unit: Unit, after: Mention) -> frozenset[str]:
    """What the number is measured from: `7 % below spot`."""
    gap = tokens.words[unit.last + 1 : after.first]
    return after.words if gap and len(gap) <= 4 and any(word in RELATIONS for word in gap) else frozenset()


def _lists(elements: list[Unit | Mention], tokens: Tokens) -> None:
    """`IV rank and delta are 62 and 0.22`, `62 and 0.22 for IV rank and delta`: as many of both, in their order."""
    blocks = _blocks(elements, tokens)
    for first, second in pairwise(blocks):
        if len(first) != len(second) or len(first) < 2 or isinstance(first[0], Unit) == isinstance(second[0], Unit):
            continue
        gap = tokens.words[first[-1].last + 1 : second[0].first]
        if any(word in (";", "while", "but") for word in gap) or len(gap) > 4:
            continue
        if not set(gap) & small.BRIDGES:
            continue  # `a credit of 1.05, a 0.22 delta, IV rank 62`
        units, mentions = (second, first) if isinstance(first[0], Mention) else (first, second)
        if any(isinstance(unit, Unit) and unit.mention is not None for unit in units):
            continue
        for unit, mention in zip(units, mentions, strict=True):
            if isinstance(unit, Unit) and isinstance(mention, Mention):
                _take(unit, mention, equation=True)


def _blocks(elements: list[Unit | Mention], tokens: Tokens) -> list[list[Unit | Mention]]:
    """Neighbours of one sort with nothing but commas and `and` between them."""
    blocks: list[list[Unit | Mention]] = []
    for element in elements:
        last = blocks[-1][-1] if blocks else None
        if last is not None and isinstance(last, Unit) == isinstance(element, Unit):
            between = tokens.words[last.last + 1 : element.first]
            if between and set(between) <= _LISTED and set(between) & {",", "and", "or", "/", "&"}:
                blocks[-1].append(element)
                continue
        blocks.append([element])
    return blocks
