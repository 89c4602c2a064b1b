"""Splits: dividends paid before one are of shares that are no more, and contracts are adjusted by one to come."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from tools.data.alpaca.rows import number
from tools.domain.chain import Dividend


@dataclass(frozen=True, slots=True)
class Split:
    """`new` shares for `old` ones from the open of `ex_date`: forward above one, reverse below."""

    symbol: str
    ex_date: date
    new: float
    old: float

    @property
    def words(self) -> str:
        return f"{self.symbol}: splits {self.new:g} for {self.old:g} on {self.ex_date}; contracts are adjusted then"


def read_splits(rows: Iterable[Mapping[str, Any]]) -> tuple[Split, ...]:
    """The splits that rows tell of, earliest first; rows without a date or a ratio are none."""
    found = []
    for row in rows:
        new, old = (number(row.get(name))[0] for name in ("new_rate", "old_rate"))
        try:
            ex_date = date.fromisoformat(str(row.get("ex_date")))
        except ValueError:
            continue
        if 0 < new < math.inf and 0 < old < math.inf:
            found.append(Split(str(row.get("symbol")), ex_date, new, old))
    return tuple(sorted(found, key=lambda each: each.ex_date))


def adjustments(
    today: date, paid: Mapping[str, Sequence[tuple[Dividend, bool]]], splits: Sequence[Split]
) -> dict[str, date]:
    """The first announced day after `today` on which each underlying's contracts are adjusted.

    By splits, and by dividends that are not regular (OCC By-Laws, Article VI, Section 11A, adjusts for those).
    """
    coming = [(each.symbol, each.ex_date) for each in splits]
    coming += [(symbol, each.ex_date) for symbol, rows in paid.items() for each, regular in rows if not regular]
    first: dict[str, date] = {}
    for symbol, day in coming:
        if day > today:
            first[symbol] = min(day, first.get(symbol, day))
    return first


def in_shares_of(
    today: date, paid: Mapping[str, Sequence[tuple[Dividend, bool]]], splits: Sequence[Split]
) -> dict[str, list[tuple[Dividend, bool]]]:
    """Payments per share as there are today: what was paid before a split, over its ratio.

    A 10-for-1 split leaves a tenth of last year's dividend per share to be expected.
    """

    def level(symbol: str, payment: Dividend) -> Dividend:
        passed = (each for each in splits if each.symbol == symbol and payment.ex_date < each.ex_date <= today)
        return replace(payment, cash=payment.cash * math.prod(each.old / each.new for each in passed))

    return {symbol: [(level(symbol, each), regular) for each, regular in rows] for symbol, rows in paid.items()}
