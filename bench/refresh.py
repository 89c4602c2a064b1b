"""One look at a live market: a chain of 10,000 contracts through the real SDK, at the rate the plan allows.

The service is a loopback server that pages as Alpaca does (10,000 contracts a page, 1,000 snapshots a page) and
takes `PAGE_SECONDS` for each. Beside the look stands the same number of bare requests, one after another.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import requests

from bench.measurement import Bar, Kind, Measurement, Timed, in_turns, timed
from tests.peers.alpaca_server import KEY, SECRET, AlpacaServer, listing
from tools.calendar.events import DEFAULT_WIDTHS
from tools.calendar.sessions import NEW_YORK, last_session
from tools.data.alpaca.api import AlpacaApi
from tools.data.alpaca.market import AlpacaMarket
from tools.data.alpaca.transport import PatientAdapter
from tools.data.events.embedded import embedded_events
from tools.data.limiter import RateLimiter
from tools.data.patience import Patience

NOW = datetime(2026, 11, 20, 11, tzinfo=NEW_YORK)
EXPIRIES, STRIKES, CONTRACTS = 50, 100, 10_000
PER_MINUTE = 200  # requests that Alpaca's free plan allows
PAGE_SECONDS = 0.2  # a page of a thousand snapshots over the internet
LOOK_BAR = Bar(Kind.SECONDS, 10.0)


def measure(rounds: int) -> Iterator[Measurement]:
    with AlpacaServer(today=NOW.date()) as server:
        server.listings["SPY"] = listing(
            "SPY", at=NOW, spot=100, expiries=_expiries(), strikes=[50.0 + step for step in range(STRIKES)]
        )
        server.latency = PAGE_SECONDS
        limiters: list[RateLimiter] = []

        def look() -> float:
            limiters.append(RateLimiter(requests=PER_MINUTE))  # each round has a minute of its own
            market = live(server, limiters[-1])
            return timed(lambda: _whole(market))

        def bare() -> float:
            return timed(lambda: _pages(server, limiters[-1].count))

        look()
        base, real = in_turns(bare, look, rounds=rounds)
        yield Measurement(
            name="refresh",
            base=Timed("as many bare requests", base),
            real=Timed("a look at a whole chain", real),
            bar=LOOK_BAR,
            note=f"{CONTRACTS:,} contracts in {limiters[-1].count} requests of {PAGE_SECONDS} s, "
            f"at most {PER_MINUTE} a minute",
        )


def live(server: AlpacaServer, limiter: RateLimiter) -> AlpacaMarket:
    api = AlpacaApi(
        key=KEY,
        secret=SECRET,
        adapter=PatientAdapter(limiter=limiter, patience=Patience()),
        feed="indicative",
        stock_feed="iex",
        trading_url=server.url,
        data_url=server.url,
    )
    book = embedded_events()
    return AlpacaMarket(
        api, universe=["SPY"], now=lambda: NOW, blackouts=lambda as_of: book.blackouts(as_of, DEFAULT_WIDTHS)
    )


def _whole(market: AlpacaMarket) -> None:
    found = len(market.snapshot().chains["SPY"])
    if found != CONTRACTS:
        raise AssertionError(f"{found} of {CONTRACTS} contracts came")


def _pages(server: AlpacaServer, count: int) -> None:
    headers = {"APCA-API-KEY-ID": KEY, "APCA-API-SECRET-KEY": SECRET}
    url = f"{server.url}/v1beta1/options/snapshots/SPY?feed=indicative&limit=1000"
    for _ in range(count):
        requests.get(url, headers=headers, timeout=10).raise_for_status()


def _expiries() -> list[date]:
    fortnights = (NOW.date() + timedelta(days=14 * number) for number in range(1, EXPIRIES + 1))
    return sorted({last_session(day) for day in fortnights})
