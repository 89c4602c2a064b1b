"""The simulated past as a history for the engine: looked at a little before each close."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from tools.calendar.sessions import session_close
from tools.data.simulated.past import SimulatedPast
from tools.domain.chain import Chain, FloatArray
from tools.domain.market import Snapshot
from tools.portfolio.fixings import ShareSplit
from tools.portfolio.settlement_price import ExpiryPrices

BEFORE_CLOSE = timedelta(minutes=15)
"""Late enough to be of the day, early enough that what expires at the close still trades."""


class SimulatedHistory:
    """`past` keeps nothing of a day that was looked at, and neither does this."""

    def __init__(self, past: SimulatedPast, *, before_close: timedelta = BEFORE_CLOSE) -> None:
        self._past, self._before = past, before_close
        self._rows = {date.fromisoformat(str(day)): row for row, day in enumerate(past.sessions)}
        self._closes: dict[str, FloatArray] = {}
        self._payments: dict[str, dict[date, float]] = {}

    @property
    def source(self) -> str:
        return f"simulated past, looked at {self._before.seconds // 60} minutes before each close"

    @property
    def made_of(self) -> dict[str, object]:
        """What decides every look, beside the code."""
        return self._past.made_of | {"before_close": self._before.total_seconds()}

    def days(self, first: date, last: date) -> tuple[date, ...]:
        """The sessions from `first` to `last` that there are chains of."""
        return tuple(day for day in list(self._rows)[1:] if first <= day <= last)

    def look(self, day: date) -> Snapshot:
        return self._past.snapshot(session_close(day) - self._before)

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        for day in self.days(first, last):
            yield self.look(day)

    def chains(self, day: date, symbols: Iterable[str]) -> dict[str, Chain]:
        listed = set(self._past.symbols) if self.days(day, day) else set()
        return {
            each: self._past.chain(each, session_close(day) - self._before) for each in symbols if each in listed
        }

    def expiry_prices(self, underlying: str, expiry: date) -> ExpiryPrices:
        if expiry not in self._rows:
            return ExpiryPrices(close=self.close(underlying, self._session_before(expiry)))
        return ExpiryPrices(
            opening_settlement=self._past.settlement(underlying, expiry), close=self.close(underlying, expiry)
        )

    def close(self, symbol: str, day: date) -> float:
        row = self._rows.get(day)
        if row is None:
            return math.nan
        if symbol not in self._closes:
            self._closes[symbol] = self._past.closes(symbol)
        return float(self._closes[symbol][row])

    def going_ex(self, symbol: str, day: date) -> float:
        if symbol not in self._payments:
            paid: dict[date, float] = defaultdict(float)
            for payment in self._past.payments(symbol):
                paid[payment.ex_date] += payment.cash
            self._payments[symbol] = dict(paid)
        return self._payments[symbol].get(day, 0.0)

    def _session_before(self, day: date) -> date:
        return max((known for known in self._rows if known < day), default=day)

    def splits(self, symbol: str, *, after: date, until: date) -> tuple[ShareSplit, ...]:
        """Nothing splits here."""
        return ()
