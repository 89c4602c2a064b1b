"""A book on a snapshot.

book, snapshot, holdings → universe → a screen per underlying and structure → the best K of an underlying
                                  → every candidate in one order
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tools.books.book import Book
from tools.calendar.expiries import VIX_ROOTS
from tools.domain.candidate import Candidate
from tools.domain.chain import Chain
from tools.domain.market import Snapshot
from tools.domain.score import FilterState
from tools.domain.structure import StructureKind
from tools.portfolio.terms import on_forward
from tools.scoring.rank import rank_key
from tools.screening.holdings import Holdings
from tools.screening.long_shares import screen_shares
from tools.screening.screen import ScreenResult, screen_by
from tools.screening.stages import Stages


@dataclass(frozen=True, eq=False, slots=True)
class BookScreen:
    """One book's screen: a result per underlying and structure, and the symbols the snapshot lacks."""

    book: Book
    results: tuple[ScreenResult, ...]
    missing: tuple[str, ...]

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        return tuple(candidate for result in self.results for candidate in result.candidates)

    @property
    def rejected(self) -> dict[str, int]:
        """Contracts refused per rule, in the book's order; one contract may fail several rules."""
        totals = Counter[str]()
        for result in self.results:
            totals.update(result.rejected)
        rules = dict.fromkeys(c.rule.value for c in self.book.criteria if c.rule in totals)
        return {rule: totals[rule] for rule in rules if totals[rule]}


def universe(book: Book, snapshot: Snapshot) -> tuple[str, ...]:
    """The symbols the book asks for, whether the snapshot has them or not."""
    return tuple(sorted(snapshot.chains)) if book.universe == "all" else book.universe


def screen_book(book: Book, snapshot: Snapshot, holdings: Holdings) -> BookScreen:
    """Screen every underlying of the book's universe."""
    symbols = universe(book, snapshot)
    present = [symbol for symbol in symbols if symbol in snapshot.chains and symbol in snapshot.facts]
    return BookScreen(
        book=book,
        results=tuple(
            result for symbol in present for result in screen_underlying(book, snapshot, holdings, symbol)
        ),
        missing=tuple(symbol for symbol in symbols if symbol not in present),
    )


def screen_underlying(book: Book, snapshot: Snapshot, holdings: Holdings, symbol: str) -> Iterable[ScreenResult]:
    """One underlying that the snapshot has, for each of the book's structures; `best_k` holds over all of them."""
    chain = snapshot.chains[symbol]
    if book.structure == (StructureKind.LONG_SHARES,):
        return (_screen_shares(book, snapshot, holdings, chain),)
    chains = on_forward(chain) if symbol in VIX_ROOTS else (chain,)
    results = [_screen(book, snapshot, holdings, part, stages) for stages in book.stages for part in chains]
    return _best(results, book.best_k)


def _best(results: Sequence[ScreenResult], best_k: int) -> Iterable[ScreenResult]:
    """The screens of one underlying with the best `best_k` candidates of them all."""
    if sum(len(result.candidates) for result in results) <= best_k:
        return results
    found = sorted((c for result in results for c in result.candidates), key=_fewest_unknown_then_best)
    best = {candidate.id for candidate in found[:best_k]}
    return [replace(result, candidates=tuple(c for c in result.candidates if c.id in best)) for result in results]


def _screen_shares(book: Book, snapshot: Snapshot, holdings: Holdings, chain: Chain) -> ScreenResult:
    found, rejected = screen_shares(
        chain,
        facts=snapshot.facts[chain.underlying],
        conditions=snapshot.conditions,
        holdings=holdings,
        criteria=book.criteria,
        book=book.name,
        snapshot=snapshot.fingerprint,
        haircut=book.sizing.haircut,
    )
    return ScreenResult(
        book=book.name,
        underlying=chain.underlying,
        structure=StructureKind.LONG_SHARES,
        rows=1,
        considered=1,
        units=1,
        passed=len(found),
        rejected=rejected,
        candidates=found,
    )


def _screen(book: Book, snapshot: Snapshot, holdings: Holdings, chain: Chain, stages: Stages) -> ScreenResult:
    return screen_by(
        stages,
        chain,
        facts=snapshot.facts[chain.underlying],
        conditions=snapshot.conditions,
        holdings=holdings,
        clock=book.clock,
        book=book.name,
        snapshot=snapshot.fingerprint,
        best_k=book.best_k,
    )


def _fewest_unknown_then_best(candidate: Candidate) -> tuple[int, float]:
    """The order within a screen, between structures: what needs no person first, then the best (stable)."""
    unknown = sum(each.state is FilterState.UNKNOWN for each in candidate.filters)
    return unknown, math.inf if candidate.quantitative is None else -candidate.quantitative


def ranked(screens: Iterable[BookScreen]) -> tuple[Candidate, ...]:
    """Every candidate in one order before any analysis: the book's turn, then quantitative, then the id."""
    keyed = [
        (rank_key(turn=s.book.turn(c.structure), quantitative=c.quantitative, model=None, candidate_id=c.id), c)
        for s in screens
        for c in s.candidates
    ]
    return tuple(candidate for _, candidate in sorted(keyed, key=lambda each: each[0]))
