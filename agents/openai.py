"""OpenAI through the Responses API, with native structured output and our own validation.

    ModelRequest → wire body → exchange → JSON of the reply → Completion

The default is `gpt-6-luna` at effort `none`: the newest of the small models in the SDK's types. Reasoning is off:
the question carries its facts with it, and at the published 131 tokens a second the answer alone fills most of the
5 seconds a candidate may take. What it costs beside others is told in docs/analyst.md and held by a test.

`responses.create` is used, not `parse`: `parse` raises on a truncated answer and loses its usage. Nothing is
stored at the provider (`store` is false); the stable part of the prompt shares one cache key. Bodies and replies
are the plain JSON of the wire; the SDK is loaded by whoever asks a live model.
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

PROVIDER = "openai"
FLAVOR = "responses"
DEFAULT_MODEL = "gpt-6-luna"
DEFAULT_EFFORT = "none"
DEFAULT_URL = "https://api.openai.com/v1"
TIMEOUT_SECONDS = 20.0


class OpenAIModel:
    """Asks one OpenAI model. Holds one client; safe to share between threads. `base_url` ends in `/v1`."""

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
        price: Meter = meter(PROVIDER, FLAVOR),
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
        """The raw reply to a request."""
        body = wire_body(request, model=self.model, effort=self._effort)

        def send(limits: httpx2.Timeout) -> AbstractContextManager[Body]:
            return self._client.responses.with_streaming_response.create(**body, timeout=limits)

        asked = Asked(PROVIDER, self.model)
        return exchange(send, asked=asked, sdk=self._sdk, timeout=self._timeout, clock=self._clock)


def wire_body(request: ModelRequest, *, model: str = DEFAULT_MODEL, effort: str = DEFAULT_EFFORT) -> dict[str, Any]:
    """The JSON body of the request as it goes over the wire."""
    answer = {"type": "json_schema", "name": request.schema_name, "strict": True, "schema": request.answer_schema}
    return {
        "model": model,
        "instructions": request.system,
        "input": request.prompt,
        "text": {"format": answer},
        "reasoning": {"effort": effort},
        "max_output_tokens": request.max_output_tokens,
        "prompt_cache_key": request.prompt_fingerprint[:32],
        "store": False,
    }


def completion(
    body: Mapping[str, Any],
    *,
    source: AnalysisSource,
    seconds: float | None,
    calls: int = 1,
    price: Meter = meter(PROVIDER, FLAVOR),
    at: datetime | None = None,
    asked: str = "",
) -> Completion:
    """A reply's JSON object as a completion; `ModelOutage` where it is no response at all.

    `at` is when the call was made, for its price; None is now. `asked` is the model that was asked, where another
    one must not answer for it.
    """
    usage = Usage(**price(body, at)._asdict(), seconds=seconds, calls=calls)
    model = str(body.get("model", ""))
    if body.get("object") != "response" or not isinstance(body.get("output"), list):
        sentence = "openai sent a reply that is no response; check the base URL."
        raise ModelOutage(sentence, provider=PROVIDER, model=model, usage=usage)
    # Read leniently: a new word or item of the provider must not be an outage.
    messages = [item for item in _objects(body["output"]) if item.get("type") == "message"]
    parts = [part for message in messages for part in _objects(message.get("content"))]
    texts = [part.get("text") for part in parts if part.get("type") == "output_text"]
    return Completion(
        text="".join(text for text in texts if isinstance(text, str)),
        stop=_stop(body),
        problem=(misattributed(asked, model) if asked else "") or _problem(body, refused=_refused(parts)),
        source=source,
        provider=PROVIDER,
        model=model,
        usage=usage,
    )


def _objects(items: Any) -> list[Mapping[str, Any]]:
    """The JSON objects of a list; none where it is no list."""
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []


def _refused(parts: list[Mapping[str, Any]]) -> bool:
    return any(part.get("type") == "refusal" for part in parts)


def _stop(response: Mapping[str, Any]) -> str:
    return str(_inner(response, "incomplete_details", "reason") or response.get("status"))


def _problem(response: Mapping[str, Any], *, refused: bool) -> str:
    stop = _stop(response)
    if refused or stop == "content_filter":
        return f"The model refused to answer ({stop[:40]})."
    if response.get("status") == "completed":
        return ""
    if stop == "max_output_tokens":
        return f"The answer was cut off ({stop})."
    return f"The model stopped before an answer ({str(_inner(response, 'error', 'code') or stop)[:40]})."


def _inner(response: Mapping[str, Any], name: str, key: str) -> Any:
    """`response[name][key]`, None where either is missing or no object stands between."""
    inner = response.get(name)
    return inner.get(key) if isinstance(inner, Mapping) else None
