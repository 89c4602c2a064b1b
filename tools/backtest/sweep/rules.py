"""What a sweep varies: one short option at a time, chosen by delta and days to expiry, ended by four rules."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from tools.domain.contract import ExerciseStyle, Right
from tools.domain.value import Value

Share = Annotated[float, Field(ge=0, le=1)]
Delta = Annotated[float, Field(ge=-1, le=1)]
Money = Annotated[float, Field(ge=0)]


class Cadence(StrEnum):
    """Which days may enter: all, or the first trading day of each week (Monday to Sunday)."""

    DAILY = "daily"
    WEEKLY = "weekly"


class Security(StrEnum):
    """What stands behind a trade.

    none   nothing is counted
    cash   its strike: a cash-secured put (`tools.sizing.collateral.put_collateral`)
    naked  an equity's or ETF's margin, at each day's spot and mark (`tools.sizing.collateral.naked_margin`)
    index  the same at a broad index's rate
    """

    NONE = "none"
    CASH = "cash"
    NAKED = "naked"
    INDEX = "index"


class SweepRules(Value):
    """One parameter set. Money per share of a contract unless named otherwise.

    right                    which side is sold
    dte_low, dte_high        calendar days to expiry at entry, both included
    delta_low, delta_high    the option's own delta at entry, both included; a put's is negative
    delta_target             the nearest is sold; of equals the lower expiry, then the lower strike
    cadence, max_open        when a trade may be opened, and how many at once; None: any number
    take_profit              share of the credit kept: 0.5 buys back at half the credit (spec D5)
    adverse_stop             buys back at this share of the credit above it: 1.5 at 2.5 times the credit (spec D5)
    time_stop                buys back at so many days to expiry or fewer; None: held to settlement
    slippage                 share of the half spread given up from the mid: 1 trades at bid and ask
    quantity, multiplier     contracts per trade, shares per contract
    commission_per_contract, commission_per_order  money, at entry and at a purchase; nothing at settlement
    security, capital        what stands behind trades; with a capital no trade is opened that it does not secure
    style                    European options are not assigned early
    early_assignment         in the money at a close, the holder exercises where the extrinsic value lies below
                             what waiting for the next session costs: interest on a put's strike less dividends, the
                             other way round for a call (Hull, Options, Futures, and Other Derivatives, 11.6-11.7)
    rate, dividend_yield     of that carry: continuously compounded decimals per year
    """

    right: Right = Right.PUT
    dte_low: int = Field(default=30, ge=1)
    dte_high: int = Field(default=45, ge=1)
    delta_low: Delta = -0.20
    delta_high: Delta = -0.15
    delta_target: Delta = -0.175
    cadence: Cadence = Cadence.DAILY
    max_open: int | None = Field(default=None, ge=1)
    take_profit: float | None = Field(default=0.5, gt=0, le=1)
    adverse_stop: float | None = Field(default=None, gt=0)
    time_stop: int | None = Field(default=21, ge=0)
    slippage: Share = 1.0
    quantity: int = Field(default=1, ge=1)
    multiplier: int = Field(default=100, ge=1)
    commission_per_contract: Money = 0.0
    commission_per_order: Money = 0.0
    security: Security = Security.NONE
    capital: float | None = Field(default=None, gt=0)
    style: ExerciseStyle = ExerciseStyle.AMERICAN
    early_assignment: bool = False
    rate: float = 0.0
    dividend_yield: float = 0.0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.dte_low > self.dte_high:
            raise ValueError(f"dte_low ({self.dte_low}) lies above dte_high ({self.dte_high})")
        if not self.delta_low <= self.delta_target <= self.delta_high:
            raise ValueError(
                f"delta_target ({self.delta_target:g}) lies outside {self.delta_low:g} to {self.delta_high:g}"
            )
        if self.right.sign * self.delta_low < 0 or self.right.sign * self.delta_high < 0:
            raise ValueError(
                f"the delta of a {self.right} is never {'below' if self.right.sign > 0 else 'above'} 0"
            )
        if self.time_stop is not None and self.time_stop >= self.dte_high:
            raise ValueError(
                f"time_stop ({self.time_stop}) ends every trade the day after: dte_high is {self.dte_high}"
            )
        if self.security is Security.CASH and self.right is Right.CALL:
            raise ValueError("cash at the strike secures no call: its loss has no bound")
        if self.capital is not None and self.security is Security.NONE:
            raise ValueError("a capital needs a security, else nothing would ever be refused")
        if self.early_assignment and self.style is ExerciseStyle.EUROPEAN:
            raise ValueError("European options are not assigned early")
        return self

    @property
    def shares(self) -> int:
        """Shares under one trade."""
        return self.quantity * self.multiplier

    @property
    def commission(self) -> float:
        """Money for one order of one trade."""
        return self.commission_per_order + self.quantity * self.commission_per_contract

    @property
    def needs_spot(self) -> bool:
        """Whether trades may end, or be secured, by the underlying's price."""
        priced = self.security in {Security.NAKED, Security.INDEX}
        return self.time_stop is None or self.early_assignment or priced

    @property
    def kept_at(self) -> float:
        """Share of the credit at or below which profit is taken; -inf where it never is."""
        return -math.inf if self.take_profit is None else 1 - self.take_profit

    @property
    def stopped_at(self) -> float:
        """Share of the credit at or above which a loss is taken; inf where it never is."""
        return math.inf if self.adverse_stop is None else 1 + self.adverse_stop
