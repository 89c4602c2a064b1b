"""How orders are priced and what the pre-trade gate lets through: the `[execution]` section of the settings."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from tools.domain.value import Value
from tools.execution.gate import SendLimits


class ExecutionSettings(Value):
    """`slippage_budget` bounds the price walk as a fraction of the premium (K2: 2 %); commission per contract.

    step_seconds       how long a real broker's market is given at each price
    max_messages       sends, replaces and cancels within `message_seconds` before sends and replaces are refused
    quote_seconds      how old a quote may be that a price is checked against
    max_premium_today, max_notional_today  of the opening orders entered on one day, account currency
    """

    slippage_budget: float = Field(default=0.02, ge=0, le=0.5)
    walk_steps: int = Field(default=8, ge=1, le=100)
    commission: float = Field(default=0.65, ge=0)
    max_contracts: int = Field(default=100, ge=1)
    step_seconds: float = Field(default=5.0, ge=0, le=600)
    max_messages: int = Field(default=60, ge=1, le=100_000)
    message_seconds: float = Field(default=60.0, gt=0, le=3600)
    quote_seconds: float = Field(default=60.0, gt=0, le=3600)
    max_premium_today: float = Field(default=1_000_000.0, gt=0, le=1e12)
    max_notional_today: float = Field(default=20_000_000.0, gt=0, le=1e12)

    @property
    def send_limits(self) -> SendLimits:
        return SendLimits(
            max_contracts=self.max_contracts,
            max_messages=self.max_messages,
            message_seconds=self.message_seconds,
            quote_seconds=self.quote_seconds,
            max_premium_entered=Decimal(str(self.max_premium_today)),
            max_notional_entered=Decimal(str(self.max_notional_today)),
        )
