"""Cash dividends as stored daily prices tell them: paid ones by their factors, those to come by last year's rhythm.

    bars known at an instant → factor steps → payments per share of that day → expected ones ahead

A factor steps by 1 - D/C from the last day with the dividend, which closed at C, to the ex-date. Only what was paid
by then is read: no later step is looked at, though the history may hold it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from tools.data.dividends import YEAR, ahead
from tools.data.store.daily import Bars
from tools.domain.chain import Dividend, new_york_date

_OLDEST = timedelta(days=10)
_LEAST = 1e-5  # of the price; smaller steps are the rounding of factors
_SPECIAL = 3.0  # times the year's usual payment: one of these is not expected again
_IN_STEP = 1.35  # prices further apart than a quiet night explains: a split came between


def paid(bars: Bars) -> tuple[Dividend, ...]:
    """The dividends of these bars, earliest first, per share of their last day."""
    drop = 1 - bars.dividend_factor[:-1] / bars.dividend_factor[1:]
    cash = bars.split_adjusted[:-1] * drop
    steps = np.flatnonzero(drop > _LEAST)
    return tuple(Dividend(bars.days[row + 1].astype(object), float(cash[row])) for row in steps)


def expected(bars: Bars, *, as_of: datetime, until: date, spot: float) -> tuple[Dividend, ...] | None:
    """What is to be expected after `as_of`; `bars` are those known then. None where they do not tell.

    They tell where they cover the last year, were in step with `spot`, and carry factors at all: a source of bare
    closes knows of no dividend, which is not none.
    """
    today = new_york_date(as_of)
    first, last = bars.days[0].astype(object), bars.days[-1].astype(object)
    covered = first <= today - YEAR and last >= today - _OLDEST
    in_step = 1 / _IN_STEP < spot / float(bars.close[-1]) < _IN_STEP
    if not (covered and in_step and _has_factors(bars)):
        return None
    year = [each for each in paid(bars) if each.ex_date >= today - YEAR]
    usual = float(np.median([each.cash for each in year])) if year else 0.0
    return ahead(((each, each.cash <= _SPECIAL * usual) for each in year), today=today, until=until)[0]


def _has_factors(bars: Bars) -> bool:
    return bool(np.ptp(bars.dividend_factor) > _LEAST or np.ptp(bars.split_factor) > _LEAST)
