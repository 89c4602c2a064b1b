"""Daily closes of the universe, and the figures read off them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from tools.calendar.sessions import NEW_YORK
from tools.data import technicals
from tools.data.alpaca.rows import instant, number
from tools.domain.chain import FloatArray

MARKET = "SPY"
CALENDAR_DAYS = 400  # a year of sessions and some
_LATEST = 30  # sessions that realised volatility looks back, with one before


@dataclass(frozen=True, slots=True)
class Figures:
    """Technicals of one name at its present price; NaN where the history is too short."""

    sma_20: float = math.nan
    rsi_14: float = math.nan
    realised_vol: float = math.nan
    beta: float = math.nan
    day_change: float = math.nan
    macd: float = math.nan


class History:
    """Closes by symbol and day, without the day that is still trading."""

    def __init__(self, bars: Mapping[str, Iterable[Mapping[str, Any]]], *, before: date) -> None:
        self._closes = {symbol: _closes(rows, before) for symbol, rows in bars.items()}

    def figures(self, symbol: str, spot: float) -> Figures:
        """The technicals of a name with `spot` as its last value; the history alone where that is NaN."""
        own = self._closes.get(symbol, {})
        closes = np.array([*own.values(), *([spot] if math.isfinite(spot) else [])])
        return Figures(
            sma_20=technicals.moving_average(closes=closes),
            rsi_14=technicals.relative_strength(closes=closes),
            realised_vol=technicals.realised_volatility(closes=closes, window=_LATEST),
            beta=self._beta(symbol),
            day_change=technicals.day_change(closes=closes) if math.isfinite(spot) else math.nan,
            macd=technicals.macd(closes=closes),
        )

    def average_correlation(self, symbols: Iterable[str]) -> float:
        """The mean pairwise correlation of a year's daily returns; NaN below two names with a whole year."""
        whole = [symbol for symbol in symbols if len(self._closes.get(symbol, {})) > technicals.SESSIONS_PER_YEAR]
        if len(whole) < 2:
            return math.nan
        return technicals.average_correlation(returns=self._returns(whole))

    def _beta(self, symbol: str) -> float:
        if symbol not in self._closes or MARKET not in self._closes:
            return math.nan
        returns = self._returns([symbol, MARKET])
        return technicals.regression_beta(returns=returns[:, 0], market=returns[:, 1])

    def _returns(self, symbols: list[str]) -> FloatArray:
        """Daily log returns on the days all of them traded, shape (days - 1, names)."""
        days = sorted(set.intersection(*(set(self._closes[symbol]) for symbol in symbols)))
        prices = np.array([[self._closes[symbol][day] for symbol in symbols] for day in days])
        returns: FloatArray = np.diff(np.log(prices), axis=0) if days else np.empty((0, len(symbols)))
        return returns


def _closes(rows: Iterable[Mapping[str, Any]], before: date) -> dict[date, float]:
    found = {}
    for row in rows:
        stamped, close = instant(row.get("t")), number(row.get("c"))[0]
        if stamped is not None and 0 < close < math.inf and (day := stamped.astimezone(NEW_YORK).date()) < before:
            found[day] = close
    return dict(sorted(found.items()))
