"""The one door to a language model: a request with its brief in, text with its usage out.

Implementations beside this file: anthropic, openai, recorded, offline. Others are made of models:
chain (recorded, else configured, else offline), and around every one that is paid
bounded (so many at a time) → fallback (the next one in an outage) → guarded (a breaker) → budget (caps) → adapter.
"""

from __future__ import annotations

import re
from typing import Any, Protocol

from tools.domain.rationale import AnalysisSource, Usage
from tools.domain.value import Value


class ModelRequest(Value):
    """One structured question.

    answer_schema  the JSON schema of the answer
    brief          the facts the question was rendered from
    candidate      the id of the decision that pays for it; empty where the brief alone tells
    correction_of  the question whose answer is being corrected; it goes to whoever gave that answer
    """

    system: str
    prompt: str
    schema_name: str
    answer_schema: dict[str, Any]
    prompt_fingerprint: str
    brief: dict[str, Any]
    candidate: str = ""
    max_output_tokens: int = 2000
    correction_of: ModelRequest | None = None

    @property
    def label(self) -> str:
        """The candidate the question is about."""
        return str(self.brief.get("label", "an unnamed candidate"))


class Completion(Value):
    """An answer as text (JSON by request), with what it cost.

    `stop` is the provider's word for why it ended; `problem` one sentence when that word means that the text
    is no full answer (refused, truncated), empty otherwise.
    """

    text: str
    stop: str
    problem: str = ""
    source: AnalysisSource
    provider: str
    model: str
    usage: Usage


class Model(Protocol):
    """Answers a request, or raises `ModelError` where no answer came at all.

    A refusal and a truncation are answers: they come back as completions with a `problem`, so that their
    usage is kept. A failure carries in `ModelError.usage` what is known of its cost.
    """

    provider: str
    model: str

    def complete(self, request: ModelRequest) -> Completion: ...


_DATED = re.compile(r"(-latest|[-@]\d{4}-?\d{2}-?\d{2})$")


def is_same_model(asked: str, answered: str) -> bool:
    """Whether a reply's model is the one that was asked: itself, a dated snapshot, or a gateway's name for it."""

    def bare(name: str) -> str:
        return _DATED.sub("", name.rsplit("/", 1)[-1])

    return bare(asked) == bare(answered)


def misattributed(asked: str, answered: str) -> str:
    """One sentence where another model answered than was asked, else empty."""
    if is_same_model(asked, answered):
        return ""
    return f"{asked} was asked and {answered[:60] or 'a model without a name'} answered; check the base URL."
