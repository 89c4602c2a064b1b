"""What a replication sees of the market: one row per session of the exchange, without a gap.

index rows ─► sessions ─► a gap keeps the last close ─► settlement and midday of each day ┐
VIX, bills, dividend yields ─► the same sessions ─────────────────────────────────────────┴─► DailyMarket
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from tools.backtest.replication.bills import Bills, RateSeries, bills
from tools.backtest.replication.roll_day import MIDDAY, roll_day
from tools.backtest.replication.schedule import YEAR
from tools.calendar.expiries import monthly_expiries
from tools.calendar.sessions import FIRST, schedule
from tools.domain.errors import InputError

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
DayArray = npt.NDArray[np.datetime64]

LONGEST_GAP = 5  # sessions in a row that may keep the last value
LARGEST_MOVE = 0.25  # in one session; the index never fell more than 20.5 % (1987-10-19)
FEWEST = 20  # sessions: a month has a return then
HIGHEST_VIX = 2.0  # it never closed above 83 points
LOOK_BACK = np.timedelta64(380, "D")  # what the judgement of the file's opens needs
A_MONTH_BACK = timedelta(days=45)


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """Daily rows of one symbol, days rising and unique; NaN in open, high and low is unknown."""

    days: DayArray
    close: FloatArray
    open: FloatArray
    high: FloatArray
    low: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class DailyMarket:
    """(sessions,) columns: index points, VIX in decimals, rates and yields continuously compounded per year.

    close           the index at the closing bell
    settlement      its opening settlement (SOQ), `morning` its level when a roll's strikes are chosen, `midday` its
                    level when a roll's options trade: all as `roll_day` estimates them
    genuine         where the file's own open is the settlement; `ranged` where high and low are known
    vix             at the close, `midday_vix` at midday
    bills           one-month and three-month bills
    dividend_yield  of the index
    kept            sessions whose index close, and whose VIX, is that of the session before
    """

    days: DayArray
    close: FloatArray
    settlement: FloatArray
    morning: FloatArray
    midday: FloatArray
    genuine: BoolArray
    ranged: BoolArray
    vix: FloatArray
    midday_vix: FloatArray
    bills: Bills
    dividend_yield: FloatArray
    kept: Mapping[str, int]

    @property
    def dividends(self) -> FloatArray:
        """(sessions,) index points since the session before: the year's yield, spread evenly over its days."""
        passed = np.diff(self.days, prepend=self.days[0]).astype(np.float64) / YEAR
        before = np.append(self.close[:1], self.close[:-1])
        return np.asarray(before * np.expm1(self.dividend_yield * passed), dtype=np.float64)


def daily_market(
    *,
    index: Bars,
    vix: Bars,
    rates: Sequence[RateSeries],
    dividend_yields: Mapping[int, float],
    first: date,
    last: date,
) -> DailyMarket:
    """The market from the last roll at or before `first`, or where index and VIX begin, to `last` or their end.

    `vix` in points, yields by calendar year in decimals. `InputError` where a rule is broken: a session without a
    row keeps the last close, `LONGEST_GAP` in a row at most; a move beyond `LARGEST_MOVE` is a split or a slip. A
    year without a dividend yield has that of the last year before it.
    """
    days = _shared_sessions(index, vix, first, last)
    earlier = _sessions(max(index.days[0], days[0] - LOOK_BACK), days[-1])
    cut = len(earlier) - len(days)
    rows = _rows(index.days, earlier, what="index")
    close = index.close[rows.at]
    _refuse_leaps(earlier, close)
    own = {name: np.where(rows.kept, np.nan, getattr(index, name)[rows.at]) for name in ("open", "high", "low")}
    levels = roll_day(close=close, open_=own["open"], high=own["high"], low=own["low"])
    fear = _rows(vix.days, days, what="VIX")
    evening = vix.close[fear.at] / 100
    _refuse_fear(days, evening)
    earlier_fear = vix.close[vix.days < days[0]][-1:] / 100
    before = np.concatenate([earlier_fear if len(earlier_fear) else evening[:1], evening[:-1]])
    return DailyMarket(
        days=days,
        close=close[cut:],
        settlement=levels.settlement[cut:],
        morning=levels.morning[cut:],
        midday=levels.midday[cut:],
        genuine=levels.genuine[cut:],
        ranged=np.isfinite(own["high"] + own["low"])[cut:],
        vix=evening,
        midday_vix=before ** (1 - MIDDAY.close) * evening**MIDDAY.close,
        bills=bills(rates, days),
        dividend_yield=_yields(dividend_yields, days),
        kept={"index": int(rows.kept[cut:].sum()), "VIX": int(fear.kept.sum())},
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Which row of a file each session takes, and whether it is an earlier day's."""

    at: npt.NDArray[np.int64]
    kept: BoolArray


def _shared_sessions(index: Bars, vix: Bars, first: date, last: date) -> DayArray:
    if first >= last:
        raise InputError(f"The window from {first} to {last} is empty; --from must lie before --to.")
    if not len(index.days) or not len(vix.days):
        raise InputError("The index or the VIX has no usable day at all; look at the files.")
    begin, end = max(index.days[0], vix.days[0]), min(index.days[-1], vix.days[-1])
    window = _sessions(max(begin, _last_roll(first)), min(end, np.datetime64(last, "D")))
    inside = int((window >= np.datetime64(first, "D")).sum())
    if inside < FEWEST:
        raise InputError(
            f"From {first} to {last} the index ({index.days[0]} to {index.days[-1]}) and the VIX ({vix.days[0]} to "
            f"{vix.days[-1]}) share {inside} sessions; a replication needs {FEWEST}, about a month."
        )
    return window


def _last_roll(day: date) -> np.datetime64:
    """The last roll at or before `day`, the first session that the calendar knows where there is none."""
    day = max(day, FIRST)
    rolls = monthly_expiries(max(day - A_MONTH_BACK, FIRST), day)
    return np.datetime64(rolls[-1] if rolls else FIRST, "D")


def _sessions(start: np.datetime64, end: np.datetime64) -> DayArray:
    days = schedule().days
    return days[(days >= start) & (days <= end)]


def _rows(known: DayArray, days: DayArray, *, what: str) -> _Rows:
    at = np.searchsorted(known, days, side="right") - 1
    kept = known[np.maximum(at, 0)] != days
    places = np.arange(len(days))
    run = places - np.maximum.accumulate(np.where(kept, -1, places))
    if at[0] < 0 or run.max() > LONGEST_GAP:
        row = int(np.argmax(run > LONGEST_GAP))
        raise InputError(
            f"The {what} misses more than {LONGEST_GAP} sessions in a row up to {days[row]}; "
            "give a file without that gap, or a window without it."
        )
    return _Rows(at.astype(np.int64), kept)


def _refuse_leaps(days: DayArray, close: FloatArray) -> None:
    moves = close[1:] / close[:-1]
    wild = np.abs(np.log(moves)) > -np.log1p(-LARGEST_MOVE)
    if wild.any():
        row = int(np.argmax(wild))
        raise InputError(
            f"The index moves {moves[row] - 1:+.1%} on {days[row + 1]}: a split or a wrong row, since the S&P 500 "
            f"never moved {LARGEST_MOVE:.0%} in a session; mend the file."
        )


def _refuse_fear(days: DayArray, vix: FloatArray) -> None:
    if vix.max() > HIGHEST_VIX:
        row = int(np.argmax(vix))
        raise InputError(
            f"VIX is {100 * vix[row]:,.2f} on {days[row]}, and it never closed above 100 points; "
            "is another file meant by --vix?"
        )


def _yields(yearly: Mapping[int, float], days: DayArray) -> FloatArray:
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    known = np.array(sorted(yearly))
    if not len(known) or years[0] < known[0]:
        said = f"begin in {known[0]}" if len(known) else "are empty"
        raise InputError(f"The dividend yields {said} and the index in {years[0]}; add the earlier years.")
    at = np.searchsorted(known, years, side="right") - 1
    return np.asarray(np.log1p(np.array([yearly[int(year)] for year in known]))[at], dtype=np.float64)
