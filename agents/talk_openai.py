"""OpenAI in conversation, through the Responses API with its own function calls and server-sent events.

    Talk → wire body → events → response → Said

The whole response comes with the last event, whether it is complete, incomplete or failed: it is read here and not
by the SDK's helper, which keeps none but a complete one and loses the usage of the others. Nothing is stored at the
provider, so that what it reasoned goes back to it encrypted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agents.conversation import Answered, Asked, Exchange, Returned, Said, Talk, ToolCall
from agents.exchange import Asked as Provider
from agents.exchange import Reply, Sdk, usable_key
from agents.openai import DEFAULT_EFFORT, DEFAULT_MODEL, DEFAULT_URL, PROVIDER, completion
from agents.price import Meter, meter
from agents.streaming import Event, stream
from agents.talk_anthropic import TIMEOUT_SECONDS
from tools.domain.rationale import AnalysisSource

if TYPE_CHECKING:
    import httpx2

_LAST = frozenset({"response.completed", "response.incomplete", "response.failed"})


class OpenAITalker:
    """Talks to one OpenAI model. Holds one client; safe to share between threads. `base_url` ends in `/v1`."""

    provider = PROVIDER

    def __init__(
        self,
        *,
        api_key: str,
        model: str = DEFAULT_MODEL,
        effort: str = DEFAULT_EFFORT,
        base_url: str = DEFAULT_URL,
        timeout: float = TIMEOUT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        price: Meter = meter(PROVIDER, "responses"),
    ) -> None:
        import openai

        self.model = model
        self._effort = effort
        self._timeout = timeout
        self._clock = clock
        self._price = price
        self._client = openai.OpenAI(
            api_key=usable_key(PROVIDER, api_key), base_url=base_url, max_retries=0, timeout=timeout
        )
        self._sdk = Sdk(
            error=openai.OpenAIError,
            status=openai.APIStatusError,
            connection=openai.APIConnectionError,
            timeout=openai.APITimeoutError,
        )

    def talk(self, talk: Talk) -> Iterator[str | Said]:
        for piece in self.exchange(talk):
            if isinstance(piece, str):
                yield piece
            else:
                yield said(
                    piece.body,
                    source=AnalysisSource.LIVE,
                    seconds=piece.seconds,
                    calls=piece.calls,
                    price=self._price,
                )

    def exchange(self, talk: Talk) -> Iterator[str | Reply]:
        """The text as it comes, then the raw response."""
        body = wire_body(talk, model=self.model, effort=self._effort)

        def open_(limits: httpx2.Timeout) -> AbstractContextManager[Iterator[Event]]:
            return self._client.responses.create(**body, timeout=limits)  # type: ignore[no-any-return]

        asked = Provider(PROVIDER, self.model)
        return stream(open_, Response(), asked=asked, sdk=self._sdk, timeout=self._timeout, clock=self._clock)


def wire_body(talk: Talk, *, model: str = DEFAULT_MODEL, effort: str = DEFAULT_EFFORT) -> dict[str, Any]:
    """The JSON body of the request as it goes over the wire."""
    return {
        "model": model,
        "instructions": talk.system,
        "input": [item for each in talk.exchanges for item in _items(each)],
        "tools": [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.parameters,
                "strict": True,
            }
            for tool in talk.tools
        ],
        "tool_choice": "none" if talk.closing else "auto",
        "reasoning": {"effort": effort},
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": talk.max_output_tokens,
        "prompt_cache_key": talk.prompt_fingerprint[:32],
        "store": False,
        "stream": True,
    }


def said(
    response: Mapping[str, Any],
    *,
    source: AnalysisSource,
    seconds: float | None,
    calls: int = 1,
    price: Meter = meter(PROVIDER, "responses"),
    at: datetime | None = None,
) -> Said:
    """A whole response as what was said; `ModelError` where it is none."""
    read = completion(response, source=source, seconds=seconds, calls=calls, price=price, at=at)
    items = [dict(item) for item in response["output"] if isinstance(item, Mapping)]
    wanted = tuple(_call(item) for item in items if item.get("type") == "function_call" and not read.problem)
    return Said(
        answered=Answered(text=read.text, calls=wanted, blocks=tuple(items) if wanted else ()),
        stop=read.stop,
        problem=read.problem,
        source=source,
        provider=read.provider,
        model=read.model,
        usage=read.usage,
    )


class Response:
    """A response, whole with the last event of its stream."""

    def __init__(self) -> None:
        self._response: dict[str, Any] | None = None

    def take(self, event: Mapping[str, Any]) -> str:
        kind = event.get("type")
        if kind in _LAST:
            self._response = dict(event["response"])
        elif kind == "error":
            raise ValueError(str(event.get("message", "an error without a message")))
        return str(event["delta"]) if kind == "response.output_text.delta" else ""

    def reply(self) -> dict[str, Any]:
        if self._response is None:
            raise ValueError("it broke off before its end")
        return self._response


def _call(item: Mapping[str, Any]) -> ToolCall:
    try:
        given = json.loads(str(item.get("arguments") or "{}"))
    except (ValueError, RecursionError):
        given = None
    return ToolCall(
        id=str(item.get("call_id", "")),
        name=str(item.get("name", "")),
        arguments=given if isinstance(given, dict) else None,
    )


def _items(exchange: Exchange) -> list[dict[str, Any]]:
    match exchange:
        case Asked(text=text):
            return [{"role": "user", "content": text}]
        case Answered(text=text, blocks=blocks):
            return list(blocks) or [{"role": "assistant", "content": text}]
        case Returned(answers=answers):
            return [
                {"type": "function_call_output", "call_id": each.call_id, "output": each.text} for each in answers
            ]
