"""Forwards that parity finds, and that a few wrong quotes do not move."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.calendar.expiries import expiry_instant
from tools.calendar.sessions import NEW_YORK
from tools.calendar.trading_time import Clock, year_fraction
from tools.pricing import american, european
from tools.pricing.rates import discount, forward, implied_spot, parity_forward, weighted_median

AS_OF = datetime(2026, 7, 8, 15, 45, tzinfo=NEW_YORK)
STRIKES = np.arange(80.0, 121.0, 2.5)


def test_discount_and_forward() -> None:
    assert float(discount(rate=0.05, years=2)) == pytest.approx(0.904837418, rel=1e-9)
    found = forward(spot=100, rate=0.05, dividend_yield=[0.01, 0.05], years=2)
    assert found == pytest.approx([108.3287068, 100], rel=1e-9)


def test_calendar_years_count_days_of_24_hours_over_365() -> None:
    """Act/365 Fixed (ISDA 2006 Definitions, 4.16(d)): 44 days and an hour from July into August."""
    years = year_fraction(AS_OF, datetime(2026, 8, 21, 16, 45, tzinfo=NEW_YORK), Clock.CALENDAR_365)
    assert years == pytest.approx((44 + 1 / 24) / 365, rel=1e-14)
    leap = year_fraction(
        datetime(2028, 1, 3, 12, tzinfo=NEW_YORK), datetime(2029, 1, 2, 12, tzinfo=NEW_YORK), Clock.CALENDAR_365
    )
    assert leap == pytest.approx(1, rel=1e-14)


@given(st.floats(85, 115), st.floats(0.02, 1), st.floats(-0.01, 0.06), st.floats(0, 0.04))
@settings(deadline=None)
def test_parity_gives_back_the_forward(spot: float, years: float, rate: float, income: float) -> None:
    terms = {"spot": spot, "strike": STRIKES, "years": years, "rate": rate, "dividend_yield": income, "vol": 0.3}
    call, put = (european.value(right=right, **terms).price for right in (1, -1))
    found = parity_forward(strike=STRIKES, call=call, put=put, years=years, rate=rate)
    assert found == pytest.approx(spot * np.exp((rate - income) * years), rel=1e-12)


def test_wrong_quotes_do_not_move_it_and_too_few_tell_nothing() -> None:
    terms = {"spot": 100.0, "strike": STRIKES, "years": 0.2, "rate": 0.04, "dividend_yield": 0.0, "vol": 0.3}
    call, put = (european.value(right=right, **terms).price.copy() for right in (1, -1))
    call[[7, 9]] += [3.0, -2.0]
    put[8] = np.nan
    found = parity_forward(strike=STRIKES, call=call, put=put, years=0.2, rate=0.04)
    assert found == pytest.approx(100 * np.exp(0.008), rel=1e-9)
    assert np.isnan(parity_forward(strike=STRIKES[:2], call=call[:2], put=put[:2], years=0.2, rate=0.04))


def american_market(spot: float) -> dict[str, np.ndarray]:
    """Calls and puts of four expiries with a ten-cent spread around their American values."""
    expiries = [date(2026, 7, 10), date(2026, 7, 17), date(2026, 8, 21), date(2026, 12, 18)]
    columns: dict[str, list[np.ndarray]] = {"expiry": [], "right": [], "strike": [], "bid": [], "ask": []}
    for expiry in expiries:
        years = year_fraction(AS_OF, expiry_instant(expiry), Clock.CALENDAR_365)
        for right in (1, -1):
            mid = american.value(
                right=right, spot=spot, strike=STRIKES, years=years, rate=0.04, dividend_yield=0.01, vol=0.2
            ).price
            bid = np.maximum(np.round(mid - 0.05, 2), 0)
            columns["expiry"].append(np.full(len(STRIKES), np.datetime64(expiry, "D")))
            columns["right"].append(np.full(len(STRIKES), right))
            columns["strike"].append(STRIKES)
            columns["bid"].append(bid)
            columns["ask"].append(bid + 0.1)
    return {name: np.concatenate(parts) for name, parts in columns.items()}


@pytest.mark.parametrize("spot", [91.37, 100.0, 108.9])
def test_the_spot_behind_an_american_chain(spot: float) -> None:
    """Early exercise moves it by no more than half the ten-cent spread."""
    found = implied_spot(as_of=AS_OF, rate=0.04, dividend_yield=0.01, **american_market(spot))
    assert found == pytest.approx(spot, abs=0.05)


def test_expired_and_one_sided_rows_tell_nothing() -> None:
    market = american_market(100.0)
    late = datetime(2027, 1, 4, 12, tzinfo=NEW_YORK)
    assert np.isnan(implied_spot(as_of=late, rate=0.04, dividend_yield=0.01, **market))
    market["bid"] = np.where(market["right"] > 0, 0.0, market["bid"])
    assert np.isnan(implied_spot(as_of=AS_OF, rate=0.04, dividend_yield=0.01, **market))


def test_weighted_median() -> None:
    assert weighted_median(np.array([3.0, 1.0, 2.0]), np.ones(3)) == 2
    assert weighted_median(np.array([1.0, 2.0]), np.ones(2)) == 1.5
    assert weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 5.0])) == 9
