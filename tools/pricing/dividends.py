"""Cash dividends: when they are paid seen from now, what they are worth, and as the kernels take them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from tools.calendar.sessions import is_session, next_session, session_open
from tools.calendar.trading_time import Clock, year_fraction
from tools.domain.chain import Dividend, FloatArray
from tools.domain.errors import InputError
from tools.pricing.inputs import numeric
from tools.pricing.kernels.option import Dividends

_NONE = Dividends(np.empty(0), np.empty(0))


class Upcoming(TypedDict):
    """The arguments by which American prices and implied vols take dividends."""

    dividend_years: FloatArray
    dividend_cash: FloatArray


def upcoming(dividends: Sequence[Dividend], *, as_of: datetime) -> Upcoming:
    """Calendar years from `as_of` to the open of each ex-date, and the cash per share."""
    years = [year_fraction(as_of, _ex_instant(each.ex_date), Clock.CALENDAR_365) for each in dividends]
    return {
        "dividend_years": np.array(years, dtype=np.float64),
        "dividend_cash": np.array([each.cash for each in dividends], dtype=np.float64),
    }


def present_value(
    dividends: Sequence[Dividend], *, as_of: datetime, rate: npt.ArrayLike, years: npt.ArrayLike
) -> FloatArray:
    """Today's worth of the cash that goes ex between now and `years` (calendar), per share, row by row."""
    rates, ends = np.asarray(rate, dtype=np.float64), np.asarray(years, dtype=np.float64)
    total = np.zeros(np.broadcast_shapes(rates.shape, ends.shape))
    paid = upcoming(dividends, as_of=as_of)
    for when, cash in zip(paid["dividend_years"], paid["dividend_cash"], strict=True):
        total += np.where((when > 0) & (when < ends), cash * np.exp(-rates * when), 0.0)
    return total


def schedule(years: npt.ArrayLike | None, cash: npt.ArrayLike | None) -> Dividends:
    """Ascending ex-dates with their cash per share; empty where there is no schedule.

    Dividends of zero and those already paid (years ≤ 0) are left out. `InputError` where only one of
    the two is given, their lengths differ, or a figure is missing, infinite or a negative amount.
    """
    if years is None and cash is None:
        return _NONE
    if years is None or cash is None:
        raise InputError("Dividends need both dividend_years and dividend_cash; only one was given.")
    when, amount = np.atleast_1d(numeric("dividend_years", years)), np.atleast_1d(numeric("dividend_cash", cash))
    if when.ndim != 1 or when.shape != amount.shape:
        raise InputError(
            f"dividend_years {when.shape} and dividend_cash {amount.shape} must be lists of one length."
        )
    if not (np.isfinite(when).all() and np.isfinite(amount).all() and (amount >= 0).all()):
        raise InputError("Dividends must be finite amounts of at least 0 at finite times; leave unknown ones out.")
    order = np.argsort(when, kind="stable")
    order = order[(when[order] > 0) & (amount[order] > 0)]
    return Dividends(when[order].copy(), amount[order].copy())


def _ex_instant(day: date) -> datetime:
    return session_open(day if is_session(day) else next_session(day))
