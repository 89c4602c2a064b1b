"""Rates as they are quoted become one measure; the first series that knows a day speaks for it."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from tests.tools.backtest.replication.markets import days
from tools.backtest.replication.bills import ONE_MONTH, OVERNIGHT, THREE_MONTHS, RateSeries, bills, continuous
from tools.domain.errors import InputError

ON = days(date(2005, 1, 3), date(2005, 3, 31))


def _series(name: str, tenor: float, rate: float | np.ndarray, on: np.ndarray = ON) -> RateSeries:
    return RateSeries(name, on, np.full(len(on), tenor), np.array(np.broadcast_to(rate, len(on)), dtype=np.float64))


def test_a_bill_at_a_discount_earns_what_its_price_says() -> None:
    rate = continuous(np.array([0.04]), name="DTB3", tenor=THREE_MONTHS)
    price = 1 - 0.04 * 91 / 360  # Treasury, price of a bill from its bank discount
    assert np.exp(-rate[0] * 91 / 365) == pytest.approx(price)


def test_par_and_overnight_yields_compound_as_they_are_quoted() -> None:
    par = continuous(np.array([0.05]), name="TREASURY", tenor=THREE_MONTHS)
    assert np.exp(par[0]) == pytest.approx(1.025**2)
    funds = continuous(np.array([0.05]), name="DFF", tenor=OVERNIGHT)
    assert np.exp(funds[0] / 365) == pytest.approx(1 + 0.05 / 360)


def test_three_month_bills_stand_in_where_one_month_is_blank() -> None:
    blank = np.where(np.arange(len(ON)) < 10, np.nan, 0.02)
    found = bills([_series("TREASURY", ONE_MONTH, blank), _series("TREASURY", THREE_MONTHS, 0.03)], ON)
    assert found.one_month[:10] == pytest.approx(found.three_months[:10])
    assert (found.one_month[10:] < found.three_months[10:]).all()


def test_the_first_series_speaks_and_the_next_fills_its_gaps() -> None:
    ended = _series("TREASURY", THREE_MONTHS, 0.03, ON[:20])
    found = bills([ended, _series("DFF", OVERNIGHT, 0.01)], ON)
    assert found.three_months[:20] == pytest.approx(2 * np.log1p(0.015))
    assert found.three_months[20:] == pytest.approx(365 * np.log1p(0.01 / 360))
    assert found.kept == 0


def test_rates_that_end_are_kept_and_counted() -> None:
    found = bills([_series("DTB3", THREE_MONTHS, 0.02, ON[:30])], ON)
    assert found.kept == len(ON) - 30
    assert found.known_until == ON[29]
    assert (found.three_months == found.three_months[0]).all()


def test_the_order_of_rows_does_not_matter() -> None:
    values = np.linspace(0.02, 0.03, len(ON))
    turned = RateSeries("DTB3", ON[::-1], np.full(len(ON), THREE_MONTHS), values[::-1])
    assert (
        bills([turned], ON).three_months == bills([_series("DTB3", THREE_MONTHS, values)], ON).three_months
    ).all()


def test_rates_that_do_not_help_are_refused() -> None:
    with pytest.raises(InputError, match="begin on 2005-02-"):
        bills([_series("DTB3", THREE_MONTHS, 0.02, ON[25:])], ON)
    with pytest.raises(InputError, match="no bill of one or three months"):
        bills([_series("DGS10", 10.0, 0.04)], ON)
    with pytest.raises(InputError, match="no bill of one or three months"):
        bills([_series("TEDRATE", OVERNIGHT, 0.04)], ON)
