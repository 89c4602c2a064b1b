"""Financial Modeling Prep as a source of fundamentals: asked once a day, and unknown where it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, datetime
from typing import TypeVar

from tools.calendar.events import EventBook
from tools.data.company import Company
from tools.data.fmp.client import FmpClient
from tools.data.fmp.companies import SOURCE, finite, read_company
from tools.data.fmp.economy import TreasuryCurve, read_curve, read_releases
from tools.domain.chain import new_york_date
from tools.domain.errors import DataError

T = TypeVar("T")


class FmpSource:
    """Facts, rates and release dates. What was had is kept for the day; a failure is asked for again."""

    name = SOURCE

    def __init__(self, client: FmpClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._curves: dict[date, TreasuryCurve] = {}
        self._releases: dict[date, EventBook] = {}

    def company(self, symbol: str, as_of: datetime) -> Company:
        return read_company(self._client, symbol, as_of)

    def rate(self, as_of: datetime, years: float) -> float | None:
        """The riskless rate to `years`, continuously compounded; None where fmp does not tell."""
        try:
            return self._daily(self._curves, as_of, read_curve).rate(years)
        except DataError:
            return None

    def vix(self, as_of: datetime) -> float | None:
        """The VIX in points; None where fmp does not tell."""
        try:
            rows = self._client.rows("quote", symbol="^VIX")
        except DataError:
            return None
        level = finite(rows[0].get("price")) if rows else None
        return level if level is not None and level > 0 else None

    def releases(self, as_of: datetime) -> EventBook:
        """The market's releases around `as_of`; `DataError` where fmp does not tell."""
        return self._daily(self._releases, as_of, read_releases)

    def _daily(self, kept: dict[date, T], as_of: datetime, read: Callable[[FmpClient, datetime], T]) -> T:
        with self._lock:
            day = new_york_date(as_of)
            if day not in kept:
                kept[day] = read(self._client, as_of)
            return kept[day]
