"""What a call costs in dollars: by the user's own rates where there are any, else by the list of `genai-prices`.

Unknown prices are None, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from genai_prices import Usage as Tokens
from genai_prices import calc_price, extract_usage

from agents.model import ModelRequest, is_same_model
from agents.rates import Rates
from tools.domain.value import canonical

# What a provider adds to a question unseen, above all its own words about the schema.
WRAPPING_TOKENS = 1_000


class Metered(NamedTuple):
    """The tokens of a reply and what they cost, None where nobody knows; the cached ones are part of the input."""

    input_tokens: int
    output_tokens: int
    cached_tokens: int
    cost_usd: float | None


# (reply, time of the request or None for now) → what it used
Meter = Callable[[Mapping[str, Any], datetime | None], Metered]


# Models on the public list: how a reply tells its tokens is the provider's way, whichever model it is of.
_LISTED = {"anthropic": "claude-haiku-5-5", "openai": "gpt-6-luna"}


def meter(provider: str, flavor: str = "default", *, rates: Mapping[str, Rates] | None = None) -> Meter:
    """Reads the usage of a provider's reply and prices it; cached and written tokens at their own rates."""

    def read(reply: Mapping[str, Any], at: datetime | None = None) -> Metered:
        listed = {**reply, "model": _LISTED[provider]}
        try:
            tokens = extract_usage(listed, provider_id=provider, api_flavor=flavor).usage
        except (LookupError, ValueError, TypeError):
            return Metered(_plain_count(reply, "input_tokens"), _plain_count(reply, "output_tokens"), 0, None)
        cost = _price(tokens, str(reply.get("model")), provider, rates, at)
        return Metered(int(tokens.input_tokens), int(tokens.output_tokens), int(tokens.cache_read_tokens), cost)

    return read


def ceiling(
    provider: str, model: str, request: ModelRequest, *, rates: Mapping[str, Rates] | None = None
) -> float | None:
    """The most one call can cost: every token of input written to the cache, every allowed token of output.

    A token is taken as one byte, which no tokenizer can undercut. None where nobody knows the model's price.
    """
    text = request.system + request.prompt + canonical(request.answer_schema)
    tokens = len(text.encode()) + WRAPPING_TOKENS
    worst = Tokens(input_tokens=tokens, cache_write_tokens=tokens, output_tokens=request.max_output_tokens)
    return _price(worst, model, provider, rates, None)


def rates_of(model: str, rates: Mapping[str, Rates] | None) -> Rates | None:
    """The user's own rates of a model; those of a name without a date hold for its snapshots."""
    every = rates or {}
    return every.get(model) or next((own for name, own in every.items() if is_same_model(name, model)), None)


def _price(
    tokens: Tokens, model: str, provider: str, rates: Mapping[str, Rates] | None, at: datetime | None
) -> float | None:
    own = rates_of(model, rates)
    if own is not None:
        return own.cost(
            input_tokens=int(tokens.input_tokens),
            cached=int(tokens.cache_read_tokens),
            written=int(tokens.cache_write_tokens),
            output_tokens=int(tokens.output_tokens),
        )
    try:
        return float(calc_price(tokens, model, provider_id=provider, genai_request_timestamp=at).total_price)
    except (LookupError, ValueError):
        return None


def _plain_count(reply: Mapping[str, Any], name: str) -> int:
    usage = reply.get("usage")
    count = usage.get(name) if isinstance(usage, Mapping) else None
    return count if isinstance(count, int) and count > 0 else 0
