"""Where a text names facts: runs of words that belong to one subject, and which facts a run may mean.

tokens between numbers → runs (`short put strike`, `probability of profit`) → facts of a kind
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agents.grounding.concepts import ALIASES, MODIFIERS, OPPOSITES, PHRASES, RELATIONS, USUAL, fold
from agents.grounding.facts import Given, Known
from agents.grounding.tokens import Tokens
from agents.grounding.units import Kind

# `its average` is the moving one, `average correlation` is not.
_AVERAGE, _MOVING = frozenset({"average"}), frozenset({"sma"})
# What may follow a subject and measures it: `put/call ratio`, `the VIX level`.
_TRAILING = frozenset({"ratio", "level", "value", "figure", "number", "reading"})
# Nouns of every sentence about a trade; a number beside them is no wrong unit of theirs.
_PLAIN_NOUNS = MODIFIERS | {"share", "contract", "unit", "trade", "day", "position"}
# `one expected move to expiry is`, `it loses at expiry beyond`: when something holds, and not what is measured.
_EXPIRY, _WHEN = frozenset({"expiry"}), frozenset({"at", "by", "to", "until", "till", "before", "through", "into"})
_JOINTS = frozenset({"of", "the", "a", "an", "its", "this"})


@dataclass(slots=True)
class Mention:
    """The tokens `first` to `last`, and the concepts they say. `taken` once a number has been read as its value."""

    first: int
    last: int
    words: frozenset[str]
    plural: bool = False
    taken: bool = False


class Subjects:
    """What the words of a text may mean among the given facts."""

    def __init__(self, given: Given) -> None:
        self._given = given
        self._vocabulary = (USUAL | MODIFIERS | ALIASES.keys() | given.by_word.keys()) - RELATIONS
        self._naming = USUAL | ALIASES.keys() | given.heads
        self._cache: dict[tuple[frozenset[str], tuple[Kind, ...]], list[Known]] = {}

    def mentions(self, tokens: Tokens, first: int, last: int) -> list[Mention]:
        """The runs among the tokens `first` … `last` - 1 that name something, in order."""
        runs: list[Mention] = []
        at = first
        while at < last:
            concepts, end = self._concepts(tokens, at, last)
            if not concepts:
                at = end + 1
                continue
            plural = tokens.words[end].endswith("s")
            before = runs[-1] if runs else None
            if before is not None and self._one(tokens, before, at, concepts):
                runs[-1] = Mention(before.first, end, before.words | concepts, plural or before.plural)
            else:
                runs.append(Mention(at, end, concepts, plural))
            while end + 1 < last and tokens.words[end + 1] in _TRAILING:
                end += 1
            runs[-1].last = end
            at = end + 1
        return [run for run in runs if run.words & self._naming and not _says_when(tokens, run)]

    def facts(self, words: frozenset[str], kinds: tuple[Kind, ...]) -> list[Known]:
        """The facts of these kinds that a run may mean: those its words say most of, the exact one first of all."""
        key = (words, kinds)
        found = self._cache.get(key)
        if found is None:
            found = self._resolve(words, kinds)
            if not found:
                other = frozenset(ALIASES.get(word, word) for word in words)
                found = self._resolve(other, kinds) if other != words else []
            self._cache[key] = found
        return found

    def exactly(self, words: frozenset[str], kinds: tuple[Kind, ...]) -> bool:
        """Whether a run is the whole name of a fact."""
        return any(fact.said.words == words for fact in self.facts(words, kinds))

    def elsewhere(self, words: frozenset[str], kinds: tuple[Kind, ...]) -> bool:
        """Whether the run means facts, and none of these kinds."""
        if words <= _PLAIN_NOUNS:
            return False
        others = tuple(kind for kind in Kind if kind not in kinds)
        return not self.facts(words, kinds) and (bool(words & USUAL) or bool(self.facts(words, others)))

    def known(self, words: frozenset[str]) -> bool:
        """Whether any fact, of whatever kind, is about one of the words that name something."""
        naming = [word for word in words if word not in MODIFIERS]
        return any(word in self._given.by_word or ALIASES.get(word) in self._given.by_word for word in naming)

    def _resolve(self, words: frozenset[str], kinds: tuple[Kind, ...]) -> list[Known]:
        best = 0
        found: list[Known] = []
        seen: set[tuple[str, Kind]] = set()
        for word in words:
            for fact in self._given.by_word.get(word, ()):
                if fact.kind not in kinds or fact.said.head not in words:
                    continue
                said = fact.said.words
                if (fact.name, fact.kind) in seen or _contradicts(words, said):
                    continue
                seen.add((fact.name, fact.kind))
                score = 2 * len(said & words) + (said <= words)
                if score > best:
                    best, found = score, [fact]
                elif score == best:
                    found.append(fact)
        return found

    def _concepts(self, tokens: Tokens, at: int, last: int) -> tuple[frozenset[str], int]:
        """What the word at `at` stands for, with the words that belong to it; empty for none."""
        word = tokens.words[at]
        for phrase, meant in PHRASES.get(word, ()):
            if at + len(phrase) <= last and tuple(tokens.words[at : at + len(phrase)]) == phrase:
                return frozenset(meant), at + len(phrase) - 1
        if tokens.kinds[at] != "w":
            return frozenset(), at
        concepts = frozenset(concept for concept in fold(word) if concept in self._vocabulary)
        if concepts == _AVERAGE and fold(tokens.word(at + 1))[-1] not in self._naming:
            return _MOVING, at
        return concepts, at

    def _one(self, tokens: Tokens, before: Mention, at: int, concepts: frozenset[str]) -> bool:
        """Whether the word at `at` goes on with the run before it: right after it, or through `of` to one fact."""
        between = tokens.words[before.last + 1 : at]
        joined = before.words | concepts
        if not between or between in (["-"], ["_"], ["'", "s"]):
            return not _two_heads(before.words, concepts) or self._share(joined)
        if between[0] == "of" and set(between) <= _JOINTS:
            return self._share(joined)
        return False

    def _share(self, words: Iterable[str]) -> bool:
        """Whether one fact says all these words."""
        wanted = frozenset(words)
        return any(wanted <= fact.said.words for word in wanted for fact in self._given.by_word.get(word, ()))


def _says_when(tokens: Tokens, run: Mention) -> bool:
    """`at expiry`, unless its date follows."""
    return run.words == _EXPIRY and tokens.word(run.first - 1) in _WHEN and tokens.word(run.last + 1) != "on"


def _two_heads(before: frozenset[str], concepts: frozenset[str]) -> bool:
    """`delta vega`: two subjects side by side."""
    return bool(before & USUAL) and bool(concepts & USUAL) and not before & concepts


def _contradicts(words: frozenset[str], said: frozenset[str]) -> bool:
    """`long strike` is not the short one."""
    return any(
        OPPOSITES.get(word) in said and word not in said and OPPOSITES[word] not in words
        for word in words
        if word in OPPOSITES
    )
