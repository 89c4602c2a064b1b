"""The figures of a series of daily levels as they are published: from month-ends, but for the daily drawdown.

daily levels ─► first level and month-ends ─► return, volatility, Sharpe, drawdown, correlation
             └► daily drawdown
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.calendar.sessions import schedule
from tools.performance.drawdown import max_drawdown
from tools.performance.likeness import correlation, mean_gap, tracking_error
from tools.performance.returns import annual_return, returns, sharpe, volatility

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
DayArray = npt.NDArray[np.datetime64]

YEAR_DAYS = 365.25
SESSIONS = 252


@dataclass(frozen=True, slots=True)
class Figures:
    """Decimals; `months` returns went into them. nan where a window is too short for one.

    annual_return from the first level to the last month-end; volatility, sharpe (over one-month bills) and
    correlation (with the S&P 500 Total Return) of monthly returns; drawdowns of month-ends and of closes.
    """

    months: int
    annual_return: float
    volatility: float
    sharpe: float
    max_drawdown: float
    max_drawdown_daily: float
    correlation: float


@dataclass(frozen=True, slots=True)
class Likeness:
    """How closely monthly returns follow another series', decimals; `months` are shared."""

    months: int
    correlation: float
    tracking_error: float
    mean_gap: float


def month_ends(days: DayArray) -> IntArray:
    """The rows of `days` that are the last session of their month by the exchange calendar."""
    sessions = schedule().days
    following = sessions[np.minimum(np.searchsorted(sessions, days, side="right"), len(sessions) - 1)]
    return np.flatnonzero(following.astype("datetime64[M]") != days.astype("datetime64[M]"))


def figures(*, days: DayArray, levels: FloatArray, bills: FloatArray, market: FloatArray) -> Figures:
    """Of daily `levels` beside the levels of bills and of the S&P 500 Total Return, all (n,)."""
    ends = month_ends(days)
    monthly, monthly_bills, monthly_market = (returns(levels=each[ends]) for each in (levels, bills, market))
    last = int(ends[-1]) if len(ends) else 0
    years = float((days[last] - days[0]).astype(np.float64)) / YEAR_DAYS
    return Figures(
        months=len(monthly),
        annual_return=annual_return(first=float(levels[0]), last=float(levels[last]), years=years),
        volatility=volatility(returns=monthly),
        sharpe=sharpe(returns=monthly, risk_free=monthly_bills),
        max_drawdown=max_drawdown(levels=levels[np.union1d([0], ends)]),
        max_drawdown_daily=max_drawdown(levels=levels),
        correlation=correlation(returns=monthly, other=monthly_market),
    )


def likeness(*, days: DayArray, levels: FloatArray, other_days: DayArray, other: FloatArray) -> Likeness:
    """Monthly returns of `levels` against those of `other` over the month-ends that both have, neighbours only."""
    ends, other_ends = month_ends(days), month_ends(other_days)
    shared, own, theirs = np.intersect1d(days[ends], other_days[other_ends], return_indices=True)
    months = shared.astype("datetime64[M]").astype(np.int64)
    neighbours = np.diff(months) == 1
    first = returns(levels=levels[ends[own]])[neighbours]
    second = returns(levels=other[other_ends[theirs]])[neighbours]
    return Likeness(
        months=len(first),
        correlation=correlation(returns=first, other=second),
        tracking_error=tracking_error(returns=first, other=second),
        mean_gap=mean_gap(returns=first, other=second),
    )


def calendar_years(*, days: DayArray, levels: FloatArray) -> Mapping[int, float]:
    """Year → change from the last close of the year before, of years that the days hold whole."""
    ends = month_ends(days)
    months = days[ends].astype("datetime64[M]").astype(np.int64)
    at = {int(month): int(row) for month, row in zip(months, ends, strict=True) if month % 12 == 11}
    return {
        1970 + month // 12: float(levels[row] / levels[at[month - 12]] - 1)
        for month, row in at.items()
        if month - 12 in at
    }


def realised(*, days: DayArray, close: FloatArray) -> float:
    """The mean over whole months of √(252 · mean square of daily log returns), a decimal; nan without one."""
    moves = np.diff(np.log(close))
    months = days[1:].astype("datetime64[M]")
    ends = days[month_ends(days)].astype("datetime64[M]")
    of_months = [np.sqrt(SESSIONS * np.mean(moves[months == month] ** 2)) for month in ends[1:]]
    return float(np.mean(of_months)) if of_months else float("nan")
