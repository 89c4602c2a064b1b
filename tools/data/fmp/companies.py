"""What Financial Modeling Prep says of one company, as facts with their source; what it does not say is unknown.

profile   → name, sector, beta       earnings  → dates ahead
dividends → ex-dates ahead           (no rating: see `RATING`)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from tools.data.company import Company
from tools.data.fmp.client import FmpClient, Row
from tools.domain.chain import Dividend, new_york_date
from tools.domain.errors import DataError
from tools.domain.fact import Fact

T = TypeVar("T")

SOURCE = "fmp"

RATING = (
    "fmp grades companies by its own scores, which are no agency's credit rating; take ratings from a file or"
    " another source"
)
"""`ratings-snapshot` gives letters like A-, made of cash-flow and price ratios; they read like an agency's."""

# FMP names sectors as Morningstar does; GICS calls the same ones otherwise.
GICS = {
    "Basic Materials": "Materials",
    "Communication Services": "Communication Services",
    "Consumer Cyclical": "Consumer Discretionary",
    "Consumer Defensive": "Consumer Staples",
    "Energy": "Energy",
    "Financial Services": "Financials",
    "Healthcare": "Health Care",
    "Industrials": "Industrials",
    "Real Estate": "Real Estate",
    "Technology": "Information Technology",
    "Utilities": "Utilities",
}


def read_company(client: FmpClient, symbol: str, as_of: datetime) -> Company:
    """The facts of one name at `as_of`; a part that cannot be had is unknown and takes no other with it."""
    profile, no_profile = _rows(client, "profile", symbol)
    row = next((each for each in profile if each.get("symbol") == symbol), {})
    missing = no_profile or f"fmp has no profile of {symbol}"
    return Company(
        symbol=symbol,
        name=str(row.get("companyName") or symbol),
        sector=_sector(row, missing, as_of),
        rating=Fact.unknown(RATING),
        beta=_known(finite(row.get("beta")), as_of, no_profile or f"fmp tells no beta of {symbol}"),
        earnings=_ahead(client, "earnings", symbol, as_of, lambda days: tuple(day for day, _ in days)),
        dividends=_ahead(client, "dividends", symbol, as_of, _paid),
    )


def finite(value: object) -> float | None:
    """A number of the wire; None where it is missing or none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def day_of(row: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(str(row.get("date"))[:10])
    except ValueError:
        return None


def _sector(row: Row, missing: str, as_of: datetime) -> Fact[str]:
    if not row:
        return Fact.unknown(missing)
    sector = GICS.get(str(row.get("sector")))
    if sector is None:
        return Fact.unknown(f"fmp names a sector that is none of GICS: {row.get('sector')!r}")
    return Fact.known(sector, source=f"{SOURCE} profile, as GICS", as_of=as_of)


def _ahead(
    client: FmpClient, endpoint: str, symbol: str, as_of: datetime, made: Callable[[list[tuple[date, Row]]], T]
) -> Fact[T]:
    """What lies ahead of a name, made of its rows from today on; unknown where the next is not announced."""
    rows, failure = _rows(client, endpoint, symbol)
    if failure:
        return Fact[T].unknown(failure)
    today = new_york_date(as_of)
    dated = [(day, row) for row in rows if row.get("symbol") == symbol and (day := day_of(row)) is not None]
    coming = sorted(((day, row) for day, row in dated if day >= today), key=lambda each: each[0])
    found = made(coming)
    if not found:
        return Fact[T].unknown(f"fmp knows no {endpoint} of {symbol} from {today} on")
    return Fact[T].known(found, source=f"{SOURCE} {endpoint}", as_of=as_of)


def _paid(days: Iterable[tuple[date, Row]]) -> tuple[Dividend, ...]:
    paid = ((day, finite(row.get("dividend"))) for day, row in days)
    return tuple(Dividend(day, cash) for day, cash in paid if cash is not None and cash > 0)


def _known(value: float | None, as_of: datetime, why_not: str) -> Fact[float]:
    return Fact.unknown(why_not) if value is None else Fact.known(value, source=f"{SOURCE} profile", as_of=as_of)


def _rows(client: FmpClient, endpoint: str, symbol: str) -> tuple[list[Row], str]:
    """The rows of a name and "", or none and why."""
    try:
        return client.rows(endpoint, symbol=symbol), ""
    except DataError as error:
        return [], str(error)
