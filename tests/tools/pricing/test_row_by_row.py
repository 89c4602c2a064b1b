"""What a quote's Greeks are does not depend on which other quotes are priced with it, to the last digit."""

from __future__ import annotations

from dataclasses import fields
from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from tools.calendar.trading_time import Clock
from tools.domain.chain import Dividend
from tools.domain.contract import ExerciseStyle
from tools.pricing import american
from tools.pricing.quotes import QuoteGreeks, contract_greeks

AS_OF = datetime(2024, 3, 4, 15, 45, tzinfo=ZoneInfo("America/New_York"))
PAID = (Dividend(date(2024, 3, 15), 1.6), Dividend(date(2024, 6, 14), 1.7))


def greeks_of(rows: np.ndarray, *, dividends: tuple[Dividend, ...], clock: Clock) -> QuoteGreeks:
    """Of some of sixty contracts: two expiries, both rights, on either side of the money."""
    place = np.arange(60)
    right = np.where(place % 2, 1.0, -1.0)
    strike = 100.0 + right * (place // 4)
    expiry = np.where(place % 4 < 2, np.datetime64("2024-03-28"), np.datetime64("2024-07-19"))
    years = (expiry - np.datetime64("2024-03-04")).astype(float) / 365
    price = 0.05 + 22 * np.sqrt(years) * np.exp(-(place // 4) / (30 * np.sqrt(years)))
    return contract_greeks(
        as_of=AS_OF,
        style=ExerciseStyle.AMERICAN,
        right=right[rows],
        strike=strike[rows],
        expiry=expiry[rows],
        spot=100.0,
        rate=0.05,
        dividend_yield=0.0 if dividends else 0.015,
        dividends=dividends,
        price=price[rows],
        clock=clock,
    )


@pytest.mark.parametrize("dividends", [(), PAID], ids=["yield", "cash"])
@pytest.mark.parametrize("clock", [Clock.CALENDAR_365, Clock.TRADING_278])
def test_alone_in_any_company_and_all_together(dividends: tuple[Dividend, ...], clock: Clock) -> None:
    chance = np.random.default_rng(5)
    whole = greeks_of(np.arange(60), dividends=dividends, clock=clock)
    assert np.isfinite(whole.iv).all()
    companies = [np.array([row]) for row in range(0, 60, 7)]
    companies += [np.sort(chance.choice(60, size, replace=False)) for size in (2, 5, 11, 30)]
    companies.append(chance.permutation(60))
    for rows in companies:
        part = greeks_of(rows, dividends=dividends, clock=clock)
        for column in fields(QuoteGreeks):
            assert getattr(part, column.name).tolist() == getattr(whole, column.name)[rows].tolist(), column.name


def test_a_lone_value_is_the_same_to_a_billionth_of_the_strike() -> None:
    lone, beside = (
        value(right=-1, spot=100.0, strike=104.0, years=0.3, rate=0.05, dividend_yield=0.01, vol=0.25)
        for value in (american.value, american.row_by_row)
    )
    assert float(lone.price) == pytest.approx(float(beside.price), abs=1e-9 * 104.0)
    assert float(lone.gamma) == pytest.approx(float(beside.gamma), rel=1e-6)
