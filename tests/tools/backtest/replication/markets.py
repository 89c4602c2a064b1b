"""Markets that tests replicate on: flat ones, random ones, and columns as files give them."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from tools.backtest.replication.bills import ONE_MONTH, THREE_MONTHS, RateSeries
from tools.backtest.replication.market import Bars, DailyMarket, DayArray, FloatArray, daily_market
from tools.calendar.sessions import sessions_between

FIRST, LAST = date(2005, 1, 3), date(2006, 6, 30)


def days(first: date = FIRST, last: date = LAST) -> DayArray:
    return np.array(sessions_between(first, last), dtype="datetime64[D]")


def bars(
    on: DayArray,
    close: FloatArray,
    *,
    open_: FloatArray | None = None,
    high: FloatArray | None = None,
    low: FloatArray | None = None,
) -> Bars:
    unknown = np.full(len(on), np.nan)
    rest = [unknown if each is None else each for each in (open_, high, low)]
    return Bars(on, np.asarray(close, dtype=np.float64), *rest)


def rates(on: DayArray, one_month: float | FloatArray, three_months: float | FloatArray) -> list[RateSeries]:
    tenors = np.repeat([ONE_MONTH, THREE_MONTHS], len(on))
    values = np.concatenate([np.broadcast_to(each, len(on)) for each in (one_month, three_months)])
    return [RateSeries("TREASURY", np.tile(on, 2), tenors, values)]


def walk(on: DayArray, *, seed: int, vol: float = 0.16) -> tuple[FloatArray, FloatArray]:
    """A random index and a VIX that moves against it."""
    draws = np.random.default_rng(seed).standard_normal((2, len(on)))
    moves = vol / np.sqrt(252) * draws[0]
    vix = 100 * vol * 1.2 * np.exp(-4 * moves + 0.03 * draws[1])
    return 1200 * np.exp(np.cumsum(moves)), vix


def flat(level: float = 1200.0, *, vix: float = 1e-4, rate: float = 0.0, dividend: float = 0.0) -> DailyMarket:
    on = days()
    return built(
        on,
        np.full(len(on), level),
        np.full(len(on), vix),
        rates=rates(on, rate, rate),
        yields={2005: dividend},
    )


def random(seed: int, **options: Any) -> DailyMarket:
    on = days()
    close, vix = walk(on, seed=seed)
    return built(on, close, vix, **options)


def built(
    on: DayArray,
    close: FloatArray,
    vix: FloatArray,
    *,
    rates: list[RateSeries] | None = None,
    yields: dict[int, float] | None = None,
    first: date = FIRST,
    last: date = LAST,
) -> DailyMarket:
    steady = rates if rates is not None else _steady(on)
    return daily_market(
        index=bars(on, close),
        vix=bars(on, vix),
        rates=steady,
        dividend_yields=yields if yields is not None else {2005: 0.018, 2006: 0.019},
        first=first,
        last=last,
    )


def _steady(on: DayArray) -> list[RateSeries]:
    return rates(on, np.linspace(0.02, 0.045, len(on)), np.linspace(0.023, 0.048, len(on)))
