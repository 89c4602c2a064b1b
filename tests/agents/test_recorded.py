"""Recordings replay exactly what was recorded for exactly that question; everything else is a miss."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anthropic
import pytest
import vcr

from agents.anthropic import AnthropicModel, wire_body
from agents.brief import brief
from agents.cassette import MESSAGES_URI, Origin, Recording, read_cassette, write_cassette
from agents.model import ModelRequest
from agents.recorded import RecordedModel, author
from tests.agents.examples import answer, candidate, conditions, facts, request
from tests.peers.anthropic_server import AnthropicServer
from tools.domain.errors import ConfigError, RecordingMissing
from tools.domain.rationale import AnalysisSource
from tools.domain.value import canonical

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

ROOT = Path(__file__).parents[2]
FIRST, SECOND = request(prompt="Analyse the first."), request(prompt="Analyse the second.")


@pytest.fixture
def cassette(tmp_path: Path) -> Path:
    path = tmp_path / "recordings" / "day.yaml"
    author(path, [(FIRST, answer()), (SECOND, answer(verdict="decline", confidence=2.0))])
    return path


def test_each_question_gets_its_own_answer(cassette: Path) -> None:
    model = RecordedModel(cassette)
    assert json.loads(model.complete(FIRST).text)["verdict"] == "approve"
    assert json.loads(model.complete(SECOND).text)["verdict"] == "decline"


def test_what_a_person_wrote_says_so_and_cost_nothing(cassette: Path) -> None:
    completion = RecordedModel(cassette).complete(FIRST)
    assert completion.source is AnalysisSource.AUTHORED
    assert completion.problem == ""
    assert (completion.usage.input_tokens, completion.usage.cost_usd) == (0, 0.0)
    assert (completion.provider, completion.model) == ("recorded", "no model"), "it is credited to no model"


def test_replaying_loads_no_sdk_of_a_provider(cassette: Path) -> None:
    """The SDKs take seconds to import; whoever only replays never waits for them."""
    program = (
        "import sys; from pathlib import Path; from agents import anthropic, openai; "
        "from agents.analyst import Analyst; from agents.chain import Chain; "
        "from agents.offline import OfflineModel; from agents.recorded import RecordedModel; "
        "from tests.agents.examples import request; "
        "chain = Chain(recorded=RecordedModel(Path(sys.argv[1])), configured=None, offline=OfflineModel()); "
        "answer = chain.complete(request(prompt='Analyse the first.')); "
        "loaded = sorted({'anthropic', 'openai'} & set(sys.modules)); "
        "print(answer.source.value, *loaded)"
    )
    run = [sys.executable, "-c", program, str(cassette)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["authored"]), done.stderr


def test_authoring_twice_gives_the_same_bytes(cassette: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.yaml"
    author(again, [(FIRST, answer()), (SECOND, answer(verdict="decline", confidence=2.0))])
    assert again.read_bytes() == cassette.read_bytes()


def test_a_live_call_is_recorded_and_replayed_with_its_time_and_cost(
    anthropic_server: AnthropicServer, tmp_path: Path
) -> None:
    live = AnthropicModel(api_key="sk-canary-secret", base_url=anthropic_server.url)
    reply = live.exchange(FIRST)
    at = datetime(2026, 11, 3, 20, 45, tzinfo=UTC)
    recording = Recording(wire_body(FIRST), reply.body, Origin.LIVE, seconds=1.25, at=at)
    path = tmp_path / "live.yaml"
    write_cassette(path, [recording])
    assert read_cassette(path) == [recording]
    assert "canary" not in path.read_text()
    replayed = RecordedModel(path).complete(FIRST)
    assert replayed.source is AnalysisSource.RECORDED
    assert (replayed.provider, replayed.model) == ("anthropic", "claude-haiku-5-5")
    assert replayed.text == live.complete(FIRST).text
    assert replayed.usage.seconds == 1.25
    assert replayed.usage.cost_usd == pytest.approx(0.00037)


def test_a_call_s_instant_is_kept_from_any_zone(cassette: Path) -> None:
    in_new_york = datetime(2026, 11, 3, 15, 45, tzinfo=ZoneInfo("America/New_York"))
    write_cassette(cassette, [replace(each, at=in_new_york) for each in read_cassette(cassette)])
    text = cassette.read_text()
    assert "Tue, 03 Nov 2026 20:45:00 GMT" in text
    cassette.write_text(text.replace("GMT", "-0000"))  # UTC, and nobody says where
    assert {each.at for each in read_cassette(cassette)} == {in_new_york}


def test_the_file_is_vcrpy_s_own_format(cassette: Path) -> None:
    """The real SDK, replayed by vcrpy itself and matched on the body, reads the same message."""
    player = vcr.VCR(record_mode=vcr.mode.NONE, match_on=("method", "scheme", "host", "path", "query", "body"))
    client = anthropic.Anthropic(api_key="k", base_url=MESSAGES_URI.removesuffix("/v1/messages"), max_retries=0)
    with player.use_cassette(str(cassette)):
        for question in (SECOND, FIRST):
            message = client.messages.create(**wire_body(question))
            assert message.content[0].text == RecordedModel(cassette).complete(question).text
        with pytest.raises(anthropic.APIConnectionError):
            client.messages.create(**wire_body(request(prompt="Analyse the third.")))


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "a fact in the prompt": ({"prompt": "Analyse the third."}, "facts differ"),
    "a word of the system prompt": ({"system": "You are an analyst!"}, "prompt, schema"),
    "the schema": ({"answer_schema": {"type": "object"}}, "prompt, schema"),
    "the length of an answer": ({"max_output_tokens": 100}, "prompt, schema"),
}


@pytest.mark.parametrize(("change", "why"), CHANGES.values(), ids=CHANGES.keys())
def test_any_change_is_a_miss_that_names_the_candidate_and_the_reason(
    cassette: Path, change: dict[str, Any], why: str
) -> None:
    model = RecordedModel(cassette)
    changed = FIRST.model_copy(update=change)
    assert not model.holds(changed)
    with pytest.raises(RecordingMissing, match=why) as caught:
        model.complete(changed)
    assert "XOM 45d 98 put" in str(caught.value)
    assert model.key(changed)[:12] in str(caught.value)
    assert "day.yaml" in str(caught.value)


def test_another_model_or_effort_is_another_question(cassette: Path) -> None:
    assert RecordedModel(cassette).holds(FIRST)
    assert not RecordedModel(cassette, model="claude-sonnet-5-5").holds(FIRST)
    assert not RecordedModel(cassette, effort="high").holds(FIRST)


def test_without_recordings_everything_is_a_miss() -> None:
    with pytest.raises(RecordingMissing, match="no recordings"):
        RecordedModel().complete(FIRST)


def test_an_unusable_authored_answer_is_refused_before_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"XOM 45d 98 put.*confidence"):
        author(tmp_path / "day.yaml", [(FIRST, answer(confidence=11))])
    assert not (tmp_path / "day.yaml").exists()


def test_two_different_answers_to_one_question_are_a_broken_set(cassette: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    author(other, [(FIRST, answer(confidence=7.0))])
    with pytest.raises(ConfigError, match="a second time"):
        RecordedModel(cassette, other)
    assert RecordedModel(cassette, cassette).holds(FIRST), "the same recording twice is no conflict"


BROKEN = {
    "not yaml": "interactions: [",
    "empty": "",
    "a list": "- 1",
    "no interactions": "version: 1",
    "python object": "interactions: !!python/object/apply:os.getcwd []",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"broken\.yaml"):
        RecordedModel(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("x-thetagate-recording", "x-other"),
        ("authored", "someone"),
        ("code: 200", "code: 500"),
        ('"type": "message"', '"type": "other"'),
    ],
)
def test_a_tampered_file_is_named(cassette: Path, old: str, new: str) -> None:
    text = cassette.read_text()
    assert old in text or old.replace('"', '\\"') in text
    cassette.write_text(text.replace(old, new).replace(old.replace('"', '\\"'), new.replace('"', '\\"')))
    with pytest.raises(ConfigError, match=r"day\.yaml"):
        RecordedModel(cassette)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone\.yaml cannot be read"):
        RecordedModel(tmp_path / "gone.yaml")


def test_a_rerun_with_noise_in_the_last_digits_is_the_same_question() -> None:
    def question(credit: float) -> ModelRequest:
        given = brief(candidate(credit=credit), facts(), conditions())
        return request(prompt=canonical(given), brief=given)

    assert wire_body(question(0.91)) == wire_body(question(0.91 * (1 + 1e-13)))
