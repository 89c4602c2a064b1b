"""A model that fails in any way costs a trade its automatic approval, never the run; no order leaves on it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.agents.examples import answer
from tests.peers.anthropic_server import AnthropicServer
from tests.peers.openai_server import OpenAIServer
from tests.peers.provider import Mode, Provider
from tests.pipeline.conftest import Verb

pytestmark = pytest.mark.usefixtures("few_underlyings")

BAD = [mode for mode in Mode if mode not in {Mode.OK, Mode.NO_USAGE}]
AT_ONCE = 15  # fewer than the candidates of the whole day, and two of them are asked twice
SCRIPTS = [BAD[first : first + AT_ONCE] for first in range(0, len(BAD), AT_ONCE)]


@pytest.fixture(params=[AnthropicServer, OpenAIServer], ids=["anthropic", "openai"])
def provider(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with request.param(json.dumps(answer())) as server:
        name = "anthropic" if isinstance(server, AnthropicServer) else "openai"
        monkeypatch.setenv(f"{name.upper()}_API_KEY", "sk-canary-key")
        monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", name)
        monkeypatch.setenv(f"THETAGATE_MODEL__{name.upper()}__BASE_URL", server.url)
        monkeypatch.setenv("THETAGATE_MODEL__TIMEOUT_SECONDS", "1.5")
        monkeypatch.setenv("THETAGATE_MODEL__CONCURRENCY", "16")
        monkeypatch.setenv("THETAGATE_MODEL__MAX_USD_PER_MONTH", "1000")
        monkeypatch.setenv("THETAGATE_MODEL__MAX_USD_PER_DAY", "100")
        monkeypatch.setenv("THETAGATE_MODEL__FAILURES", "1000")
        yield server


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: f"{script[0]} to {script[-1]}")
def test_a_broken_model_means_a_person_or_no_trade(
    verb: Verb, provider: Provider, script: list[Mode], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every way to fail, in one run or another: a reason in each decision, usage kept, nothing sent."""
    monkeypatch.delenv("THETAGATE_BOOKS__FOLDER")
    provider.will(*script)
    provider.otherwise = Mode.REFUSAL
    said = verb("run", "--json")
    assert said.code == 0
    assert provider.left == 0
    decisions = said.json["decisions"]
    assert {decision["outcome"] for decision in decisions} == {"waiting", "refused"}
    assert all(decision["order"] is None for decision in decisions)
    records = [verb("why", decision["id"], "--json").json for decision in decisions if decision["analysis"]]
    assert len(records) > len(script)
    assert all(record["analysis"]["problem"] for record in records)
    assert all(record["analysis"]["usage"]["calls"] >= 1 for record in records)
    assert {record["analysis"]["usage"]["input_tokens"] for record in records} <= {0, 3000}
    waiting = [decision for decision in decisions if decision["outcome"] == "waiting"]
    assert waiting
    for decision in waiting:
        assert "analysis" in {reason["rule"] for reason in decision["reasons"]}
        assert decision["scores"]["model"] is None
    spent = verb("spend", "--json").json
    assert len(spent["calls"]) == len(records)
    assert "asked" not in {call["outcome"] for call in spent["calls"]}, "each is settled"
    assert {call["candidate"] for call in spent["calls"]} == {record["id"] for record in records}
    assert "canary" not in said.out + said.err


def test_a_live_answer_is_kept_with_its_cost(verb: Verb, provider: Provider) -> None:
    decisions = verb("run", "--json").json["decisions"]
    analysed = next(decision for decision in decisions if decision["analysis"])
    assert analysed["analysis"] == "live"
    usage = verb("why", analysed["id"], "--json").json["analysis"]["usage"]
    assert usage["calls"] >= 1
    assert usage["input_tokens"] > 0
    assert usage["cost_usd"] < 0.02


def test_numbers_that_are_not_in_the_facts_never_approve(verb: Verb, provider: Provider) -> None:
    provider.answer = json.dumps(
        answer(rationale="The yield of 77.7 % on a delta of 0.99 cannot be missed.", confidence=10)
    )
    decisions = verb("run", "--json").json["decisions"]
    assert "approved" not in {decision["outcome"] for decision in decisions}
    waiting = [decision for decision in decisions if decision["outcome"] == "waiting"]
    assert waiting
    assert all("grounding" in {reason["rule"] for reason in decision["reasons"]} for decision in waiting)


def test_a_spent_budget_asks_nobody(verb: Verb, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__MAX_USD_PER_DAY", "0.0000001")
    decisions = verb("run", "--json").json["decisions"]
    assert provider.seen == []
    assert "approved" not in {decision["outcome"] for decision in decisions}
