"""The section `[broker]`: where orders go. Keys come from the environment, as the market's do."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class BrokerSettings(BaseModel):
    """`kind` goes with `mode`: simulated with simulated, alpaca and ibkr with paper or live.

    alpaca  `base_url` replaces Alpaca's own address of that mode, for a gateway or a test; `stream_url` that of its
            order stream, where it is not `/stream` beside the other
    ibkr    `host` and `port` of TWS (7497 paper, 7496 live) or IB Gateway (4002, 4001); `client_id` is ours alone
            there, since only the client that sent an order can change it; `account` is its number
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["simulated", "alpaca", "ibkr"] = "simulated"
    base_url: str = ""
    stream_url: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=7497, ge=1, le=65535)
    client_id: int = Field(default=17, ge=1, le=999_999)
    account: str = ""
