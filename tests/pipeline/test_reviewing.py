"""`chat`: about decisions of a home, recorded on the embedded day, by rule offline, live with a key."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.reviewer import Reply, Turn
from pipeline.home import Home
from pipeline.reviewing import PART, DeskReviewer, cost_of, open_reviewer
from pipeline.settings import Settings, load_settings
from pipeline.wiring import open_ledger
from tests.peers.talk_server import Fault, TalkServer, call
from tests.pipeline.conftest import Verb
from tools.domain.decision import DecisionRecord, Outcome
from tools.domain.rationale import AnalysisSource

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])


@pytest.fixture
def waiting(traded: Path) -> DecisionRecord:
    return labelled(traded, "BAC 34d 46 put")


def labelled(home: Path, label: str) -> DecisionRecord:
    with open_ledger(Home(home)) as ledger:
        return next(ledger.record(row.id) for row in ledger.decisions() if row.label == label)


def last(desk: DeskReviewer, record: DecisionRecord, question: str, *history: Turn) -> Reply:
    *_, reply = desk.ask(record, question, history)
    assert isinstance(reply, Reply)
    return reply


def test_the_recorded_conversation_of_the_day_is_replayed(
    traded: Path, verb: Verb, waiting: DecisionRecord
) -> None:
    assert waiting.outcome is Outcome.WAITING
    said = verb("chat", waiting.id, "Why was it not approved automatically?", "--home", traded, "--json")
    assert said.code == 0
    told = said.json
    assert (told["schema"], told["id"], told["source"]) == ("thetagate.chat/1", waiting.id, "authored")
    assert told["grounded"] is True
    assert "score.total" in told["cited"]


def test_a_question_nobody_recorded_is_answered_by_rule_and_labelled(traded: Path, verb: Verb) -> None:
    record = labelled(traded, "QQQ 34d 605 put")
    said = verb("chat", record.id, "why was it refused?", "--home", traded)
    assert said.code == 0
    assert "[limits.F1.after]" in said.out
    assert "(offline, by rules;" in said.err
    assert "grounded" in said.err


def test_a_conversation_goes_on_until_an_empty_line(
    traded: Path, verb: Verb, waiting: DecisionRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = "Why was it not approved automatically?\nWould it have gone through with a threshold of 7.4?\n\n"
    monkeypatch.setattr("sys.stdin", io.StringIO(asked))
    said = verb("chat", waiting.id, "--home", traded)
    assert said.code == 0
    assert "[what_if.after.outcome]" in said.out
    assert said.err.count("authored") == 2
    assert "asks what_if" in said.err


def test_the_end_of_the_input_and_ctrl_c_end_it_cleanly(
    traded: Path, verb: Verb, waiting: DecisionRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert verb("chat", waiting.id, "--home", traded).code == 0

    def interrupted(_prompt: str) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr("builtins.input", interrupted)
    assert verb("chat", waiting.id, "--home", traded).code == 0


def test_usage(traded: Path, verb: Verb, waiting: DecisionRecord) -> None:
    assert verb("chat", waiting.id, " ", "--home", traded).code == 2
    assert verb("chat", waiting.id, "--home", traded, "--json").code == 2
    assert verb("chat", "d-ffffffffffff", "why?", "--home", traded).code == 1


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TalkServer]:
    with TalkServer("anthropic") as running:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-test-canary")
        monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "anthropic")
        monkeypatch.setenv("THETAGATE_MODEL__ANTHROPIC__BASE_URL", running.url)
        yield running


@pytest.fixture
def own(traded: Path, home: Path) -> Path:
    shutil.copytree(traded, home)
    return home


def settings_of(home: Path) -> Settings:
    return load_settings(home)


def test_a_live_model_streams_calls_tools_and_is_kept_with_its_cost(
    own: Path, verb: Verb, waiting: DecisionRecord, server: TalkServer
) -> None:
    server.will(
        call("what_if", path="thresholds.automatic", value=7.4),
        "It would be approved [what_if.after.outcome] at 7.4 [what_if.to.automatic].",
    )
    said = verb("chat", waiting.id, "And with a threshold of 7.4?")
    assert said.code == 0
    assert "It would be approved" in said.out
    assert "live, by anthropic claude-haiku-5-5" in said.err
    assert "sk-test-canary" not in said.out + said.err
    after = labelled(own, "BAC 34d 46 put")
    (kept,) = [part for part in after.parts if part.kind == PART]
    assert kept.body["question"] == "And with a threshold of 7.4?"
    assert kept.body["grounded"] is True
    assert cost_of(after) == pytest.approx(2 * (1000 * 0.10 + 2000 * 0.01 + 500 * 0.50) / 1e6)
    with open_ledger(Home(own)) as ledger:
        assert ledger.spending.spent(candidate=f"chat {after.id}") == pytest.approx(cost_of(after))
        assert ledger.verify() == []
    assert after.score == waiting.score
    verb("chat", waiting.id, "Again?")
    assert len([part for part in labelled(own, "BAC 34d 46 put").parts if part.kind == PART]) == 2


def test_what_was_spent_before_counts_towards_the_cap(
    own: Path, waiting: DecisionRecord, server: TalkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__MAX_USD_PER_CANDIDATE", "0.004")
    desk = open_reviewer(Home(own), settings_of(own))
    replies = [last(desk, desk.record(waiting.id), f"Why, {n}?") for n in range(10)]
    refused = [reply for reply in replies if "budget for this decision" in reply.problem]
    assert refused
    assert replies[0].problem == ""
    assert len(server.seen) == len(replies) - len(refused)


def test_an_outage_is_a_sentence_and_exit_one(
    verb: Verb, own: Path, waiting: DecisionRecord, server: TalkServer
) -> None:
    server.otherwise = Fault.OVERLOADED
    said = verb("chat", waiting.id, "why?")
    assert said.code == 1
    assert "529" in said.err
    server.otherwise = "It lost 57 % in 2008."
    said = verb("chat", waiting.id, "why?")
    assert "NOT GROUNDED" in said.err
    assert "withdrawn" in said.err


def test_auto_without_a_recording_and_with_a_key_asks_the_model(
    own: Path, waiting: DecisionRecord, server: TalkServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "auto")
    desk = open_reviewer(Home(own), settings_of(own))
    server.will("The record does not hold that.")
    assert last(desk, waiting, "Something nobody recorded?").source is AnalysisSource.LIVE
    assert last(desk, waiting, "Why was it not approved automatically?").source is AnalysisSource.AUTHORED
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")
    offline = open_reviewer(Home(own), settings_of(own))
    assert last(offline, waiting, "Why was it not approved automatically?").source is AnalysisSource.OFFLINE
    assert len(server.seen) == 1


def test_every_decision_of_the_day_answers_the_common_questions_grounded(traded: Path) -> None:
    desk = open_reviewer(Home(traded), settings_of(traded).model_copy(
        update={"model": Settings().model.model_copy(update={"provider": "offline"})}
    ))  # fmt: skip
    with open_ledger(Home(traded)) as ledger:
        records = [ledger.record(row.id) for row in ledger.decisions()]
    questions = (
        "Why?",
        "Why not automatic?",
        "closest limits?",
        "what can go wrong?",
        "what happened?",
        "model cost?",
    )
    for record in records:
        for question in questions:
            reply = last(desk, record, question)
            assert reply.grounded, (record.candidate.label, question, reply.misses)
            assert reply.cited
