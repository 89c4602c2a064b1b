"""What buying and holding came to over the same days: the first index-like underlying with closes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from tools.backtest.history import HistoricalMarket
from tools.backtest.plan import Plan
from tools.domain.chain import FloatArray
from tools.performance.statistics import Days

INDEX_LIKE = ("SPY", "SPX", "QQQ", "IWM", "DIA")


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """`levels` (n + 1,) in account currency, the plan's capital at the start; `words` say of what it is."""

    symbol: str
    words: str
    levels: FloatArray


def benchmark(market: HistoricalMarket, plan: Plan, days: Days) -> Benchmark | None:
    """Bought at the close before the first look, held to the last; dividends buy more where they are told.

    Where the market begins with the first look, it is bought at that day's close.
    None where the market has no close of anything to hold. Gaps inside keep the last close.
    """
    dates = [day.astype(object) for day in days]
    for symbol in (*INDEX_LIKE, *sorted(_named(plan))):
        closes = np.array([market.close(symbol, day) for day in dates])
        closes[0] = closes[1] if np.isnan(closes[0]) else closes[0]
        if np.isnan(closes[0]) or np.isnan(closes[-1]):
            continue
        known = np.maximum.accumulate(np.where(np.isnan(closes), 0, np.arange(len(closes))))
        closes = closes[known]
        grown_by = np.array([1.0, *(_shares(market, symbol, *pair) for pair in pairwise(dates))])
        paid = np.array([0.0, *(market.going_ex(symbol, day) for day in dates[1:])])
        told = not np.isnan(paid).any()
        grown = (closes[1:] + np.nan_to_num(paid[1:])) * grown_by[1:] / closes[:-1]
        levels = plan.capital * np.concatenate(([1.0], np.cumprod(grown)))
        with_dividends = "dividends reinvested" if told and paid.any() else "without dividends"
        return Benchmark(symbol, f"{symbol} bought and held, {with_dividends}", levels)
    return None


def _shares(market: HistoricalMarket, symbol: str, after: date, until: date) -> float:
    """What one share of `after` has become by `until`."""
    return math.prod(each.n / each.m for each in market.splits(symbol, after=after, until=until))


def _named(plan: Plan) -> set[str]:
    return {symbol for book in plan.books if not isinstance(book.universe, str) for symbol in book.universe}
