"""Claude through the Messages API, with native structured output and our own validation.

    ModelRequest → wire body → exchange → JSON of the reply → Completion

The default is `claude-haiku-5-5` at effort `low`: the newest and fastest of its family in the SDK's types. Low
effort keeps thinking short, so that the answer arrives within the 5 seconds a candidate may take. What it costs
beside others, and what of that is measured, is told in docs/analyst.md and held by a test.

`messages.create` is used, not `parse`: `parse` raises on a refusal and on a truncated answer and loses the
usage with it. The stable part of the prompt stands first and is marked for the provider's cache.

Bodies and replies are the plain JSON of the wire, so that a recording is replayed by the same reading and
without the SDK, which is loaded by whoever asks a live model.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from agents.exchange import Asked, Body, Reply, Sdk, exchange, usable_key
from agents.model import Completion, ModelRequest, misattributed
from agents.price import Meter, meter
from tools.domain.errors import ModelOutage
from tools.domain.rationale import AnalysisSource, Usage

if TYPE_CHECKING:
    import httpx2

PROVIDER = "anthropic"
DEFAULT_MODEL = "claude-haiku-5-5"
DEFAULT_EFFORT = "low"
DEFAULT_URL = "https://api.anthropic.com"
TIMEOUT_SECONDS = 20.0

_CUT_OFF = frozenset({"max_tokens", "model_context_window_exceeded"})


class AnthropicModel:
    """Asks one Claude model. Holds one client; safe to share between threads."""

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

    def complete(self, request: ModelRequest) -> Completion:
        reply = self.exchange(request)
        return completion(
            reply.body,
            source=AnalysisSource.LIVE,
            seconds=reply.seconds,
            calls=reply.calls,
            price=self._price,
            asked=self.model,
        )

    def exchange(self, request: ModelRequest) -> Reply:
        """The raw reply to a request, as it is recorded."""
        body = wire_body(request, model=self.model, effort=self._effort)

        def send(limits: httpx2.Timeout) -> AbstractContextManager[Body]:
            return self._client.messages.with_streaming_response.create(**body, timeout=limits)

        asked = Asked(PROVIDER, self.model)
        return exchange(send, asked=asked, sdk=self._sdk, timeout=self._timeout, clock=self._clock)


def wire_body(request: ModelRequest, *, model: str = DEFAULT_MODEL, effort: str = DEFAULT_EFFORT) -> dict[str, Any]:
    """The JSON body of the request as it goes over the wire."""
    return {
        "model": model,
        "max_tokens": request.max_output_tokens,
        "system": [{"type": "text", "text": request.system, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": request.prompt}],
        "output_config": {"effort": effort, "format": {"type": "json_schema", "schema": request.answer_schema}},
    }


def completion(
    body: Mapping[str, Any],
    *,
    source: AnalysisSource,
    seconds: float | None,
    calls: int = 1,
    price: Meter = meter(PROVIDER),
    at: datetime | None = None,
    asked: str = "",
) -> Completion:
    """A reply's JSON object as a completion; `ModelOutage` where it is no message at all.

    `at` is when the call was made, for its price; None is now. `asked` is the model that was asked, where another
    one must not answer for it.
    """
    usage = Usage(**price(body, at)._asdict(), seconds=seconds, calls=calls)
    model = str(body.get("model", ""))
    if body.get("type") != "message" or not isinstance(body.get("content"), list):
        sentence = "anthropic sent a reply that is no message; check the base URL."
        raise ModelOutage(sentence, provider=PROVIDER, model=model, usage=usage)
    # Read leniently: a new word or block of the provider must not be an outage.
    blocks = [block for block in body["content"] if isinstance(block, Mapping)]
    texts = [block.get("text") for block in blocks if block.get("type") == "text"]
    return Completion(
        text="".join(text for text in texts if isinstance(text, str)),
        stop=str(body.get("stop_reason")),
        problem=(misattributed(asked, model) if asked else "") or _problem(body),
        source=source,
        provider=PROVIDER,
        model=model,
        usage=usage,
    )


def _problem(message: Mapping[str, Any]) -> str:
    stop = str(message.get("stop_reason"))
    if stop == "end_turn":
        return ""
    if stop in _CUT_OFF:
        return f"The answer was cut off ({stop})."
    if stop == "refusal":
        details = message.get("stop_details")
        category = details.get("category") if isinstance(details, Mapping) else None
        return f"The model refused to answer ({str(category or 'no category given')[:40]})."
    return f"The model stopped before an answer ({stop[:40]})."
