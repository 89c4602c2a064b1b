"""The one door to a language model: a request with its brief in, text with its usage out.

Implementations beside this file: anthropic, openai, recorded, offline.
"""

from __future__ import annotations

from typing import Any, Protocol

from tools.domain.rationale import AnalysisSource, Usage
from tools.domain.value import Value


class ModelRequest(Value):
    """One structured question. `answer_schema` is the JSON schema of the answer; `brief` the facts it was rendered from."""

    system: str
    prompt: str
    schema_name: str
    answer_schema: dict[str, Any]
    prompt_fingerprint: str
    brief: dict[str, Any]
    max_output_tokens: int = 2000


class Completion(Value):
    """The answer as text (JSON by request), with what it cost. `stop` is the provider's word for why it ended."""

    text: str
    stop: str
    source: AnalysisSource
    provider: str
    model: str
    usage: Usage


class Model(Protocol):
    """Answers a request or raises `ModelError`; usage survives a refusal in `ModelError.usage` where known."""

    provider: str
    model: str

    def complete(self, request: ModelRequest) -> Completion: ...
