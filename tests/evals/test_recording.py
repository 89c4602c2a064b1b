"""Recording from the real SDK at the loopback provider, and drift: with a key, under a cap, nothing secret kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agents.anthropic import AnthropicModel
from agents.cassette import Origin, cassette_text, read_cassette
from evals.drift import canaries, drift
from evals.exchanges import ENDING, RECORDINGS
from evals.program import whole
from evals.recording import record_analyst
from pipeline.cli.app import run_app
from tests.agents.examples import answer
from tests.peers.anthropic_server import AnthropicServer
from tests.peers.provider import Mode
from tools.domain.errors import ConfigError

CANARY = next(case.id for case in canaries() if case.group == "call_credit_spread")
KEY = "sk-ant-canary-0123456789"
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)

# Grounded in every brief: no number at all.
PLAIN = answer(
    rationale="It pays for its risk.",
    risk_narrative="A fast fall hurts.",
    risk_factors=["a gap over a night"],
    catalysts=[],
    sentiment="Calm.",
    earnings="None.",
    sector_and_macro="Broad.",
    scenarios={"best": "It expires.", "base": "It decays.", "worst": "It falls."},
    similar_trades="None on record.",
    exit_plan="Buy back at half the credit.",
    verdict="caution",
    confidence=5.0,
)


@pytest.fixture
def server() -> Iterator[AnthropicServer]:
    with AnthropicServer(json.dumps(PLAIN)) as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "analyst").mkdir()
    for group in ("call_credit_spread", "strangle", "index_put"):
        shutil.copy(RECORDINGS / "analyst" / f"{group}{ENDING}", tmp_path / "analyst")
    return tmp_path


def live(server: AnthropicServer) -> AnthropicModel:
    return AnthropicModel(api_key=KEY, base_url=server.url)


def test_a_case_is_recorded_anew_and_the_difference_is_told(server: AnthropicServer, folder: Path) -> None:
    case = next(each for each in canaries() if each.group == "call_credit_spread")
    path = folder / "analyst" / f"{case.group}{ENDING}"
    before = read_cassette(path)
    found = record_analyst(live(server), wanted=[case.id], most=1.0, folder=folder, now=lambda: AT)
    (told,) = found.recorded
    assert told.case == case.id
    assert told.before.endswith("(authored)")
    assert told.after == "caution 5"
    assert 0 < found.usd < 0.01
    after = read_cassette(path)
    assert len(server.seen) == 1
    assert [each.origin for each in after].count(Origin.LIVE) == 1
    fresh = after[-1]
    assert fresh.request == server.seen[0]
    assert fresh.at == AT
    assert fresh.seconds is not None
    others = [each for each in before if each.request != fresh.request]
    assert after[:-1] == [each for each in others if each in after]
    assert KEY not in cassette_text(path)


def test_a_correction_goes_with_the_answer_it_corrected(server: AnthropicServer, folder: Path) -> None:
    from evals.answering import Quality, load_answers

    answers = load_answers("analyst")
    mended = next(
        name for name, how in answers.items() if how.quality is Quality.MENDED and name.startswith("strangle")
    )
    before = sum(len(read_cassette(path)) for path in folder.rglob("*.gz"))
    record_analyst(live(server), wanted=[mended], most=1.0, folder=folder, now=lambda: AT)
    assert sum(len(read_cassette(path)) for path in folder.rglob("*.gz")) == before - 1


def test_a_provider_that_fails_ends_it_and_keeps_what_was(server: AnthropicServer, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.gz")}
    server.otherwise = Mode.OVERLOADED
    found = record_analyst(live(server), wanted=["strangle"], most=1.0, folder=folder, now=lambda: AT)
    assert found.recorded == ()
    assert "529" in found.stopped
    assert {path: path.read_bytes() for path in folder.rglob("*.gz")} == before


def test_nothing_is_asked_that_could_pass_the_cap(server: AnthropicServer, folder: Path) -> None:
    found = record_analyst(live(server), wanted=["strangle"], most=0.001, folder=folder, now=lambda: AT)
    assert server.seen == []
    assert "--max-usd 0.001" in found.stopped


def test_without_a_key_the_verbs_say_so_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    whole()
    for command in (["eval", "record"], ["eval", "run", "--task", "drift"]):
        assert run_app(command) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert "ANTHROPIC_API_KEY" in said


def test_the_verb_records_with_a_key(
    server: AnthropicServer, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole()
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("THETAGATE_MODEL__ANTHROPIC__BASE_URL", server.url)
    assert run_app(["eval", "record", "--case", CANARY, "--to", str(folder), "--json"]) == 0
    out = capsys.readouterr().out
    assert json.loads(out)["cases"][0]["after"] == "caution 5"
    assert KEY not in out


def test_a_drifting_canary_is_told(server: AnthropicServer, folder: Path) -> None:
    names = [case.id for case in canaries() if case.group in ("call_credit_spread", "strangle")]
    with pytest.raises(ConfigError, match="canaries' answers are authored"):
        drift(live(server), folder)
    record_analyst(live(server), wanted=names, most=1.0, folder=folder, now=lambda: AT)
    assert [each.drifted for each in drift(live(server), folder)] == [False] * len(names)
    server.answer = json.dumps(PLAIN | {"verdict": "decline", "confidence": 2.0})
    assert all(each.drifted for each in drift(live(server), folder))
