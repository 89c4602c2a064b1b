"""Where a sweep's money came from, trade by trade and day by day.

    SweepResult + columns with Greeks → one line per trade and day → by day, by trade, in all

A day's delta, gamma, theta and vega are those of the contract's last quote times what moved since, calendar
days for theta; the residual is the rest of the mark's change. Marks are mids, so that slippage stands apart.
The lines of a trade sum to its profit, those of a day to the change of equity.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.backtest.sweep.columns import DayColumns
from tools.backtest.sweep.result import SweepResult, SweepTrades
from tools.domain.chain import FloatArray
from tools.domain.errors import InputError


class Cause(IntEnum):
    """The columns of an attribution; the numbers are the kernel's."""

    DELTA = 0
    GAMMA = 1
    THETA = 2
    VEGA = 3
    RESIDUAL = 4
    COMMISSION = 5
    SLIPPAGE = 6


@dataclass(frozen=True, eq=False)
class SweepAttribution:
    """`money` (n, 7) by `Cause`, positive is earned; `trade` counts closed trades, then open ones; `day` from the
    first of the window.
    """

    trade: npt.NDArray[np.int32]
    day: npt.NDArray[np.int32]
    money: FloatArray
    trades: int
    days: int

    @property
    def by_trade(self) -> FloatArray:
        """(trades, 7)."""
        return _summed(self.trade, self.money, self.trades)

    @property
    def by_day(self) -> FloatArray:
        """(days, 7)."""
        return _summed(self.day, self.money, self.days)

    @property
    def total(self) -> dict[str, float]:
        return {
            cause.name.lower(): float(amount) for cause, amount in zip(Cause, self.money.sum(axis=0), strict=True)
        }


def attribute(columns: DayColumns, result: SweepResult) -> SweepAttribution:
    """The causes of `result`, which was swept over `columns`; `InputError` where they were read without Greeks."""
    from tools.backtest.sweep.kernels import attributing

    if not (columns.has_greeks and columns.has_spot):
        raise InputError("The history was read without Greeks; an attribution needs detail `greeks`.")
    parts = (result.trades, result.still_open)
    trades = attributing.Trades(*(_joined(parts, name) for name in attributing.Trades._fields))
    steps = attributing.attribute(
        attributing.Quotes(*(getattr(columns, name) for name in attributing.Quotes._fields)),
        trades,
        float(result.rules.shares),
        float(result.rules.commission),
    )
    first = int(np.searchsorted(columns.days, result.days[0]))
    return SweepAttribution(
        trade=steps.trade,
        day=steps.day - np.int32(first),
        money=steps.causes,
        trades=sum(map(len, parts)),
        days=len(result.days),
    )


def _joined(parts: tuple[SweepTrades, ...], name: str) -> npt.NDArray[Any]:
    return np.concatenate([getattr(each, name) for each in parts])


def _summed(index: npt.NDArray[np.int32], money: FloatArray, length: int) -> FloatArray:
    columns = [np.bincount(index, weights=money[:, cause], minlength=length) for cause in Cause]
    return np.stack(columns, axis=1)
