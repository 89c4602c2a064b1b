"""`replay`: the decisions of a run made again from the ledger alone, and a changed record found out."""

from __future__ import annotations

from pathlib import Path

from pipeline.home import Home
from pipeline.replaying import replay_record
from pipeline.wiring import open_ledger
from tests.pipeline.conftest import Verb
from tools.domain.decision import DecisionRecord
from tools.domain.score import FilterState


def records(home: Path) -> list[DecisionRecord]:
    with open_ledger(Home(home)) as ledger:
        return [ledger.record(row.id) for row in ledger.decisions()]


def test_every_decision_of_a_run_is_made_again_to_the_same_result(traded: Path, verb: Verb) -> None:
    said = verb("replay", "all", "--home", traded, "--json")
    assert said.code == 0
    assert said.json["schema"] == "thetagate.replay/1"
    assert said.json["identical"] is True
    made = said.json["decisions"]
    assert len(made) >= 15
    assert all(each["identical"] and not each["differences"] and not each["unchecked"] for each in made)
    assert {tuple(each["checked"]) for each in made} == {
        ("candidate", "analysis", "fit", "score", "gate"),
        ("candidate", "gate"),  # refused for missing data, before a model was asked
    }


def test_a_changed_answer_is_found_in_the_analysis(traded: Path) -> None:
    record = next(each for each in records(traded) if each.analysis is not None)
    assert record.analysis is not None
    assert record.analysis.rationale is not None
    words = record.analysis.rationale.model_copy(update={"rationale": "It pays 77.7 % a year."})
    changed = record.model_copy(update={"analysis": record.analysis.model_copy(update={"rationale": words})})
    made = replay_record(changed)
    assert not made.identical
    assert {each.path for each in made.differences} == {"analysis.grounded", "analysis.misses.0"}


def test_changed_facts_are_found_in_the_brief_and_the_filters(traded: Path) -> None:
    record = next(each for each in records(traded) if each.analysis is not None and _compares_puts(each))
    told = record.facts["underlying"]
    moved = told["put_call_ratio"] | {"value": told["put_call_ratio"]["value"] + 0.05}
    facts = record.facts | {"underlying": told | {"put_call_ratio": moved}}
    made = replay_record(record.model_copy(update={"facts": facts}))
    paths = {each.path for each in made.differences}
    assert {"analysis.brief_digest", "candidate.filters.put_call_ratio.value", "score.total"} <= paths


def test_one_decision_by_its_beginning_in_words(traded: Path, verb: Verb) -> None:
    record = records(traded)[0]
    said = verb("replay", record.id[:8], "--home", traded)
    assert said.code == 0
    assert f"{record.id}  {record.candidate.label}  identical" in said.out
    assert "1 of 1 identical." in said.out


def test_usage_and_unknown_ids(traded: Path, verb: Verb) -> None:
    assert verb("replay", "--home", traded).code == 2
    assert verb("replay", "d-ffffffffffff", "--home", traded).code == 1
    empty = verb("replay", "all")
    assert empty.code == 1
    assert "Nothing has run" in empty.err


def _compares_puts(record: DecisionRecord) -> bool:
    return any(
        each.rule == "put_call_ratio" and each.state is FilterState.PASS for each in record.candidate.filters
    )
