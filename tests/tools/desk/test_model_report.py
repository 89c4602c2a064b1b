"""What a model's word brought, from decisions as the desk keeps them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from tests.tools.ledger.specimens import AS_OF, candidate, fit, leg, passed
from tools.books.load import shipped_book
from tools.desk.assumed import assumed_analysis
from tools.desk.entering import score_entry
from tools.desk.house import House
from tools.desk.model_report import Judged, ModelReport, as_confident, judged_of, model_report
from tools.domain.decision import Outcome
from tools.domain.rationale import Analysis, AnalysisSource, Usage, Verdict
from tools.performance.ablation import Verdict as Told
from tools.performance.confidence import Calibration

BOOK = "cash_secured_put"
BOOKS, HOUSE = {BOOK: shipped_book(BOOK)}, House()


def said(confidence: float, *, source: AnalysisSource = AnalysisSource.LIVE, **changes: Any) -> Analysis:
    whole = assumed_analysis()
    assert whole.rationale is not None
    verdict = changes.pop("verdict", Verdict.APPROVE)
    words = whole.rationale.model_copy(update={"confidence": confidence, "verdict": verdict})
    usage = Usage(cost_usd=0.004, calls=1)
    fields = {"rationale": words, "source": source, "provider": "anthropic", "model": "some-model", "usage": usage}
    return whole.model_copy(update={**fields, **changes})


def judged(
    number: int, confidence: float = 7.0, *, quantitative: float = 8.0, pnl: float | None = None, **changes: Any
) -> Judged:
    """A put of its own day, settled by the gate as it would be."""
    sold = candidate(
        leg(480 + number), as_of=AS_OF + timedelta(days=number // 4), quantitative=quantitative, book=BOOK
    )
    analysis = changes.pop("analysis", None) or said(confidence, **changes)
    _, gate = score_entry(sold, book=BOOKS[BOOK], house=HOUSE, analysis=analysis, fitted=fit(), deadline=AS_OF)
    return Judged(sold, analysis, fit(), gate.outcome, pnl)


def report(*every: Judged, **changes: Any) -> ModelReport:
    return model_report(every, books=BOOKS, house=HOUSE, **changes)


def test_of_nothing_nothing_is_known() -> None:
    found = report()
    assert (found.answers, found.mean, found.cost_usd) == (0, None, 0.0)
    assert found.agreement.cases == 0
    assert found.calibration == "0 of at least 30 outcomes"
    assert found.ablation.verdict is Told.NO_DIFFERENCE
    assert found.ablation.sentence.startswith("Nothing is known")


def test_only_a_models_answers_count_unless_others_are_asked_for() -> None:
    others = [judged(n, source=source) for n, source in enumerate(AnalysisSource)]
    found = report(*others)
    assert found.answers == 2
    assert dict(found.by_source) == dict.fromkeys(AnalysisSource, 1)
    assert report(*others, sources=[AnalysisSource.AUTHORED]).answers == 1


def test_what_never_came_is_unusable_and_costs_nobody_knows_are_unknown() -> None:
    failed = judged(1, analysis=said(7.0, rationale=None, problem="refused"))
    assert (report(judged(0), failed).answers, report(judged(0), failed).unusable) == (1, 1)
    assert report(judged(0), failed).cost_usd == pytest.approx(0.008)
    assert report(judged(0), judged(1, usage=Usage())).cost_usd is None


def test_the_mean_in_place_of_each_confidence_turns_what_hung_on_it() -> None:
    """0.7·8.0 + 0.1·6.5 = 6.25: with a fifth of 9 it is 8.05, of 3 it is 6.85, of their mean 6 it is 7.45."""
    bold, shy = judged(0, 9.0, pnl=120.0), judged(1, 3.0)
    assert (bold.outcome, shy.outcome) == (Outcome.APPROVED, Outcome.WAITING)
    found = report(bold, shy)
    assert found.mean == 6.0
    assert [(twin.id, twin.with_model, twin.without) for twin in found.ablation.changed] == [
        (bold.candidate.id, True, False)
    ]
    assert found.ablation.let_in.pnl == 120.0


def test_what_the_score_did_not_settle_is_left_out() -> None:
    halted = judged(0, 9.0)
    halted = Judged(halted.candidate, halted.analysis, halted.fit, Outcome.REFUSED, None)
    elsewhere = judged(1, 9.0)
    unknown_book = Judged(
        elsewhere.candidate.model_copy(update={"book": "gone"}), elsewhere.analysis, fit(), elsewhere.outcome, None
    )
    unfitted = Judged(elsewhere.candidate, elsewhere.analysis, None, elsewhere.outcome, None)
    found = report(halted, unknown_book, unfitted, judged(2, 9.0))
    assert (found.answers, found.left_out, found.ablation.decisions) == (4, 3, 1)


def test_agreement_is_of_the_verdict_and_the_clear_cut_numbers() -> None:
    agreeing = [judged(n, quantitative=8.5) for n in range(3)]
    declined = judged(3, 4.0, quantitative=8.5, verdict=Verdict.DECLINE)
    between = judged(4, quantitative=7.0, verdict=Verdict.DECLINE)
    found = report(*agreeing, declined, between).agreement
    assert (found.cases, found.agreed) == (4, 3)


def test_confidence_is_held_against_what_came_of_it() -> None:
    random = np.random.default_rng(1)
    every = []
    for number in range(120):
        confidence = float(random.choice([5.0, 7.0, 9.0]))
        pnl = 100.0 if random.random() < confidence / 10 else -300.0
        every.append(judged(number, confidence, pnl=pnl))
    told = report(*every, *(judged(number) for number in range(200, 210))).calibration
    assert isinstance(told, Calibration)
    assert told.count == 120
    assert [round(line.said, 1) for line in told.table] == [0.5, 0.7, 0.9]
    assert told.error.estimate <= told.error_by_chance


def test_a_model_that_sees_the_winners_is_found_and_a_blind_one_is_not() -> None:
    """The same decisions; a confidence of 9 lets in, of 4 keeps out, and their mean is about the threshold."""

    def desk(*, sees: bool) -> ModelReport:
        random = np.random.default_rng(3)
        every = []
        for number in range(240):
            won = random.random() < 0.7
            bold = (won if random.random() < 0.85 else not won) if sees else random.random() < 0.7
            every.append(judged(number, 9.0 if bold else 4.0, quantitative=7.6, pnl=100.0 if won else -250.0))
        return report(*every)

    assert desk(sees=True).ablation.verdict is Told.HELPED
    assert desk(sees=False).ablation.verdict is Told.CANNOT_BE_TOLD


def test_another_confidence_leaves_the_words_alone() -> None:
    changed = as_confident(said(7.0), 3.25)
    assert changed.confidence == 3.25
    assert changed == as_confident(as_confident(said(7.0), 9.0), 3.25)
    empty = said(7.0, rationale=None, problem="refused")
    assert as_confident(empty, 5.0) == empty


def test_records_without_an_answer_or_a_word_of_the_gate_are_no_cases() -> None:
    assert judged_of((), {}) == ()
    assert passed("open_interest").rule == "open_interest"
