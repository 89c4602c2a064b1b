"""Cash dividends to come: what is announced, and what last year's payments let expect.

Companies announce one dividend ahead; an option of next year lives through four. A regular payment of the past
year is expected again on the same weekday a year later, and every year after, where none is announced near it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from tools.data.alpaca.rows import number
from tools.domain.chain import Dividend

YEAR = timedelta(days=364)  # a whole number of weeks
_SAME = timedelta(days=45)  # half a quarter: an announced date this near to an expected one is that one


def read_dividends(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[tuple[Dividend, bool]]]:
    """The payments of each symbol with whether they are regular; rows without a date or an amount are none."""
    found: dict[str, list[tuple[Dividend, bool]]] = defaultdict(list)
    for row in rows:
        cash = number(row.get("rate"))[0]
        try:
            ex_date = date.fromisoformat(str(row.get("ex_date")))
        except ValueError:
            continue
        if 0 < cash < math.inf:
            found[str(row.get("symbol"))].append((Dividend(ex_date, cash), row.get("special") is not True))
    return found


def ahead(paid: Iterable[tuple[Dividend, bool]], *, today: date, until: date) -> tuple[tuple[Dividend, ...], int]:
    """Dividends with today < ex-date ≤ until, earliest first, and how many of them are expected, not announced."""
    payments = sorted(paid, key=lambda each: each[0].ex_date)
    announced = [each for each, _ in payments if each.ex_date > today]
    last_year = [each for each, regular in payments if regular and today - YEAR <= each.ex_date <= today]
    expected = []
    for payment in last_year:
        day = payment.ex_date + YEAR
        while day <= until:
            if day > today and all(abs(day - each.ex_date) > _SAME for each in announced):
                expected.append(Dividend(day, payment.cash))
            day += YEAR
    near = [each for each in announced if each.ex_date <= until]
    return tuple(sorted([*near, *expected], key=lambda each: each.ex_date)), len(expected)
