"""What an account's values come to: return, volatility, ratios, the deepest fall, months.

    values ─→ returns ──→ return_statistics ─┐
           └→ drawdown ─→ deepest_drawdown ──┴─→ Summary (with calmar)

Returns are simple decimals per period; `per_year` is how many make a year (252 sessions, 12 months). `nan` stands
where a measure has no meaning: too few returns, none that vary, none that lose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from tools.domain.chain import FloatArray
from tools.domain.errors import InputError
from tools.performance import returns as measures
from tools.performance.drawdown import drawdown
from tools.performance.ratios import calmar, sortino, tail_ratio

SESSIONS = 252
NOISE = 1e-12  # what rounding makes of returns that are all alike

Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True, slots=True)
class ReturnStatistics:
    """`annual_return` compounds, `volatility` is yearly; `positive` is the share of returns above 0."""

    count: int
    total_return: float
    annual_return: float
    volatility: float
    sharpe: float
    sortino: float
    tail_ratio: float
    positive: float
    best: float
    worst: float


@dataclass(frozen=True, slots=True)
class Drawdown:
    """The deepest fall from a peak. `depth` is 0 or negative, a decimal; `recovered` None while below the peak.

    `days` in calendar days from the peak to the recovery, or to the end of the series.
    """

    depth: float
    peak: date
    trough: date
    recovered: date | None
    days: int


@dataclass(frozen=True, slots=True)
class Summary:
    returns: ReturnStatistics
    drawdown: Drawdown
    calmar: float


def summarise(days: Days, values: FloatArray, *, rates: npt.ArrayLike = 0.0) -> Summary:
    """Of daily account values; `rates` (n - 1,) or one, as in `return_statistics`."""
    found = return_statistics(simple_returns(values), rates=rates)
    fall = deepest_drawdown(days, values)
    return Summary(found, fall, calmar(annual_return=found.annual_return, max_drawdown=fall.depth))


def simple_returns(values: FloatArray) -> FloatArray:
    """From values (n,) to returns (n - 1,); `InputError` where one is missing, 0 or below."""
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise InputError("Returns need a value above 0 on every day; an account at or below 0 has none.")
    return measures.returns(levels=values)


def carried(values: FloatArray) -> FloatArray:
    """Values (n,) with each unknown one replaced by the last known before it; the first must be known."""
    known = np.where(np.isnan(values), 0, np.arange(len(values)))
    return np.asarray(values[np.maximum.accumulate(known)], dtype=np.float64)


def levels(returns: FloatArray) -> FloatArray:
    """From returns (n,) to values (n + 1,) that begin at 1, so that drawdowns see the start as a peak."""
    return np.concatenate(([1.0], np.cumprod(1.0 + returns)))


def monthly_returns(days: Days, values: FloatArray) -> tuple[Days, FloatArray]:
    """Months (datetime64[M]) and their returns; the first counts from the first value on, the last may be part."""
    months = days.astype("datetime64[M]")
    if len(days) != len(values) or np.any(np.diff(days) <= np.timedelta64(0, "D")):
        raise InputError("Each value needs a day of its own, in order.")
    ends = np.flatnonzero(np.append(months[1:] != months[:-1], True))
    return months[ends], simple_returns(np.concatenate((values[:1], values[ends])))


def return_statistics(
    returns: FloatArray, *, rates: npt.ArrayLike = 0.0, per_year: int = SESSIONS
) -> ReturnStatistics:
    """`rates` what riskless money earned, decimal per year, one per return or one for all."""
    if not len(returns):
        return ReturnStatistics(0, *(math.nan,) * 9)
    bills = np.asarray(rates, dtype=np.float64) / per_year
    varies = float(np.ptp(returns - bills)) > NOISE
    growth = float(np.prod(1.0 + returns))
    return ReturnStatistics(
        count=len(returns),
        total_return=growth - 1.0,
        annual_return=measures.annual_return(first=1.0, last=growth, years=len(returns) / per_year),
        volatility=measures.volatility(returns=returns, per_year=per_year),
        sharpe=measures.sharpe(returns=returns, risk_free=bills, per_year=per_year) if varies else math.nan,
        sortino=sortino(returns=returns, risk_free=bills, per_year=per_year) if varies else math.nan,
        tail_ratio=tail_ratio(returns=returns),
        positive=float(np.mean(returns > 0)),
        best=float(returns.max()),
        worst=float(returns.min()),
    )


def deepest_drawdown(days: Days, values: FloatArray) -> Drawdown:
    """The first of the deepest falls of values (n,) on `days` (n,), n ≥ 1; depth 0 where it never fell."""
    fall = drawdown(levels=values)
    trough = int(np.argmin(fall))
    peak = int(np.argmax(values[: trough + 1]))
    back = np.flatnonzero(values[trough:] >= values[peak])
    until = trough + int(back[0]) if back.size else len(values) - 1
    dates = [each.astype("datetime64[D]").astype(object) for each in (days[peak], days[trough], days[until])]
    return Drawdown(
        depth=float(fall[trough]),
        peak=dates[0],
        trough=dates[1],
        recovered=dates[2] if back.size else None,
        days=(dates[2] - dates[0]).days,
    )
