"""Financial Modeling Prep's stable API on the loopback interface, in the shapes its documentation shows."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.peers.service import Mode, Reply, Service

KEY = "fmpCanaryKey0123456789"
Row = dict[str, Any]

_PARAMETERS = {
    "profile": {"symbol"},
    "earnings": {"symbol"},
    "dividends": {"symbol"},
    "quote": {"symbol"},
    "ratings-snapshot": {"symbol"},
    "treasury-rates": {"from", "to"},
    "economic-calendar": {"from", "to"},
}


class FmpServer(Service):
    """`tables` by endpoint; `excluded` are those the plan does not include."""

    def __init__(self, otherwise: Mode = Mode.OK) -> None:
        super().__init__(otherwise)
        self.tables: dict[str, list[Any]] = {name: [] for name in _PARAMETERS}
        self.excluded: set[str] = set()

    def reply(self, path: str, query: dict[str, str], headers: dict[str, str]) -> Reply:
        endpoint = path.removeprefix("/stable/")
        if headers.get("apikey") != KEY or "apikey" in query:
            return Reply(401, {"Error Message": "Invalid API KEY. Feel free to create a Free API Key."})
        if endpoint not in _PARAMETERS or query.keys() != _PARAMETERS[endpoint]:
            return Reply(404, [])
        if endpoint in self.excluded:
            return Reply(402, f"Premium Query Parameter: '{endpoint}' is not available with {KEY}")
        rows = self.tables[endpoint]
        if "symbol" in query:
            return Reply(
                200, [row for row in rows if not isinstance(row, dict) or row["symbol"] == query["symbol"]]
            )
        first, last = query["from"], query["to"]
        if (date.fromisoformat(last) - date.fromisoformat(first)).days > 90:
            return Reply(400, {"Error Message": "The range is longer than 90 days."})
        return Reply(200, [row for row in rows if first <= str(row["date"])[:10] <= last])

    def error(self, status: int) -> Any:
        return {"Error Message": f"a message for {status} with {KEY}"}


def profile(symbol: str, *, sector: str | None, beta: float | None, name: str = "Apple Inc.") -> Row:
    return {
        "symbol": symbol,
        "price": 232.8,
        "marketCap": 3500823120000,
        "beta": beta,
        "lastDividend": 0.99,
        "range": "164.08-260.1",
        "change": 4.79,
        "volume": 0,
        "averageVolume": 50542058,
        "companyName": name,
        "currency": "USD",
        "exchange": "NASDAQ",
        "industry": "Consumer Electronics",
        "sector": sector,
        "country": "US",
        "isEtf": False,
        "isActivelyTrading": True,
    }


def earnings(symbol: str, day: str) -> Row:
    return {
        "symbol": symbol,
        "date": day,
        "epsActual": None,
        "epsEstimated": 1.76,
        "revenueActual": None,
        "revenueEstimated": 78423370000,
        "lastUpdated": "2026-11-18",
    }


def dividend(symbol: str, day: str, cash: object) -> Row:
    return {
        "symbol": symbol,
        "date": day,
        "recordDate": day,
        "paymentDate": day,
        "declarationDate": day,
        "adjDividend": cash,
        "dividend": cash,
        "yield": 0.42955326460481097,
        "frequency": "Quarterly",
    }


def rating(symbol: str, letter: str) -> Row:
    return {"symbol": symbol, "rating": letter, "overallScore": 4, "discountedCashFlowScore": 3}


def yields(day: str, **points: float | None) -> Row:
    curve = {
        "month1": 4.0, "month2": 4.0, "month3": 4.0, "month6": 4.1, "year1": 4.2, "year2": 4.2, "year3": 4.2,
        "year5": 4.3, "year7": 4.3, "year10": 4.4, "year20": 4.6, "year30": 4.7,
    }  # fmt: skip
    return {"date": day, **curve, **points}


def release(when: str, event: str, *, country: str = "US") -> Row:
    return {
        "date": when,
        "country": country,
        "event": event,
        "currency": "USD",
        "previous": 2.9,
        "estimate": None,
        "actual": None,
        "change": None,
        "impact": "High",
        "changePercentage": 0,
        "unit": "%",
    }
