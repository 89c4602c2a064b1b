"""How a book sizes its trades."""

from __future__ import annotations

from pydantic import Field

from tools.domain.value import Value


class SizingRule(Value):
    """What one trade of a book may take.

    allocation     target share of NAV as collateral per trade, 0-1; a trade is never sized above it, but one
                   contract that is larger is left to F1 to judge
    max_contracts  an upper bound in contracts, None for none
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
    capital: float | None = Field(default=None, gt=0, le=1)
    leverage: float | None = Field(default=None, gt=0)
