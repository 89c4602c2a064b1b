"""The strikes of a chain that are quoted on both sides, and what put-call parity says at all expiries at once.

quotes → pairs of call and put by root and expiry → near the middle → Parity ┬→ rates (slope over strikes)
                                                                              └→ forwards
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.trading_time import Clock, year_fraction
from tools.data.files.coded import codes, texts
from tools.domain.contract import ExerciseStyle
from tools.pricing.rates import NEAREST_EXPIRIES, parity_forwards

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_NEAR = 0.20  # strikes within this share of the middle one carry both quotes reliably
_DAYS = 100_000  # above any day of the calendar, counted from 1970


@dataclass(frozen=True, slots=True, eq=False)
class Quotes:
    """The usable quotes of one underlying; the last price stands in for bid and ask where there is neither.

    `root` is coded text (`coded`).
    """

    ticker: str
    as_of: datetime
    style: ExerciseStyle
    is_index: bool
    root: pl.Series
    expiry: npt.NDArray[np.datetime64]
    right: npt.NDArray[np.int8]
    strike: FloatArray
    bid: FloatArray
    ask: FloatArray
    spot: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Parity:
    """Of each root and expiry (m) the strikes near the middle of the market that are quoted on both sides.

    years            calendar years to the expiry, positive
    size             strikes of each
    strike, call, put  (m, k) ascending strikes and mids per share, NaN behind the last of each
    """

    years: FloatArray
    size: IntArray
    strike: FloatArray
    call: FloatArray
    put: FloatArray

    @classmethod
    def of(cls, quotes: Quotes) -> Parity:
        group = codes(quotes.root).astype(np.int64) * _DAYS + quotes.expiry.astype(np.int64)
        call, put = _opposites(quotes, group)
        call, put, years = _alive(quotes, group, call, put)
        owner, strike = group[call], quotes.strike[call]
        calls, puts = ((quotes.bid[rows] + quotes.ask[rows]) / 2 for rows in (call, put))
        near = _near_middle(owner, strike, np.abs(calls - puts))
        starts, place = _runs(owner[near])
        size = np.diff(starts, append=len(place))
        at = place, np.arange(len(place)) - starts[place]
        strike, calls, puts = (_padded(each[near], at, size) for each in (strike, calls, puts))
        return cls(years[near][starts], size, strike, calls, puts)

    def where(self, chosen: npt.NDArray[np.bool_]) -> Parity:
        """Some of the expiries."""
        return Parity(*(getattr(self, name)[chosen] for name in ("years", "size", "strike", "call", "put")))

    def agrees(self, spot: float, *, rate: float, within: float, years: float) -> bool:
        """Whether the strike nearest the money of each of the nearest expiries bears `spot` out, without a doubt.

        One strike of each may be wrong: where this says no, it takes a closer look. None beyond `years` is asked.
        """
        first = np.argsort(self.years, kind="stable")[:NEAREST_EXPIRIES]
        first = first[self.years[first] <= years]
        if not len(first):
            return False
        gap = self.call[first] - self.put[first]
        least = np.arange(len(first)), np.nanargmin(np.abs(gap), axis=1)
        told = self.strike[first][least] * np.exp(-rate * self.years[first]) + gap[least]
        return bool((np.abs(told - spot) <= within * spot).all())

    def rates(self) -> FloatArray:
        """The rate of each expiry: the median slope between strikes half the range apart (after Theil 1950).

        Decimal per year; NaN where the slope is not that of a discount factor. Two strikes or more each.
        """
        if not len(self.size):
            return np.empty(0)
        half = (self.size // 2)[:, None]
        other = np.arange(self.strike.shape[1]) + half
        inside, other = other < self.size[:, None], np.minimum(other, self.strike.shape[1] - 1)
        gap = self.call - self.put
        rise, run = (np.take_along_axis(each, other, 1) - each for each in (gap, self.strike))
        slopes = np.sort(np.divide(rise, run, out=np.full_like(rise, np.nan), where=inside), axis=1)
        count = self.size[:, None] - half
        middle = np.take_along_axis(slopes, (count - 1) // 2, 1) + np.take_along_axis(slopes, count // 2, 1)
        slope = middle[:, 0] / 2
        falling = np.where(slope < 0, slope, np.nan)
        return np.asarray(-np.log(-falling) / self.years)

    def forwards(self, rate: float) -> FloatArray:
        """The forward of each expiry, money per share; NaN where fewer than three strikes tell it."""
        return parity_forwards(
            strike=self.strike, call=self.call, put=self.put, years=self.years, rate=rate,
            weight=np.ones_like(self.strike),
        )  # fmt: skip


def _opposites(quotes: Quotes, group: IntArray) -> tuple[IntArray, IntArray]:
    """Rows of calls and of their puts, group by group and strike by strike, where both sides are quoted."""
    rows = np.flatnonzero((quotes.bid > 0) & (quotes.ask >= quotes.bid))
    owner, strike, right = group[rows], quotes.strike[rows], quotes.right[rows]
    if not _ordered(owner, strike, right):
        order = np.lexsort((-right, strike, owner))
        rows, owner, strike, right = rows[order], owner[order], strike[order], right[order]
    same = (owner[1:] == owner[:-1]) & (strike[1:] == strike[:-1])
    calls = np.flatnonzero(same & (right[:-1] > right[1:]))
    return rows[calls], rows[calls + 1]


def _ordered(owner: IntArray, strike: FloatArray, right: npt.NDArray[np.int8]) -> bool:
    """Whether rows lie by owner, strike and call before put already, as most files have them."""
    same = owner[1:] == owner[:-1]
    level = same & (strike[1:] == strike[:-1])
    return not (
        (owner[1:] < owner[:-1]).any()
        or (same & (strike[1:] < strike[:-1])).any()
        or (level & (right[1:] > right[:-1])).any()
    )


def _alive(quotes: Quotes, group: IntArray, call: IntArray, put: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
    """The pairs that have not expired, with the calendar years to their expiry."""
    roots = texts(quotes.root).to_list()
    starts, place = _runs(group[call])
    ends = (
        expiry_instant(quotes.expiry[row].astype(object), settlement_of(roots[int(group[row]) // _DAYS]))
        for row in call[starts]
    )
    found = [year_fraction(quotes.as_of, end, Clock.CALENDAR_365) for end in ends]
    years = np.array(found, dtype=np.float64)[place]
    return call[years > 0], put[years > 0], years[years > 0]


def _near_middle(group: IntArray, strike: FloatArray, apart: FloatArray) -> npt.NDArray[np.bool_]:
    """Which rows, sorted by group, are near the strike of their group whose call and put cost the most alike."""
    starts, place = _runs(group)
    if not len(starts):
        return np.zeros(0, dtype=np.bool_)
    least = np.flatnonzero(apart == np.minimum.reduceat(apart, starts)[place])
    middle = strike[least[np.searchsorted(least, starts)]][place]
    return np.asarray(np.abs(strike - middle) <= _NEAR * middle)


def _runs(group: IntArray) -> tuple[IntArray, IntArray]:
    """Where each group of sorted numbers starts, and the place of every row's group."""
    new = np.diff(group, prepend=-1) != 0
    return np.flatnonzero(new), np.cumsum(new) - 1


def _padded(values: FloatArray, at: tuple[IntArray, IntArray], size: IntArray) -> FloatArray:
    """One line for each group, NaN behind its last value."""
    lines = np.full((len(size), size.max(initial=1)), np.nan)
    lines[at] = values
    return lines
