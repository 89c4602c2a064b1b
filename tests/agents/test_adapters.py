"""Both adapters against loopback servers that speak the real wire formats, through the real SDKs."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from anthropic.types import Message
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types.responses import Response

from agents import anthropic as anthropic_adapter
from agents import openai as openai_adapter
from agents.anthropic import AnthropicModel
from agents.model import Model, ModelRequest
from agents.openai import OpenAIModel
from tests.agents.examples import answer, request
from tests.peers.anthropic_server import AnthropicServer
from tests.peers.openai_server import OpenAIServer
from tests.peers.provider import Mode, Provider
from tools.domain.errors import ConfigError, ModelError
from tools.domain.rationale import AnalysisSource
from tools.domain.value import canonical

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

QUESTION = request()
ADAPTERS = {"anthropic": (AnthropicServer, AnthropicModel), "openai": (OpenAIServer, OpenAIModel)}


@pytest.fixture(params=ADAPTERS)
def server(request: pytest.FixtureRequest) -> Iterator[Provider]:
    with ADAPTERS[request.param][0](json.dumps(answer())) as running:
        yield running


def model(server: Provider, *, timeout: float = 5.0, **changes: Any) -> Model:
    kind = AnthropicModel if isinstance(server, AnthropicServer) else OpenAIModel
    return kind(api_key="sk-test-canary", base_url=server.url, timeout=timeout, **changes)


def failure(asked: Model, question: ModelRequest = QUESTION) -> ModelError:
    with pytest.raises(ModelError) as caught:
        asked.complete(question)
    return caught.value


def test_an_answer_comes_back_with_tokens_cost_and_time(server: Provider) -> None:
    ticks = itertools.count(100.0, 0.25)
    asked = model(server, clock=lambda: next(ticks))
    completion = asked.complete(QUESTION)
    assert json.loads(completion.text) == answer()
    assert completion.problem == ""
    assert completion.source is AnalysisSource.LIVE
    assert (completion.provider, completion.model) == (asked.provider, asked.model)
    usage = completion.usage
    assert (usage.input_tokens, usage.output_tokens, usage.calls) == (3000, 500, 1)
    assert usage.seconds
    assert usage.seconds % 0.25 == 0, "the time is the injected clock's"
    # 1,000 new and 2,000 cached tokens in, 500 out, at $0.10, $0.01 and $0.50 per million: both price lists
    assert usage.cost_usd == pytest.approx((1000 * 0.10 + 2000 * 0.01 + 500 * 0.50) / 1e6)


def test_the_body_on_the_wire_is_the_one_that_recordings_are_keyed_by(server: Provider) -> None:
    model(server).complete(QUESTION)
    adapter = anthropic_adapter if isinstance(server, AnthropicServer) else openai_adapter
    assert canonical(server.seen[0]) == canonical(adapter.wire_body(QUESTION))


def test_model_and_effort_are_those_configured(server: Provider) -> None:
    model(server, model="some-model", effort="high").complete(QUESTION)
    body = server.seen[0]
    assert body["model"] == "some-model"
    assert (body.get("output_config") or body.get("reasoning"))["effort"] == "high"


def test_a_model_without_a_price_costs_unknown_and_not_nothing(server: Provider) -> None:
    completion = model(server, model="some-model").complete(QUESTION)
    assert completion.usage.cost_usd is None
    assert completion.usage.output_tokens == 500


def test_the_environment_is_not_read(server: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ANTHROPIC", "OPENAI"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-of-someone-else")
        monkeypatch.setenv(f"{name}_BASE_URL", "http://127.0.0.1:1/")
    model(server).complete(QUESTION)
    sent = json.dumps(server.headers[0])
    assert "sk-test-canary" in sent
    assert "someone-else" not in sent


@pytest.mark.parametrize(
    ("mode", "word"),
    [(Mode.TRUNCATED, "cut off"), (Mode.REFUSAL, "refused"), (Mode.EMPTY, "")],
)
def test_usage_survives_truncation_refusal_and_silence(server: Provider, mode: Mode, word: str) -> None:
    server.will(mode)
    completion = model(server).complete(QUESTION)
    assert word in completion.problem
    assert bool(completion.problem) == bool(word)
    assert completion.usage.output_tokens == 500
    assert completion.usage.cost_usd
    assert mode is Mode.TRUNCATED or completion.text == ""


@pytest.mark.parametrize(
    ("mode", "word", "cost"),
    [
        (Mode.UNAUTHORISED, "API key", 0.0),
        (Mode.UNKNOWN_MODEL, "model", 0.0),
        (Mode.RATE_LIMITED, "rate", 0.0),
        (Mode.FAILING, "500", None),
        (Mode.GARBAGE, "not JSON", None),
        (Mode.HUGE, "larger than", None),
        (Mode.FOREIGN, "base URL", None),
    ],
)
def test_failures_are_one_sentence_and_never_sent_again(
    server: Provider, mode: Mode, word: str, cost: float | None
) -> None:
    server.otherwise = mode
    asked = model(server)
    error = failure(asked)
    assert word in str(error)
    assert str(error).startswith(asked.provider)
    assert len(str(error)) < 300
    assert error.provider == asked.provider
    assert error.usage
    assert (error.usage.calls, error.usage.cost_usd) == (1, cost)
    assert len(server.seen) == 1


def test_overload_is_an_outage(anthropic_server: AnthropicServer) -> None:
    anthropic_server.will(Mode.OVERLOADED)
    assert "529" in str(failure(model(anthropic_server)))


def test_a_request_the_provider_rejects_quotes_its_words(anthropic_server: AnthropicServer) -> None:
    anthropic_server.will(Mode.BAD_REQUEST)
    assert "a message for 400" in str(failure(model(anthropic_server)))


@pytest.mark.parametrize("mode", [Mode.DROP, Mode.CUT])
def test_a_lost_connection_is_tried_once_more(server: Provider, mode: Mode) -> None:
    server.will(mode)
    completion = model(server).complete(QUESTION)
    assert completion.usage.calls == 2
    assert len(server.seen) == 2
    server.will(mode, mode)
    error = failure(model(server))
    assert "could not be reached in 2 attempts" in str(error)
    assert error.usage
    assert error.usage.calls == 2
    assert len(server.seen) == 4


def test_nobody_listening_is_an_outage() -> None:
    asked = AnthropicModel(api_key="k", base_url="http://127.0.0.1:1", timeout=2.0)
    assert "could not be reached" in str(failure(asked))


def test_one_model_serves_many_threads(server: Provider) -> None:
    server.latency = 0.2
    asked = model(server)
    with ThreadPoolExecutor(20) as pool:
        started = time.monotonic()
        completions = list(pool.map(lambda _: asked.complete(QUESTION), range(20)))
    assert {completion.usage.calls for completion in completions} == {1}
    assert time.monotonic() - started < 20 * 0.2 / 2, "calls run side by side"


@pytest.mark.parametrize("mode", [Mode.SLOW, Mode.DRIP])
def test_a_provider_that_stalls_or_drips_is_left_at_the_deadline(server: Provider, mode: Mode) -> None:
    server.will(mode)
    started = time.monotonic()
    error = failure(model(server, timeout=1.0))  # long enough for a busy machine to have asked at all
    assert "within 1 seconds" in str(error)
    assert time.monotonic() - started < 4.0
    assert len(server.seen) == 1, "a question that may have been charged is not sent again"
    assert error.usage
    assert error.usage.cost_usd is None


@pytest.mark.parametrize("url", ["not a url", "ftp://127.0.0.1/"])
def test_a_wrong_base_url_is_a_sentence(url: str) -> None:
    asked = AnthropicModel(api_key="k", base_url=url, timeout=1.0)
    assert "anthropic" in str(failure(asked))


@pytest.mark.parametrize("key", ["", " ", "two words", "line\nbreak", "schl\u00fcssel"])
@pytest.mark.parametrize("kind", [AnthropicModel, OpenAIModel])
def test_an_impossible_key_is_refused_before_it_is_used(kind: Any, key: str) -> None:
    with pytest.raises(ConfigError, match="API key is empty or holds"):
        kind(api_key=key)


REPLIES: dict[str, tuple[Any, dict[str, Any]]] = {
    "anthropic": (anthropic_adapter.completion, AnthropicServer("{}").payload(Mode.OK, "claude-haiku-5-5")),
    "openai": (openai_adapter.completion, OpenAIServer("{}").payload(Mode.OK, "gpt-6-luna")),
}


def test_a_reply_reads_as_the_sdk_reads_it() -> None:
    """The plain JSON is read here without the SDKs; their own types must find the same text and stop in it."""
    message = Message.model_validate(REPLIES["anthropic"][1])
    response = Response.model_validate(REPLIES["openai"][1])
    mine = {name: read(reply, source=AnalysisSource.LIVE, seconds=1.0) for name, (read, reply) in REPLIES.items()}
    assert [(mine["anthropic"].text, mine["anthropic"].stop)] == [
        (block.text, message.stop_reason) for block in message.content if block.type == "text"
    ]
    assert (mine["openai"].text, mine["openai"].stop) == (response.output_text, response.status)


def test_words_and_parts_of_tomorrow_are_no_outage() -> None:
    """A new kind of block, item or part is passed over, a new word for the end is quoted."""
    read, message = REPLIES["anthropic"]
    content = [{"type": "musing", "text": "hm"}, 7, {"type": "text", "text": None}, *message["content"]]
    reply = message | {"content": content, "stop_reason": "bored"}
    completion = read(reply, source=AnalysisSource.LIVE, seconds=1.0)
    assert (completion.text, completion.problem) == ("{}", "The model stopped before an answer (bored).")
    read, response = REPLIES["openai"]
    *items, last = response["output"]
    part = {"type": "output_smell", "text": "hm"}
    output = [*items, {"type": "musing"}, 7, last | {"content": [part, 7, *last["content"]]}]
    reply = response | {"output": output, "status": "failed", "error": {"code": "bored", "message": "no"}}
    completion = read(reply, source=AnalysisSource.LIVE, seconds=1.0)
    assert (completion.text, completion.problem) == ("{}", "The model stopped before an answer (bored).")


JUNK = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([]) | st.just({}) | st.just([{}])


def paths(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from paths(child, (*path, key))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(REPLIES)), st.data())
def test_any_malformed_reply_is_a_completion_or_a_model_error(provider: str, data: st.DataObject) -> None:
    read, good = REPLIES[provider]
    reply = json.loads(json.dumps(good))
    *parents, last = data.draw(st.sampled_from(list(paths(reply))))
    node = reply
    for key in parents:
        node = node[key]
    node[last] = data.draw(JUNK)
    try:
        completion = read(reply, source=AnalysisSource.LIVE, seconds=1.0)
    except ModelError:
        return
    assert completion.usage.input_tokens >= 0
