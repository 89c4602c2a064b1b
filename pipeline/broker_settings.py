"""The section `[broker]`: where orders go. Keys come from the environment, as the market's do."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class BrokerSettings(BaseModel):
    """`kind` goes with `mode`: simulated with simulated, alpaca with paper or live.

    `base_url` replaces Alpaca's own address of that mode, for a gateway or a test.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["simulated", "alpaca"] = "simulated"
    base_url: str = ""
