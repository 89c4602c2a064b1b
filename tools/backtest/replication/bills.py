"""What Treasury bills earn on a day: one month and three months, from whatever series are given.

    series, in the order given ─► the first that knows the day ─► one month  ┬► continuously compounded
                                                               └► three months┘

A tenor that no series knows on a day is taken from the other, then from overnight money; a day that none knows
keeps the last known rates.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.domain.errors import InputError

FloatArray = npt.NDArray[np.float64]
DayArray = npt.NDArray[np.datetime64]

ONE_MONTH, THREE_MONTHS, OVERNIGHT = 1 / 12, 1 / 4, 0.0
BILL_DAYS = 91
_DISCOUNT = re.compile(r"^DTB")  # FRED's names of bills, quoted as bank discount
_OVERNIGHT = re.compile(r"^(DFF|FEDFUNDS|EFFR|SOFR)$")


@dataclass(frozen=True, slots=True, eq=False)
class RateSeries:
    """One series: its name, and (n,) days, tenors in years, rates as quoted in decimals; in any order."""

    name: str
    days: DayArray
    tenor: FloatArray
    rate: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Bills:
    """(sessions,) continuously compounded decimals per year.

    `known_until` is the last day that any series knew, `kept` the sessions that keep an earlier rate.
    """

    one_month: FloatArray
    three_months: FloatArray
    known_until: np.datetime64
    kept: int


def bills(series: Sequence[RateSeries], days: DayArray) -> Bills:
    """Rates on each of `days` (rising); `InputError` where no series knows a bill, or none knows the first days."""
    quoted = {tenor: _quoted(series, days, tenor) for tenor in (ONE_MONTH, THREE_MONTHS, OVERNIGHT)}
    one, three, overnight = quoted.values()
    three_months = _first_known(three, one, overnight)
    one_month = _first_known(one, three, overnight)
    if np.isnan(three_months).all():
        raise InputError(
            f"The rates ({', '.join(each.name for each in series)}) know no bill of one or three months and no "
            f"overnight rate between {days[0]} and {days[-1]}; give a Treasury par curve, DTB3 or DFF."
        )
    rows = np.flatnonzero(np.isfinite(three_months))
    if (early := int(rows[0])) > 0 and days[early] - days[0] > np.timedelta64(_PATIENCE, "D"):
        raise InputError(
            f"The rates begin on {days[early]}, the index on {days[0]}; give --rates that begin earlier."
        )
    kept = int(np.isnan(three_months).sum())
    return Bills(_carried(one_month), _carried(three_months), days[rows[-1]], kept)


_PATIENCE = 7  # calendar days that rates may begin after the index


def continuous(rate: FloatArray, *, name: str, tenor: float) -> FloatArray:
    """A quoted rate (decimal) as continuously compounded per year of 365 days.

    Bank discount: price = 1 - d·91/360. Par yields of bills: bond equivalent, twice a year. Overnight money: simple
    over 360 days (Treasury, "Interest rate methodology"; Federal Reserve H.15, notes on quotation).
    """
    if _DISCOUNT.match(name):
        life = BILL_DAYS if tenor == THREE_MONTHS else 365 * tenor
        return np.asarray(-np.log1p(-rate * life / 360) * 365 / life, dtype=np.float64)
    if tenor == OVERNIGHT:
        return np.asarray(365 * np.log1p(rate / 360), dtype=np.float64)
    return np.asarray(2 * np.log1p(rate / 2), dtype=np.float64)


def _quoted(series: Sequence[RateSeries], days: DayArray, tenor: float) -> FloatArray:
    """The rate of a tenor on each day, from the first series that has it; NaN where none has."""
    found = np.full(len(days), np.nan)
    for each in series:
        if tenor == OVERNIGHT and not _OVERNIGHT.match(each.name):
            continue
        own = np.isclose(each.tenor, tenor) & np.isfinite(each.rate)
        at = np.searchsorted(days, each.days[own])
        inside = at < len(days)
        inside[inside] = days[at[inside]] == each.days[own][inside]
        values = np.full(len(days), np.nan)
        values[at[inside]] = continuous(each.rate[own][inside], name=each.name, tenor=tenor)
        found = _first_known(found, values)
    return found


def _first_known(*choices: FloatArray) -> FloatArray:
    found = choices[0]
    for other in choices[1:]:
        found = np.where(np.isnan(found), other, found)
    return found


def _carried(values: FloatArray) -> FloatArray:
    """The last known value where one is missing; the first known one before it."""
    known = np.isfinite(values)
    rows = np.maximum.accumulate(np.where(known, np.arange(len(values)), int(np.argmax(known))))
    return values[rows]
