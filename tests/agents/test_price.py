"""Dollars of a call: the public list, the user's own rates, and nothing where nobody knows."""

from __future__ import annotations

import pytest

from agents.model import is_same_model, misattributed
from agents.price import ceiling, meter
from agents.rates import Rates
from tests.agents.examples import request
from tests.peers.anthropic_server import AnthropicServer
from tests.peers.openai_server import OpenAIServer
from tests.peers.provider import Mode
from tools.domain.value import canonical

OWN = {"claude-haiku-5-5": Rates(input=1.0, output=2.0, cached=0.5), "house-model": Rates(input=3.0, output=4.0)}

REPLIES = [("anthropic", "default", AnthropicServer("{}")), ("openai", "responses", OpenAIServer("{}"))]


@pytest.mark.parametrize(("provider", "flavor", "server"), REPLIES)
def test_one_s_own_rates_go_before_the_list(provider: str, flavor: str, server: AnthropicServer) -> None:
    """1,000 new and 2,000 cached tokens in, 500 out."""
    read = meter(provider, flavor, rates=OWN)
    assert read(server.payload(Mode.OK, "house-model"), None) == (3000, 500, 2000, pytest.approx(0.011))
    dated = server.payload(Mode.OK, "claude-haiku-5-5-20261007")
    assert read(dated, None).cost_usd == pytest.approx((1000 * 1.0 + 2000 * 0.5 + 500 * 2.0) / 1e6)
    assert read(server.payload(Mode.OK, "unheard-of"), None) == (3000, 500, 2000, None)


def test_the_ceiling_takes_one_s_own_rates_and_writes_the_cache() -> None:
    question = request(prompt="\u00e9" * 500)
    tokens = len((question.system + question.prompt + canonical(question.answer_schema)).encode()) + 1000
    expected = (tokens * 3.0 * 1.25 + question.max_output_tokens * 4.0) / 1e6
    assert ceiling("openai", "house-model", question, rates=OWN) == pytest.approx(expected)
    assert ceiling("openai", "unheard-of", question, rates=OWN) is None


@pytest.mark.parametrize(
    ("asked", "answered", "same"),
    [
        ("claude-haiku-5-5", "claude-haiku-5-5", True),
        ("claude-haiku-4-5", "claude-haiku-4-5-20251001", True),
        ("gpt-6-luna", "gpt-6-luna-2026-09-22", True),
        ("claude-3-5-haiku-latest", "claude-3-5-haiku-20241022", True),
        ("anthropic/claude-haiku-5-5", "claude-haiku-5-5", True),
        ("gpt-6-luna", "gpt-6-sol", False),
        ("gpt-6", "gpt-6-luna", False),
        ("claude-haiku-5-5", "", False),
    ],
)
def test_a_snapshot_is_the_same_model_and_a_namesake_is_not(asked: str, answered: str, same: bool) -> None:
    assert is_same_model(asked, answered) is same
    assert bool(misattributed(asked, answered)) is not same
