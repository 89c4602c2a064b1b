"""Which contracts are listed: expiries by class, strikes around the prices of an expiry's life.

An expiry is listed around the price of its listing date; strikes are added as the price travels and
never taken away, so a contract once held stays quoted. Expiries are Fridays, the session before where
the exchange is closed. Contracts that expire on the day itself are not listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from tools.calendar.expiries import is_third_friday
from tools.calendar.sessions import last_session
from tools.data.simulated.noise import FloatArray
from tools.data.simulated.parameters import Liquidity, Listed
from tools.data.simulated.path import DailyPath

NEAR_LIFE = 91  # calendar days: weeklies, and the fine strikes of a monthly, are listed a quarter ahead
FAR_LIFE = 290  # more than nine months: the farthest monthly
LEAPS_LIFE = 1130  # more than three years: the farthest January
REACH = 1.15  # standard deviations, either side of the prices an expiry has seen
FRIDAY, JANUARY = 4, 1
WEEKS_AHEAD = 210  # beyond the second January from any date


@dataclass(frozen=True, slots=True)
class Expiry:
    """A listed expiry and whether it is a monthly (third-Friday) one."""

    day: date
    monthly: bool


def listed_expiries(today: date, liquidity: Liquidity) -> tuple[Expiry, ...]:
    """The next weeklies, monthlies and January LEAPS of a liquidity class, earliest first."""
    first = today + timedelta(days=(FRIDAY - today.weekday()) % 7)
    fridays = [first + timedelta(weeks=week) for week in range(WEEKS_AHEAD)]
    alive = [day for day in fridays if last_session(day) > today]
    third = [day for day in alive if is_third_friday(day)]
    monthly = third[: liquidity.monthlies]
    january = [day for day in third[liquidity.monthlies :] if day.month == JANUARY]
    weekly = [day for day in alive if not is_third_friday(day)]
    listed = sorted(monthly + january[: liquidity.leaps] + weekly[: liquidity.weeklies])
    return tuple(Expiry(last_session(day), is_third_friday(day)) for day in listed)


def listed_strikes(expiry: Expiry, listed: Listed, path: DailyPath) -> FloatArray:
    """Strikes of one expiry, ascending."""
    near, far = listed.steps
    today = path.sessions[-1].astype(object)
    fine = _grid(expiry, listed, path, step=near, life=NEAR_LIFE, reach=NEAR_LIFE)
    if not expiry.monthly:
        return fine
    life = LEAPS_LIFE if expiry.day.month == JANUARY else FAR_LIFE
    coarse = _grid(expiry, listed, path, step=far, life=life, reach=FAR_LIFE)
    return np.union1d(coarse, fine) if (expiry.day - today).days <= NEAR_LIFE else coarse


def _grid(expiry: Expiry, listed: Listed, path: DailyPath, *, step: float, life: int, reach: int) -> FloatArray:
    """Multiples of `step` around every close since `life` days before expiry, as wide as `reach` days move it."""
    listed_on = np.datetime64(expiry.day - timedelta(days=life))
    first = min(int(np.searchsorted(path.sessions, listed_on)), len(path.sessions) - 1)
    seen = path.close[first:, path.column(listed.symbol)]
    width = REACH * listed.vol.normal * np.sqrt(reach / 365)
    low = max(np.floor(seen.min() * np.exp(-width) / step), 1)
    high = np.ceil(seen.max() * np.exp(width) / step)
    return np.round(np.arange(low, high + 1) * step, 3)
