"""A backtest from words to JSON: thetagate.backtest/1.

Request ─► books · house · history ─► Plan ─► backtest ─► Outcome ─► contract · page · ledger
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.histories import open_named_books, open_past
from pipeline.home import Home
from pipeline.measuring import measure_backtest
from pipeline.planning import Request, check_holdings, plan_of, provenance, sessions_of
from pipeline.recordings import open_recordings
from pipeline.settings import Settings
from pipeline.sources import present
from pipeline.wiring import open_ledger
from tools.backtest.benchmark import Benchmark
from tools.backtest.engine import backtest
from tools.backtest.figures import Figure
from tools.backtest.hindsight import Hindsight
from tools.backtest.journal import Ended
from tools.backtest.opinions import Opinions
from tools.backtest.outcome import BookOutcome, Outcome, outcome
from tools.domain.value import digest
from tools.performance.regimes import RegimeResult

SCHEMA = "thetagate.backtest/1"

Progress = Callable[[int, int], None]
"""Sessions done, and of how many."""


@dataclass(frozen=True, slots=True)
class Done:
    """A measured run and where it came from, in words by name."""

    outcome: Outcome
    symbols: tuple[str, ...]
    provenance: Mapping[str, str]


def run(home: Home, settings: Settings, request: Request, *, progress: Progress) -> Done:
    """`InputError` for a window without sessions, a book or underlying that is not there, a plan against itself."""
    sessions = sessions_of(request)
    books = open_named_books(settings, request.books)
    plan = plan_of(settings, request, books, first=sessions[0], last=sessions[-1])
    analyst = open_recordings(settings, request.recordings, confidence=plan.confidence)
    with open_past(
        home,
        settings,
        request.data,
        books=books,
        symbols=request.symbols,
        seed=request.seed,
        window=(plan.first, plan.last),
        keep=request.keep,
    ) as opened:
        check_holdings(plan, opened)
        seen = 0

        def tick(_: date) -> None:
            nonlocal seen
            seen += 1
            progress(seen, len(sessions))

        journal = backtest(opened.market, plan, analyst=analyst, progress=tick, whole=False)
        journal.counts.update(opened.skipped)
        journal.counts["sessions without quotes"] += len(sessions) - seen
        measured = outcome(journal, plan, opened.market)
    told = provenance(request, plan, opened, looks=seen, recordings=analyst.words if analyst else "")
    with open_ledger(home, now=present, account=settings.account.name) as ledger:
        measure_backtest(ledger, measured, run=digest(told)[:16])
    return Done(measured, opened.symbols, told)


def contract(done: Done, *, html: str | None = None) -> dict[str, Any]:
    """The JSON of a run; what is unknown is null."""
    found = done.outcome
    plan = found.plan
    return {
        "schema": SCHEMA,
        "from": str(plan.first),
        "to": str(plan.last),
        "sessions": len(found.rates),
        "source": {"name": found.source, "simulated": found.simulated},
        "provenance": dict(done.provenance),
        "plan": {
            "books": [book.name for book in plan.books],
            "symbols": list(done.symbols),
            "capital": plan.capital,
            "confidence": plan.confidence,
            "people": plan.people,
            "interest": plan.interest,
            "holdings": dict(plan.holdings),
            "slippage": plan.slippage.model_dump(mode="json"),
            "commissions": plan.commissions.model_dump(mode="json"),
        },
        "model": model_part(found.opinions),
        "pnl": round(found.pnl, 2),
        "figures": _figures(found.figures),
        "drawdown": {
            "depth": found.drawdown.depth,
            "peak": str(found.drawdown.peak),
            "trough": str(found.drawdown.trough),
            "recovered": None if found.drawdown.recovered is None else str(found.drawdown.recovered),
            "days": found.drawdown.days,
        },
        "hoped": [
            {
                "name": each.name,
                "wanted": each.wanted,
                "above": each.above,
                "measured": _number(each.measured),
                "met": each.met,
                "sure": each.sure,
            }
            for each in found.hopes
        ],
        "benchmark": None if found.benchmark is None else _benchmark(found.benchmark, found.days),
        "books": [_book(each) for each in found.books],
        "regimes": {"trend": _regimes(found.trends), "volatility": _regimes(found.volatilities)},
        "attribution": _money(found.attribution),
        "unattributed_rows": found.unattributed,
        "equity": _equity(found),
        "months": [
            {"month": str(month), "return": float(value)} for month, value in zip(*found.months, strict=True)
        ],
        "trades": [_trade(each) for each in found.trades],
        "open_trades": found.open_trades,
        "counts": dict(sorted(found.counts.items())),
        "cannot_tell": list(found.cannot_tell),
        "html": html,
    }


def model_part(opinions: Opinions) -> dict[str, Any]:
    """Who spoke for the model, and what the answers could know."""
    return {
        "kind": "recorded" if opinions.recordings else "assumed",
        "confidence": opinions.confidence,
        "recordings": list(opinions.recordings),
        "answered": opinions.answered,
        "assumed": opinions.assumed,
        "sources": {source.value: count for source, count in sorted(opinions.sources.items())},
        "hindsight": {label.value: opinions.hindsight[label] for label in Hindsight},
    }


def _figures(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "value": _number(each.value),
            "unit": each.unit.value,
            "low": _number(each.low),
            "high": _number(each.high),
            "of": each.of,
        }
        for each in figures
    ]


def _benchmark(held: Benchmark, days: npt.NDArray[np.datetime64]) -> dict[str, Any]:
    years = max((days[-1] - days[0]).astype(int), 1) / 365.25
    change = float(held.levels[-1] / held.levels[0])
    return {
        "symbol": held.symbol,
        "words": held.words,
        "total_return": change - 1,
        "annual_return": change ** (1 / years) - 1,
        "max_drawdown": float((held.levels / np.maximum.accumulate(held.levels) - 1).min()),
    }


def _book(each: BookOutcome) -> dict[str, Any]:
    return {
        "name": each.name,
        "title": each.title,
        "pnl": _number(float(each.pnl[-1])),
        "trades": each.trades.count,
        "figures": _figures(each.figures),
        "premium_capture": _number(each.capture),
        "fill_rate": _number(each.fill_rate),
        "decisions": dict(sorted(each.decided.items())),
        "attribution": _money(each.attribution),
        "never_traded": each.never or None,
    }


def _regimes(results: Iterable[RegimeResult]) -> list[dict[str, Any]]:
    return [
        {
            "regime": each.regime,
            "share": each.share,
            "annual_return": _number(each.returns.annual_return),
            "volatility": _number(each.returns.volatility),
            "sharpe": _number(each.returns.sharpe),
            "trades": None if each.trades is None else each.trades.count,
            "win_rate": None if each.trades is None else _number(each.trades.win_rate),
            "pnl_of_trades": None if each.trades is None else _number(each.trades.total),
        }
        for each in results
    ]


def _equity(found: Outcome) -> list[dict[str, Any]]:
    held = [math.nan] * len(found.days) if found.benchmark is None else found.benchmark.levels.tolist()
    return [
        {"date": str(day), "value": round(float(value), 2), "benchmark": _number(round(level, 2))}
        for day, value, level in zip(found.days, found.equity, held, strict=True)
    ]


def _trade(each: Ended) -> dict[str, Any]:
    return {
        "id": each.id,
        "book": each.book,
        "underlying": each.underlying,
        "structure": each.structure.value,
        "label": each.label,
        "contracts": each.contracts,
        "opened_at": each.opened_at.isoformat(),
        "closed_at": each.closed_at.isoformat(),
        "days": each.days,
        "credit": each.credit,
        "debit": each.debit,
        "pnl": float(each.pnl),
        "rolls": each.rolls,
        "entry": each.entry,
        "exit": each.exit,
    }


def _money(parts: Mapping[Any, Any]) -> dict[str, float]:
    return {str(source.value): float(amount) for source, amount in parts.items()}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
