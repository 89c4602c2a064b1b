from __future__ import annotations

from datetime import date, datetime

import pytest

from tools.calendar.expiries import (
    ExpiryKind,
    Settlement,
    expiry_instant,
    expiry_kind,
    is_last_day,
    is_third_friday,
    monthly_expiry,
    settlement_of,
)
from tools.calendar.sessions import NEW_YORK


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
