"""Expiries: the instant an option stops living, and what kind of expiry a date is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from tools.calendar.sessions import is_session, last_session, session_close, session_open

FRIDAY = 4
QUARTER_MONTHS = (3, 6, 9, 12)
# Index roots that settle against the opening prices of their expiry day (Cboe contract specifications).
# SPXW, NDXP, RUTW and XSP settle at the close.
AM_SETTLED_ROOTS = frozenset({"SPX", "NDX", "RUT", "DJX", "VIX", "VIXW", "MXEA", "MXEF"})


class Settlement(StrEnum):
    """Whether an option settles against the opening (am) or the closing (pm) prices of its expiry day."""

    AM = "am"
    PM = "pm"


VIX_ROOTS = frozenset({"VIX", "VIXW"})


class ExpiryKind(StrEnum):
    """monthly: the standard expiry; quarterly: the last session of a quarter; weekly: every other listed day."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Expiration:
    """What the listed expiry `day` of a root comes to.

    `session` is the session it settles on, `shifted` whether a closed exchange moved it there; trading ends at
    `last_trade`, the settlement price is of `settles_at`.
    """

    day: date
    session: date
    shifted: bool
    kind: ExpiryKind
    settlement: Settlement
    last_trade: datetime
    settles_at: datetime


@lru_cache(maxsize=4096)
def expiration(root: str, day: date) -> Expiration:
    """Kind, settlement and times of an expiry; trading in AM-settled contracts ends at the close before.

    Cboe, SPX and VIX options specifications: the last trading day is the business day before settlement.
    """
    settlement, session = settlement_of(root), last_session(day)
    settles_at = expiry_instant(day, settlement)
    before = session_close(last_session(session - timedelta(days=1)))
    return Expiration(
        day=day,
        session=session,
        shifted=session != day,
        kind=_vix_kind(day) if root in VIX_ROOTS else expiry_kind(day),
        settlement=settlement,
        last_trade=before if settlement is Settlement.AM else settles_at,
        settles_at=settles_at,
    )


def settlement_of(root: str) -> Settlement:
    """How contracts of an OCC root settle: SPX in the morning, SPXW, XSP and all stocks at the close."""
    return Settlement.AM if root in AM_SETTLED_ROOTS else Settlement.PM


@lru_cache(maxsize=4096)
def expiry_instant(expiry: date, settlement: Settlement | str = Settlement.PM) -> datetime:
    """The close of the expiry day (13:00 on half days), or its opening bell for am-settled contracts.

    An expiry on a day without a session (the Saturdays of before 2015, holidays) is its last session's.
    """
    day = last_session(expiry)
    return session_open(day) if Settlement(settlement) is Settlement.AM else session_close(day)


def third_friday(year: int, month: int) -> date:
    """The third Friday of a month, a session or not."""
    first = date(year, month, 1)
    return first + timedelta(days=(FRIDAY - first.weekday()) % 7 + 14)


def is_third_friday(day: date) -> bool:
    return day == third_friday(day.year, day.month)


def monthly_expiry(year: int, month: int) -> date:
    """The last trading day of a month's standard options: the third Friday, or the session before it."""
    return last_session(third_friday(year, month))


def monthly_expiries(start: date, end: date) -> tuple[date, ...]:
    """The standard expiries from `start` to `end`, both included."""
    months = range(start.year * 12 + start.month - 1, end.year * 12 + end.month)
    days = (monthly_expiry(month // 12, month % 12 + 1) for month in months)
    return tuple(day for day in days if start <= day <= end)


def quarterly_expiry(year: int, month: int) -> date:
    """The last session of the quarter that ends with `month` (Cboe, quarterly index expirations)."""
    return last_session(date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1))


def vix_expiry(year: int, month: int) -> date:
    """The monthly expiry of VIX options: the Wednesday 30 days before the next month's third Friday.

    Where that Wednesday or that Friday is a holiday, the session before the Wednesday (Cboe, VIX options
    specifications).
    """
    friday = third_friday(year + month // 12, month % 12 + 1)
    wednesday = friday - timedelta(days=30)
    return last_session(wednesday if is_session(friday) else wednesday - timedelta(days=1))


def is_quadruple_witching(day: date) -> bool:
    """Whether stock and index options and futures of a quarter expire together on `day`."""
    return day.month in QUARTER_MONTHS and day == monthly_expiry(day.year, day.month)


def expiry_kind(day: date) -> ExpiryKind:
    """Monthly for the standard expiry (its old Saturday and a holiday's Thursday too); see `ExpiryKind`."""
    standard = third_friday(day.year, day.month)
    if day in {standard, monthly_expiry(day.year, day.month), standard + timedelta(days=1)}:
        return ExpiryKind.MONTHLY
    ends_quarter = day.month in QUARTER_MONTHS and day == quarterly_expiry(day.year, day.month)
    return ExpiryKind.QUARTERLY if ends_quarter else ExpiryKind.WEEKLY


def is_last_day(expiry: date, today: date) -> bool:
    """Whether an option of `expiry` trades for the last time on the session `today`."""
    return is_session(today) and last_session(expiry) == today


def _vix_kind(day: date) -> ExpiryKind:
    return ExpiryKind.MONTHLY if day == vix_expiry(day.year, day.month) else ExpiryKind.WEEKLY
