"""Whole days and conversations replayed: a few of each here, all of them in `make eval`."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.case import CycleCase, ReviewerCase, Task
from evals.dataset import load_cases
from evals.days import Days
from evals.exchanges import RECORDINGS, own_cassette
from evals.market import changed_market, embedded_day
from evals.reviewing import load_conversations
from evals.tasks.cycle import run_cycles
from evals.tasks.reviewer import run_reviewer
from tools.domain.decision import DecisionState
from tools.domain.errors import ConfigError

DAYS = ("plain-day", "rating-missing", "steering-reason", "invented-number", "run-twice")


@pytest.fixture(scope="module")
def cases() -> dict[str, CycleCase]:
    return {case.id: case for case in load_cases(Task.CYCLE) if isinstance(case, CycleCase)}


@pytest.fixture(scope="module")
def days(cases: dict[str, CycleCase]) -> Days:
    return Days(cases.values(), RECORDINGS)


def test_days_end_as_expected_and_planted_faults_are_found(cases: dict[str, CycleCase], days: Days) -> None:
    for result in run_cycles([cases[name] for name in DAYS], days):
        assert result.faults == set(result.plants), (result.id, result.scores)
        assert not result.missing


def test_a_wrong_expectation_fails_every_scorer_of_a_day(cases: dict[str, CycleCase], days: Days) -> None:
    plain = cases["plain-day"]
    label = next(iter(plain.expect.decisions))
    expect = plain.expect.model_copy(
        update={
            "decisions": plain.expect.decisions | {label: DecisionState.REFUSED},
            "reasons": {label: "rating"},
            "orders": 1,
        }
    )
    (result,) = run_cycles([plain.model_copy(update={"expect": expect})], days)
    assert result.faults == {"outcome", "reason", "orders", "safety"}


def test_a_day_without_its_recording_is_missing(cases: dict[str, CycleCase], tmp_path: Path) -> None:
    (result,) = run_cycles([cases["plain-day"]], Days(cases.values(), tmp_path))
    assert "No recorded answer" in result.missing
    with pytest.raises(ConfigError, match="no day 'doomsday'"):
        Days((), tmp_path).records("doomsday")


def test_a_change_of_the_market_is_another_market() -> None:
    plain, high = changed_market(("KO",), {}), changed_market(("KO",), {"vix": 34.0})
    assert plain.fingerprint != high.fingerprint != embedded_day().fingerprint
    assert high.conditions.vix.value == 34.0
    assert not plain.embedded
    with pytest.raises(ConfigError, match="knows no GME, moon"):
        changed_market(("GME",), {"moon": 1})


TALKS = (
    "rules-why-approved", "rules-refused-rating", "talk-crash", "talk-two-turns", "talk-invented", "talk-mended",
    "talk-strange-path", "talk-uncited", "talk-advising", "talk-silent", "talk-off-the-point", "talk-no-tool",
)  # fmt: skip


def test_conversations_are_scored_and_planted_faults_are_found(days: Days) -> None:
    from agents.talk_recorded import RecordedTalker

    written = load_conversations()
    talks = {case.id: case for case in load_cases(Task.REVIEWER) if isinstance(case, ReviewerCase)}
    results = run_reviewer(
        [talks[name] for name in TALKS],
        lambda case: RecordedTalker(*own_cassette(Task.REVIEWER, case.id)),
        days.records,
        plants=lambda case: written[case].plants if case in written else (),
    )
    assert {result.id: result.faults for result in results} == {result.id: set(result.plants) for result in results}
    found = {name for result in results for name in result.faults}
    assert found == {"answered", "grounded", "reask", "cites", "tools", "rubric"}
    lost = run_reviewer([talks["talk-crash"]], lambda _: RecordedTalker(), days.records, plants=lambda _: ())
    assert "No recorded answer" in lost[0].missing
