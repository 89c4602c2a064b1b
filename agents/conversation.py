"""A conversation with a model that may use tools: what is said, what is called, what comes back as it is written.

    Talk (rules, tools, exchanges so far) → Talker → text as it comes … → Said (text, calls, usage)

Beside `agents.model`, which asks one structured question: here an answer is prose, comes in pieces, and may ask
for a tool first. Implementations: talk_anthropic, talk_openai, talk_recorded; budgeted_talk puts one under caps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, Protocol

from tools.domain.rationale import AnalysisSource, Usage
from tools.domain.value import Value
from tools.review.tool import ToolSpec


class ToolCall(Value):
    """What a model asks a tool for; `arguments` is None where what it wrote is no JSON object."""

    id: str
    name: str
    arguments: dict[str, Any] | None


class ToolAnswer(Value):
    """What a tool said to one call, as text; `failed` where it could not answer."""

    call_id: str
    text: str
    failed: bool = False


class Asked(Value):
    """What a person, or the house on behalf of one, says."""

    kind: Literal["asked"] = "asked"
    text: str


class Answered(Value):
    """What a model said. `blocks` are the provider's own and go back to it untouched; without any the text does."""

    kind: Literal["answered"] = "answered"
    text: str
    calls: tuple[ToolCall, ...] = ()
    blocks: tuple[dict[str, Any], ...] = ()


class Returned(Value):
    """What the tools said to every call of the answer before."""

    kind: Literal["returned"] = "returned"
    answers: tuple[ToolAnswer, ...]


Exchange = Asked | Answered | Returned


class Talk(Value):
    """One step of a conversation: the rules, the tools, what was said so far, ending with what is to be answered.

    closing  no tool may be called any more: the answer must be given with what is known
    """

    system: str
    tools: tuple[ToolSpec, ...]
    exchanges: tuple[Exchange, ...]
    prompt_fingerprint: str
    label: str
    closing: bool = False
    max_output_tokens: int = 1200


class Said(Value):
    """The whole of what a model said in one step, with what it cost.

    `problem` is one sentence where it is no full answer (refused, cut off), empty otherwise.
    """

    answered: Answered
    stop: str
    problem: str = ""
    source: AnalysisSource
    provider: str
    model: str
    usage: Usage


class Talker(Protocol):
    """Yields text as it comes and a `Said` at last, or raises `ModelError` where no answer came at all."""

    provider: str
    model: str

    def talk(self, talk: Talk) -> Iterator[str | Said]: ...
