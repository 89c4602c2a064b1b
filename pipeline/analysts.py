"""The analyst of the settings: recorded on the embedded day, else configured, else offline.

settings, keys ─→ adapter ─ caps ─ breaker ─┐
                  adapter ─ caps ─ breaker ─┴→ fallback ─ so many at a time ─→ Analyst

settings ─→ folder of dated texts ─→ what others have published
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from pipeline.settings import Settings, read_keys
from tools.domain.errors import ConfigError

if TYPE_CHECKING:
    from agents.analyst import Analyst
    from agents.budget import SpendStore
    from agents.model import Model
    from tools.domain.market import Snapshot
    from tools.domain.outside import OutsideText


def open_analyst(settings: Settings, snapshot: Snapshot, purse: SpendStore) -> Analyst:
    """The analyst of the settings; `auto` is recorded on the embedded day, else configured, else offline."""
    from agents.analyst import Analyst
    from agents.chain import Chain
    from agents.offline import OfflineModel
    from agents.recorded import EMBEDDED_DAY, RecordedModel

    chosen = settings.model
    cassette = chosen.recordings or EMBEDDED_DAY
    model: Model
    match chosen.provider:
        case "recorded":
            model = RecordedModel(cassette)
        case "offline":
            model = OfflineModel()
        case "anthropic" | "openai":
            model = live_model(settings, purse)
        case _:
            model = Chain(
                recorded=RecordedModel(cassette) if snapshot.embedded else None,
                configured=live_model(settings, purse) if asks_live(settings) else None,
                offline=OfflineModel(),
            )
    return Analyst(model)


def open_news(settings: Settings) -> Callable[[str, datetime], tuple[OutsideText, ...]]:
    """Where texts from outside come from: the folder of the settings, else nowhere."""
    from tools.data.files.news import NewsFolder

    folder = settings.model.news
    return (lambda symbol, as_of: ()) if folder is None else NewsFolder(folder).texts


def asks_live(settings: Settings) -> bool:
    """Whether a model may be asked that costs money."""
    return bool(providers(settings))


def providers(settings: Settings) -> tuple[str, ...]:
    """Who is asked, in order: the one provider that is named, or with `auto` all there is a key of."""
    if settings.model.provider in {"anthropic", "openai"}:
        return (settings.model.provider,)
    return tuple(name for name in settings.model.order if _key(name)) if settings.model.provider == "auto" else ()


def live_model(settings: Settings, purse: SpendStore) -> Model:
    """Every provider behind its caps and its breaker, in order; `ConfigError` where a key is missing."""
    from agents.bounded import BoundedModel
    from agents.budget import BudgetedModel
    from agents.fallback import FallbackModel
    from agents.guarded import GuardedModel
    from agents.price import ceiling

    chosen = settings.model
    worst = partial(ceiling, rates=chosen.prices)
    guarded = [
        GuardedModel(
            BudgetedModel(_adapter(settings, name), caps=chosen.caps, store=purse, worst=worst),
            failures=chosen.failures,
            rest=chosen.rest_seconds,
        )
        for name in providers(settings)
    ]
    return BoundedModel(guarded[0] if len(guarded) == 1 else FallbackModel(guarded), most=chosen.concurrency)


def _adapter(settings: Settings, provider: str) -> Model:
    """The live model of a provider with the user's key; `ConfigError` where there is none."""
    from agents.price import meter

    key, chosen = asked_key(provider), settings.model
    if provider == "anthropic":
        from agents import anthropic

        return anthropic.AnthropicModel(
            api_key=key,
            model=chosen.anthropic.name or anthropic.DEFAULT_MODEL,
            effort=chosen.anthropic.effort or anthropic.DEFAULT_EFFORT,
            base_url=chosen.anthropic.base_url or anthropic.DEFAULT_URL,
            timeout=chosen.timeout_seconds,
            price=meter(anthropic.PROVIDER, rates=chosen.prices),
        )
    from agents import openai

    return openai.OpenAIModel(
        api_key=key,
        model=chosen.openai.name or openai.DEFAULT_MODEL,
        effort=chosen.openai.effort or openai.DEFAULT_EFFORT,
        base_url=chosen.openai.base_url or openai.DEFAULT_URL,
        timeout=chosen.timeout_seconds,
        price=meter(openai.PROVIDER, openai.FLAVOR, rates=chosen.prices),
    )


def asked_key(provider: str) -> str:
    """The user's key of a provider that was chosen; `ConfigError` where there is none."""
    key = _key(provider)
    if not key:
        raise ConfigError(
            f"model.provider is {provider!r} but {provider.upper()}_API_KEY is not set; "
            "set it, or choose auto or offline."
        )
    return key


def _key(provider: str) -> str:
    return str(getattr(read_keys(), provider).get_secret_value())
