"""Alpaca's trading and market data APIs on the loopback interface, in the shapes of its SDKs' own tests.

What the real service does and a careless client forgets is done here too: contracts of this week alone where
no last date is given, pages no longer than its maxima, 400 for parameters it does not know.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from tests.peers.service import Mode, Reply, Service
from tools.calendar.expiries import expiry_instant
from tools.calendar.sessions import sessions_between
from tools.domain.contract import Right, occ_symbol
from tools.pricing import european

KEY, SECRET = "PKCANARYKEYID", "canary/secret/of/alpaca"
Row = dict[str, Any]

_PARAMETERS = {
    "contracts": {
        "underlying_symbols", "status", "expiration_date_gte", "expiration_date_lte", "limit", "page_token",
    },
    "snapshots": {"feed", "limit", "page_token"},
    "underlyings": {"symbols", "feed"},
    "quotes": {"symbols", "feed"},
    "bars": {"symbols", "timeframe", "start", "end", "adjustment", "feed", "limit", "page_token"},
    "corporate-actions": {"symbols", "types", "start", "end", "limit", "page_token"},
    "calendar": {"start", "end"},
    "clock": set(),
}  # fmt: skip
_MOST = {"contracts": 10_000, "snapshots": 1_000, "bars": 10_000, "corporate-actions": 1_000}


@dataclass
class Listing:
    """What the service holds of one underlying."""

    contracts: list[Row] = field(default_factory=list)
    snapshots: dict[str, Any] = field(default_factory=dict)
    stock: Row | None = None
    bars: list[Row] = field(default_factory=list)
    dividends: list[Row] = field(default_factory=list)
    splits: list[Row] = field(default_factory=list)


class AlpacaServer(Service):
    """`listings` by underlying; `today` is the service's own date; `longest` caps the pages further."""

    def __init__(self, *, today: date, otherwise: Mode = Mode.OK) -> None:
        super().__init__(otherwise)
        self.today = today
        self.listings: dict[str, Listing] = {}
        self.longest = 10_000
        self.subscribed = False
        self.half_days: dict[date, str] = {}
        self.circling = False

    def reply(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Reply:
        if headers.get("apca-api-key-id") != KEY or headers.get("apca-api-secret-key") != SECRET:
            return Reply(401, {"message": "unauthorized."})
        place, symbol = _route(path)
        if place == "":
            return Reply(404, {"message": "endpoint not found."})
        if unknown := query.keys() - _PARAMETERS[place]:
            return Reply(400, {"message": f"unexpected parameter: {sorted(unknown)[0]}"})
        if query.get("feed") in {"opra", "sip"} and not self.subscribed:
            return Reply(403, {"message": "subscription does not permit querying recent SIP data"})
        if int(query.get("limit", 1)) > _MOST.get(place, 1):
            return Reply(400, {"message": f"invalid limit: {query['limit']}"})
        match place:
            case "contracts":
                return self._contracts(query)
            case "snapshots":
                snapshots = list(self.listings.get(symbol, Listing()).snapshots.items())
                page, token = self._page(snapshots, query)
                return Reply(200, {"snapshots": dict(page), "next_page_token": token})
            case "quotes":
                held = {name: row for each in self.listings.values() for name, row in each.snapshots.items()}
                known = {name: held[name]["latestQuote"] for name in query["symbols"].split(",") if name in held}
                return Reply(200, {"quotes": known})
            case "underlyings":
                return self._underlyings(query["symbols"].split(","))
            case "bars":
                names = query["symbols"].split(",")
                rows = [(name, row) for name in names for row in self.listings.get(name, Listing()).bars]
                page, token = self._page(rows, query)
                return Reply(200, {"bars": _grouped(page), "next_page_token": token})
            case "corporate-actions":
                return self._actions(query)
            case "calendar":
                return Reply(200, self._calendar(query))
            case _:
                return Reply(200, {"timestamp": f"{self.today}T11:00:00.0-05:00", "is_open": True})

    def error(self, status: int) -> Any:
        return {"code": status * 100_000, "message": f"a message for {status} with {SECRET}"}

    def _contracts(self, query: dict[str, str]) -> Reply:
        first = query.get("expiration_date_gte", self.today.isoformat())
        sunday = self.today + timedelta(days=6 - self.today.weekday())
        last = query.get("expiration_date_lte", sunday.isoformat())
        rows = [
            row
            for symbol in query["underlying_symbols"].split(",")
            for row in self.listings.get(symbol, Listing()).contracts
            if not isinstance(row, dict) or first <= str(row.get("expiration_date", first)) <= last
        ]
        page, token = self._page(rows, query, default=100)
        return Reply(200, {"option_contracts": page, "next_page_token": token})

    def _underlyings(self, symbols: list[str]) -> Reply:
        missing = [symbol for symbol in symbols if symbol not in self.listings]
        if missing:
            return Reply(400, {"message": f"invalid symbol: {missing[0]}"})
        stocks = {symbol: self.listings[symbol].stock for symbol in symbols}
        return Reply(200, {symbol: stock for symbol, stock in stocks.items() if stock is not None})

    def _actions(self, query: dict[str, str]) -> Reply:
        held = [self.listings.get(symbol, Listing()) for symbol in query["symbols"].split(",")]
        told = [("cash_dividends", row) for each in held for row in each.dividends]
        told += [
            ("forward_splits" if row["new_rate"] > row["old_rate"] else "reverse_splits", row)
            for each in held
            for row in each.splits
        ]
        wanted = {f"{kind}s" for kind in query["types"].split(",")}
        rows = [
            (kind, row)
            for kind, row in told
            if kind in wanted and query["start"] <= str(row["ex_date"]) <= query["end"]
        ]
        page, token = self._page(rows, query)
        return Reply(200, {"corporate_actions": _grouped(page), "next_page_token": token})

    def _calendar(self, query: dict[str, str]) -> list[Row]:
        days = sessions_between(date.fromisoformat(query["start"]), date.fromisoformat(query["end"]))
        return [{"date": f"{day}", "open": "09:30", "close": self.half_days.get(day, "16:00")} for day in days]

    def _page(
        self, rows: Sequence[Any], query: dict[str, str], default: int = 1_000
    ) -> tuple[list[Any], str | None]:
        size = min(int(query.get("limit", default)), self.longest)
        start = int(base64.b64decode(query["page_token"])) if "page_token" in query else 0
        following = 0 if self.circling else start + size
        token = base64.b64encode(str(following).encode()).decode() if start + size < len(rows) else None
        return list(rows[start : start + size]), token


def listing(
    symbol: str,
    *,
    at: datetime,
    spot: float,
    expiries: Sequence[date],
    strikes: Sequence[float],
    rate: float = 0.04,
    vol: float = 0.25,
    style: str = "american",
    root: str = "",
) -> Listing:
    """A clean listing quoted at `at` in the real shape: European values, two cents either side."""
    found = Listing(stock=stock(at=at, price=spot))
    for expiry in expiries:
        years = (expiry_instant(expiry) - at).total_seconds() / (365 * 86_400)
        for right in Right:
            prices = european.value(
                right=np.full(len(strikes), right.sign),
                spot=spot,
                strike=np.array(strikes, dtype=np.float64),
                years=years,
                rate=rate,
                dividend_yield=0.0,
                vol=vol,
            ).price
            for strike, price in zip(strikes, prices, strict=True):
                occ = occ_symbol(root or symbol, expiry, right, strike)
                found.contracts.append(contract(symbol, occ, expiry, right, strike, style=style))
                bid, ask = max(round(float(price) - 0.02, 2), 0.0), round(float(price) + 0.02, 2)
                found.snapshots[occ] = snapshot(at=at, bid=bid, ask=ask, vol=vol)
    return found


def contract(symbol: str, occ: str, expiry: date, right: Right, strike: float, *, style: str = "american") -> Row:
    return {
        "id": "98359ef7-5124-49f3-85ea-5cf02df6defa",
        "symbol": occ,
        "name": f"{symbol} {expiry:%b %d %Y} {strike:g} {right.value.title()}",
        "status": "active",
        "tradable": True,
        "expiration_date": expiry.isoformat(),
        "root_symbol": occ[:-15],
        "underlying_symbol": symbol,
        "underlying_asset_id": "b0b6dd9d-8b9b-48a9-ba46-b9d54906e415",
        "type": right.value,
        "style": style,
        "strike_price": f"{strike:g}",
        "size": "100",
        "open_interest": "237",
        "open_interest_date": "2026-11-19",
        "close_price": "1.23",
        "close_price_date": "2026-11-19",
    }


def snapshot(*, at: datetime, bid: float, ask: float, vol: float = 0.25) -> Row:
    stamp = wire_time(at - timedelta(milliseconds=400))
    return {
        "dailyBar": {"c": ask, "h": ask, "l": bid, "n": 3, "o": bid, "t": _midnight(at), "v": 21, "vw": bid},
        "greeks": {"delta": 0.5, "gamma": 0.01, "rho": 0.06, "theta": -0.12, "vega": 0.15},
        "impliedVolatility": vol,
        "latestQuote": {"ap": ask, "as": 119, "ax": "W", "bp": bid, "bs": 73, "bx": "N", "c": "A", "t": stamp},
        "latestTrade": {"c": "I", "p": ask, "s": 1, "t": stamp, "x": "N"},
    }


def stock(*, at: datetime, price: float) -> Row:
    stamp = wire_time(at - timedelta(milliseconds=900))
    quote = {"t": stamp, "ax": "K", "ap": round(price + 0.01, 2), "as": 2, "bx": "K", "bp": round(price - 0.01, 2)}
    bar = {"o": price, "h": price, "l": price, "c": price, "v": 31749988, "n": 186143, "vw": price}
    return {
        "latestTrade": {"t": stamp, "x": "D", "p": price, "s": 200, "c": ["@"], "i": 39884, "z": "C"},
        "latestQuote": {**quote, "bs": 5, "c": ["R"], "z": "C"},
        "minuteBar": {"t": stamp, **bar},
        "dailyBar": {"t": _midnight(at), **bar},
        "prevDailyBar": {"t": _midnight(at - timedelta(days=1)), **bar},
    }


def daily_bars(*, until: date, price: float, seed: int, sessions: int = 270) -> list[Row]:
    """A random walk that ends at `price` on the session before `until`."""
    days = sessions_between(until - timedelta(days=2 * sessions), until - timedelta(days=1))[-sessions:]
    steps = np.random.default_rng(seed).normal(0, 0.01, len(days))
    closes = price * np.exp(np.cumsum(steps) - steps.sum())
    return [
        {"t": f"{day}T05:00:00Z", "o": c, "h": c, "l": c, "c": c, "v": 85998033, "n": 732412, "vw": c}
        for day, c in zip(days, closes.round(4).tolist(), strict=True)
    ]


def cash_dividend(symbol: str, ex_date: date, rate: float, *, special: bool = False) -> Row:
    return {
        "cusip": "037833100",
        "ex_date": ex_date.isoformat(),
        "foreign": False,
        "id": "a7932b15-f816-4f83-921e-998b524487b4",
        "payable_date": (ex_date + timedelta(days=3)).isoformat(),
        "process_date": ex_date.isoformat(),
        "rate": rate,
        "record_date": ex_date.isoformat(),
        "special": special,
        "symbol": symbol,
    }


def split(symbol: str, ex_date: date, *, new: float, old: float) -> Row:
    return {
        "cusip": "037833100",
        "ex_date": ex_date.isoformat(),
        "id": "b7932b15-f816-4f83-921e-998b524487b4",
        "new_rate": new,
        "old_rate": old,
        "process_date": ex_date.isoformat(),
        "symbol": symbol,
    }


def wire_time(at: datetime) -> str:
    """Nanoseconds and a Z, as the wire has it."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}112Z"


def _midnight(at: datetime) -> str:
    return f"{at:%Y-%m-%d}T05:00:00Z"


def _route(path: str) -> tuple[str, str]:
    fixed = {
        "/v2/options/contracts": "contracts",
        "/v2/stocks/snapshots": "underlyings",
        "/v1beta1/options/quotes/latest": "quotes",
        "/v2/stocks/bars": "bars",
        "/v1/corporate-actions": "corporate-actions",
        "/v2/calendar": "calendar",
        "/v2/clock": "clock",
    }
    if path in fixed:
        return fixed[path], ""
    before, _, symbol = path.rpartition("/")
    return ("snapshots", symbol) if before == "/v1beta1/options/snapshots" else ("", "")


def _grouped(rows: list[tuple[str, Row]]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for name, row in rows:
        found.setdefault(name, []).append(row)
    return found
