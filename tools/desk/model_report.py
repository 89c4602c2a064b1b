"""Does the model earn its place: what it said against the numbers, against what came of it, against its absence.

    decisions ─→ those a model answered ─┬→ verdict against clear-cut numbers        → Agreement
                                         ├→ confidence against results               → Calibration, or what lacks
                                         └→ the gate again, with the mean confidence → Ablation

The ablation passes every decision through the gate twice, as it was and with the model's confidence replaced by
the mean of all its confidences: the 20 % stay, the opinion goes. Verdict, grounding, size and fit remain what they
were, so that the difference is that of the number alone. Taken is what the score approves without a person. What
the gate of today, with today's thresholds, settles otherwise than it was settled was decided by something else (a
halt, an edit, other settings) and is left out, counted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tools.books.book import Book
from tools.desk.entering import score_entry
from tools.desk.house import House
from tools.domain.candidate import Candidate
from tools.domain.chain import new_york_date
from tools.domain.decision import DecisionRecord, FitResult, Gate, Outcome
from tools.domain.rationale import Analysis, AnalysisSource
from tools.performance.ablation import Ablation, Twin, ablate
from tools.performance.agreement import Agreement, agreement, clear_cut
from tools.performance.confidence import Calibration, calibrate

SEED = 20_260_101

A_MODELS = frozenset({AnalysisSource.LIVE, AnalysisSource.RECORDED})
"""Answers that a model gave; the others are a person's, a template's or nobody's."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One decision with what was said of it. `outcome` the gate's first word; `pnl` once its trade is over."""

    candidate: Candidate
    analysis: Analysis
    fit: FitResult | None
    outcome: Outcome
    pnl: float | None


@dataclass(frozen=True, slots=True)
class ModelReport:
    """`by_source` counts all answers, the rest is of the `answers` usable ones from `sources`.

    unusable    answers of those sources that could not be read, or never came
    models      who answered, by name and prompt
    cost_usd    of them all; None where one is unknown
    mean        the confidence that stands for all in the ablation, 0-10; None without any
    left_out    decisions that something else than the score settled
    calibration or what it lacks, in words
    """

    sources: tuple[AnalysisSource, ...]
    by_source: tuple[tuple[AnalysisSource, int], ...]
    answers: int
    unusable: int
    models: tuple[tuple[str, str, int], ...]
    cost_usd: float | None
    agreement: Agreement
    calibration: Calibration | str
    mean: float | None
    ablation: Ablation
    left_out: int


def judged_of(records: Iterable[DecisionRecord], results: Mapping[str, float]) -> tuple[Judged, ...]:
    """The decisions that an analyst was asked about and the gate has settled; `results` the P&L of ended trades."""
    found = []
    for record in records:
        gates = [part for part in record.parts if part.kind == "gate"]
        if record.analysis is not None and gates:
            outcome = Gate.model_validate(gates[0].body).outcome
            result = results.get(record.id)
            found.append(Judged(record.candidate, record.analysis, record.fit, outcome, result))
    return tuple(found)


def model_report(
    judged: Sequence[Judged],
    *,
    books: Mapping[str, Book],
    house: House,
    sources: Collection[AnalysisSource] = A_MODELS,
    seed: int = SEED,
) -> ModelReport:
    """Of the answers that came from `sources`."""
    asked = [each for each in judged if each.analysis.source in sources]
    answered = [each for each in asked if each.analysis.rationale is not None]
    said = [each.analysis.confidence or 0.0 for each in answered]
    mean = math.fsum(said) / len(said) if said else None
    twins = [] if mean is None else [_twin(each, books, house, mean) for each in answered]
    told = [twin for twin in twins if twin is not None]
    costs = [each.analysis.usage.cost_usd for each in asked]
    return ModelReport(
        sources=tuple(sorted(sources)),
        by_source=tuple(sorted(Counter(each.analysis.source for each in judged).items())),
        answers=len(answered),
        unusable=len(asked) - len(answered),
        models=_models(asked),
        cost_usd=None if None in costs else math.fsum(cost for cost in costs if cost is not None),
        agreement=_agreement(answered),
        calibration=_calibration(answered, seed=seed),
        mean=mean,
        ablation=ablate(told, seed=seed),
        left_out=len(twins) - len(told),
    )


def _models(asked: Iterable[Judged]) -> tuple[tuple[str, str, int], ...]:
    who = Counter(
        (f"{each.analysis.provider} {each.analysis.model}", each.analysis.prompt_fingerprint) for each in asked
    )
    return tuple((name, prompt, count) for (name, prompt), count in sorted(who.items()))


def _agreement(answered: Iterable[Judged]) -> Agreement:
    return agreement(
        (clear_cut(each.candidate.filters, each.candidate.quantitative), each.analysis.rationale.verdict)
        for each in answered
        if each.analysis.rationale is not None
    )


def _calibration(answered: Iterable[Judged], *, seed: int) -> Calibration | str:
    """Confidence of ten as the chance that the trade brings more than it costs."""
    over = [(each, each.pnl) for each in answered if each.pnl is not None]
    return calibrate(
        np.array([(each.analysis.confidence or 0.0) / 10 for each, _ in over]),
        [pnl > 0 for _, pnl in over],
        [new_york_date(each.candidate.as_of) for each, _ in over],
        seed=seed,
    )


def _twin(each: Judged, books: Mapping[str, Book], house: House, mean: float) -> Twin | None:
    """None where the score did not settle it."""
    candidate, book = each.candidate, books.get(each.candidate.book)
    if book is None or each.fit is None or _gate(each, each.analysis, book, house) is not each.outcome:
        return None
    return Twin(
        id=candidate.id,
        label=candidate.label,
        day=new_york_date(candidate.as_of),
        with_model=each.outcome is Outcome.APPROVED,
        without=_gate(each, as_confident(each.analysis, mean), book, house) is Outcome.APPROVED,
        pnl=each.pnl,
    )


def _gate(each: Judged, analysis: Analysis, book: Book, house: House) -> Outcome:
    _, gate = score_entry(
        each.candidate,
        book=book,
        house=house,
        analysis=analysis,
        fitted=each.fit,
        deadline=each.candidate.as_of,  # when somebody would have had to answer decides nothing
    )
    return gate.outcome


def as_confident(analysis: Analysis, confidence: float) -> Analysis:
    """The same words, said with another confidence, 0-10."""
    said = analysis.rationale
    return analysis.model_copy(
        update={"rationale": None if said is None else said.model_copy(update={"confidence": confidence})}
    )
