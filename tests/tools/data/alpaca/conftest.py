"""Alpaca's API through its real SDK, against a server on the loopback interface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest

from tests.peers.alpaca_server import KEY, SECRET, AlpacaServer, cash_dividend, daily_bars, listing
from tools.calendar.events import DEFAULT_WIDTHS
from tools.calendar.sessions import NEW_YORK
from tools.data.alpaca.api import AlpacaApi
from tools.data.alpaca.market import AlpacaMarket
from tools.data.alpaca.transport import PatientAdapter
from tools.data.events.embedded import embedded_events
from tools.data.limiter import RateLimiter
from tools.data.patience import Patience

NOW = datetime(2026, 11, 20, 11, tzinfo=NEW_YORK)
TODAY = NOW.date()
EXPIRIES = (date(2026, 12, 18), date(2027, 1, 15), date(2028, 1, 21))
STRIKES = tuple(float(strike) for strike in range(80, 125, 4))
QUICK = Patience(deadline=15.0, attempts=4, connect=5.0, first_wait=0.01, longest_wait=0.02)


@pytest.fixture
def server() -> Iterator[AlpacaServer]:
    with AlpacaServer(today=TODAY) as peer:
        for number, symbol in enumerate(("SPY", "AAPL")):
            found = listing(symbol, at=NOW, spot=100.0, expiries=EXPIRIES, strikes=STRIKES)
            found.bars = daily_bars(until=TODAY, price=100.0, seed=number)
            found.dividends = [cash_dividend(symbol, TODAY - timedelta(days=91 * n), 0.25) for n in (1, 2, 3, 4)]
            peer.listings[symbol] = found
        yield peer


def make_api(
    server: AlpacaServer, *, patience: Patience = QUICK, requests: int = 200, feed: str = "indicative"
) -> AlpacaApi:
    adapter = PatientAdapter(limiter=RateLimiter(requests=200), patience=patience)
    return AlpacaApi(
        key=KEY,
        secret=SECRET,
        adapter=adapter,
        feed=feed,
        stock_feed="iex",
        trading_url=server.url,
        data_url=server.url,
    )


Open = Callable[..., AlpacaMarket]


@pytest.fixture
def market(server: AlpacaServer) -> Open:
    """Opens the server as a market; keyword arguments go to `AlpacaMarket`."""

    def open_market(
        *universe: str, now: datetime = NOW, patience: Patience = QUICK, **options: object
    ) -> AlpacaMarket:
        book = embedded_events()
        return AlpacaMarket(
            make_api(server, patience=patience),
            universe=universe or ("SPY", "AAPL"),
            now=lambda: now,
            blackouts=lambda as_of: book.blackouts(as_of, DEFAULT_WIDTHS),
            **options,  # type: ignore[arg-type]
        )

    return open_market
