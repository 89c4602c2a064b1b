"""A book on a snapshot.

book, snapshot, holdings → universe → one screen per underlying → every candidate in one order
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tools.books.book import Book
from tools.domain.candidate import Candidate
from tools.domain.market import Snapshot
from tools.scoring.rank import rank_key
from tools.screening.holdings import Holdings
from tools.screening.screen import ScreenResult, screen


@dataclass(frozen=True, eq=False, slots=True)
class BookScreen:
    """One book's screen: a result per underlying, and the symbols of its universe the snapshot lacks."""

    book: Book
    results: tuple[ScreenResult, ...]
    missing: tuple[str, ...]

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        return tuple(candidate for result in self.results for candidate in result.candidates)

    @property
    def rejected(self) -> dict[str, int]:
        """Contracts refused per rule, in the book's order; one contract may fail several rules."""
        totals = {c.rule.value: sum(r.rejected.get(c.rule, 0) for r in self.results) for c in self.book.criteria}
        return {rule: count for rule, count in totals.items() if count}


def universe(book: Book, snapshot: Snapshot) -> tuple[str, ...]:
    """The symbols the book asks for, whether the snapshot has them or not."""
    return tuple(sorted(snapshot.chains)) if book.universe == "all" else book.universe


def screen_book(book: Book, snapshot: Snapshot, holdings: Holdings) -> BookScreen:
    """Screen every underlying of the book's universe."""
    symbols = universe(book, snapshot)
    present = [symbol for symbol in symbols if symbol in snapshot.chains and symbol in snapshot.facts]
    return BookScreen(
        book=book,
        results=tuple(screen_underlying(book, snapshot, holdings, symbol) for symbol in present),
        missing=tuple(symbol for symbol in symbols if symbol not in present),
    )


def screen_underlying(book: Book, snapshot: Snapshot, holdings: Holdings, symbol: str) -> ScreenResult:
    """Screen one underlying that the snapshot has."""
    return screen(
        snapshot.chains[symbol],
        facts=snapshot.facts[symbol],
        conditions=snapshot.conditions,
        holdings=holdings,
        structure=book.structure,
        criteria=book.criteria,
        clock=book.clock,
        book=book.name,
        snapshot=snapshot.fingerprint,
        best_k=book.best_k,
    )


def ranked(screens: Iterable[BookScreen]) -> tuple[Candidate, ...]:
    """Every candidate in one order before any analysis: the book's rank, then quantitative, then the id."""
    keyed = [
        (rank_key(book_rank=s.book.rank, quantitative=c.quantitative, model=None, candidate_id=c.id), c)
        for s in screens
        for c in s.candidates
    ]
    return tuple(candidate for _, candidate in sorted(keyed, key=lambda each: each[0]))
