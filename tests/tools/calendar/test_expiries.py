from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, datetime
from pathlib import Path

import pytest

from tools.calendar.expiries import (
    ExpiryKind,
    Settlement,
    expiration,
    expiry_instant,
    expiry_kind,
    is_last_day,
    is_quadruple_witching,
    is_third_friday,
    monthly_expiries,
    monthly_expiry,
    settlement_of,
    vix_expiry,
)
from tools.calendar.sessions import NEW_YORK, last_session


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("expiry", "settlement", "expected"),
    [
        (date(2026, 12, 18), "pm", at(2026, 12, 18, 16)),
        (date(2026, 12, 18), Settlement.AM, at(2026, 12, 18, 9, 30)),
        (date(2025, 11, 28), "pm", at(2025, 11, 28, 13)),
        (date(2014, 1, 18), "pm", at(2014, 1, 17, 16)),  # the Saturday expiry of AAPL's January 2014
        (date(2019, 4, 19), "am", at(2019, 4, 18, 9, 30)),  # Good Friday
    ],
)
def test_expiry_instant(expiry: date, settlement: str, expected: datetime) -> None:
    assert expiry_instant(expiry, settlement) == expected


def test_roots_settle_as_their_contracts_say() -> None:
    assert settlement_of("SPX") is Settlement.AM
    assert {settlement_of(root) for root in ("SPXW", "XSP", "SPY", "AAPL")} == {Settlement.PM}


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 3, 20), ExpiryKind.MONTHLY),
        (date(2026, 6, 18), ExpiryKind.MONTHLY),  # Juneteenth is the third Friday
        (date(2014, 1, 18), ExpiryKind.MONTHLY),
        (date(2026, 3, 19), ExpiryKind.WEEKLY),
        (date(2026, 3, 27), ExpiryKind.WEEKLY),
    ],
)
def test_kinds(day: date, kind: ExpiryKind) -> None:
    assert expiry_kind(day) is kind


def test_third_fridays() -> None:
    assert is_third_friday(date(2026, 5, 15))
    assert not is_third_friday(date(2026, 5, 22))
    assert monthly_expiry(2025, 4) == date(2025, 4, 17)  # the Thursday before Good Friday


def test_last_trading_day() -> None:
    assert is_last_day(date(2025, 4, 18), date(2025, 4, 17))
    assert not is_last_day(date(2025, 4, 18), date(2025, 4, 16))
    assert not is_last_day(date(2025, 4, 18), date(2025, 4, 18))


@pytest.mark.parametrize(
    ("root", "day", "kind", "settlement", "last_trade", "settles_at"),
    [
        ("SPX", date(2026, 11, 20), "monthly", "am", at(2026, 11, 19, 16), at(2026, 11, 20, 9, 30)),
        ("SPXW", date(2026, 11, 20), "monthly", "pm", at(2026, 11, 20, 16), at(2026, 11, 20, 16)),
        (
            "SPX",
            date(2019, 4, 18),
            "monthly",
            "am",
            at(2019, 4, 17, 16),
            at(2019, 4, 18, 9, 30),
        ),  # Good Friday week
        ("SPY", date(2026, 11, 27), "weekly", "pm", at(2026, 11, 27, 13), at(2026, 11, 27, 13)),  # half day
        ("SPXW", date(2026, 12, 31), "quarterly", "pm", at(2026, 12, 31, 16), at(2026, 12, 31, 16)),
        (
            "SPXW",
            date(2024, 3, 28),
            "quarterly",
            "pm",
            at(2024, 3, 28, 16),
            at(2024, 3, 28, 16),
        ),  # March 29: holiday
        ("VIX", date(2026, 11, 18), "monthly", "am", at(2026, 11, 17, 16), at(2026, 11, 18, 9, 30)),
        ("VIXW", date(2026, 11, 25), "weekly", "am", at(2026, 11, 24, 16), at(2026, 11, 25, 9, 30)),
    ],
)
def test_what_an_expiry_comes_to(
    root: str, day: date, kind: str, settlement: str, last_trade: datetime, settles_at: datetime
) -> None:
    found = expiration(root, day)
    assert (found.kind.value, found.settlement.value) == (kind, settlement)
    assert (found.last_trade, found.settles_at) == (last_trade, settles_at)
    assert not found.shifted


def test_a_closed_exchange_moves_an_expiry_to_the_session_before() -> None:
    good_friday = expiration("AAPL", date(2019, 4, 19))
    assert (good_friday.session, good_friday.shifted) == (date(2019, 4, 18), True)
    assert good_friday.kind is ExpiryKind.MONTHLY
    assert good_friday.last_trade == at(2019, 4, 18, 16)


def test_quadruple_witching_is_quarterly() -> None:
    assert is_quadruple_witching(date(2026, 12, 18))
    assert is_quadruple_witching(date(2026, 6, 18))  # Juneteenth is the third Friday
    assert not is_quadruple_witching(date(2026, 11, 20))


def test_the_rules_give_the_published_expiries(shared: Path) -> None:
    """Every opex, quadruple witching and VIX expiry of 2000-2027 that a published calendar lists.

    The calendar was computed without Juneteenth; where that holiday moves an expiry, the exchange's rule stands.
    """
    listed: dict[str, set[date]] = defaultdict(set)
    with (shared / "data" / "calendars" / "macro_events.csv").open() as file:
        for row in csv.DictReader(file):
            listed[row["event"]].add(date.fromisoformat(row["date"]))
    years = range(2000, 2028)
    opex = {last_session(day) for day in listed["opex"]}
    assert set(monthly_expiries(date(2000, 1, 1), date(2027, 12, 31))) == opex
    assert {day for day in opex if is_quadruple_witching(day)} == {last_session(d) for d in listed["quad_witching"]}
    ours = {vix_expiry(year, month) for year in years for month in range(1, 13)}
    assert ours - listed["vix_expiry"] == {date(2024, 6, 18), date(2026, 5, 19), date(2027, 5, 18)}
    assert listed["vix_expiry"] - ours == {date(2024, 6, 19), date(2026, 5, 20), date(2027, 5, 19)}
