"""The analyst of the settings: recorded on the embedded day, else configured, else offline.

settings, keys ─→ model ─ behind its caps ─→ Analyst
settings ─→ folder of dated texts ─→ what others have published
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.settings import Settings, read_keys
from tools.domain.errors import ConfigError

if TYPE_CHECKING:
    from agents.analyst import Analyst
    from agents.model import Model
    from tools.domain.market import Snapshot
    from tools.domain.outside import OutsideText
    from tools.ledger.store import Ledger


def open_analyst(settings: Settings, snapshot: Snapshot, ledger: Ledger) -> Analyst:
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
            model = _budgeted(_configured(settings, chosen.provider), settings, ledger)
        case _:
            name = _first_key()
            model = Chain(
                recorded=RecordedModel(cassette) if snapshot.embedded else None,
                configured=_budgeted(_configured(settings, name), settings, ledger) if name else None,
                offline=OfflineModel(),
            )
    return Analyst(model)


def open_news(settings: Settings) -> Callable[[str, datetime], tuple[OutsideText, ...]]:
    """Where texts from outside come from: the folder of the settings, else nowhere."""
    from tools.data.files.news import NewsFolder

    folder = settings.model.news
    return (lambda symbol, as_of: ()) if folder is None else NewsFolder(folder).texts


def _configured(settings: Settings, provider: str) -> Model:
    """The live model of a provider with the user's key; `ConfigError` where there is none."""
    chosen = settings.model
    key = getattr(read_keys(), provider).get_secret_value()
    if not key:
        raise ConfigError(
            f"model.provider is {provider!r} but {provider.upper()}_API_KEY is not set; "
            "set it, or choose auto or offline."
        )
    if provider == "anthropic":
        from agents import anthropic

        return anthropic.AnthropicModel(
            api_key=key,
            model=chosen.name or anthropic.DEFAULT_MODEL,
            base_url=chosen.base_url or anthropic.DEFAULT_URL,
            timeout=chosen.timeout_seconds,
        )
    from agents import openai

    return openai.OpenAIModel(
        api_key=key,
        model=chosen.name or openai.DEFAULT_MODEL,
        base_url=chosen.base_url or openai.DEFAULT_URL,
        timeout=chosen.timeout_seconds,
    )


def _budgeted(model: Model, settings: Settings, ledger: Ledger) -> Model:
    from agents.budget import BudgetedModel, Caps
    from pipeline.spending import LedgerSpend

    caps = Caps(per_candidate=settings.model.max_usd_per_candidate, per_day=settings.model.max_usd_per_day)
    return BudgetedModel(model, caps=caps, store=LedgerSpend(ledger))


def _first_key() -> str:
    """The provider `auto` uses: Anthropic's key before OpenAI's, empty without either."""
    keys = read_keys()
    return next((name for name in ("anthropic", "openai") if getattr(keys, name).get_secret_value()), "")
