from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.ledger.specimens import DEADLINE, fit, limit, passed
from tools.approvals.policy import Thresholds, gate, refused_for_missing_data
from tools.domain.decision import FitResult, Gate, LimitState, Outcome
from tools.domain.mode import Mode
from tools.domain.rationale import Analysis, AnalysisSource, Rationale, Scenario, Verdict
from tools.domain.score import FilterResult, FilterState, OnUnknown, ScoreBreakdown


def analysis(
    verdict: Verdict = Verdict.APPROVE,
    *,
    grounded: bool = True,
    source: AnalysisSource = AnalysisSource.LIVE,
    usable: bool = True,
) -> Analysis:
    rationale = Rationale(
        rationale="Premium is ample.",
        risk_narrative="A fall of 7 % reaches the strike.",
        risk_factors=("gap",),
        catalysts=(),
        sentiment="neutral",
        earnings="none",
        sector_and_macro="calm",
        scenarios=Scenario(best="expires", base="decays", worst="assigned"),
        similar_trades="none",
        exit_plan="half the credit",
        verdict=verdict,
        confidence=7.0,
    )
    return Analysis(
        rationale=rationale if usable else None,
        problem="" if usable else "timed out",
        source=source,
        provider="anthropic",
        model="m",
        prompt_fingerprint="p",
        brief_digest="b",
        grounded=grounded,
        misses=() if grounded else ("12.7",),
    )


def scored(total: float | None, quantitative: float | None = 8.0, fitted: float | None = 6.5) -> ScoreBreakdown:
    return ScoreBreakdown(quantitative=quantitative, model=7.0, fit=fitted, total=total)


def decide(total: float | None = 8.0, **changes: Any) -> Gate:
    arguments: dict[str, Any] = {
        "score": scored(total),
        "fit": fit(),
        "filters": (passed("open_interest"),),
        "analysis": analysis(),
        "thresholds": Thresholds(),
        "mode": Mode.SIMULATED,
        "deadline": DEADLINE,
        **changes,
    }
    return gate(**arguments)


def unknown(on_unknown: OnUnknown = OnUnknown.HUMAN, *, required: bool = False) -> FilterResult:
    return passed(
        "rating",
        margin=None,
        state=FilterState.UNKNOWN,
        value=None,
        on_unknown=on_unknown,
        required=required,
        text="rating unknown: no source has it",
    )


def failed(*, required: bool) -> FilterResult:
    return passed("delta", margin=2.0, state=FilterState.FAIL, required=required, text="delta 0.41 > 0.35")


VETO = fit(2, limit("F6", LimitState.FAIL, vetoes=True))


@pytest.mark.parametrize(
    ("changes", "outcome", "rules"),
    [
        # the band of spec D
        ({"total": 10.0}, Outcome.APPROVED, ["score"]),
        ({"total": 7.5}, Outcome.APPROVED, ["score"]),
        ({"total": 7.4999999}, Outcome.WAITING, ["score"]),
        ({"total": 6.0}, Outcome.WAITING, ["score"]),
        ({"total": 5.9999999}, Outcome.REFUSED, ["score"]),
        ({"total": 0.0}, Outcome.REFUSED, ["score"]),
        # a limit is never outvoted
        ({"total": 10.0, "fit": VETO}, Outcome.REFUSED, ["F6"]),
        ({"fit": fit(2, limit("F3", LimitState.UNKNOWN, vetoes=True))}, Outcome.REFUSED, ["F3"]),
        ({"fit": None}, Outcome.REFUSED, ["fit"]),
        ({"fit": FitResult(contracts=0, binding="F1", limits=(), score=6.0, nav=1e6)}, Outcome.REFUSED, ["size"]),
        ({"fit": fit(2, limit("F5", LimitState.ALERT))}, Outcome.APPROVED, ["score"]),
        ({"fit": fit(2, limit("F6", LimitState.UNKNOWN))}, Outcome.WAITING, ["F6"]),
        ({"fit": fit(2, limit("F6", LimitState.NOT_APPLICABLE))}, Outcome.APPROVED, ["score"]),
        # filters
        ({"filters": (failed(required=True),)}, Outcome.REFUSED, ["delta"]),
        ({"filters": (failed(required=False),)}, Outcome.APPROVED, ["score"]),
        ({"filters": (unknown(),)}, Outcome.WAITING, ["rating"]),
        ({"filters": (unknown(required=True),)}, Outcome.WAITING, ["rating"]),
        ({"filters": (unknown(OnUnknown.REFUSE),)}, Outcome.REFUSED, ["rating"]),
        ({"total": 6.5, "filters": (unknown(),)}, Outcome.WAITING, ["score", "rating"]),
        ({"total": 5.0, "filters": (unknown(),)}, Outcome.REFUSED, ["score", "rating"]),
        # the analysis can lower, never lift
        ({"analysis": analysis(Verdict.CAUTION)}, Outcome.APPROVED, ["score"]),
        ({"analysis": analysis(Verdict.DECLINE)}, Outcome.WAITING, ["verdict"]),
        ({"analysis": analysis(grounded=False)}, Outcome.WAITING, ["grounding"]),
        ({"analysis": analysis(usable=False)}, Outcome.WAITING, ["analysis"]),
        ({"analysis": None}, Outcome.WAITING, ["analysis"]),
        ({"total": 5.0, "analysis": analysis(Verdict.DECLINE)}, Outcome.REFUSED, ["score", "verdict"]),
        ({"analysis": analysis(), "fit": VETO, "total": 9.9}, Outcome.REFUSED, ["F6"]),
        # offline and real money
        ({"analysis": analysis(source=AnalysisSource.OFFLINE), "mode": Mode.LIVE}, Outcome.WAITING, ["offline"]),
        ({"analysis": analysis(source=AnalysisSource.OFFLINE), "mode": Mode.PAPER}, Outcome.APPROVED, ["score"]),
        ({"analysis": analysis(source=AnalysisSource.RECORDED), "mode": Mode.LIVE}, Outcome.APPROVED, ["score"]),
        # no score
        ({"total": None, "analysis": None}, Outcome.WAITING, ["score", "analysis"]),
        ({"total": None, "score": scored(None, quantitative=5.9)}, Outcome.REFUSED, ["score"]),
        ({"total": None, "score": scored(None, quantitative=None)}, Outcome.REFUSED, ["score"]),
        ({"total": None, "score": scored(None, fitted=None)}, Outcome.REFUSED, ["score"]),
    ],
)
def test_the_gate(changes: dict[str, Any], outcome: Outcome, rules: list[str]) -> None:
    found = decide(**changes)
    assert (found.outcome, [reason.rule for reason in found.reasons]) == (outcome, rules)
    assert found.deadline == (DEADLINE if outcome is Outcome.WAITING else None)


def test_the_worked_example_is_approved_by_score() -> None:
    # spec D: equal weights; quantitative 8.0829, model 7.0, fit 6.5, total 7.7081
    margins = (8.0, 8.5, 8.0, 8.5, 10 * (30 - 14) / (45 - 14) / 2 + 5, 7.5, 8.5)
    assert round(margins[4], 4) == 7.5806
    quantitative = sum(margins) / len(margins)
    total = 0.70 * quantitative + 0.20 * 7.0 + 0.10 * 6.5
    assert (round(quantitative, 4), round(total, 4)) == (8.0829, 7.7081)
    score = ScoreBreakdown(quantitative=quantitative, model=7.0, fit=6.5, total=total)
    found = decide(score=score, filters=tuple(passed(f"rule {i}", margin) for i, margin in enumerate(margins)))
    assert found.outcome is Outcome.APPROVED
    assert found.reasons[0].text == "score 7.7 >= 7.5"


def test_a_near_miss_is_not_shown_as_a_hit() -> None:
    assert decide(7.4999).reasons[0].text == "score 7.4999 < 7.5"
    assert decide(7.44).reasons[0].text == "score 7.4 < 7.5"
    assert decide(5.96).reasons[0].text == "score 5.96 < 6"
    assert decide(7.5).reasons[0].text == "score 7.5 >= 7.5"


def test_every_veto_is_told() -> None:
    found = decide(
        fit=fit(2, limit("F1", LimitState.FAIL, vetoes=True), limit("F6", LimitState.FAIL, vetoes=True)),
        filters=(failed(required=True), unknown(OnUnknown.REFUSE)),
    )
    assert [reason.rule for reason in found.reasons] == ["delta", "rating", "F1", "F6"]


def test_thresholds_are_the_users() -> None:
    strict = Thresholds(automatic=9.0, human=8.5)
    assert decide(8.9, thresholds=strict).outcome is Outcome.WAITING
    assert decide(8.4, thresholds=strict).outcome is Outcome.REFUSED


def test_missing_data_is_refused_before_a_model_is_asked() -> None:
    assert refused_for_missing_data((passed("oi"), unknown())) is None
    refusal = refused_for_missing_data((unknown(OnUnknown.REFUSE),))
    assert refusal is not None
    assert refusal.outcome is Outcome.REFUSED
    assert refusal.reasons[0].text == "rating unknown: no source has it"


ORDERED = [Outcome.REFUSED, Outcome.WAITING, Outcome.APPROVED]


@given(
    total=st.floats(0, 10),
    verdict=st.sampled_from(Verdict),
    grounded=st.booleans(),
    usable=st.booleans(),
    source=st.sampled_from(AnalysisSource),
    vetoed=st.booleans(),
    doubtful=st.booleans(),
    mode=st.sampled_from(Mode),
)
def test_no_analysis_lifts_a_trade(
    total: float,
    verdict: Verdict,
    grounded: bool,
    usable: bool,
    source: AnalysisSource,
    vetoed: bool,
    doubtful: bool,
    mode: Mode,
) -> None:
    """Whatever was written: never better than the score alone, and a veto stays a veto."""
    changes: dict[str, Any] = {
        "fit": VETO if vetoed else fit(),
        "filters": (unknown(),) if doubtful else (),
        "mode": mode,
    }
    plain = decide(total, **changes).outcome
    written = decide(
        total, analysis=analysis(verdict, grounded=grounded, usable=usable, source=source), **changes
    ).outcome
    assert ORDERED.index(written) <= ORDERED.index(plain)
    assert not vetoed or written is Outcome.REFUSED
    assert not (doubtful and written is Outcome.APPROVED)
