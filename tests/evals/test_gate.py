"""The gate: passes what is the same, fails what is worse, and says what changed. Each promise by its own change."""

from __future__ import annotations

import shutil
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.cassette import read_cassette, write_cassette
from evals.case import Task
from evals.dataset import FOLDER
from evals.exchanges import ENDING, RECORDINGS
from evals.gate import TOLERANCE, Verdict, compare
from evals.results import CaseResult, Run, Score, baseline_of, read_run, write_run
from evals.running import BASELINE, Material, run
from prompts.library import FOLDER as PROMPTS

GROUP = "strangle"


@pytest.fixture(scope="module")
def baseline() -> Run:
    return read_run(BASELINE)


def test_the_committed_baseline_passes(analysed: Run, baseline: Run) -> None:
    verdict = compare(analysed, baseline)
    assert verdict.passed, verdict.reasons
    assert verdict.flips == ()
    assert {each.points for each in verdict.differences} == {0.0}
    assert len(verdict.differences) >= 9
    assert analysed.blocked == 0


@pytest.fixture
def material(tmp_path: Path) -> Material:
    """One structure's cases and recordings, and every prompt, to be changed."""
    (tmp_path / "cases" / "analyst").mkdir(parents=True)
    (tmp_path / "recordings" / "analyst").mkdir(parents=True)
    shutil.copy(FOLDER / "analyst" / f"{GROUP}.yaml", tmp_path / "cases" / "analyst")
    shutil.copy(RECORDINGS / "analyst" / f"{GROUP}{ENDING}", tmp_path / "recordings" / "analyst")
    shutil.copytree(PROMPTS / "analyst", tmp_path / "prompts" / "analyst")
    shutil.copytree(PROMPTS / "reviewer", tmp_path / "prompts" / "reviewer")
    return Material(tmp_path / "cases", tmp_path / "recordings", tmp_path / "prompts")


def gate(material: Material, baseline: Run) -> Verdict:
    """Of the one structure, against its part of the baseline."""
    done = run([Task.ANALYST], material=material)
    own = {case.id for case in done.cases}
    part = tuple(case for case in baseline.cases if case.id in own)
    known = baseline.model_copy(update={"cases": part, "identity": baseline.identity.of(own)})
    return compare(done, known)


def test_what_nobody_changed_passes(material: Material, baseline: Run) -> None:
    assert gate(material, baseline).passed


def test_swapping_two_recorded_answers_fails(material: Material, baseline: Run) -> None:
    path = material.recordings / "analyst" / f"{GROUP}{ENDING}"
    first, second, *rest = read_cassette(path)
    swapped = [changed(first, reply=second.reply), changed(second, reply=first.reply)]
    write_cassette(path, [*swapped, *rest])
    verdict = gate(material, baseline)
    assert not verdict.passed
    assert any("have no recording" in reason or "worse than" in reason for reason in verdict.reasons)


def test_swapping_two_recorded_prompts_fails(material: Material, baseline: Run) -> None:
    path = material.recordings / "analyst" / f"{GROUP}{ENDING}"
    first, second, *rest = read_cassette(path)
    swapped = [changed(first, request=second.request), changed(second, request=first.request)]
    write_cassette(path, [*swapped, *rest])
    assert not gate(material, baseline).passed


def test_changing_one_fact_fails_and_names_the_case(material: Material, baseline: Run) -> None:
    path = material.cases / "analyst" / f"{GROUP}.yaml"
    rows: list[dict[str, Any]] = yaml.safe_load(path.read_text())
    rows[0]["underlying"]["rsi_14"] += 5
    path.write_text(yaml.safe_dump(rows))
    verdict = gate(material, baseline)
    name = rows[0]["id"]
    assert f"another data set than the baseline's: 1 case changed: {name}" in verdict.reasons
    assert any(
        "1 of 13 cases have no recording: its facts differ from those recorded" in r for r in verdict.reasons
    )


@pytest.mark.parametrize("part", ["system", "brief", "correction"])
def test_editing_one_template_fails_and_names_the_prompt(material: Material, baseline: Run, part: str) -> None:
    path = material.prompts / "analyst" / f"{part}.md"
    path.write_text(path.read_text().rstrip() + " Be quick.\n")
    verdict = gate(material, baseline)
    assert any(r.startswith("another data set than the baseline's: prompt analyst: was ") for r in verdict.reasons)
    if part != "correction":  # asked only where the first answer invents a number
        assert any("cases have no recording" in reason for reason in verdict.reasons)


def test_a_lost_recording_fails(material: Material, baseline: Run) -> None:
    path = material.recordings / "analyst" / f"{GROUP}{ENDING}"
    write_cassette(path, read_cassette(path)[1:])
    assert any("1 of 13 cases have no recording" in reason for reason in gate(material, baseline).reasons)


def scored(of: Run, name: str, scorer: str, **changes: Any) -> Run:
    """The run with one score of one case another one."""
    cases = tuple(
        case.model_copy(update={"scores": case.scores | {scorer: case.scores[scorer].model_copy(update=changes)}})
        if case.id == name
        else case
        for case in of.cases
    )
    return of.model_copy(update={"cases": cases})


def safe_case(of: Run) -> CaseResult:
    return next(case for case in of.cases if "safety" in case.scores and not case.scores["safety"].fault)


def test_one_safety_case_that_flips_fails_whatever_the_means_say(analysed: Run) -> None:
    name = safe_case(analysed).id
    verdict = compare(scored(analysed, name, "safety", value=1.0, fault=True), analysed)
    assert any(reason.startswith(f"safety: {name} is ") for reason in verdict.reasons)
    assert [flip.unsafe for flip in verdict.flips] == [True]


def test_a_safety_case_that_is_mended_fails_nothing(analysed: Run) -> None:
    name = safe_case(analysed).id
    worse = scored(analysed, name, "safety", value=1.0, fault=True)
    assert compare(analysed, worse).passed


def test_the_bound_is_that_of_the_paired_bootstrap(analysed: Run) -> None:
    """A tenth of the rubric lost everywhere is worse for sure; a hundredth is within two points."""
    for lost, passes in ((0.1, False), (0.01, True)):
        worse = analysed
        for case in analysed.cases:
            if "rubric" in case.scores:
                worse = scored(worse, case.id, "rubric", value=case.scores["rubric"].value - lost)
        verdict = compare(worse, analysed)
        (rubric,) = (each for each in verdict.differences if each.name == "rubric")
        assert rubric.points == pytest.approx(-100 * lost)
        assert (rubric.low >= TOLERANCE) is passes
        assert verdict.passed is passes


def test_dollars_are_gated_in_percent_of_the_baseline(analysed: Run) -> None:
    dearer = analysed
    for case in analysed.cases:
        dearer = scored(dearer, case.id, "worst_cost", value=case.scores["worst_cost"].value * 1.03)
    (reason,) = compare(dearer, analysed).reasons
    assert reason.startswith("analyst worst_cost: -3.0 points")


def test_another_code_is_told_and_fails_nothing(analysed: Run) -> None:
    other = analysed.model_copy(update={"identity": analysed.identity.model_copy(update={"code": "f" * 16})})
    verdict = compare(other, analysed)
    assert verdict.passed
    assert verdict.notes[0].startswith("the code is another one")


def test_a_reach_for_the_network_fails(analysed: Run) -> None:
    verdict = compare(analysed.model_copy(update={"blocked": 2}), analysed)
    assert verdict.reasons == ("something reached for the network 2 times while it was closed",)


def test_results_survive_a_file(analysed: Run, tmp_path: Path) -> None:
    write_run(tmp_path / "run.json", analysed)
    assert read_run(tmp_path / "run.json") == analysed
    kept = baseline_of(analysed)
    assert all(not each.prompt for case in kept.cases for each in case.exchanges)
    assert all("house_time" not in case.scores for case in kept.cases)


def test_a_score_is_a_value() -> None:
    assert Score(value=1.0) == Score(value=1.0, fault=False, note="")
