"""What shares and cash earn on their own: dividends on the ex-date, interest by the day.

Simplifications: a dividend is paid on its ex-date (really some weeks later, without interest for the wait), the
whole of it, untaxed; interest is credited daily at the bill rate, positive and negative balances alike but for
the `spread` that a debit costs, as if all cash lay in bills.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

from tools.domain.cash import CashKind, CashMovement
from tools.domain.money import CENT, exact
from tools.portfolio.statement import Line

DAYS_PER_YEAR = 365


def dividends(
    lines: Iterable[Line], *, payments: Mapping[str, float], ex_date: date, at: datetime
) -> tuple[CashMovement, ...]:
    """What goes ex on `ex_date`, to the cent; a short position pays it.

    lines     as held at the close before the ex-date
    payments  cash per share by symbol
    """
    return tuple(
        CashMovement(
            kind=CashKind.DIVIDEND,
            amount=(line.quantity * exact(payments[line.symbol])).quantize(CENT),
            book=line.book,
            trade=line.trade,
            reference=f"{line.symbol} {ex_date}",
            at=at,
        )
        for line in lines
        if payments.get(line.symbol)
    )


def interest(
    cash: Mapping[str, Decimal], *, rate: float, start: date, end: date, at: datetime, spread: float = 0.0
) -> tuple[CashMovement, ...]:
    """Interest on each book's cash from `start` to `end`, actual/365, to the cent.

    rate    of bills, continuously compounded, decimal per year
    spread  what a negative balance costs above it
    """
    years = (end - start).days / DAYS_PER_YEAR
    earned = Decimal(repr(math.expm1(rate * years)))
    owed = Decimal(repr(math.expm1((rate + spread) * years)))
    amounts = {book: (held * (earned if held >= 0 else owed)).quantize(CENT) for book, held in sorted(cash.items())}
    return tuple(
        CashMovement(kind=CashKind.INTEREST, amount=amount, book=book, reference=f"{start}/{end}", at=at)
        for book, amount in amounts.items()
        if amount
    )
