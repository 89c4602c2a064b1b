"""What a book must not say of how its trades end: exits that an entry has reached already, rolls into an exit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tools.domain.contract import Right
from tools.domain.structure import BOUGHT, StructureKind
from tools.portfolio.exit_rules import ExitRule
from tools.screening.criteria import FALLING
from tools.screening.impossible import Problem
from tools.screening.registry import STRUCTURES
from tools.screening.rules import Rule
from tools.screening.structure import is_protected, short_places

if TYPE_CHECKING:
    from tools.books.book import Book

# Spec B5: cash-settled European options, which nobody exercises early.
EUROPEAN = frozenset({StructureKind.INDEX_PUT})
_SOLD_EXITS = frozenset({ExitRule.TAKE_PROFIT, ExitRule.EARLY_DECAY, ExitRule.ADVERSE_STOP})
_BOUGHT_EXITS = frozenset({ExitRule.LOSS, ExitRule.FADED, ExitRule.HELD, ExitRule.CASH_NEED})


def contradictory_endings(book: Book) -> Iterator[Problem]:
    """Every (key path, sentence) that stands against the book's exits and rolls."""
    yield from _entries_inside(book)
    yield from _without_meaning(book)
    yield from _rolls(book)
    if book.exits.cash_need and not book.is_reserve:
        yield ("exits", "cash_need"), "has no meaning outside of a reserve: long_shares in step sweep or reserve"


def _entries_inside(book: Book) -> Iterator[Problem]:
    """An exit that a trade may have reached on the day it is opened."""
    exits = book.exits
    nearest = _shortest_entry(book)
    if exits.time_stop is not None and nearest is not None and exits.time_stop >= nearest:
        text = f"would close a trade on the day it is opened: entries begin at {nearest:g} days, this is at"
        yield ("exits", "time_stop"), f"{text} {exits.time_stop}"
    for key, rule in (("delta", Rule.DELTA), ("net_delta", Rule.NET_DELTA)):
        bound, largest = getattr(exits, key), _largest_entry(book, rule)
        if bound is not None and largest is not None and bound < largest:
            text = f"would close a trade on the day it is opened: entries reach {largest:g}, this is at {bound:g}"
            yield ("exits", key), text


def _shortest_entry(book: Book) -> float | None:
    edges = [c.low for c in book.criteria if c.rule is Rule.DTE and c.required and c.low is not None]
    return min(edges, default=None)


def _largest_entry(book: Book, rule: Rule) -> float | None:
    asked = [c for c in book.criteria if c.rule is rule and c.required]
    edges = [c.high for c in asked if c.high is not None]
    edges += [c.bound for c in asked if c.kind in FALLING and c.bound is not None]
    return max(edges, default=None)


def _without_meaning(book: Book) -> Iterator[Problem]:
    """Keys a book names although none of its structures can come to them."""
    named = book.exits.model_fields_set
    structures = [STRUCTURES[kind] for kind in book.structure]
    early = {ExitRule.EX_DIVIDEND, ExitRule.ASSIGNMENT} & book.exits.active
    if set(book.structure) <= EUROPEAN:
        yield from (
            (("exits", rule.value), "has no meaning for European options, which are not exercised early")
            for rule in sorted(early)
            if rule.value in named
        )
    sells_calls = any(each.roles[place].right is Right.CALL for each in structures for place in short_places(each))
    if ExitRule.EX_DIVIDEND in early and "ex_dividend" in named and not sells_calls:
        yield ("exits", "ex_dividend"), "has no meaning for puts: only calls are exercised for a dividend"
    yield from _of_another_side(book)
    bounded = [each.kind.value for each in structures if is_protected(each)]
    if book.exits.assignment_spread is not None and bounded:
        text = f"accepts delivery of a {bounded[0]}'s short leg, which would leave its other legs behind"
        yield ("exits", "assignment_spread"), text


def _of_another_side(book: Book) -> Iterator[Problem]:
    """A credit is kept or lost by what was sold, a cost by what was bought."""
    kinds = set(book.structure)
    if kinds <= BOUGHT:
        strange, why = _SOLD_EXITS, "what was bought, which has no credit"
    elif kinds.isdisjoint(BOUGHT):
        strange, why = _BOUGHT_EXITS, "what was sold, which has no cost"
    else:
        return
    for rule in sorted(strange & book.exits.active):
        yield ("exits", rule.value), f"has no meaning for {why}"


def _rolls(book: Book) -> Iterator[Problem]:
    exits, rolls = book.exits, book.rolls
    for rule in rolls.on:
        if rule not in exits.active:
            yield ("rolls", "on"), f"names {rule.value!r}, and exits has no such rule"
    if rolls.delta is not None and exits.delta is not None and rolls.delta >= exits.delta:
        text = f"would be breached at once: exits.delta is {exits.delta:g}, this is {rolls.delta:g}"
        yield ("rolls", "delta"), text
    if rolls.dte is not None and exits.time_stop is not None and rolls.dte[0] <= exits.time_stop:
        text = f"must begin after exits.time_stop ({exits.time_stop} days); it is {list(rolls.dte)}"
        yield ("rolls", "dte"), text
