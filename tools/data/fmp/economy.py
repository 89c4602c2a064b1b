"""Treasury yields and releases of the economy, as Financial Modeling Prep lists them.

The calendar's hours are UTC without saying so, and it covers at most 90 days a request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from tools.calendar.events import Event, EventBook, EventKind
from tools.calendar.sessions import FIRST, LAST
from tools.data.fmp.client import FmpClient, Row
from tools.data.fmp.companies import SOURCE, day_of, finite
from tools.domain.chain import new_york_date
from tools.domain.errors import DataError

MOST_DAYS = 90
BEHIND = timedelta(days=7)
ANNOUNCED = timedelta(days=MOST_DAYS)
COUNTRIES = {"US", "USA", "United States"}

# Only the headline of each release: revisions, expectations and speeches move little.
RELEASES = {
    EventKind.FOMC: re.compile(r"^(Fed(eral Funds)?|FOMC) .*(Interest )?Rate Decision", re.IGNORECASE),
    EventKind.CPI: re.compile(r"^(CPI|Consumer Price Index|Inflation Rate)\b(?! Expectations)", re.IGNORECASE),
    EventKind.NFP: re.compile(r"^Non[- ]?farm Payrolls\b(?! Private)", re.IGNORECASE),
    EventKind.PPI: re.compile(r"^(PPI|Producer Price Index)\b", re.IGNORECASE),
}

LOWEST, HIGHEST = -5.0, 50.0  # per cent; no treasury yield was ever near, so it is a slip

TENORS = {
    "month1": 1 / 12, "month2": 2 / 12, "month3": 0.25, "month6": 0.5, "year1": 1.0, "year2": 2.0, "year3": 3.0,
    "year5": 5.0, "year7": 7.0, "year10": 10.0, "year20": 20.0, "year30": 30.0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TreasuryCurve:
    """Par yields of one day by years to maturity, bond-equivalent decimals per year."""

    day: date
    yields: tuple[tuple[float, float], ...]

    def rate(self, years: float) -> float:
        """The yield to `years`, continuously compounded; flat beyond the first and the last tenor.

        Par yields compound twice a year: r = 2·ln(1 + y/2) (US Treasury, par yield curve methodology).
        """
        tenors, par = zip(*self.yields, strict=True)
        return float(2 * np.log1p(np.interp(years, tenors, par) / 2))


def read_curve(client: FmpClient, as_of: datetime) -> TreasuryCurve:
    """The latest curve before or on the day of `as_of`; `DataError` where there is none within a fortnight."""
    today = new_york_date(as_of)
    rows = client.rows("treasury-rates", **{"from": str(today - timedelta(days=14)), "to": str(today)})
    dated = [(day, row) for row in rows if (day := day_of(row)) is not None and day <= today]
    for day, row in sorted(dated, key=lambda each: each[0], reverse=True):
        told = ((years, finite(row.get(name))) for name, years in TENORS.items())
        yields = tuple(
            (years, value / 100) for years, value in told if value is not None and LOWEST < value < HIGHEST
        )
        if yields:
            return TreasuryCurve(day, yields)
    raise DataError(f"fmp tells no treasury yields of the fortnight before {today}.")


def read_releases(client: FmpClient, as_of: datetime) -> EventBook:
    """Releases from a week before `as_of` to 80 days after it, for the whole market."""
    start = new_york_date(as_of) - BEHIND
    end = start + timedelta(days=MOST_DAYS - 1)
    rows = client.rows("economic-calendar", **{"from": str(start), "to": str(end)})
    return EventBook(_events(rows), source=f"{SOURCE} economic calendar")


def _events(rows: Iterable[Row]) -> list[Event]:
    """One event per release and instant: CPI comes as a dozen rows of the same minute."""
    found: dict[tuple[EventKind, datetime], Event] = {}
    for row in rows:
        kind, at = _kind(row), _instant(row)
        if kind is not None and at is not None:
            found.setdefault((kind, at), Event(kind, at, at - ANNOUNCED))
    return list(found.values())


def _instant(row: Row) -> datetime | None:
    """When a release is due; None where its date is none, or of no year a market knows."""
    try:
        at = datetime.fromisoformat(str(row.get("date")))
    except ValueError:
        return None
    if not FIRST.year < at.year < LAST.year:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _kind(row: Row) -> EventKind | None:
    if str(row.get("country")) not in COUNTRIES:
        return None
    name = str(row.get("event", "")).strip()
    return next((kind for kind, pattern in RELEASES.items() if pattern.search(name)), None)
