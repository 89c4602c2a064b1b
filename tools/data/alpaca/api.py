"""What is asked of Alpaca, page by page, as the raw rows of its wire.

    contracts (trading)   chains, bars, dividends, underlyings (data)   calendar, clock (trading)
                     └─ next_page_token followed to the end, never in a circle

Rows are left as they came: whether one may be used is for the quality rules to say, and a row the SDK's models
cannot hold would be an exception there instead of a counted fate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from tools.data.alpaca.transport import PatientAdapter
from tools.domain.errors import ConfigError, DataError

if TYPE_CHECKING:
    from alpaca.common.rest import RESTClient

Row = dict[str, Any]
OnPage = Callable[[int], None]
"""Called with the number of rows of each page that has come."""

CONTRACTS_PAGE, SNAPSHOTS_PAGE, BARS_PAGE, ACTIONS_PAGE = 10_000, 1_000, 10_000, 1_000  # the API's own maxima
MOST_PAGES = 1_000
# Listed expiries reach three years and some; without a last date the API lists this week's alone.
FURTHEST_EXPIRY = timedelta(days=1_300)


class AlpacaApi:
    """One account's view of the API. Safe to share between threads.

    `feed` is `opra` or `indicative`, `stock_feed` `sip`, `iex` or `delayed_sip`; empty URLs are Alpaca's own.
    """

    def __init__(
        self,
        *,
        key: str,
        secret: str,
        adapter: PatientAdapter,
        feed: str,
        stock_feed: str,
        paper: bool = True,
        trading_url: str = "",
        data_url: str = "",
    ) -> None:
        try:
            from alpaca.data.historical.corporate_actions import CorporateActionsClient
            from alpaca.data.historical.option import OptionHistoricalDataClient
            from alpaca.data.historical.stock import StockHistoricalDataClient
            from alpaca.trading.client import TradingClient
        except ModuleNotFoundError:
            raise ConfigError(MISSING) from None
        for name, secret_text in (("key", key), ("secret", secret)):
            if not secret_text or not secret_text.isascii() or not secret_text.isprintable() or " " in secret_text:
                raise ConfigError(f"The alpaca {name} is empty or holds characters that no key has; set it again.")
        self.feed, self.stock_feed = feed, stock_feed
        self._secrets = (key, secret)
        url = data_url or None
        self._trading = TradingClient(key, secret, paper=paper, raw_data=True, url_override=trading_url or None)
        self._options = OptionHistoricalDataClient(key, secret, raw_data=True, url_override=url)
        self._stocks = StockHistoricalDataClient(key, secret, raw_data=True, url_override=url)
        self._actions = CorporateActionsClient(key, secret, raw_data=True, url_override=url)
        for client in (self._trading, self._options, self._stocks, self._actions):
            mount(client, adapter)

    def __repr__(self) -> str:
        return f"AlpacaApi(feed={self.feed!r}, stock_feed={self.stock_feed!r})"

    def contracts(self, symbol: str, *, today: date, on_page: OnPage) -> list[Row]:
        """Every listed contract of an underlying: all expiries from `today` on, both rights."""
        params = {
            "underlying_symbols": symbol,
            "status": "active",
            "expiration_date_gte": today.isoformat(),
            "expiration_date_lte": (today + FURTHEST_EXPIRY).isoformat(),
            "limit": CONTRACTS_PAGE,
        }
        rows: list[Row] = []
        for body in self._pages(self._trading, "/options/contracts", params):
            page = _list(body.get("option_contracts"))
            on_page(len(page))
            rows += page
        return rows

    def chain(self, symbol: str, *, on_page: OnPage) -> dict[str, Row]:
        """Latest quote, trade and the feed's own Greeks by option symbol."""
        params = {"feed": self.feed, "limit": SNAPSHOTS_PAGE}
        found: dict[str, Row] = {}
        for body in self._pages(self._options, f"/options/snapshots/{symbol}", params):
            page = _object(body.get("snapshots"))
            on_page(len(page))
            found |= {name: _object(row) for name, row in page.items()}
        return found

    def option_quotes(self, symbols: Sequence[str]) -> dict[str, Row]:
        """Latest quote by option symbol."""
        params = {"symbols": ",".join(symbols), "feed": self.feed}
        body = _object(self._get(self._options, "/options/quotes/latest", params))
        return {symbol: _object(row) for symbol, row in _object(body.get("quotes")).items()}

    def underlyings(self, symbols: Sequence[str]) -> dict[str, Row]:
        """Latest trade and quote, and today's bar, by symbol."""
        params = {"symbols": ",".join(symbols), "feed": self.stock_feed}
        body = _object(self._get(self._stocks, "/stocks/snapshots", params))
        return {symbol: _object(row) for symbol, row in body.items()}

    def bars(self, symbols: Sequence[str], *, start: date, end: date) -> dict[str, list[Row]]:
        """Daily bars adjusted for splits, oldest first, by symbol."""
        params = {
            "symbols": ",".join(symbols),
            "timeframe": "1Day",
            "start": start.isoformat(),
            "end": end.isoformat(),
            "adjustment": "split",
            "feed": self.stock_feed,
            "limit": BARS_PAGE,
        }
        found: dict[str, list[Row]] = {}
        for body in self._pages(self._stocks, "/stocks/bars", params):
            for symbol, page in _object(body.get("bars")).items():
                found.setdefault(symbol, []).extend(_list(page))
        return found

    def corporate_actions(self, symbols: Sequence[str], *, start: date, end: date) -> dict[str, list[Row]]:
        """Cash dividends and splits with an ex-date from `start` to `end`, those announced ahead too, by kind."""
        params = {
            "symbols": ",".join(symbols),
            "types": "cash_dividend,forward_split,reverse_split",
            "start": start.isoformat(),
            "end": end.isoformat(),
            "limit": ACTIONS_PAGE,
        }
        found: dict[str, list[Row]] = {}
        for body in self._pages(self._actions, "/corporate-actions", params):
            for kind, page in _object(body.get("corporate_actions")).items():
                found.setdefault(kind, []).extend(_list(page))
        return found

    def calendar(self, *, start: date, end: date) -> list[Row]:
        """Alpaca's own sessions: date, open and close in New York hours."""
        return _list(self._get(self._trading, "/calendar", {"start": start.isoformat(), "end": end.isoformat()}))

    def clock(self) -> Row:
        """Alpaca's own time, and whether its market is open."""
        body = self._get(self._trading, "/clock", {})
        if not isinstance(body, dict):
            raise DataError("alpaca answered its clock with something else; check the URL.")
        return body

    def _pages(self, client: RESTClient, path: str, params: Row) -> Iterator[Row]:
        token, seen = None, set[str]()
        while True:
            body = self._get(client, path, {**params, "page_token": token} if token else params)
            if not isinstance(body, dict):
                raise DataError(f"alpaca answered {path} with something that is no page; check the URL.")
            yield body
            token = body.get("next_page_token")
            if not token:
                return
            if token in seen or len(seen) >= MOST_PAGES:
                raise DataError(f"alpaca sends the pages of {path} in a circle; try again later.")
            seen.add(token)

    def _get(self, client: RESTClient, path: str, params: Row) -> Any:
        from alpaca.common.exceptions import APIError

        try:
            return client.get(path, dict(params))
        except APIError as error:
            raise DataError(self._refusal(int(error.status_code or 0), str(error))) from None
        except ValueError:
            raise DataError(f"alpaca answered {path} with something that is no JSON; check the URL.") from None

    def _refusal(self, status: int, text: str) -> str:
        """A status of 400 and above in words; whatever the answer says, no key is repeated."""
        if status == 401:
            return "alpaca refused the key (401); check APCA_API_KEY_ID and APCA_API_SECRET_KEY."
        if status == 403:
            return (
                f"alpaca does not allow this (403: {self._short(text)}); the feed {self.feed!r} or"
                f" {self.stock_feed!r} may need a subscription: choose indicative and iex, or check the key."
            )
        return f"alpaca rejected the request ({status}: {self._short(text)}); check market.universe and the URLs."

    def _short(self, text: str) -> str:
        found = re.search(r'"message"\s*:\s*"([^"]*)"', text)
        line = " ".join((found[1] if found else text).split())
        for secret in self._secrets:
            line = line.replace(secret, "…")
        return line if len(line) <= 120 else line[:117] + "..."


MISSING = (
    'market.source = "alpaca" needs the package alpaca-py, which is not installed;'
    ' install it with: pip install "thetagate[alpaca]".'
)


def mount(client: RESTClient, adapter: PatientAdapter) -> None:
    """Send everything of an SDK client through `adapter`, and let the SDK itself repeat nothing."""
    client._retry = 0
    for scheme in ("https://", "http://"):
        client._session.mount(scheme, adapter)


def _object(found: Any) -> Row:
    """A JSON object; an empty one in place of anything else, so that its row is counted as unreadable."""
    return found if isinstance(found, dict) else {}


def _list(found: Any) -> list[Row]:
    return [_object(row) for row in found] if isinstance(found, list) else []
