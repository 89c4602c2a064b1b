"""Premium capture per year (spec M5)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.performance.premium import premium_capture

MONEY = st.floats(0.01, 1e6)


def test_the_source_s_own_year() -> None:
    # seed 004: in 2021 for every 1.00 sold 0.93 were kept; the budget is 40 %
    (year,) = premium_capture([(date(2021, 1, 4), 60.0, 60.0), (date(2021, 5, 12), 40.0, 33.0)])
    assert (year.year, year.trades, year.gross, year.net) == (2021, 2, 100.0, 93.0)
    assert year.capture == pytest.approx(0.93)
    assert year.meets_budget


def test_a_year_counts_where_the_trade_ended_and_losses_may_exceed_the_premium() -> None:
    years = premium_capture([(date(2020, 1, 2), 10.0, -40.0), (date(2019, 12, 31), 10.0, 10.0)])
    assert [(each.year, each.capture, each.meets_budget) for each in years] == [
        (2019, 1.0, True),
        (2020, -4.0, False),
    ]


def test_a_year_of_purchases_has_none() -> None:
    (year,) = premium_capture([(date(2020, 3, 2), -5.0, 12.0)])
    assert (year.capture, year.meets_budget, year.net) == (None, None, 12.0)


@given(st.lists(st.tuples(st.dates(date(2000, 1, 1), date(2018, 12, 31)), MONEY, MONEY), max_size=30))
def test_years_sum_to_the_whole(trades: list[tuple[date, float, float]]) -> None:
    years = premium_capture(trades)
    assert sum(each.gross for each in years) == pytest.approx(sum(gross for _, gross, _ in trades))
    assert sum(each.trades for each in years) == len(trades)
    assert [each.year for each in years] == sorted({day.year for day, _, _ in trades})
