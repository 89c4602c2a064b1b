"""The same history without the model's word, so that what it kept out has a result too.

    run with the answers → their mean ─→ run with the mean in place of each ─┐
                         └→ decisions ───────────────────────────────────────┴→ decisions with results of either run

In the ledger a trade that the model kept out was never made and has no result. In history it can be made: a second
run over the same days takes what the mean would have taken. Both runs see one market and keep an account of their
own: what one of them holds takes room from later trades, so that a decision of the first run may not be there in
the second, and then has no result.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date

from tools.backtest.engine import backtest
from tools.backtest.history import HistoricalMarket
from tools.backtest.journal import Journal
from tools.backtest.opinions import Analyst, Opinion
from tools.backtest.plan import Plan
from tools.desk.model_report import Judged, as_confident
from tools.domain.candidate import Candidate
from tools.domain.market import Snapshot
from tools.domain.rationale import AnalysisSource


class Flattened:
    """Another analyst's words, with one confidence in place of each that came from `sources`."""

    def __init__(self, analyst: Analyst, confidence: float, sources: Collection[AnalysisSource]) -> None:
        self.recordings = analyst.recordings
        self._analyst, self._confidence, self._sources = analyst, confidence, sources

    def opinion(self, candidate: Candidate, snapshot: Snapshot) -> Opinion:
        said = self._analyst.opinion(candidate, snapshot)
        if said.analysis.source not in self._sources:
            return said
        return replace(said, analysis=as_confident(said.analysis, self._confidence))


def judge_history(
    market: HistoricalMarket,
    plan: Plan,
    *,
    analyst: Analyst,
    sources: Collection[AnalysisSource],
    progress: Callable[[date], None] | None = None,
) -> tuple[tuple[Judged, ...], Journal]:
    """Every decision of the run with the answers, with its result in that run or else in the one without them.

    The second run is made only where an answer of `sources` says anything.
    """
    journal = backtest(market, plan, analyst=analyst, progress=progress)
    said = [
        each.analysis.confidence
        for each in journal.decisions
        if each.analysis is not None and each.analysis.source in sources and each.analysis.confidence is not None
    ]
    results: dict[str, float] = {}
    if said:
        mean = math.fsum(said) / len(said)
        results = _results(backtest(market, plan, analyst=Flattened(analyst, mean, sources), progress=progress))
    return _judged(journal, results | _results(journal)), journal


def _results(journal: Journal) -> dict[str, float]:
    """P&L by decision of the trades that are over, their parts together."""
    found: dict[str, float] = {}
    for trade in journal.trades:
        found[trade.id] = found.get(trade.id, 0.0) + float(trade.pnl)
    return found


def _judged(journal: Journal, results: dict[str, float]) -> tuple[Judged, ...]:
    return tuple(
        Judged(each.candidate, each.analysis, each.fit, each.outcome, results.get(each.candidate.id))
        for each in journal.decisions
        if each.analysis is not None
    )
