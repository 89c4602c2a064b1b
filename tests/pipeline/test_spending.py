"""Two providers in an order, a provider left alone, and what `thetagate spend` shows of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agents.examples import answer
from tests.peers.anthropic_server import AnthropicServer
from tests.peers.openai_server import OpenAIServer
from tests.peers.provider import Mode
from tests.pipeline.conftest import Verb

pytestmark = pytest.mark.usefixtures("few_underlyings")

PER_CALL = 0.00037  # 1,000 new and 2,000 cached tokens in, 500 out, at $0.10, $0.01 and $0.50 per million


@pytest.fixture
def claude(monkeypatch: pytest.MonkeyPatch) -> Iterator[AnthropicServer]:
    with AnthropicServer(json.dumps(answer())) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-canary-a")
        monkeypatch.setenv("THETAGATE_MODEL__ANTHROPIC__BASE_URL", server.url)
        monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "anthropic")
        yield server


@pytest.fixture
def luna(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    with OpenAIServer(json.dumps(answer())) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-canary-o")
        monkeypatch.setenv("THETAGATE_MODEL__OPENAI__BASE_URL", server.url)
        yield server


@pytest.fixture
def both(claude: AnthropicServer, luna: OpenAIServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of both, asked in the order of the settings; nothing was recorded."""
    from agents.cassette import write_cassette

    write_cassette(tmp_path / "empty.yaml", [])
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "auto")
    monkeypatch.setenv("THETAGATE_MODEL__RECORDINGS", str(tmp_path / "empty.yaml"))
    monkeypatch.setenv("THETAGATE_MODEL__CONCURRENCY", "1")


@pytest.mark.usefixtures("both")
def test_the_second_answers_for_the_first_which_is_soon_left_alone(
    verb: Verb, claude: AnthropicServer, luna: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__FAILURES", "3")
    claude.otherwise = Mode.OVERLOADED
    decisions = verb("run", "--json").json["decisions"]
    analysed = [decision for decision in decisions if decision["analysis"]]
    assert {decision["analysis"] for decision in analysed} == {"live"}
    assert len(claude.seen) == 3, "the breaker is open then"
    assert len(luna.seen) >= len(analysed) > 3
    records = [verb("why", decision["id"], "--json").json["analysis"] for decision in analysed]
    assert {record["provider"] for record in records} == {"openai"}
    calls = verb("spend", "--json").json["calls"]
    failed = [call for call in calls if call["provider"] == "anthropic"]
    assert [(call["outcome"], call["charged_usd"]) for call in failed] == [("failed", 0.0)] * 3
    assert all("529" in call["reason"] for call in failed)


def test_whoever_is_left_alone_says_so_in_the_decision(
    verb: Verb, claude: AnthropicServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__FAILURES", "2")
    monkeypatch.setenv("THETAGATE_MODEL__CONCURRENCY", "1")
    claude.otherwise = Mode.FAILING
    decisions = verb("run", "--json").json["decisions"]
    assert len(claude.seen) == 2
    assert "approved" not in {decision["outcome"] for decision in decisions}
    waiting = [reason["text"] for each in decisions if each["outcome"] == "waiting" for reason in each["reasons"]]
    assert any("is not asked after 2 failures in a row, the last one: anthropic" in text for text in waiting)


@pytest.mark.usefixtures("both")
def test_the_order_is_the_settings_and_a_refusal_stays(
    verb: Verb, claude: AnthropicServer, luna: OpenAIServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__ORDER", '["openai", "anthropic"]')
    luna.otherwise = Mode.REFUSAL
    decisions = verb("run", "--json").json["decisions"]
    assert claude.seen == []
    assert luna.seen
    assert "approved" not in {decision["outcome"] for decision in decisions}


def test_what_was_spent_is_shown_against_the_caps(verb: Verb, claude: AnthropicServer) -> None:
    assert "No paid model was asked in" in verb("spend").out
    verb("run", "--json")
    asked = len(claude.seen)
    said = verb("spend", "--json").json
    assert said["schema"] == "thetagate.spend/1"
    assert said["caps_usd"] == {"per_candidate": 0.01, "per_day": 5.0, "per_month": 50.0}
    assert said["spent_usd"] == {"today": pytest.approx(asked * PER_CALL), "month": pytest.approx(asked * PER_CALL)}
    assert said["spent_usd"]["today"] > 0, "of the wall's own day, wherever the market's clock stands"
    first = said["calls"][0]
    assert (first["provider"], first["model"], first["outcome"]) == ("anthropic", "claude-haiku-5-5", "answered")
    assert (first["input_tokens"], first["cached_tokens"], first["output_tokens"]) == (3000, 2000, 500)
    assert first["cost_usd"] == pytest.approx(PER_CALL)
    shown = verb("spend").out
    assert f"${asked * PER_CALL:,.4f} of $5.00" in shown
    assert f"{asked * 3000:,}" in shown
    assert len(verb("spend", "--calls").out.splitlines()) == 4 + asked
    assert verb("spend", "--month", "2020-02", "--json").json["calls"] == []
    for wrong in ("2026-13", "november", "0000-01"):
        assert verb("spend", "--month", wrong).code == 2


def test_a_dry_run_pays_like_any_other_and_the_caps_remember_it(
    verb: Verb, claude: AnthropicServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    verb("run", "--dry-run", "--json")
    asked = len(claude.seen)
    assert asked > 0
    assert len(verb("spend", "--json").json["calls"]) == asked
    monkeypatch.setenv("THETAGATE_MODEL__MAX_USD_PER_MONTH", f"{asked * PER_CALL:.6f}")
    verb("run", "--dry-run", "--json")
    assert len(claude.seen) == asked
    decisions = verb("run", "--json").json["decisions"]
    assert len(claude.seen) == asked
    waiting = next(decision for decision in decisions if decision["outcome"] == "waiting")
    assert any("this month is used up" in reason["text"] for reason in waiting["reasons"])


def test_one_s_own_prices_are_what_is_counted(
    verb: Verb, claude: AnthropicServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"claude-haiku-5-5": {"input": 0.2, "output": 1.0, "cached": 0.02}}
    monkeypatch.setenv("THETAGATE_MODEL__PRICES", json.dumps(own))
    verb("run", "--json")
    call = verb("spend", "--json").json["calls"][0]
    assert call["cost_usd"] == pytest.approx(2 * PER_CALL)


def test_a_model_without_a_price_is_not_asked_and_says_what_to_do(
    verb: Verb, claude: AnthropicServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__ANTHROPIC__NAME", "claude-unheard-of")
    decisions = verb("run", "--json").json["decisions"]
    assert claude.seen == []
    waiting = next(decision for decision in decisions if decision["outcome"] == "waiting")
    assert any("No price is known for claude-unheard-of" in reason["text"] for reason in waiting["reasons"])
