"""What a call costs in dollars, by the public price list of `genai-prices`. Unknown prices are None, never 0."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from genai_prices import Usage as Tokens
from genai_prices import calc_price, extract_usage

from agents.model import ModelRequest
from tools.domain.value import canonical

# (reply, time of the request or None for now) → input tokens, output tokens, dollars or None
Meter = Callable[[Mapping[str, Any], datetime | None], tuple[int, int, float | None]]


def meter(provider: str, flavor: str = "default") -> Meter:
    """Reads the usage of a provider's reply and prices it; cached and written tokens at their own rates."""

    def read(reply: Mapping[str, Any], at: datetime | None = None) -> tuple[int, int, float | None]:
        try:
            used = extract_usage(reply, provider_id=provider, api_flavor=flavor)
        except (LookupError, ValueError, TypeError):
            return _plain_count(reply, "input_tokens"), _plain_count(reply, "output_tokens"), None
        tokens = int(used.usage.input_tokens), int(used.usage.output_tokens)
        try:
            return *tokens, float(used.calc_price(genai_request_timestamp=at).total_price)
        except (LookupError, ValueError):
            return *tokens, None

    return read


def ceiling(provider: str, model: str, request: ModelRequest) -> float | None:
    """The most one call can cost: every token of input written to the cache, every allowed token of output.

    A token is taken as two characters, which no tokenizer for English and JSON undercuts. None where the
    price list does not know the model.
    """
    characters = len(request.system) + len(request.prompt) + len(canonical(request.answer_schema))
    tokens = math.ceil(characters / 2)
    worst = Tokens(input_tokens=tokens, cache_write_tokens=tokens, output_tokens=request.max_output_tokens)
    try:
        return float(calc_price(worst, model, provider_id=provider).total_price)
    except (LookupError, ValueError):
        return None


def _plain_count(reply: Mapping[str, Any], name: str) -> int:
    usage = reply.get("usage")
    count = usage.get(name) if isinstance(usage, Mapping) else None
    return count if isinstance(count, int) and count > 0 else 0
