"""The recordings of the embedded day: complete, grounded, written by a person, and all that the demo asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.cassette import Origin, read_cassette
from agents.grounding import check, facts_of
from agents.model import ModelRequest
from agents.recorded import EMBEDDED_DAY, RecordedModel
from agents.schemas import narrative, parse_answer
from evals import record_embedded_day
from evals.record_embedded_day import Answer, answers, main, misfits, questions, record
from pipeline.cli.app import run_app
from tools.domain.errors import ConfigError
from tools.domain.rationale import AnalysisSource, Rationale, Verdict

# The scale of prompts/analyst/system.md: approve is 6 or more, caution 4 to 7, decline below 5.
SCALE = {Verdict.APPROVE: (6.0, 10.0), Verdict.CAUTION: (4.0, 7.0), Verdict.DECLINE: (0.0, 4.9)}


@pytest.fixture(scope="module")
def asked() -> list[ModelRequest]:
    return questions()


@pytest.fixture(scope="module")
def said(asked: list[ModelRequest]) -> dict[str, Rationale]:
    """The recorded answers by label, as the analyst reads them."""
    model = RecordedModel(EMBEDDED_DAY)
    return {request.label: parse_answer(model.complete(request).text) for request in asked}


@pytest.fixture
def day(asked: list[ModelRequest], monkeypatch: pytest.MonkeyPatch) -> list[ModelRequest]:
    """The day's questions without screening the market again."""
    monkeypatch.setattr(record_embedded_day, "questions", lambda: asked)
    return asked


def write(folder: Path, content: Any) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "all.yaml").write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return folder


def test_every_candidate_of_the_day_has_its_recording_and_nothing_else_has(asked: list[ModelRequest]) -> None:
    model = RecordedModel(EMBEDDED_DAY)
    assert [request.label for request in asked if not model.holds(request)] == []
    assert len(asked) >= 15
    recorded = read_cassette(EMBEDDED_DAY)
    assert len(recorded) == len(asked)
    assert {recording.origin for recording in recorded} == {Origin.AUTHORED}
    assert {model.complete(request).source for request in asked} == {AnalysisSource.AUTHORED}


def test_the_shipped_cassette_is_what_the_shipped_texts_give(day: list[ModelRequest], tmp_path: Path) -> None:
    assert record(tmp_path / "day.yaml") == len(day)
    assert read_cassette(tmp_path / "day.yaml") == read_cassette(EMBEDDED_DAY)


def test_every_number_stands_in_the_brief(asked: list[ModelRequest], said: dict[str, Rationale]) -> None:
    misses = {
        request.label: check(narrative(said[request.label]), facts_of(request.brief)).misses for request in asked
    }
    assert {label: found for label, found in misses.items() if found} == {}


def test_the_catalysts_are_the_scheduled_events_before_expiry(
    asked: list[ModelRequest], said: dict[str, Rationale]
) -> None:
    for request in asked:
        scheduled = [name.removeprefix("event ") for name in request.brief["market"] if name.startswith("event ")]
        assert list(said[request.label].catalysts) == scheduled, request.label


def test_earnings_are_told_as_the_brief_tells_them(asked: list[ModelRequest], said: dict[str, Rationale]) -> None:
    for request in asked:
        coming = request.brief["underlying"]["next_earnings"]
        expected = coming.get("value", "A fund reports no earnings")
        assert expected in said[request.label].earnings, request.label


def test_verdict_and_confidence_agree_and_the_scale_is_used(said: dict[str, Rationale]) -> None:
    for label, answer in said.items():
        low, high = SCALE[answer.verdict]
        assert low <= answer.confidence <= high, label
    assert {answer.verdict for answer in said.values()} == set(Verdict)
    assert len({answer.confidence for answer in said.values()}) >= 12
    assert len({answer.rationale for answer in said.values()}) == len(said)


def test_the_demo_asks_no_model_even_when_a_key_is_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-nobody")
    assert run_app(["demo", "--json", "--home", str(tmp_path)]) == 0
    decisions = json.loads(capsys.readouterr().out)["decisions"]
    sources = {decision["analysis"] for decision in decisions if decision["scores"]["model"] is not None}
    assert sources == {"authored"}
    unasked = [decision for decision in decisions if decision["scores"]["model"] is None]
    assert all(decision["outcome"] == "refused" for decision in unasked)


@pytest.fixture
def written() -> dict[str, Answer]:
    return answers()


def changed(written: dict[str, Answer], **fields: Any) -> tuple[str, dict[str, Answer]]:
    """The answers with one of them changed."""
    label = sorted(written)[0]
    return label, written | {label: {**written[label], **fields}}


def test_the_shipped_answers_fit(day: list[ModelRequest], written: dict[str, Answer]) -> None:
    assert misfits(day, written) == []


def test_a_missing_and_a_superfluous_answer_are_named(day: list[ModelRequest], written: dict[str, Answer]) -> None:
    first = sorted(written)[0]
    rest = {label: answer for label, answer in written.items() if label != first}
    assert misfits(day, rest) == [f"{first}: no answer is written."]
    strayed = written | {"XYZ 30d 10 put": written[first]}
    assert misfits(day, strayed) == ["XYZ 30d 10 put: this is no candidate of the day."]


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "a number of nobody's": ({"sentiment": "Put/call ratio of 7.77."}, "'7.77': not in the brief"),
    "a date of nobody's": ({"earnings": "Earnings on 2031-01-01."}, "'2031-01-01': no date of the brief"),
    "too many words": ({"similar_trades": "None on record. " * 90}, "words are too many"),
    "no such confidence": ({"confidence": 11.0}, "confidence"),
    "a date where words belong": ({"catalysts": [yaml.safe_load("2026-12-09")]}, "not JSON serializable"),
}


@pytest.mark.parametrize(("fields", "fault"), CHANGES.values(), ids=CHANGES.keys())
def test_an_answer_that_does_not_hold_is_named_and_nothing_is_written(
    day: list[ModelRequest], written: dict[str, Answer], tmp_path: Path, fields: dict[str, Any], fault: str
) -> None:
    label, content = changed(written, **fields)
    (misfit,) = misfits(day, content)
    assert misfit.startswith(f"{label}: ")
    assert fault in misfit
    with pytest.raises(ConfigError, match="nothing was recorded") as caught:
        record(tmp_path / "day.yaml", write(tmp_path / "texts", content))
    assert misfit in str(caught.value)
    assert not (tmp_path / "day.yaml").exists()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("- a\n", "holds no answers"),
        ("", "holds no answers"),
        ("XOM 34d 113 put: fine\n", "holds no answers"),
        ("a: [", "cannot be read"),
        ("a: !!python/object/apply:os.getcwd []", "cannot be read"),
    ],
)
def test_a_file_that_holds_no_answers_is_named(tmp_path: Path, text: str, word: str) -> None:
    with pytest.raises(ConfigError, match=rf"all\.yaml {word}"):
        answers(write(tmp_path, text))


def test_one_candidate_has_one_answer(tmp_path: Path) -> None:
    folder = write(tmp_path, {"XOM 34d 113 put": {}})
    (folder / "other.yaml").write_text((folder / "all.yaml").read_text())
    with pytest.raises(ConfigError, match="answers XOM 34d 113 put a second time"):
        answers(folder)


def test_the_program_shows_what_is_asked(day: list[ModelRequest], capsys: pytest.CaptureFixture[str]) -> None:
    main(day[0].label)
    assert capsys.readouterr().out.strip() == day[0].prompt
    with pytest.raises(SystemExit, match="1"):
        main("XOM")
    assert "'XOM' is no candidate of the embedded day" in capsys.readouterr().err


def test_the_program_records(
    day: list[ModelRequest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(record_embedded_day, "EMBEDDED_DAY", tmp_path / "day.yaml")
    main()
    assert capsys.readouterr().out == f"{len(day)} answers recorded in day.yaml.\n"
    assert len(read_cassette(tmp_path / "day.yaml")) == len(day)
