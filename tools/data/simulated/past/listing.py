"""Which contracts are listed: expiries by class and root, strikes around the prices of each expiry's life.

Expiries are sessions: third Fridays (am-settled for SPX; of VIX the Wednesday 30 days before a third Friday),
the last session of other weeks, and for some classes more days of the coming weeks. An expiry's strikes surround
every close between its listing and last evening, more widely in a storm, and are never taken
away, so a contract once held stays quoted to its last hour. Strike intervals follow the price at listing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tools.calendar.expiries import Settlement, monthly_expiry, settlement_of, third_friday
from tools.calendar.sessions import FIRST, last_session, schedule
from tools.data.reference import lookup
from tools.data.simulated.noise import FloatArray
from tools.data.simulated.parameters import Listed
from tools.data.simulated.past.hours import Moment
from tools.data.simulated.past.parameters import Depth, Parameters, Part, part_of
from tools.data.simulated.past.path import PastPath

NEAR_LIFE, FAR_LIFE, LEAPS_LIFE = 91, 290, 1130  # calendar days, as in the embedded market
YEARS_BEYOND = 3  # of expiries after the last session
VIX_AHEAD = 30  # days from a VIX expiry to the third Friday that its index looks at (Cboe specifications)
JANUARY = 1
CLOSING = "closing"  # the family of everything that settles at the close
YEAR_SECONDS = 365 * 86_400


class Strikes(NamedTuple):
    """The expiries of one underlying at one moment: m expiries, their roots, years, and strikes of each."""

    day: npt.NDArray[np.datetime64]
    root: tuple[str, ...]
    monthly: npt.NDArray[np.bool_]
    years: FloatArray
    strikes: list[FloatArray]


@dataclass(frozen=True, eq=False)
class _Expiries:
    """Every expiry of a family, in order; `instant` seconds since 1970 when trading in it ends."""

    day: npt.NDArray[np.datetime64]
    monthly: npt.NDArray[np.bool_]
    weekly: npt.NDArray[np.bool_]
    weekday: npt.NDArray[np.int64]
    january: npt.NDArray[np.bool_]
    instant: FloatArray


class Listing:
    """All expiries and strike ranges of a path, worked out once."""

    def __init__(self, path: PastPath, parameters: Parameters) -> None:
        self._path, self._parameters = path, parameters
        self._families = {family: _family(family, path) for family in {*map(family_of, parameters.symbols)}}
        rule = parameters.listing
        normal = np.array([each.vol.normal for each in parameters.listed.values()])
        width = np.sqrt(normal * np.maximum(path.vol, normal))
        self._ranges = {
            life: (
                path.close * np.exp(-rule.down * width * np.sqrt(life / 365)),
                path.close * np.exp(rule.up * width * np.sqrt(life / 365)),
            )
            for life in (NEAR_LIFE, FAR_LIFE)
        }

    def at(self, listed: Listed, depth: Depth, moment: Moment) -> Strikes:
        """What is listed on one underlying at one moment."""
        family, known = self._families[family_of(listed.symbol)], lookup(listed.symbol)
        now = moment.as_of.timestamp()
        alive = np.flatnonzero(family.instant > now)
        chosen = _chosen(family, alive, depth, today=np.datetime64(moment.session))
        years = (family.instant[chosen] - now) / YEAR_SECONDS
        strikes = [self._strikes(family, int(each), listed, depth, moment) for each in chosen]
        return Strikes(
            day=family.day[chosen],
            root=tuple(known.root(day) for day in family.day[chosen].astype(object)),
            monthly=family.monthly[chosen],
            years=years,
            strikes=strikes,
        )

    def _strikes(self, family: _Expiries, expiry: int, listed: Listed, depth: Depth, moment: Moment) -> FloatArray:
        day, yesterday = family.day[expiry], moment.row - 1
        grids = []
        if family.monthly[expiry]:
            life = LEAPS_LIFE if family.january[expiry] else FAR_LIFE
            grids.append(self._grid(day, listed, depth.far, life=life, reach=FAR_LIFE, until=yesterday))
        if day - self._path.sessions[moment.row] <= np.timedelta64(NEAR_LIFE, "D"):
            grids.append(self._grid(day, listed, depth.near, life=NEAR_LIFE, reach=NEAR_LIFE, until=yesterday))
        return grids[0] if len(grids) == 1 else np.union1d(*grids)

    def _grid(
        self, day: np.datetime64, listed: Listed, share: float, *, life: int, reach: int, until: int
    ) -> FloatArray:
        listed_on = int(np.searchsorted(self._path.sessions, day - np.timedelta64(life, "D")))
        first = max(listed_on - 1, 0)  # the evening before
        column = self._path.column(listed.symbol)
        step = self._step(share * float(self._path.close[first, column]))
        low, high = (each[first : until + 1, column] for each in self._ranges[reach])
        count = np.arange(max(np.floor(low.min() / step), 1.0), np.ceil(high.max() / step) + 1)
        return np.round(count * step, 3)

    def _step(self, wanted: float) -> float:
        """The largest interval of the ladder that is not wider than wanted."""
        ladder = self._parameters.listing.ladder
        return max((each for each in ladder if each <= wanted), default=ladder[0])


def _chosen(
    family: _Expiries, alive: npt.NDArray[np.int64], depth: Depth, *, today: np.datetime64
) -> npt.NDArray[np.int64]:
    monthly = alive[family.monthly[alive]]
    front, beyond = monthly[: depth.monthlies], monthly[depth.monthlies :]
    leaps = beyond[family.january[beyond]][: depth.leaps]
    weekly = alive[family.weekly[alive]][: depth.weeklies]
    coming = alive[family.day[alive] <= today + np.timedelta64(depth.days_ahead, "D")]
    extra = coming[np.isin(family.weekday[coming], depth.weekdays)] if depth.weekdays else coming[:0]
    extra = extra[~family.monthly[extra] & ~family.weekly[extra]]
    return np.sort(np.concatenate([front, leaps, weekly, extra]))


def family_of(symbol: str) -> str:
    """Symbols of one family expire together: the index and VIX each have their own settlement."""
    return symbol if part_of(symbol) in {Part.MARKET, Part.VOLATILITY} else CLOSING


def _family(symbol: str, path: PastPath) -> _Expiries:
    first, last = (date.fromisoformat(str(path.sessions[row])) for row in (0, -1))
    days = _expiry_days(symbol, first, last + timedelta(days=366 * YEARS_BEYOND))
    calendar = schedule()
    place = np.searchsorted(calendar.days, days)
    number = days.astype(np.int64)
    week, following = (number + 3) // 7, (calendar.days[place + 1].astype(np.int64) + 3) // 7
    monthly = np.isin(days, _standard_days(symbol, first.year, last.year + YEARS_BEYOND + 1))
    morning = np.array([settlement_of(lookup(symbol).root(day)) is Settlement.AM for day in days.astype(object)])
    return _Expiries(
        day=days,
        monthly=monthly,
        weekly=(week != following) & ~monthly,
        weekday=(number + 3) % 7,
        january=days.astype("datetime64[M]").astype(np.int64) % 12 + 1 == JANUARY,
        instant=np.where(morning, calendar.opens[place], calendar.closes[place]).astype(np.float64),
    )


def _expiry_days(symbol: str, first: date, last: date) -> npt.NDArray[np.datetime64]:
    standard_only = part_of(symbol) is Part.VOLATILITY
    days = _standard_days(symbol, first.year, last.year) if standard_only else schedule().days
    return days[(days > np.datetime64(first)) & (days <= np.datetime64(last))]


def _standard_days(symbol: str, first: int, last: int) -> npt.NDArray[np.datetime64]:
    months = [(year, month) for year in range(first, last + 1) for month in range(1, 13)]
    if part_of(symbol) is Part.VOLATILITY:
        ahead = timedelta(days=VIX_AHEAD)
        named = [third_friday(*each) - ahead for each in months]
        return np.array([last_session(day) for day in named if day >= FIRST], dtype="datetime64[D]")
    return np.array([monthly_expiry(*each) for each in months], dtype="datetime64[D]")
