"""The figures of a run, each with what chance could have made of it.

account returns ─→ return, volatility, Sharpe, Sortino, Calmar, drawdown     blocks of sessions are resampled
closed trades ───→ win rate, profit factor, average                           blocks of neighbouring trades
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tools.backtest.journal import Ended
from tools.domain.chain import FloatArray
from tools.performance.drawdown import max_drawdown
from tools.performance.intervals import interval
from tools.performance.ratios import calmar, sortino
from tools.performance.returns import FEWEST, annual_return, sharpe, volatility
from tools.performance.statistics import SESSIONS, levels
from tools.performance.trades import profit_factor, win_rate

RESAMPLES = 500
TRADE_BLOCK = 5
"""Trades that stand together in a resample: those of one week or two overlap and win or lose together."""

MONTHS = 12


class Unit(StrEnum):
    SHARE = "share"
    RATIO = "ratio"
    MONEY = "money"
    COUNT = "count"
    DAYS = "days"


@dataclass(frozen=True, slots=True)
class Figure:
    """`low` and `high` enclose 95 % of the resamples, `nan` where none were drawn; `of` says of how much it is.

    All are `nan` where the measure has no meaning.
    """

    name: str
    value: float
    unit: Unit
    of: str
    low: float = math.nan
    high: float = math.nan


def account_figures(returns: FloatArray, *, rates: FloatArray, seed: int) -> tuple[Figure, ...]:
    """Of the account's returns (n,) per session; `rates` (n,) what bills paid, decimal per year."""
    excess = returns - rates / SESSIONS

    def growth(drawn: FloatArray) -> float:
        return annual_return(first=1.0, last=float(np.prod(1 + drawn)), years=len(drawn) / SESSIONS)

    def fall(drawn: FloatArray) -> float:
        return max_drawdown(levels=levels(drawn))

    def over_bills(drawn: FloatArray) -> float:
        return sharpe(returns=drawn, risk_free=0.0, per_year=SESSIONS)

    def downside(drawn: FloatArray) -> float:
        return sortino(returns=drawn, risk_free=0.0, per_year=SESSIONS)

    def spread(drawn: FloatArray) -> float:
        return volatility(returns=drawn, per_year=SESSIONS)

    def per_fall(drawn: FloatArray) -> float:
        return calmar(annual_return=growth(drawn), max_drawdown=fall(drawn))

    of = f"{len(returns):,} sessions"
    measures: tuple[tuple[str, FloatArray, Callable[[FloatArray], float], Unit], ...] = (
        ("annual return", returns, growth, Unit.SHARE),
        ("volatility", returns, spread, Unit.SHARE),
        ("Sharpe", excess, over_bills, Unit.RATIO),
        ("Sortino", excess, downside, Unit.RATIO),
        ("Calmar", returns, per_fall, Unit.RATIO),
        ("max drawdown", returns, fall, Unit.SHARE),
    )
    return tuple(_measured(name, series, measure, unit, of, seed=seed) for name, series, measure, unit in measures)


def trade_figures(trades: Sequence[Ended], *, years: float, seed: int) -> tuple[Figure, ...]:
    """Of closed trades in the order in which they ended."""
    profits = np.array([float(trade.pnl) for trade in trades], dtype=np.float64)
    of = f"{len(trades):,} trades"
    held = np.array([trade.days for trade in trades], dtype=np.float64)
    return (
        Figure("trades a month", len(trades) / (years * MONTHS), Unit.COUNT, of),
        _measured("win rate", profits, win_rate, Unit.SHARE, of, seed=seed, block=TRADE_BLOCK),
        _measured("profit factor", profits, profit_factor, Unit.RATIO, of, seed=seed, block=TRADE_BLOCK),
        _measured("average trade", profits, _mean, Unit.MONEY, of, seed=seed, block=TRADE_BLOCK),
        Figure("days in trade", _mean(held), Unit.DAYS, of),
    )


def _measured(
    name: str,
    series: FloatArray,
    measure: Callable[[FloatArray], float],
    unit: Unit,
    of: str,
    *,
    seed: int,
    block: int = 21,
) -> Figure:
    if len(series) < FEWEST:
        return Figure(name, measure(series) if len(series) else math.nan, unit, of)
    with np.errstate(invalid="ignore"):  # between two infinite profit factors lies nothing
        found = interval(series, measure, seed=seed, resamples=RESAMPLES, mean_block=min(block, len(series)))
    return Figure(name, found.estimate, unit, of, found.low, found.high)


def _mean(values: FloatArray) -> float:
    return float(values.mean()) if len(values) else math.nan
