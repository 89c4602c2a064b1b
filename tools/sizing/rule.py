"""How a book sizes its trades."""

from __future__ import annotations

import math
from typing import Self

from pydantic import Field, model_validator

from tools.domain.value import Value
from tools.screening.impossible import refuse


class VixStep(Value):
    """Below this level of VIX, in points, `allocation` of NAV; without a level, above the last one."""

    below: float | None = Field(default=None, gt=0)
    allocation: float = Field(gt=0, le=1)


class SizingRule(Value):
    """What one trade of a book may take.

    allocation     target share of NAV as collateral per trade, 0-1; a trade is never sized above it, but one
                   contract that is larger is left to F1 to judge
    max_contracts  an upper bound in contracts, None for none
    by_vix         the allocation by the level of VIX instead, lowest level first (spec H3)
    haircut        of what is bought: the share of its value that can be lost (F14), and that secures nothing
    own_shares     calls are written on shares that belong to the book, and on no others
    capital        the largest share of NAV that the book's open trades together may take as collateral, None for
                   no bound of its own
    leverage       the largest notional of the book's open trades together / NAV (spec B5: 2.5), None for no bound
                   of its own beside F15, which holds the whole account
    by_confidence  size by the profile's confidence tiers (F17: share of NAV as max loss) instead; a trade of
                   which no whole contract fits its tier is refused
    """

    allocation: float = Field(default=0.05, gt=0, le=1)
    max_contracts: int | None = Field(default=None, ge=1)
    by_confidence: bool = False
    by_vix: tuple[VixStep, ...] = ()
    haircut: float = Field(default=1.0, gt=0, le=1)
    own_shares: bool = False
    capital: float | None = Field(default=None, gt=0, le=1)
    leverage: float | None = Field(default=None, gt=0)

    def allocation_at(self, vix: float) -> float:
        """Share of NAV for one trade; the smallest of `by_vix` where VIX is unknown (`nan`)."""
        if not self.by_vix:
            return self.allocation
        fitting = (step.allocation for step in self.by_vix if step.below is None or vix < step.below)
        smallest = min(step.allocation for step in self.by_vix)
        return smallest if math.isnan(vix) else next(fitting, smallest)

    @model_validator(mode="after")
    def _rising(self) -> Self:
        levels = [math.inf if step.below is None else step.below for step in self.by_vix]
        if levels != sorted(set(levels)):
            refuse(type(self).__name__, [(("by_vix",), f"must rise; its levels are {levels}")])
        return self
