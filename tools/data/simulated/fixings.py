"""The embedded market's days that are over, for what settles against them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from tools.calendar.sessions import is_session, last_session, session_close, session_open, sessions_between
from tools.data.simulated.market import EmbeddedMarket
from tools.domain.chain import Chain
from tools.domain.market import Snapshot
from tools.portfolio.fixings import ShareSplit
from tools.portfolio.settlement_price import ExpiryPrices

BEFORE_CLOSE = timedelta(minutes=15)
"""The options of a day are looked at while they trade."""


class EmbeddedFixings:
    """Implements `Fixings`. A shocked market settles at its shocked prices."""

    def __init__(self, market: EmbeddedMarket) -> None:
        self._market = market

    def looks(self, first: date, last: date) -> Iterator[Snapshot]:
        for day in sessions_between(first, last):
            yield self._market.snapshot(session_close(day) - BEFORE_CLOSE)

    def chains(self, day: date, symbols: Iterable[str]) -> dict[str, Chain]:
        return self._market.chains(symbols, session_close(day) - BEFORE_CLOSE) if is_session(day) else {}

    def expiry_prices(self, underlying: str, expiry: date) -> ExpiryPrices:
        """The opening is the close before: nothing happens overnight here."""
        if not is_session(expiry):
            return ExpiryPrices(close=self.close(underlying, last_session(expiry)))
        opening = self._market.price(underlying, session_open(expiry))
        return ExpiryPrices(opening_settlement=opening, opening=opening, close=self.close(underlying, expiry))

    def close(self, symbol: str, day: date) -> float:
        return self._market.price(symbol, session_close(day)) if is_session(day) else math.nan

    def going_ex(self, symbol: str, day: date) -> float:
        return self._market.going_ex(symbol, day)

    def splits(self, symbol: str, *, after: date, until: date) -> tuple[ShareSplit, ...]:
        """Nothing splits here."""
        return ()
