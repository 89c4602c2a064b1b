"""The section `[model]`: who is asked for an opinion, how, at what price and under which caps."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from agents.rates import Rates
from tools.domain.spending import Caps

ProviderName = Literal["anthropic", "openai"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class AnthropicSettings(_Section):
    """Empty is the adapter's default. `base_url` replaces the provider's own address, for a gateway or a test."""

    name: str = ""
    effort: Literal["", "low", "medium", "high", "xhigh", "max"] = ""
    base_url: str = ""


class OpenAISettings(_Section):
    """Empty is the adapter's default. `base_url` ends in `/v1`."""

    name: str = ""
    effort: Literal["", "none", "minimal", "low", "medium", "high", "xhigh", "max"] = ""
    base_url: str = ""


class ModelSettings(_Section):
    """Which analyst. `auto`: recordings on the embedded day, else whom there is a key of, else offline.

    order     with `auto` these are asked, the next one in an outage of the one before; naming one asks it alone
    failures  outages in a row after which a provider is left alone for `rest_seconds`
    max_usd_* US dollars; reaching a cap means a person or no trade. Days and months are New York's
    prices    US dollars per million tokens, by model, in place of the public price list
    similar_trades  how many past trades of the account it is told of, at most
    news      a folder of what others have published, `SYMBOL/2026-11-03T14:00Z source.txt`; it can only lower
    """

    provider: Literal["auto", "recorded", "anthropic", "openai", "offline"] = "auto"
    order: tuple[ProviderName, ...] = ("anthropic", "openai")
    anthropic: AnthropicSettings = AnthropicSettings()
    openai: OpenAISettings = OpenAISettings()
    timeout_seconds: float = Field(default=20.0, gt=0, le=600)
    concurrency: int = Field(default=8, ge=1, le=64)
    failures: int = Field(default=5, ge=1, le=1000)
    rest_seconds: float = Field(default=30.0, gt=0, le=3600)
    max_usd_per_candidate: float = Field(default=Caps().per_candidate, gt=0)
    max_usd_per_day: float = Field(default=Caps().per_day, gt=0)
    max_usd_per_month: float = Field(default=Caps().per_month, gt=0)
    prices: dict[str, Rates] = {}
    recordings: Path | None = None
    news: Path | None = None
    similar_trades: int = Field(default=3, ge=0, le=10)

    @field_validator("order")
    @classmethod
    def _each_once(cls, order: tuple[ProviderName, ...]) -> tuple[ProviderName, ...]:
        if not order or len(set(order)) < len(order):
            raise ValueError('order must name at least one provider and each once, like ["anthropic", "openai"]')
        return order

    @property
    def caps(self) -> Caps:
        return Caps(
            per_candidate=self.max_usd_per_candidate,
            per_day=self.max_usd_per_day,
            per_month=self.max_usd_per_month,
        )
