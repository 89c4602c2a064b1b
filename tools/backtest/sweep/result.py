"""What a sweep found: trades, equity, what secured it, and counts; columns, not rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from tools.backtest.sweep.arrays import DayArray, RowArray, SideArray
from tools.backtest.sweep.rules import SweepRules
from tools.domain.chain import FloatArray

DateArray = npt.NDArray[np.datetime64]


class Ending(IntEnum):
    """Why a trade ended, in the order in which it is asked on a day; the numbers are the kernel's."""

    OPEN = 0
    TAKE_PROFIT = 1
    ADVERSE_STOP = 2
    TIME_STOP = 3
    SETTLED = 4
    ASSIGNED = 5

    @property
    def is_purchase(self) -> bool:
        return Ending.OPEN < self <= Ending.TIME_STOP


@dataclass(frozen=True, eq=False)
class SweepTrades:
    """Trades in order of exit, one column each.

    entry_day, exit_day   positions in the history's days; of an open trade the last day of the window
    entry_row, last_row   rows of the sale and of the last usable quote
    entered, exited       the same days as dates           expiry  the contract's
    credit                received per share               paid    per share: price, intrinsic value, or the mark
    profit                money, commissions taken off     reason  an `Ending`
    """

    entry_day: RowArray
    exit_day: RowArray
    entry_row: RowArray
    last_row: RowArray
    entered: DateArray
    exited: DateArray
    expiry: DateArray
    strike: FloatArray
    credit: FloatArray
    paid: FloatArray
    profit: FloatArray
    reason: SideArray

    def __len__(self) -> int:
        return len(self.credit)

    def part(self, rows: slice) -> SweepTrades:
        return SweepTrades(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True, slots=True)
class SweepCounts:
    """What did not happen.

    unfound       days of entry without an admissible contract
    unaffordable  entries that the capital did not secure
    carried       days of a trade without a usable quote: marked at the last mid
    late          settlements on the first day after a gap that swallowed the expiry
    short_days    days on which security exceeded equity
    unsettled     open trades whose expiry has passed without a spot
    """

    unfound: int
    unaffordable: int
    carried: int
    late: int
    short_days: int
    unsettled: int


@dataclass(frozen=True, eq=False)
class SweepResult:
    """One parameter set over one window. What is open at its end is in `still_open`, not in `trades`.

    days     days since 1970 of the window
    equity   money earned since the first day, open trades at their mid
    secured  money that stands behind the open trades, 0 where nothing is counted
    """

    rules: SweepRules
    trades: SweepTrades
    still_open: SweepTrades
    days: DayArray
    equity: FloatArray
    secured: FloatArray
    counts: SweepCounts

    @property
    def profit(self) -> float:
        """Money of the trades that ended, to the cent."""
        return round(float(self.trades.profit.sum()), 2)

    @property
    def dates(self) -> DateArray:
        return self.days.astype("datetime64[D]")

    @property
    def fingerprint(self) -> str:
        """SHA-256 over every trade and the equity, rounded to a ten-thousandth."""
        found = hashlib.sha256()
        for each in (self.trades, self.still_open):
            for column in (each.entered, each.exited, each.expiry, each.reason):
                found.update(np.ascontiguousarray(column).tobytes())
            for figures in (each.strike, each.credit, each.paid, each.profit):
                found.update(_rounded(figures))
        found.update(_rounded(self.equity))
        return found.hexdigest()


def _rounded(figures: FloatArray) -> bytes:
    return np.rint(figures * 1e4).astype(np.int64).tobytes()
