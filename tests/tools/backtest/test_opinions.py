"""Opinions candidate by candidate: they decide as a live analysis does, and are counted by who gave them."""

from __future__ import annotations

from datetime import date

import pytest

from tests.tools.backtest.analysts import Says, analysis_of
from tests.tools.backtest.markets import FIRST, Spoilt, plan_of
from tools.backtest.engine import Engine
from tools.backtest.hindsight import Hindsight
from tools.backtest.journal import Journal
from tools.backtest.opinions import Analyst, Assumed, Opinion, Opinions, assumed
from tools.desk.assumed import assumed_analysis
from tools.domain.candidate import Candidate
from tools.domain.decision import Outcome
from tools.domain.rationale import AnalysisSource, Verdict

LAST = date(2008, 9, 19)
MISSED = "its facts differ from those recorded"


def run(analyst: Analyst | None = None, **changes: object) -> Journal:
    market = Spoilt()
    engine = Engine(market, plan_of("primary", "cash_secured_put", last=LAST, **changes), analyst=analyst)
    for snapshot in market.looks(FIRST, LAST):
        engine.day(snapshot)
    return engine.journal


def test_without_an_analyst_the_plan_s_confidence_is_assumed() -> None:
    default, stated = run(confidence=8.0), run(Assumed(8.0), confidence=8.0)
    assert default == stated
    assert any(each.units for each in default.decisions)
    assert {each.analysis for each in default.decisions if each.score} == {assumed_analysis(8.0)}
    assert default.opinions.sources.keys() == {AnalysisSource.ASSUMED}
    assert not any("recording" in name for name in default.counts)


def test_an_opinion_is_the_model_s_part_of_its_own_candidate_s_score() -> None:
    def rule(candidate: Candidate) -> Opinion:
        return Opinion(analysis_of(10.0 * (candidate.id > "d-8")), Hindsight.NONE)

    scored = [each for each in run(Says(rule)).decisions if each.score is not None]
    assert {each.score.model for each in scored if each.score} == {0.0, 10.0}
    for each in scored:
        assert each.score is not None
        assert each.score.model == 10.0 * (each.candidate.id > "d-8")
        assert each.analysis == analysis_of(each.score.model)


@pytest.mark.parametrize("people", ["refuse", "approve"])
def test_what_the_analyst_declines_waits_for_a_person(people: str) -> None:
    def rule(candidate: Candidate) -> Opinion:
        return Opinion(analysis_of(9.0, verdict=Verdict.DECLINE), Hindsight.NONE)

    approved = {each.candidate.id for each in run(confidence=9.0).decisions if each.outcome is Outcome.APPROVED}
    journal = run(Says(rule), people=people)
    first = [each for each in journal.decisions if each.candidate.as_of.date() == FIRST]
    declined = [each for each in first if each.candidate.id in approved]
    assert declined
    assert declined[0].outcome is Outcome.WAITING
    assert "the analyst declines" in [reason.text for reason in declined[0].gate.reasons]
    assert bool(sum(each.units for each in journal.decisions)) == (people == "approve")


def test_nothing_is_guessed_silently() -> None:
    def rule(candidate: Candidate) -> Opinion:
        if candidate.id > "d-8":
            return assumed(7.0, MISSED)
        return Opinion(analysis_of(7.0, recorded=False), Hindsight.UNKNOWN)

    journal = run(Says(rule))
    heard = journal.opinions
    assert heard.answered
    assert heard.assumed
    assert heard.sources == {AnalysisSource.ASSUMED: heard.assumed, AnalysisSource.AUTHORED: heard.answered}
    assert journal.counts[f"candidates that no recording answers, confidence assumed: {MISSED}"] == heard.assumed
    assert heard.asked == sum(each.analysis is not None for each in journal.decisions)


def told(**hindsight: int) -> str:
    """The sentences on four recorded answers among ten candidates."""
    counts = Opinions(7.0, ("days.yaml",))
    for label, count in hindsight.items():
        for _ in range(count):
            counts.add(Opinion(analysis_of(7.0), Hindsight[label]))
    for _ in range(10 - counts.asked):
        counts.add(assumed(7.0, MISSED))
    return " ".join(counts.sentences)


def test_a_reader_is_told_of_hindsight_first() -> None:
    assert told(NONE=4) == (
        "The recordings in days.yaml answer 4 of 10 candidates; for the other 6 a confidence of 7 of 10 is assumed."
    )
    assert told(NONE=1, PART=1, WHOLE=2).startswith(
        "The model's part of the score may be hindsight: of 4 recorded answers 2 could know how their trade ended, "
        "and 1 a part of its days."
    )
    assert "4 were given nobody knows when" in told(UNKNOWN=4)
    assert "answer none of 10 candidates" in told()
    assert "nothing here measures" in told()
    assert "hindsight" not in told(NONE=4) + told()
