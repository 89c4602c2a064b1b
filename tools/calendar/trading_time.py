"""How much time passes for an option's variance: a choice of three clocks.

The trading clock (spec G1) counts units: one close-to-close is 1; a gap over a weekend is 1.5, also when a
holiday joins it; a mid-week holiday adds nothing; the session is 0.5, linear in its own length (a half
day too is 0.5), and the hours from close to open are the rest of their interval, linear as well.
278 units are one year. Interest and dividends always accrue in calendar time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from tools.calendar.sessions import next_close, previous_close, schedule, seconds

UNITS_PER_YEAR = 278
SECONDS_PER_YEAR = 365 * 86_400


class Clock(StrEnum):
    """How variance time is counted.

    calendar_365  every second alike, 365 days a year
    sessions_252  every session 1, passing while the exchange is open; 252 a year
    trading_278   units of the trading clock, 278 a year
    """

    CALENDAR_365 = "calendar_365"
    SESSIONS_252 = "sessions_252"
    TRADING_278 = "trading_278"


@dataclass(frozen=True, slots=True)
class _Weights:
    """What one close-to-close counts overnight and over a weekend, and the part its session takes."""

    weekday: float
    weekend: float
    session: float
    per_year: int


_WEIGHTS = {
    Clock.SESSIONS_252: _Weights(1.0, 1.0, 1.0, 252),
    Clock.TRADING_278: _Weights(1.0, 1.5, 0.5, UNITS_PER_YEAR),
}


def units(start: datetime, end: datetime) -> float:
    """Trading-clock units from `start` to `end`; negative where `end` comes first."""
    return _passed(start, end, Clock.TRADING_278)


def year_fraction(start: datetime, end: datetime, clock: Clock) -> float:
    """Years from `start` to `end` on `clock`; negative where `end` comes first."""
    if clock is Clock.CALENDAR_365:
        return (seconds(end) - seconds(start)) / SECONDS_PER_YEAR
    return _passed(start, end, clock) / _WEIGHTS[clock].per_year


@lru_cache(maxsize=1024)
def day_fraction(instant: datetime, clock: Clock) -> float:
    """Years on `clock` of the close-to-close interval that `instant` lies in: one day of theta."""
    return year_fraction(previous_close(instant), next_close(instant), clock)


@lru_cache(maxsize=2)
def _at_closes(clock: Clock) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(units of the interval that ends at each close, units passed at each close since the first)."""
    weights = _WEIGHTS[clock]
    days = schedule().days.astype(np.int64)
    weekday = (days + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    over_weekend = (np.diff(days) >= 7) | (np.diff(weekday) < 0)
    length = np.concatenate(([weights.session], np.where(over_weekend, weights.weekend, weights.weekday)))
    return length, np.cumsum(length)


def _passed(start: datetime, end: datetime, clock: Clock) -> float:
    """Units from `start` to `end`; whole intervals and parts apart, so that minutes keep their digits."""
    (whole, part), (end_whole, end_part) = _position(start, clock), _position(end, clock)
    return (end_whole - whole) + (end_part - part)


@lru_cache(maxsize=8192)
def _position(instant: datetime, clock: Clock) -> tuple[float, float]:
    """(units passed at the last close, units since)."""
    share = _WEIGHTS[clock].session
    days, (length, total) = schedule(), _at_closes(clock)
    now = seconds(instant)
    place = int(np.searchsorted(days.closes, now, side="left"))
    if place in {0, len(total)}:  # on the first or after the last session of the calendar
        return float(total[max(place - 1, 0)]), 0.0
    opening, closing, before = int(days.opens[place]), int(days.closes[place]), int(days.closes[place - 1])
    overnight = float(length[place]) - share
    if now < opening:
        return float(total[place - 1]), overnight * (now - before) / (opening - before)
    return float(total[place - 1]), overnight + share * (now - opening) / (closing - opening)
