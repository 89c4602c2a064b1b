"""Servers that stand in for the providers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.agents.examples import answer
from tests.peers.anthropic_server import AnthropicServer
from tests.peers.openai_server import OpenAIServer


@pytest.fixture
def anthropic_server() -> Iterator[AnthropicServer]:
    with AnthropicServer(json.dumps(answer())) as server:
        yield server


@pytest.fixture
def openai_server() -> Iterator[OpenAIServer]:
    with OpenAIServer(json.dumps(answer())) as server:
        yield server
