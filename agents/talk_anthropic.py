"""Claude in conversation, through the Messages API with its own tool use and server-sent events.

    Talk → wire body → events → message → Said

The events are gathered here and not by the SDK's helper, which mends the half-written arguments of a tool call
that was cut off: a call counts only when its JSON is whole. Bodies and messages are the plain JSON of the wire, so
that a recorded conversation is replayed by the same reading and without the SDK.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agents.anthropic import DEFAULT_EFFORT, DEFAULT_MODEL, DEFAULT_URL, PROVIDER, completion
from agents.conversation import Answered, Asked, Exchange, Returned, Said, Talk, ToolCall
from agents.exchange import Asked as Provider
from agents.exchange import Reply, Sdk, usable_key
from agents.price import Meter, meter
from agents.streaming import Event, stream
from tools.domain.rationale import AnalysisSource

if TYPE_CHECKING:
    import httpx2

TIMEOUT_SECONDS = 60.0


class AnthropicTalker:
    """Talks to one Claude model. Holds one client; safe to share between threads."""

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
        price: Meter = meter(PROVIDER),
    ) -> None:
        import anthropic

        self.model = model
        self._effort = effort
        self._timeout = timeout
        self._clock = clock
        self._price = price
        self._client = anthropic.Anthropic(
            api_key=usable_key(PROVIDER, api_key), base_url=base_url, max_retries=0, timeout=timeout
        )
        self._sdk = Sdk(
            error=anthropic.AnthropicError,
            status=anthropic.APIStatusError,
            connection=anthropic.APIConnectionError,
            timeout=anthropic.APITimeoutError,
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
        """The text as it comes, then the raw message, as it is recorded."""
        body = wire_body(talk, model=self.model, effort=self._effort)

        def open_(limits: httpx2.Timeout) -> AbstractContextManager[Iterator[Event]]:
            return self._client.messages.create(**body, timeout=limits)  # type: ignore[no-any-return]

        asked = Provider(PROVIDER, self.model)
        return stream(open_, Message(), asked=asked, sdk=self._sdk, timeout=self._timeout, clock=self._clock)


def wire_body(talk: Talk, *, model: str = DEFAULT_MODEL, effort: str = DEFAULT_EFFORT) -> dict[str, Any]:
    """The JSON body of the request as it goes over the wire."""
    return {
        "model": model,
        "max_tokens": talk.max_output_tokens,
        "system": [{"type": "text", "text": talk.system, "cache_control": {"type": "ephemeral"}}],
        "messages": [_message(each) for each in talk.exchanges],
        "tools": [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters, "strict": True}
            for tool in talk.tools
        ],
        "tool_choice": {"type": "none"} if talk.closing else {"type": "auto"},
        "output_config": {"effort": effort},
        "stream": True,
    }


def said(
    message: Mapping[str, Any],
    *,
    source: AnalysisSource,
    seconds: float | None,
    calls: int = 1,
    price: Meter = meter(PROVIDER),
    at: datetime | None = None,
) -> Said:
    """A whole message as what was said; `ModelError` where it is none. A call that was cut off is none."""
    wanted = message.get("stop_reason") == "tool_use"
    whole = {**message, "stop_reason": "end_turn"} if wanted else message
    read = completion(whole, source=source, seconds=seconds, calls=calls, price=price, at=at)
    blocks = [dict(block) for block in message["content"] if isinstance(block, Mapping)]
    return Said(
        answered=Answered(
            text=read.text,
            calls=tuple(_call(block) for block in blocks if wanted and block.get("type") == "tool_use"),
            blocks=tuple(blocks) if wanted else (),
        ),
        stop=str(message.get("stop_reason")),
        problem=read.problem,
        source=source,
        provider=read.provider,
        model=read.model,
        usage=read.usage,
    )


class Message:
    """A message put together from the events of its stream."""

    def __init__(self) -> None:
        self._message: dict[str, Any] = {}
        self._blocks: dict[int, dict[str, Any]] = {}
        self._written: dict[int, str] = {}
        self._ended = False

    def take(self, event: Mapping[str, Any]) -> str:
        match event.get("type"):
            case "message_start":
                self._message = dict(event["message"])
            case "content_block_start":
                self._blocks[event["index"]] = dict(event["content_block"])
            case "content_block_delta":
                return self._grow(event["index"], event["delta"])
            case "message_delta":
                self._message |= {k: v for k, v in event["delta"].items() if v is not None}
                more = {name: count for name, count in event.get("usage", {}).items() if count is not None}
                self._message["usage"] = {**self._message.get("usage", {}), **more}
            case "message_stop":
                self._ended = True
        return ""

    def reply(self) -> dict[str, Any]:
        if not self._ended:
            raise ValueError("it broke off before its end")
        for index, text in self._written.items():
            self._blocks[index]["input"] = _object(text)
        return self._message | {"content": [self._blocks[index] for index in sorted(self._blocks)]}

    def _grow(self, index: int, delta: Mapping[str, Any]) -> str:
        block = self._blocks[index]
        match delta.get("type"):
            case "text_delta":
                block["text"] = block.get("text", "") + delta["text"]
                return str(delta["text"])
            case "input_json_delta":
                self._written[index] = self._written.get(index, "") + delta["partial_json"]
            case "thinking_delta":
                block["thinking"] = block.get("thinking", "") + delta["thinking"]
            case "signature_delta":
                block["signature"] = delta["signature"]
        return ""


def _object(text: str) -> Any:
    """Arguments as written; the text itself where it is no JSON, so that the call can be refused by name."""
    if not text:
        return {}
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _call(block: Mapping[str, Any]) -> ToolCall:
    given = block.get("input")
    return ToolCall(
        id=str(block.get("id", "")),
        name=str(block.get("name", "")),
        arguments=given if isinstance(given, dict) else None,
    )


def _message(exchange: Exchange) -> dict[str, Any]:
    match exchange:
        case Asked(text=text):
            return {"role": "user", "content": text}
        case Answered(text=text, blocks=blocks):
            return {"role": "assistant", "content": list(blocks) or text}
        case Returned(answers=answers):
            results = [
                {"type": "tool_result", "tool_use_id": each.call_id, "content": each.text, "is_error": each.failed}
                for each in answers
            ]
            return {"role": "user", "content": results}
