"""What kind of market a day was, told by what was known at the close before it, and results by kind.

    trend  bear      begins 20 % below the highest close of the last 252 sessions, under the 200-day average; ends
                     with a close above that average
           bull      above the 200-day average
           sideways  everything else: under the average without having fallen 20 %
    VIX    calm      ≤ 15     usual  above 15, up to 25     stressed  above 25

20 % is the usual word for a bear market (U.S. Securities and Exchange Commission, investor.gov glossary), the
200-day average that of trend following (Faber 2007, A Quantitative Approach to Tactical Asset Allocation); the VIX
levels are those by which the hedge budget changes. No level is fitted to the past it describes.

A day's label is made of closes up to the day before, so a label never knows the return it is set beside.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from tools.domain.chain import FloatArray
from tools.domain.errors import InputError
from tools.performance.statistics import ReturnStatistics, return_statistics
from tools.performance.trades import TradeStatistics, trade_statistics

Labels = npt.NDArray[np.str_]

AVERAGE_DAYS = 200
HIGH_DAYS = 252
BEAR_FALL = 0.20
CALM, STRESSED = 15.0, 25.0


class Trend(StrEnum):
    BULL = "bull"
    SIDEWAYS = "sideways"
    BEAR = "bear"
    UNKNOWN = "unknown"


class Volatility(StrEnum):
    CALM = "calm"
    USUAL = "usual"
    STRESSED = "stressed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RegimeResult:
    """`share` of all days; `trades` of those opened in it, None where no trades were handed in."""

    regime: str
    share: float
    returns: ReturnStatistics
    trades: TradeStatistics | None


def trends(closes: FloatArray) -> Labels:
    """A label per day of an index's closes (n,); unknown until 200 closes lie before, and where one is missing."""
    average = _moving_average(closes)
    high = _highest(closes)
    above = closes > average
    fallen = (closes <= (1 - BEAR_FALL) * high) & ~above
    bear = _between(fallen, above)
    found = np.where(bear, Trend.BEAR, np.where(above, Trend.BULL, Trend.SIDEWAYS))
    return _known_before(np.where(np.isnan(average), Trend.UNKNOWN, found).astype(np.str_), Trend.UNKNOWN)


def volatilities(vix: FloatArray) -> Labels:
    """A label per day of VIX closes in points (n,); unknown where the close before is missing."""
    found = np.where(vix <= CALM, Volatility.CALM, np.where(vix <= STRESSED, Volatility.USUAL, Volatility.STRESSED))
    return _known_before(np.where(np.isnan(vix), Volatility.UNKNOWN, found).astype(np.str_), Volatility.UNKNOWN)


def by_regime(
    labels: Labels,
    *,
    returns: FloatArray,
    rates: FloatArray | float = 0.0,
    profits: FloatArray | None = None,
    opened: npt.NDArray[np.int64] | None = None,
) -> tuple[RegimeResult, ...]:
    """Results of each regime that occurred, in the order of their names.

    returns, rates  per day (n,), as in `return_statistics`
    profits         per trade (k,); `opened` the index of its first day, whose regime the trade belongs to
    """
    if len(labels) != len(returns):
        raise InputError(
            f"There are {len(labels)} labels for {len(returns)} returns; they must be of the same days."
        )
    rate = np.broadcast_to(np.asarray(rates, dtype=np.float64), returns.shape)
    return tuple(_result(name, labels, returns, rate, profits, opened) for name in _names(labels))


def _result(
    name: str, labels: Labels, returns: FloatArray, rates: FloatArray, profits: FloatArray | None,
    opened: npt.NDArray[np.int64] | None,
) -> RegimeResult:  # fmt: skip
    here = labels == name
    trades = None
    if profits is not None and opened is not None:
        trades = trade_statistics(profits[here[opened]])
    return RegimeResult(
        regime=name,
        share=float(here.mean()),
        returns=return_statistics(returns[here], rates=rates[here]),
        trades=trades,
    )


def _names(labels: Labels) -> Iterable[str]:
    return (str(name) for name in np.unique(labels))


def _known_before(labels: Labels, unknown: str) -> Labels:
    """Each day gets the label that stood at the close before it."""
    shifted = np.roll(labels.astype(np.dtype("<U10")), 1)
    shifted[:1] = unknown
    return shifted


def _moving_average(closes: FloatArray) -> FloatArray:
    average = np.full(len(closes), np.nan)
    if len(closes) >= AVERAGE_DAYS:
        average[AVERAGE_DAYS - 1 :] = sliding_window_view(closes, AVERAGE_DAYS).mean(axis=1)
    return average


def _highest(closes: FloatArray) -> FloatArray:
    """Of the last 252 closes, fewer at the beginning."""
    padded = np.concatenate((np.full(HIGH_DAYS - 1, -np.inf), np.where(np.isnan(closes), -np.inf, closes)))
    return np.asarray(sliding_window_view(padded, HIGH_DAYS).max(axis=1))


def _between(begins: npt.NDArray[np.bool_], ends: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """True from each beginning until the next end."""
    last = np.where(begins | ends, np.arange(len(begins)), -1)
    last = np.maximum.accumulate(last)
    return np.asarray((last >= 0) & begins[last])
