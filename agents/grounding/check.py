"""The check itself: every number of a text is carried by a fact, of its own subject where one is named.

    numbers of a sentence ─→ attached to mentions ─→ facts of the mention, else facts of the kind ─→ misses

A number whose subject is named must be that subject's. What the words leave open is decided for the writer: any
fact of the kind may carry it. Ranges hold where both ends are facts, or where they close in on one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from agents.grounding import connectives as small
from agents.grounding.attachment import Sentence, Unit, sentence
from agents.grounding.concepts import MODIFIERS, USUAL
from agents.grounding.facts import Facts, Given, Known
from agents.grounding.matching import ALLOWED, carries
from agents.grounding.mentions import Subjects
from agents.grounding.numbers import Number, Pairing, read
from agents.grounding.tokens import Tokens
from agents.grounding.units import Kind

# An answer has some 1,500 characters and may have 32,000; nobody reads what is far beyond.
LONGEST = 40_000

_ENDS = frozenset(".!?;\n")
_RELATIVE = frozenset({"from", "above", "below", "over", "under"})
_NAMING = frozenset({"of", "is", "at", ":", "=", ")", "reads", "stands", "was", "near", "sits"})
_EXITS = frozenset({"half", "double", "target", "stop", "exit", "twice"})
# A range closes in on a fact when neither end is further from it than this share of it.
CLOSE = 0.125


class Miss(NamedTuple):
    """A number without a fact: its place in the text, how it is written, why it is not grounded."""

    span: tuple[int, int]
    number: str
    reason: str


class Grounding(NamedTuple):
    misses: tuple[Miss, ...]

    @property
    def grounded(self) -> bool:
        return not self.misses


def check(text: str, facts: Facts, *, subjects: bool = True) -> Grounding:
    """Every number of `text` held against `facts`; a text longer than `LONGEST` is one miss.

    Without `subjects` any fact of its kind carries a number: where a text says by other means what it speaks of.
    """
    if len(text) > LONGEST:
        reason = f"the text has {len(text):,} characters; at most {LONGEST:,} are read"
        return Grounding((Miss((0, len(text)), text[:24], reason),))
    given = Given(facts)
    tokens = Tokens(text, given.names)
    numbers = read(tokens)
    if not numbers:
        return Grounding(())
    return Grounding(tuple(_Check(given, tokens, numbers, by_subject=subjects).misses()))


class _Check:
    def __init__(self, given: Given, tokens: Tokens, numbers: list[Number], *, by_subject: bool) -> None:
        self._given, self._tokens, self._numbers = given, tokens, numbers
        self._by_subject = by_subject
        self._subjects = Subjects(given)

    def misses(self) -> Iterator[Miss]:
        for found in self._sentences():
            for unit in found.units:
                for number, reason in self._unit(unit, found):
                    start, end = self._tokens.span(number.first, number.last)
                    yield Miss((start, end), self._tokens.source[start:end].strip(), reason)

    def _sentences(self) -> Iterator[Sentence]:
        """The sentences that hold numbers."""
        tokens, first, place = self._tokens, 0, 0
        ends = [at for at, word in enumerate(tokens.words) if word in _ENDS and self._ends(at)]
        for at in (*ends, len(tokens)):
            inside: list[Number] = []
            while place < len(self._numbers) and self._numbers[place].last < at:
                inside.append(self._numbers[place])
                place += 1
            if place < len(self._numbers) and self._numbers[place].first <= at:
                place -= len(inside)
                continue  # the point of `Dec. 18` or `p.a.`
            if inside:
                yield sentence(inside, tokens, first, at, self._subjects)
            first = at + 1

    def _ends(self, at: int) -> bool:
        word = self._tokens.words[at]
        return word != "." or (not self._tokens.glued(at + 1) and self._tokens.word(at - 1) not in small.SHORTENED)

    def _unit(self, unit: Unit, found: Sentence) -> list[tuple[Number, str]]:
        wrong = [(number, reason) for number in unit.numbers if (reason := self._why_not(number, unit, found))]
        if wrong and unit.numbers[0].pairing is Pairing.RANGE and len(unit.numbers) == 2 and self._closes_in(unit):
            return []
        return wrong

    def _why_not(self, number: Number, unit: Unit, found: Sentence) -> str:
        """Empty when a fact carries the number."""
        if self._says_nothing(number, unit):
            return ""
        mention = unit.mention if self._by_subject else None
        pool = self._given.of(ALLOWED[number.kind])
        if mention is None:
            if any(self._carried(number, fact, unit) for fact in pool) or self._a_year(number):
                return ""
            return self._reason(number, pool)
        kinds = ALLOWED[number.kind]
        meant = self._subjects.facts(mention.words, kinds)
        if any(self._carried(number, fact, unit) for fact in meant):
            return ""
        said = found.said(mention) | unit.reference
        for fact in pool:
            if self._also_said(fact, unit, mention.words, said) and self._carried(number, fact, unit):
                return ""
        if pool and not meant and not self._stated(mention.words):
            subject = " ".join(sorted(mention.words & USUAL)) or " ".join(sorted(mention.words))
            if mention.words & USUAL:
                return f"the brief states no {subject} of this kind"
        if not meant and not unit.equation and any(self._carried(number, f, unit) for f in pool):
            return ""
        return self._reason(number, meant or pool)

    def _stated(self, words: frozenset[str]) -> bool:
        return self._subjects.known(words)

    def _also_said(self, fact: Known, unit: Unit, words: frozenset[str], said: frozenset[str]) -> bool:
        """Whether the sentence names this fact too: all its words are there, in part where the number stands."""
        core = fact.said.core
        if unit.equation and not words - MODIFIERS <= fact.said.words:
            return False
        if not (fact.said.words & words) - MODIFIERS:
            return False
        if unit.numbers[0].pairing is Pairing.RANGE and fact.said.words & words - MODIFIERS:
            return True
        return core <= said and not core <= words

    def _carried(self, number: Number, fact: Known, unit: Unit) -> bool:
        way = self._way(number, fact, unit) if fact.way else 0
        before = unit.mention is not None and unit.mention.first > number.last
        return carries(number, fact, before=before, way=way, multiplier=self._given.multiplier)

    def _says_nothing(self, number: Number, unit: Unit) -> bool:
        """Manners of speaking (`two risks`, `one contract`), and the digits of names (`SMA 20`)."""
        if number.share:
            return self._part_holds(number)
        if number.kind is Kind.MOVES and number.value == 1 and self._tokens.word(number.first) == "one":
            return not self._given.by_kind.get(Kind.MOVES)  # `one expected move`: the name of a distance
        if number.loose:
            if number.kind is Kind.COUNT:
                counts = [f.value for f in self._given.by_kind.get(Kind.COUNT, ()) if f.noun == number.noun]
                small = [count for count in counts if count <= 50]
                return not small or 1.0 in small
            if number.kind is not Kind.PLAIN:
                return True
            after = self._tokens.word(number.last + 1)
            return unit.mention is None or after.isalpha() or number.value <= 1
        return number.kind in (Kind.PLAIN, Kind.DAYS) and self._is_name(number)

    def _is_name(self, number: Number) -> bool:
        """`SMA 20`, `20-day average`: digits that belong to a fact's name, beside it."""
        tokens = self._tokens
        digits = tokens.words[number.last] if tokens.kinds[number.last] == "n" else tokens.words[number.first]
        if not digits.isdigit():
            return False
        after = tokens.words[number.last + 1 : number.last + 5]
        near = set(after) if number.kind is Kind.DAYS else set()
        if set(after[:2]) & _NAMING or tokens.word(number.first - 1) in ("-", "("):
            near |= set(tokens.words[max(0, number.first - 2) : number.first])
        return any(digits in f.said.digits and f.said.core & near for f in self._given.facts if f.said.digits)

    def _part_holds(self, number: Number) -> bool:
        """`half the credit`: a fact of that share, or one that is called so, or the product is a fact.

        The way out is spoken of in parts of the credit; where no fact says which, it is no claim.
        """
        tokens = self._tokens
        value = number.value / 100 if number.kind is Kind.PERCENT else number.value
        named = {0.5: "half", 2.0: "double"}.get(value, "")
        for fact in self._given.of((Kind.PERCENT, Kind.PLAIN, Kind.MOVES)):
            if carries(number, fact, before=False, way=0, multiplier=1.0):
                return True
        words: set[str] = set()
        for run in self._subjects.mentions(tokens, number.last + 1, min(len(tokens), number.last + 6)):
            words |= run.words
        if named and any(named in fact.said.words and fact.said.words & words for fact in self._given.facts):
            return True
        base = [f for f in self._given.facts if f.said.head in words and f.kind is not Kind.DATE]
        for fact in base:
            for other in self._given.by_kind.get(fact.kind, ()):
                if other is not fact and math.isclose(abs(fact.value) * value, abs(other.value), rel_tol=0.02):
                    return True
        exits = any(
            f.said.words & _EXITS and f.kind in (Kind.PERCENT, Kind.PLAIN, Kind.MOVES) for f in self._given.facts
        )
        return bool(words & {"credit", "premium", "profit"}) and not exits and value in (0.5, 2.0)

    def _a_year(self, number: Number) -> bool:
        """`2026` may be the year of a date."""
        if number.kind is not Kind.PLAIN or not number.value.is_integer():
            return False
        return any(fact.day is not None and fact.day.year == number.value for fact in self._given.facts)

    def _closes_in(self, unit: Unit) -> bool:
        """Whether a range has a fact of its subject inside, near to both ends."""
        low, high = sorted(unit.numbers, key=lambda number: number.value)
        if low.kind is not high.kind or low.written is not None:
            return False
        kinds = ALLOWED[unit.kind]
        pool = self._given.of(kinds)
        if unit.mention is not None:
            pool = self._subjects.facts(unit.mention.words, kinds) or pool
        step = high.value - low.value <= 2.001 * max(high.below, low.below)
        for fact in pool:
            inside = Number(
                low.first, high.last, high.kind, (low.value + high.value) / 2, noun=high.noun, per=high.per
            )
            inside.below = inside.above = (high.value - low.value) / 2
            value = abs(fact.value)
            near = step or (value and max(value - low.value, high.value - value) <= CLOSE * max(value, 1e-12))
            if near and carries(inside, fact, before=False, way=0, multiplier=self._given.multiplier):
                return True
        return False

    def _way(self, number: Number, fact: Known, unit: Unit) -> int:
        """1 or -1 where the words around a number say up or down, a gain or a loss; 0 where they do not."""
        tokens = self._tokens
        relative = bool(fact.said.words & _RELATIVE) or not fact.said.words & {"loss", "profit", "pnl"}
        up, down = (small.UP, small.DOWN) if relative else (small.GAIN, small.LOSS)
        after = tokens.word(number.last + 1)
        way = (after in up) - (after in down)
        if way and fact.said.head in unit.reference and not fact.said.beyond & unit.reference:
            way = -way  # `spot 6 % above the strike` is the strike 6 % below spot
        at = number.first - 1
        for _ in range(3):
            if way or at < 0:
                break
            word = tokens.words[at]
            if word == "up" and tokens.word(at + 1) == "to":
                break
            way = (word in up - _RELATIVE) - (word in down - _RELATIVE)
            if word not in small.SKIPPED:
                break
            at -= 1
        return way

    def _reason(self, number: Number, facts: list[Known]) -> str:
        if number.kind in (Kind.DATE, Kind.TIME):
            return f"no {number.kind.value} of the brief"
        if not facts:
            return f"the brief states nothing in this unit ({number.kind.value})"
        nearest = min(facts, key=lambda fact: abs(abs(fact.value) - number.value))
        return f"not in the brief; the nearest fact is {nearest.name.replace('_', ' ')} at {nearest.value:g}"
