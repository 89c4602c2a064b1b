"""When the indices roll: every month's standard expiry, the third Friday or the session before it.

rolls          0            1            2
sessions  …────┼────────────┼────────────┼──…     option i lives from roll i to roll i + 1
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from tools.calendar.expiries import QUARTER_MONTHS, monthly_expiries

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
DayArray = npt.NDArray[np.datetime64]

OPEN_BEFORE_CLOSE = 6.5 / 24  # days from the opening settlement to the close of a session
OPEN_BEFORE_TRADE = 3.0 / 24  # to 12:30, the middle of the window of the roll's trades (11:30-13:30)
YEAR = 365.0
LONGEST_LIFE = timedelta(days=40)


@dataclass(frozen=True, slots=True, eq=False)
class Schedule:
    """The rolls of a run of sessions, and which option each session ends with.

    row       (rolls,) session of the roll; the first may be no third Friday, where the data begin between two
    expiry    (rolls,) the expiry of the option sold there; the last may lie beyond the data
    quarterly (rolls,) whether all cash goes to three-month bills there: March, June, September, December
    held      (sessions,) the roll whose option is held at the close
    years     (rolls,) Act/365 from the roll to the expiry, in calendar days
    last_quarterly  (rolls,) the roll at which three-month bills were last bought; the first counts as one
    starts_between  whether the first roll is none of the exchange's, since the data begin after one
    """

    row: IntArray
    expiry: DayArray
    quarterly: npt.NDArray[np.bool_]
    held: IntArray
    years: FloatArray
    last_quarterly: IntArray
    starts_between: bool


def roll_schedule(days: DayArray) -> Schedule:
    """The rolls over `days` (sessions, rising); data that begin between two rolls begin with one of their own."""
    first, last = _date(days[0]), _date(days[-1])
    expiries = np.array(monthly_expiries(first, last + LONGEST_LIFE), dtype="datetime64[D]")
    row = np.searchsorted(days, expiries[expiries <= days[-1]])
    starts_between = not len(row) or row[0] != 0
    if starts_between:
        row = np.concatenate([[0], row])
    ahead = np.searchsorted(expiries, days[row], side="right")
    months = days[row].astype("datetime64[M]").astype(np.int64) % 12 + 1
    quarterly = np.isin(months, QUARTER_MONTHS)
    quarterly[0] = True
    expiry = expiries[ahead]
    return Schedule(
        row=row.astype(np.int64),
        expiry=expiry,
        quarterly=quarterly,
        starts_between=starts_between,
        years=(expiry - days[row]).astype(np.float64) / YEAR,
        last_quarterly=np.maximum.accumulate(np.where(quarterly, np.arange(len(row)), 0)),
        held=np.searchsorted(row, np.arange(len(days)), side="right").astype(np.int64) - 1,
    )


def years_from_close(days: DayArray, expiry: DayArray) -> FloatArray:
    """Act/365 from the close of `days` to the opening settlement on `expiry`."""
    return _years(days, expiry, OPEN_BEFORE_CLOSE)


def years_from_trade(days: DayArray, expiry: DayArray) -> FloatArray:
    """Act/365 from the midday of `days`, when the roll's options trade, to the opening settlement on `expiry`."""
    return _years(days, expiry, OPEN_BEFORE_TRADE)


def _years(days: DayArray, expiry: DayArray, late: float) -> FloatArray:
    return np.asarray(((expiry - days).astype(np.float64) - late) / YEAR, dtype=np.float64)


def _date(day: np.datetime64) -> date:
    return date.fromisoformat(str(day))
