"""Cash that comes or goes without an order: dividends, interest, deliveries, capital."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tools.domain.value import Value


class CashKind(StrEnum):
    """capital     handed to a book or taken from it; never a profit
    dividend    on shares held on an ex-date, paid by whoever is short of them
    interest    on cash
    commission  charged outside a fill
    assignment  what delivery at the strike differs from the market at settlement, see `tools.portfolio.settlement`
    """

    CAPITAL = "capital"
    DIVIDEND = "dividend"
    INTEREST = "interest"
    COMMISSION = "commission"
    ASSIGNMENT = "assignment"


class CashMovement(Value):
    """`amount` in account currency, positive where it comes in. `trade` is empty where it is the book's own.

    `reference` says of what: a symbol, or the span that interest is for.
    """

    kind: CashKind
    amount: Decimal
    book: str
    trade: str = ""
    reference: str = ""
    at: datetime
