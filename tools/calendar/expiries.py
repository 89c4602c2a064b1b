"""Expiries: the instant an option stops living, and what kind of expiry a date is."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache

from tools.calendar.sessions import is_session, last_session, session_close, session_open

FRIDAY = 4
# Index roots that settle against the opening prices of their expiry day (Cboe contract specifications).
# SPXW, NDXP, RUTW and XSP settle at the close.
AM_SETTLED_ROOTS = frozenset({"SPX", "NDX", "RUT", "DJX", "VIX", "VIXW", "MXEA", "MXEF"})


class Settlement(StrEnum):
    """Whether an option settles against the opening (am) or the closing (pm) prices of its expiry day."""

    AM = "am"
    PM = "pm"


class ExpiryKind(StrEnum):
    MONTHLY = "monthly"
    WEEKLY = "weekly"


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


def expiry_kind(day: date) -> ExpiryKind:
    """Monthly for the standard expiry (its old Saturday and a holiday's Thursday too), weekly for the rest."""
    standard = third_friday(day.year, day.month)
    monthly = {standard, monthly_expiry(day.year, day.month), standard + timedelta(days=1)}
    return ExpiryKind.MONTHLY if day in monthly else ExpiryKind.WEEKLY


def is_last_day(expiry: date, today: date) -> bool:
    """Whether an option of `expiry` trades for the last time on the session `today`."""
    return is_session(today) and last_session(expiry) == today
