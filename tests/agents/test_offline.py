"""The template says only what the brief says, for any candidate, and knows its place."""

from __future__ import annotations

import random
from typing import Any

import pytest

from agents.analyst import Analyst
from agents.brief import brief
from agents.grounding import check, facts_of
from agents.offline import CONFIDENCE, OfflineModel, template
from agents.schemas import narrative
from tests.agents.examples import FILTERS, bare, candidate, conditions, condor, facts, unknown_facts, vertical
from tests.agents.narratives import random_brief
from tools.domain.candidate import Candidate
from tools.domain.rationale import AnalysisSource, Verdict
from tools.domain.score import FilterState


@pytest.mark.parametrize("subject", [candidate(), vertical(), condor(), bare()], ids=lambda c: c.label)
@pytest.mark.parametrize("known", [facts(), unknown_facts()], ids=["known", "unknown"])
def test_every_candidate_gets_a_grounded_labelled_text(subject: Candidate, known: Any) -> None:
    analysis = Analyst(OfflineModel()).analyse(subject, known, conditions())
    assert analysis.rationale
    assert analysis.misses == ()
    assert analysis.grounded
    assert analysis.source is AnalysisSource.OFFLINE
    assert (analysis.provider, analysis.model) == ("offline", "template")
    assert analysis.confidence == CONFIDENCE
    assert analysis.usage.cost_usd == 0.0
    assert "no model was asked" in analysis.rationale.rationale


def test_random_briefs_are_grounded() -> None:
    rng = random.Random(1)
    for _ in range(100):
        given = random_brief(rng)
        assert check(narrative(template(given)), facts_of(given)).misses == ()


def verdict(*states: FilterState) -> Verdict:
    filters = tuple(
        f.model_copy(update={"state": state, "text": "why"}) for f, state in zip(FILTERS, states, strict=False)
    )
    return template(brief(candidate(filters=filters), facts(), conditions())).verdict


def test_the_verdict_follows_the_filters_that_could_be_measured() -> None:
    assert verdict(FilterState.PASS, FilterState.PASS) is Verdict.APPROVE
    assert verdict(FilterState.PASS, FilterState.UNKNOWN) is Verdict.APPROVE
    assert verdict(FilterState.FAIL, FilterState.PASS) is Verdict.CAUTION


def test_what_is_unknown_is_said_to_be() -> None:
    text = narrative(template(brief(bare(), unknown_facts(), conditions())))
    assert "probability of profit unknown" in text
    assert "Sector: not applicable" in text
    assert "None" not in text.replace("None on record.", "")
