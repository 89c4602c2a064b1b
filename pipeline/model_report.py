"""Whether the model earns its place, from the ledger to JSON: thetagate.model-report/1.

ledger ─► decisions with their answers · results of trades that are over ─► ModelReport ─► contract
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict
from typing import Any

from pipeline.home import Home
from pipeline.services import house_of
from pipeline.settings import Settings
from pipeline.wiring import open_books, open_ledger
from tools.books.book import Book
from tools.books.load import shipped_book, shipped_names
from tools.desk.model_report import A_MODELS, Judged, ModelReport, judged_of, model_report
from tools.domain.rationale import AnalysisSource
from tools.performance.ablation import Ablation, Twin
from tools.performance.agreement import TARGET, Agreement
from tools.performance.confidence import Calibration
from tools.performance.intervals import Interval

SCHEMA = "thetagate.model-report/1"


def of_ledger(home: Home, settings: Settings, *, sources: Collection[AnalysisSource] = A_MODELS) -> ModelReport:
    """Of every decision in a home; of none where nothing was ever run in it."""
    judged = _judged(home, settings) if home.is_initialised else ()
    return model_report(judged, books=_books(settings, judged), house=house_of(settings), sources=sources)


def _judged(home: Home, settings: Settings) -> tuple[Judged, ...]:
    with open_ledger(home, account=settings.account.name) as ledger:
        results = {each.decision_id: float(each.pnl) for each in ledger.ended_trades()}
        return judged_of(ledger.records(), results)


def _books(settings: Settings, judged: Collection[Judged]) -> Mapping[str, Book]:
    """The enabled books, and the shipped ones that decided something while they were."""
    enabled = open_books(settings)
    others = {each.candidate.book for each in judged} - enabled.keys()
    return enabled | {name: shipped_book(name) for name in sorted(others & set(shipped_names()))}


def contract(report: ModelReport, *, basis: str) -> dict[str, Any]:
    """The JSON of a report; what is unknown is null. `basis` says what was measured."""
    told = report.calibration
    return {
        "schema": SCHEMA,
        "basis": basis,
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
