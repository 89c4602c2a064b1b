"""What a book must not say: rules without meaning, structures without protection, sizes without a measure.

How its trades end is held against how they begin in `endings`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.books.endings import contradictory_endings
from tools.domain.structure import UNDEFINED_RISK, StructureKind
from tools.portfolio.sequence import BETWEEN, Step
from tools.screening.impossible import Problem
from tools.screening.registry import STRUCTURES
from tools.screening.rules import Rule
from tools.screening.strikes import StrikeBasis
from tools.screening.structure import Structure, is_protected

if TYPE_CHECKING:
    from tools.books.book import Book


def contradictions(book: Book) -> Iterator[Problem]:
    """Every (key path, sentence) that stands against the book."""
    if not book.universe:
        yield ("universe",), 'is empty; name symbols or write "all"'
    if not book.structure:
        yield ("structure",), f"is empty; choose of {', '.join(sorted(STRUCTURES))}"
    if len(set(book.structure)) < len(book.structure):
        yield ("structure",), "names a structure twice"
    if book.step not in BETWEEN:
        yield ("step",), f"opens nothing new; choose of {', '.join(each for each in Step if each in BETWEEN)}"
    yield from _misnamed(book)
    for kind in book.structure:
        yield from _of_structure(book, STRUCTURES[kind])
    if StructureKind.LONG_SHARES in book.structure and len(book.structure) > 1:
        yield ("structure",), "long_shares stands alone: a book of shares sells no options"
    yield from _strikes(book)
    if book.sizing.by_confidence and UNDEFINED_RISK & set(book.structure):
        yield ("sizing", "by_confidence"), "sizes by a largest loss, and here nothing bounds it"
    yield from contradictory_endings(book)


def _misnamed(book: Book) -> Iterator[Problem]:
    tables = {("entry",): book.entry} | {("only", kind.value): own for kind, own in book.only.items()}
    for path, table in tables.items():
        for rule, criterion in table.items():
            if criterion.rule is not rule:
                yield (*path, rule, "rule"), f"says {criterion.rule.value!r} in the table of {rule.value!r}"
    for kind in book.only.keys() - set(book.structure):
        yield ("only", kind.value), "is none of the book's structures"


def _of_structure(book: Book, structure: Structure) -> Iterator[Problem]:
    name = structure.kind.value
    criteria = book.criteria_of(structure.kind)
    for criterion in criteria:
        path = _place(book, structure.kind, criterion.rule)
        if criterion.rule not in structure.rules:
            yield path, f"has no meaning for a {name}"
        if criterion.rule in structure.mandatory and not criterion.required:
            yield (*path, "required"), f"must stay true: no {name} is opened without it"
    for rule in sorted(structure.mandatory - {criterion.rule for criterion in criteria}):
        yield ("entry",), f"lacks {rule.value!r}, without which no {name} is opened"
    if not any(c.has_margin and c.weight > 0 for c in criteria):
        yield ("entry",), "has no criterion with a margin and a weight, so that nothing could be scored"


def _place(book: Book, kind: StructureKind, rule: Rule) -> tuple[str, ...]:
    """The table a criterion of one structure stands in."""
    return ("only", kind.value, rule) if rule in book.only.get(kind, {}) else ("entry", rule)


def _strikes(book: Book) -> Iterator[Problem]:
    chosen = [STRUCTURES[kind] for kind in book.structure]
    several = [each.kind.value for each in chosen if len(each.roles) > 1]
    protected = [each.kind.value for each in chosen if is_protected(each)]
    if several and book.strikes.by is None:
        yield ("strikes",), f"must say by what the short strikes of a {several[0]} are chosen: by and target"
    if protected and book.strikes.width is None:
        yield ("strikes",), f"lacks width, how far from a short leg a {protected[0]} may be protected"
    if book.strikes.width is not None and not protected:
        yield ("strikes", "width"), "has no meaning without a leg that protects"
    aims = book.strikes.by is StrikeBasis.PREMIUM
    if not aims and any(c.rule is Rule.PREMIUM_TO_TARGET for c in book.criteria):
        yield ("entry", Rule.PREMIUM_TO_TARGET), 'needs strikes.by = "premium", which sets the target'
