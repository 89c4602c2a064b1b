"""Cash dividends to come: what is announced, and what last year's payments let expect.

Companies announce one dividend ahead; an option of next year lives through four. A regular payment of the past
year is expected again on the same weekday a year later, and every year after, where none is announced near it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from tools.domain.chain import Dividend

YEAR = timedelta(days=364)  # a whole number of weeks
_SAME = timedelta(days=45)  # half a quarter: a known date this near to an expected one is that one


def ahead(paid: Iterable[tuple[Dividend, bool]], *, today: date, until: date) -> tuple[tuple[Dividend, ...], int]:
    """Dividends with today < ex-date ≤ until, earliest first, and how many of them are expected, not announced."""
    payments = sorted(paid, key=lambda each: each[0].ex_date)
    announced = [each for each, _ in payments if each.ex_date > today]
    last_year = [each for each, regular in payments if regular and today - YEAR <= each.ex_date <= today]
    same = _same(last_year)
    expected = []
    for payment in last_year:
        day = payment.ex_date + YEAR
        if any(abs(day - each.ex_date) <= same for each in last_year):
            continue  # this year's came already, and is expected again itself
        while day <= until:
            if day > today and all(abs(day - each.ex_date) > same for each in announced):
                expected.append(Dividend(day, payment.cash))
            day += YEAR
    near = [each for each in announced if each.ex_date <= until]
    return tuple(sorted([*near, *expected], key=lambda each: each.ex_date)), len(expected)


def _same(payments: Sequence[Dividend]) -> timedelta:
    """Half of the usual time between payments: dates nearer than this are of one payment."""
    gaps = sorted(later.ex_date - each.ex_date for each, later in pairwise(payments))
    return min(_SAME, gaps[len(gaps) // 2] / 2) if gaps else _SAME
