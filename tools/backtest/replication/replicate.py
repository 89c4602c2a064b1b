"""One index, replicated.

DailyMarket ─► schedule of rolls ─► PUT, BXM or CNDR ─► levels from 100 ─► figures
                                 └► assumptions                         └► calendar years, published windows
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from tools.backtest.replication.assumptions import assumptions
from tools.backtest.replication.buy_write import buy_write
from tools.backtest.replication.condor import condor
from tools.backtest.replication.indices import Index
from tools.backtest.replication.market import DailyMarket
from tools.backtest.replication.put_write import put_write
from tools.backtest.replication.schedule import YEAR, Schedule, roll_schedule
from tools.backtest.replication.statistics import Figures, figures, month_ends

FloatArray = npt.NDArray[np.float64]
DayArray = npt.NDArray[np.datetime64]

BASE = 100.0
_SERIES = ("levels", "market", "bills", "vix", "close")
_RULES: Mapping[Index, Callable[[DailyMarket, Schedule], FloatArray]] = {
    Index.PUT: put_write,
    Index.BXM: buy_write,
    Index.CNDR: condor,
}


@dataclass(frozen=True, slots=True, eq=False)
class Replication:
    """Daily levels (sessions,) of the index, of the S&P 500 with dividends and of one-month bills, all from 100."""

    index: Index
    days: DayArray
    levels: FloatArray
    market: FloatArray
    bills: FloatArray
    vix: FloatArray
    close: FloatArray
    assumptions: tuple[str, ...]

    def figures(self, of: FloatArray | None = None) -> Figures:
        """Of the replicated index, or of another series of the same days."""
        levels = self.levels if of is None else of
        return figures(days=self.days, levels=levels, bills=self.bills, market=self.market)

    def between(self, start: date, end: date) -> Replication | None:
        """The part from the last session at or before `start` to that of `end`; None where it is not whole here."""
        first, last = (
            int(np.searchsorted(self.days, np.datetime64(day, "D"), side="right")) - 1 for day in (start, end)
        )
        if first < 0 or last <= first or self._stops_before(end):
            return None
        part = slice(first, last + 1)
        series = {name: getattr(self, name)[part] for name in _SERIES}
        return replace(self, days=self.days[part], **series)

    def _stops_before(self, end: date) -> bool:
        ends = month_ends(self.days)
        whole = bool(len(ends)) and self.days[ends[-1]].astype("datetime64[M]") >= np.datetime64(end, "M")
        return self.days[-1] < np.datetime64(end, "D") and not whole


def replicate(index: Index, market: DailyMarket, *, first: date, dividends: str) -> Replication:
    """`index` from its first session at or after `first`, where it is 100; `dividends` names the yields' source."""
    schedule = roll_schedule(market.days)
    begin = int(np.searchsorted(market.days, np.datetime64(first, "D")))
    passed = np.diff(market.days).astype(np.float64) / YEAR
    bills = np.exp(np.append(0.0, np.cumsum(market.bills.one_month[:-1] * passed)))
    growth = (market.close[1:] + market.dividends[1:]) / market.close[:-1]
    whole = (_RULES[index](market, schedule), np.append(1.0, np.cumprod(growth)), bills)
    levels, total, money = (BASE * each[begin:] / each[begin] for each in whole)
    return Replication(
        index=index,
        days=market.days[begin:],
        levels=levels,
        market=total,
        bills=money,
        vix=market.vix[begin:],
        close=market.close[begin:],
        assumptions=assumptions(index, market, schedule, dividends=dividends),
    )
