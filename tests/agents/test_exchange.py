"""When a question is sent again, how long it may take in all, and over how many connections."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from agents.anthropic import AnthropicModel
from agents.model import Model
from agents.openai import OpenAIModel
from tests.agents.examples import answer, request
from tests.peers.anthropic_server import AnthropicServer
from tests.peers.openai_server import OpenAIServer
from tests.peers.provider import Mode, Provider
from tools.domain.errors import ModelError, ModelOutage

pytestmark = pytest.mark.block_network(allowed_hosts=["127.0.0.1"])

QUESTION = request()


@pytest.fixture(params=[AnthropicServer, OpenAIServer], ids=["anthropic", "openai"])
def server(request: pytest.FixtureRequest) -> Iterator[Provider]:
    with request.param(json.dumps(answer())) as running:
        yield running


def model(server: Provider, *, timeout: float = 5.0) -> Model:
    kind = AnthropicModel if isinstance(server, AnthropicServer) else OpenAIModel
    return kind(api_key="sk-test", base_url=server.url, timeout=timeout)


def failure(asked: Model) -> ModelError:
    with pytest.raises(ModelError) as caught:
        asked.complete(QUESTION)
    return caught.value


@pytest.mark.parametrize("mode", [Mode.RATE_LIMITED, Mode.OVERLOADED])
def test_a_word_of_when_to_come_back_is_kept_once(server: Provider, mode: Mode) -> None:
    server.retry_after = "0.3"
    server.will(mode)
    started = time.monotonic()
    completion = model(server).complete(QUESTION)
    assert time.monotonic() - started >= 0.3
    assert len(server.seen) == 2
    assert completion.usage.calls == 1, "what was turned away cost nothing"
    server.will(mode, mode, mode)
    assert mode.value in str(failure(model(server)))
    assert len(server.seen) == 4


@pytest.mark.parametrize("word", ["60", "5", "soon", "nan", "-1", "Wed, 21 Oct 2026 07:28:00 GMT", None])
def test_a_word_beyond_the_deadline_or_none_is_an_outage_at_once(server: Provider, word: str | None) -> None:
    server.retry_after = word
    server.otherwise = Mode.OVERLOADED
    started = time.monotonic()
    assert isinstance(failure(model(server, timeout=5.0)), ModelOutage)
    assert time.monotonic() - started < 4
    assert len(server.seen) == 1


@pytest.mark.parametrize("mode", [Mode.BAD_REQUEST, Mode.UNAUTHORISED, Mode.FAILING])
def test_no_other_status_is_sent_again_whatever_it_says(server: Provider, mode: Mode) -> None:
    server.retry_after = "0"
    server.otherwise = mode
    failure(model(server))
    assert len(server.seen) == 1


def test_the_deadline_holds_for_both_attempts_together(server: Provider) -> None:
    server.latency = 0.6
    server.will(Mode.DROP, Mode.SLOW)
    started = time.monotonic()
    error = failure(model(server, timeout=1.2))
    assert time.monotonic() - started < 2.4
    assert "within 1.2 seconds" in str(error)
    assert error.usage
    assert error.usage.calls == 2


def test_bytes_that_trickle_into_the_head_do_not_begin_the_deadline_anew(server: Provider) -> None:
    server.will(Mode.DRIP_HEAD)
    started = time.monotonic()
    assert "within 0.5 seconds" in str(failure(model(server, timeout=0.5)))
    assert time.monotonic() - started < 2.0


def test_only_a_provider_without_an_answer_is_out(server: Provider) -> None:
    outages = {Mode.UNAUTHORISED, Mode.FAILING, Mode.GARBAGE, Mode.FOREIGN, Mode.DROP}
    for mode in (*outages, Mode.HUGE, Mode.BABBLE):
        server.otherwise = mode
        assert isinstance(failure(model(server)), ModelOutage) is (mode in outages), mode


def test_connections_are_used_again(server: Provider) -> None:
    asked = model(server)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(asked.complete, [QUESTION] * 24))
    assert len(server.seen) == 24
    assert len(set(server.callers)) <= 4
