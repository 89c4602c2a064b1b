"""What options of one underlying and one expiry settle against: one price, shared by every leg.

    am   opening settlement → opening price → close of the session before
    pm   close → the last close before

Where the opening settlement of an am-settled index is unknown (Cboe's SOQ, made of every member's opening
trade), the index's own opening stands in for it, and without that the close at which trading in these options
ended: by the trading clock as far from the opening as the next close, and known before it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from tools.calendar.expiries import Settlement
from tools.domain.money import CENT


class Basis(StrEnum):
    """Which price it is. `opening` and `earlier_close` are stand-ins; count them."""

    OPENING_SETTLEMENT = "opening_settlement"
    OPENING = "opening"
    CLOSE = "close"
    EARLIER_CLOSE = "earlier_close"


@dataclass(frozen=True, slots=True)
class ExpiryPrices:
    """What is known of an underlying about its expiry day, money per share; `nan` is unknown.

    opening_settlement  the published value of am-settled options (SET for SPX, VRO for VIX)
    opening, close      the price at the opening and at the closing bell
    earlier_close       the last close before that day
    """

    opening_settlement: float = math.nan
    opening: float = math.nan
    close: float = math.nan
    earlier_close: float = math.nan


@dataclass(frozen=True, slots=True)
class SettlementPrice:
    """In cents, as exchanges publish it."""

    price: Decimal
    basis: Basis


@dataclass(frozen=True, slots=True)
class Series:
    """All that settle together: SPX and SPXW of one third Friday are two, for one settles in the morning."""

    underlying: str
    expiry: date
    settlement: Settlement


ORDER: Mapping[Settlement, tuple[Basis, ...]] = {
    Settlement.AM: (Basis.OPENING_SETTLEMENT, Basis.OPENING, Basis.EARLIER_CLOSE),
    Settlement.PM: (Basis.CLOSE, Basis.EARLIER_CLOSE),
}


def settlement_price(settlement: Settlement, prices: ExpiryPrices) -> SettlementPrice | None:
    """The first known price in the order above; None where none is known."""
    for basis in ORDER[settlement]:
        price: float = getattr(prices, basis.value)
        if not math.isnan(price):
            return SettlementPrice(Decimal(repr(float(price))).quantize(CENT), basis)
    return None
