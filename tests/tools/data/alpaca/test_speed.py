"""A whole chain of 10,000 contracts through real paging, at the real rate limit, within ten seconds."""

from __future__ import annotations

import time
from datetime import timedelta

from tests.peers.alpaca_server import KEY, SECRET, AlpacaServer, listing
from tests.tools.data.alpaca.conftest import NOW, TODAY
from tools.calendar.events import DEFAULT_WIDTHS
from tools.calendar.sessions import last_session
from tools.data.alpaca.api import AlpacaApi
from tools.data.alpaca.market import AlpacaMarket
from tools.data.alpaca.transport import PatientAdapter
from tools.data.events.embedded import embedded_events
from tools.data.limiter import RateLimiter
from tools.data.patience import Patience

PAGE_SECONDS = 0.2  # a page of a thousand snapshots over the internet


def test_ten_thousand_contracts_in_ten_seconds(server: AlpacaServer) -> None:
    expiries = sorted({last_session(TODAY + timedelta(days=14 * week)) for week in range(1, 51)})
    strikes = [50.0 + step for step in range(100)]
    server.listings["SPY"] = listing("SPY", at=NOW, spot=100, expiries=expiries, strikes=strikes)
    server.latency = PAGE_SECONDS
    limiter, book = RateLimiter(requests=200), embedded_events()
    api = AlpacaApi(
        key=KEY,
        secret=SECRET,
        adapter=PatientAdapter(limiter=limiter, patience=Patience()),
        feed="indicative",
        stock_feed="iex",
        trading_url=server.url,
        data_url=server.url,
    )
    market = AlpacaMarket(
        api, universe=["SPY"], now=lambda: NOW, blackouts=lambda as_of: book.blackouts(as_of, DEFAULT_WIDTHS)
    )
    begun = time.monotonic()
    found = market.snapshot()
    seconds = time.monotonic() - begun
    assert found.counts.used == len(found.chains["SPY"]) == 10_000
    assert limiter.count == len(server.seen) == 14  # bars, dividends, underlyings, 1 of contracts, 10 of snapshots
    assert seconds < 10
