"""Whether the model earns its place, from the ledger or from history to JSON: thetagate.model-report/1.

ledger ─► decisions with their answers · results of trades that are over ────┬─► ModelReport ─► contract
recordings ─► history with their answers, history with their mean in place ──┘
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict
from itertools import count
from typing import Any

from pipeline.histories import open_named_books, open_past
from pipeline.home import Home
from pipeline.planning import Request, check_holdings, plan_of, sessions_of
from pipeline.recordings import open_recordings
from pipeline.services import house_of
from pipeline.settings import Settings
from pipeline.wiring import open_books, open_ledger
from tools.backtest.opinions import Opinions
from tools.backtest.without_model import judge_history
from tools.books.book import Book
from tools.books.load import shipped_book, shipped_names
from tools.desk.model_report import A_MODELS, Judged, ModelReport, judged_of, model_report
from tools.domain.errors import InputError
from tools.domain.rationale import AnalysisSource
from tools.performance.ablation import Ablation, Twin
from tools.performance.agreement import TARGET, Agreement
from tools.performance.confidence import Calibration
from tools.performance.intervals import Interval

SCHEMA = "thetagate.model-report/1"

Progress = Callable[[int, int], None]
"""Sessions done, and of how many."""


def of_ledger(home: Home, settings: Settings, *, sources: Collection[AnalysisSource] = A_MODELS) -> ModelReport:
    """Of every decision in a home; of none where nothing was ever run in it."""
    judged = _judged(home, settings) if home.is_initialised else ()
    return model_report(judged, books=_books(settings, judged), house=house_of(settings), sources=sources)


def of_history(
    home: Home,
    settings: Settings,
    request: Request,
    *,
    sources: Collection[AnalysisSource] = A_MODELS,
    progress: Progress,
) -> tuple[ModelReport, Opinions]:
    """Of every decision of books over a window with `request.recordings`, and who spoke of them."""
    sessions = sessions_of(request)
    books = open_named_books(settings, request.books)
    plan = plan_of(settings, request, books, first=sessions[0], last=sessions[-1])
    analyst = open_recordings(settings, request.recordings, confidence=plan.confidence)
    if analyst is None:
        raise InputError("Over history only recorded answers can be measured; name a cassette with --recordings.")
    window, seen = (plan.first, plan.last), count(1)
    with open_past(
        home,
        settings,
        request.data,
        books=books,
        symbols=request.symbols,
        seed=request.seed,
        window=window,
        keep=request.keep,
    ) as opened:
        check_holdings(plan, opened)
        judged, journal = judge_history(
            opened.market,
            plan,
            analyst=analyst,
            sources=sources,
            progress=lambda _: progress(next(seen), 2 * len(sessions)),
        )
    by_name = {book.name: book for book in books}
    return model_report(judged, books=by_name, house=plan.house, sources=sources), journal.opinions


def _judged(home: Home, settings: Settings) -> tuple[Judged, ...]:
    with open_ledger(home, account=settings.account.name) as ledger:
        results = {each.decision_id: float(each.pnl) for each in ledger.ended_trades()}
        return judged_of(ledger.records(), results)


def _books(settings: Settings, judged: Collection[Judged]) -> Mapping[str, Book]:
    """The enabled books, and the shipped ones that decided something while they were."""
    enabled = open_books(settings)
    others = {each.candidate.book for each in judged} - enabled.keys()
    return enabled | {name: shipped_book(name) for name in sorted(others & set(shipped_names()))}


def contract(report: ModelReport, *, basis: str, notes: Iterable[str] = ()) -> dict[str, Any]:
    """The JSON of a report; what is unknown is null. `basis` says what was measured, `notes` what to mind."""
    told = report.calibration
    return {
        "schema": SCHEMA,
        "basis": basis,
        "notes": list(notes),
        "sources": [source.value for source in report.sources],
        "answers": {
            "counted": report.answers,
            "unusable": report.unusable,
            "by_source": {source.value: count for source, count in report.by_source},
            "models": [{"name": name, "prompt": prompt, "answers": count} for name, prompt, count in report.models],
            "cost_usd": report.cost_usd,
        },
        "agreement": _agreement(report.agreement),
        "calibration": {"unknown": told} if isinstance(told, str) else _calibration(told),
        "ablation": _ablation(report.ablation) | {"mean_confidence": report.mean, "left_out": report.left_out},
    }


def _agreement(found: Agreement) -> dict[str, Any]:
    return {
        "cases": found.cases,
        "agreed": found.agreed,
        "share": _interval(found.share),
        "target": TARGET,
        "meets_target": found.meets_target,
        "needed": found.needed,
        "by_verdict": [
            {"numbers": sign.value, "verdict": verdict.value, "count": count}
            for sign, verdict, count in found.by_verdict
        ],
    }


def _calibration(found: Calibration) -> dict[str, Any]:
    parts = ("brier", "reliability", "resolution", "uncertainty", "skill", "error")
    return {
        "outcomes": found.count,
        "won": found.base,
        **{name: _interval(getattr(found, name)) for name in parts},
        "error_by_chance": found.error_by_chance,
        "table": [asdict(line) for line in found.table],
    }


def _ablation(found: Ablation) -> dict[str, Any]:
    sides = ("with_model", "without", "let_in", "kept_out")
    return {
        "decisions": found.decisions,
        **{name: asdict(getattr(found, name)) for name in sides},
        "difference": None if found.difference is None else _interval(found.difference),
        "verdict": found.verdict.value,
        "sentence": found.sentence,
        "changed": [_twin(twin) for twin in found.changed],
    }


def _twin(twin: Twin) -> dict[str, Any]:
    return {
        "id": twin.id,
        "label": twin.label,
        "day": twin.day.isoformat(),
        "taken_with": twin.with_model,
        "taken_without": twin.without,
        "pnl": twin.pnl,
    }


def _interval(found: Interval) -> dict[str, float | None]:
    values = {"estimate": found.estimate, "low": found.low, "high": found.high}
    return {name: None if math.isnan(value) else value for name, value in values.items()}
