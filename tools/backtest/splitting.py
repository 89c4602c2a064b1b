"""Splits of what is held, before anything else of the day is looked at.

    splits since the last look ─→ what expired before: settled ─→ lines, at their last marks: restated
                               ─→ trades, contracts to settle, what is remembered of them: under new names

n-for-1 makes n contracts of each at strike / n. Any other ratio makes adjusted contracts, which do not trade here:
they are closed at their last mark and counted, and the trade's line says why. Nobody gains by a split, nor loses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from tools.backtest.attributing import Attributing, RecordedBooks
from tools.backtest.blotter import Blotter
from tools.backtest.delivering import Delivering
from tools.backtest.history import HistoricalMarket
from tools.backtest.managing import Manager
from tools.backtest.settling import Settling
from tools.calendar.sessions import session_open
from tools.domain.contract import is_occ
from tools.domain.errors import DataError
from tools.portfolio.fixings import ShareSplit
from tools.portfolio.settlement import Ended
from tools.portfolio.split import Split, split
from tools.portfolio.statement import Line


@dataclass(slots=True)
class Splitting:
    """Everything in a run that knows a held symbol by its name. `ended` is told what a settlement ended."""

    market: HistoricalMarket
    books: RecordedBooks
    settling: Settling
    blotter: Blotter
    delivering: Delivering
    manager: Manager
    attributing: Attributing
    ended: Callable[[tuple[Ended, ...], datetime], None]
    counts: Counter[str]

    def morning(self, last: date, today: date) -> None:
        """Every split after the last look up to the open of `today`, the earliest first."""
        found = [
            (each.day, symbol, each)
            for symbol in self._underlyings()
            for each in self.market.splits(symbol, after=last, until=today)
        ]
        for day, symbol, each in sorted(found, key=lambda one: one[:2]):
            self.ended(self.settling.overdue(day), session_open(today))
            self._split(symbol, each, at=session_open(today))

    def _underlyings(self) -> list[str]:
        """Of what is held and of what the plan will hold again."""
        contracts = self.settling.contracts
        held = {line.symbol for line in self.books.lines()} | set(self.delivering.plan.holdings)
        return sorted({contracts[each].underlying if each in contracts else each for each in held})

    def _split(self, symbol: str, ratio: ShareSplit, *, at: datetime) -> None:
        lines = tuple(self.books.lines())
        held = {line.symbol for line in lines}
        known = {each: self.books.last_mark(each) for each in held}
        marks = {each: float(mark) for each, mark in known.items() if mark is not None}
        found = split(
            lines, underlying=symbol, n=ratio.n, m=ratio.m, contracts=self.settling.contracts, marks=marks, at=at
        )
        self._check(symbol, ratio, found.unknown)
        self.books.enter_at_marks(found.entries)
        self.books.restate(found.renamed, n=found.n, m=found.m)
        self.settling.contracts |= found.contracts
        self.attributing.restated(found)
        self.blotter.restated(symbol, found, marks=marks, at=at)
        self.delivering.restated(symbol, found)
        self.manager.vols.rename(found.renamed)
        self._count(found)

    def _check(self, symbol: str, ratio: ShareSplit, unknown: Iterable[Line]) -> None:
        names = sorted({line.symbol for line in unknown})
        if names:
            raise DataError(
                f"{symbol} splits {ratio.n} for {ratio.m} on {ratio.day}, and {', '.join(names)} has no mark to be "
                "closed at; begin the window on that day, or leave the symbol out."
            )

    def _count(self, found: Split) -> None:
        options = [old for old in found.renamed if is_occ(old)]
        self.counts["splits of what was held"] += bool(found.renamed or found.closed)
        self.counts["option lines restated by a split"] += len(options)
        self.counts["option lines closed at their mark, since an uneven split adjusts them"] += len(found.closed)
        self.counts["strikes rounded to the cent by a split"] += found.rounded
