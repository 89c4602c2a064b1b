"""What a series of returns comes to: return, volatility, ratios, drawdown. Every measure works along the last axis.

    values ─→ returns (daily, monthly) ─→ return_statistics
           └→ drawdowns ───────────────→ deepest Drawdown ─┬─→ Summary
                                         calmar ───────────┘

Returns are simple decimals per period; `periods` is how many make a year (252 sessions, 12 months). `nan`
stands where a measure has no meaning: too few returns, none that vary, none that lose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from tools.domain.chain import FloatArray
from tools.domain.errors import InputError

SESSIONS_PER_YEAR = 252
MONTHS_PER_YEAR = 12
FEWEST = 2  # a deviation needs two
TAIL = 5.0  # per cent on each side

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
    statistics = return_statistics(simple_returns(values), rates=rates)
    drawdown = deepest_drawdown(days, values)
    calmar = -statistics.annual_return / drawdown.depth if drawdown.depth < 0 else float("nan")
    return Summary(statistics, drawdown, calmar)


def simple_returns(values: FloatArray) -> FloatArray:
    """From values (…, n) to returns (…, n - 1); `InputError` where one is missing, 0 or below."""
    if not (np.isfinite(values).all() and (values > 0).all()):
        raise InputError("Returns need a value above 0 on every day; an account at or below 0 has none.")
    return np.asarray(values[..., 1:] / values[..., :-1] - 1.0, dtype=np.float64)


def monthly_returns(days: Days, values: FloatArray) -> tuple[Days, FloatArray]:
    """Months (datetime64[M]) and their returns; the first counts from the first value on, the last may be part."""
    months = days.astype("datetime64[M]")
    if len(days) != len(values) or np.any(np.diff(days) <= np.timedelta64(0, "D")):
        raise InputError("Each value needs a day of its own, in order.")
    ends = np.flatnonzero(np.append(months[1:] != months[:-1], True))
    return months[ends], simple_returns(np.concatenate((values[:1], values[ends])))


def return_statistics(
    returns: FloatArray, *, rates: npt.ArrayLike = 0.0, periods: int = SESSIONS_PER_YEAR
) -> ReturnStatistics:
    """`rates` what riskless money earned, decimal per year, one per return or one for all."""
    excess = returns - np.asarray(rates, dtype=np.float64) / periods
    some = len(returns) > 0
    return ReturnStatistics(
        count=len(returns),
        total_return=float(np.prod(1.0 + returns) - 1.0),
        annual_return=float(annual_return(returns, periods=periods)),
        volatility=float(volatility(returns, periods=periods)),
        sharpe=float(sharpe(excess, periods=periods)),
        sortino=float(sortino(excess, periods=periods)),
        tail_ratio=float(tail_ratio(returns)),
        positive=float(np.mean(returns > 0)) if some else float("nan"),
        best=float(returns.max()) if some else float("nan"),
        worst=float(returns.min()) if some else float("nan"),
    )


def annual_return(returns: FloatArray, *, periods: int = SESSIONS_PER_YEAR) -> FloatArray:
    """Compounded, per year; -1 where everything was lost on the way."""
    count = returns.shape[-1]
    if count == 0:
        return np.full(returns.shape[:-1], np.nan)
    growth = np.prod(np.maximum(1.0 + returns, 0.0), axis=-1)
    return np.asarray(growth ** (periods / count) - 1.0)


def volatility(returns: FloatArray, *, periods: int = SESSIONS_PER_YEAR) -> FloatArray:
    """Sample standard deviation, per year."""
    if returns.shape[-1] < FEWEST:
        return np.full(returns.shape[:-1], np.nan)
    return np.asarray(np.std(returns, axis=-1, ddof=1) * np.sqrt(periods))


def sharpe(excess: FloatArray, *, periods: int = SESSIONS_PER_YEAR) -> FloatArray:
    """Mean over standard deviation of excess returns, per year (Sharpe 1994)."""
    return _ratio(_mean(excess) * periods, volatility(excess, periods=periods))


def sortino(excess: FloatArray, *, periods: int = SESSIONS_PER_YEAR) -> FloatArray:
    """Mean over the root mean square of shortfalls below 0, all returns counted (Sortino and Price 1994)."""
    downside = np.sqrt(_mean(np.minimum(excess, 0.0) ** 2) * periods)
    return _ratio(_mean(excess) * periods, downside)


def tail_ratio(returns: FloatArray) -> FloatArray:
    """How far the best twentieth begins from 0, over how far the worst does: |95th percentile| / |5th|."""
    if returns.shape[-1] < FEWEST:
        return np.full(returns.shape[:-1], np.nan)
    low, high = np.percentile(returns, [TAIL, 100 - TAIL], axis=-1)
    return _ratio(np.abs(high), np.abs(low))


def drawdowns(values: FloatArray) -> FloatArray:
    """Fall from the highest value so far, (…, n), 0 or a negative decimal."""
    return np.asarray(values / np.maximum.accumulate(values, axis=-1) - 1.0)


def max_drawdown(returns: FloatArray) -> FloatArray:
    """The deepest fall of what compounds at `returns`, 0 or negative; the start counts as a peak."""
    start = np.ones((*returns.shape[:-1], 1))
    values = np.concatenate((start, np.cumprod(np.maximum(1.0 + returns, 0.0), axis=-1)), axis=-1)
    return np.asarray(drawdowns(values).min(axis=-1))


def deepest_drawdown(days: Days, values: FloatArray) -> Drawdown:
    """The first of the deepest falls of values (n,) on `days` (n,), n ≥ 1; depth 0 where it never fell."""
    fall = drawdowns(values)
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


def _mean(values: FloatArray) -> FloatArray:
    if values.shape[-1] == 0:
        return np.full(values.shape[:-1], np.nan)
    return np.asarray(values.mean(axis=-1))


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    """`nan` where nothing varies: a deviation of rounding noise is none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below > 1e-12, above / below, np.nan))
