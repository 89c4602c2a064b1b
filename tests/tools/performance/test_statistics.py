from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tools.domain.errors import InputError
from tools.performance import statistics
from tools.performance.drawdown import max_drawdown
from tools.performance.trades import profit_factor, trade_statistics

RETURNS = arrays(np.float64, st.integers(2, 60), elements=st.floats(-0.2, 0.2))


def test_known_figures() -> None:
    """Twelve months by hand: mean 1 %, sample deviation 2.0889 % (eleven degrees of freedom)."""
    months = np.array([0.03, -0.01] * 6)
    found = statistics.return_statistics(months, rates=0.0, per_year=12)
    assert found.total_return == pytest.approx((1.03 * 0.99) ** 6 - 1)
    assert found.annual_return == pytest.approx(found.total_return)
    assert found.volatility == pytest.approx(0.02 * (12 / 11) ** 0.5 * 12**0.5)
    assert found.sharpe == pytest.approx(0.12 / found.volatility)
    assert found.sortino == pytest.approx(0.12 / (0.01 * 0.5**0.5 * 12**0.5))
    assert (found.positive, found.best, found.worst) == (0.5, 0.03, -0.01)
    assert found.tail_ratio == pytest.approx(3.0)
    assert statistics.return_statistics(months, rates=0.12, per_year=12).sharpe == pytest.approx(0.0, abs=1e-12)


def test_what_has_no_meaning_is_nan() -> None:
    none = statistics.return_statistics(np.array([]))
    assert np.isnan(
        [none.annual_return, none.volatility, none.sharpe, none.sortino, none.tail_ratio, none.worst]
    ).all()
    flat = statistics.return_statistics(np.full(20, 0.001))
    assert np.isnan([flat.sharpe, flat.sortino]).all()
    assert flat.volatility == pytest.approx(0.0)


def test_a_drawdown_is_told_with_its_dates() -> None:
    days = np.arange("2018-01-01", "2018-01-08", dtype="datetime64[D]")
    values = np.array([100.0, 120.0, 90.0, 96.0, 84.0, 120.0, 119.0])
    found = statistics.deepest_drawdown(days, values)
    assert found.depth == pytest.approx(-0.3)
    assert (found.peak, found.trough, found.recovered) == (date(2018, 1, 2), date(2018, 1, 5), date(2018, 1, 6))
    assert found.days == 4
    under = statistics.deepest_drawdown(days[:5], values[:5])
    assert (under.recovered, under.days) == (None, 3)
    assert statistics.deepest_drawdown(days[:2], values[:2]).depth == 0
    summary = statistics.summarise(days, values)
    assert summary.calmar == pytest.approx(summary.returns.annual_return / 0.3)
    assert np.isnan(statistics.summarise(days[:2], values[:2]).calmar)


def test_months_end_where_they_end() -> None:
    days = np.array(["2018-01-30", "2018-01-31", "2018-02-01", "2018-02-28", "2018-03-01"], dtype="datetime64[D]")
    months, found = statistics.monthly_returns(days, np.array([100.0, 110.0, 105.0, 99.0, 198.0]))
    assert months.astype(str).tolist() == ["2018-01", "2018-02", "2018-03"]
    assert found == pytest.approx([0.1, -0.1, 1.0])
    with pytest.raises(InputError, match="in order"):
        statistics.monthly_returns(days[::-1], np.ones(5))
    with pytest.raises(InputError, match="above 0"):
        statistics.monthly_returns(days, np.array([1.0, 0.0, 1.0, 1.0, 1.0]))


@given(RETURNS)
def test_compounding_keeps_its_laws(returns: np.ndarray) -> None:
    values = statistics.levels(returns)
    assert statistics.simple_returns(values) == pytest.approx(returns, abs=1e-12)
    days = np.datetime64("2018-01-01") + np.arange(len(values))
    months, monthly = statistics.monthly_returns(days, values)
    assert len(months) == len(monthly)
    assert np.prod(1 + monthly) == pytest.approx(values[-1])
    assert -1 <= statistics.deepest_drawdown(days, values).depth == max_drawdown(levels=values) <= 0


def test_trades() -> None:
    found = trade_statistics(np.array([100.0, 50.0, -75.0, 0.0]))
    assert (found.count, found.win_rate, found.total, found.average) == (4, 0.5, 75.0, 18.75)
    assert (found.average_win, found.average_loss, found.profit_factor) == (75.0, -75.0, 2.0)
    assert (found.best, found.worst) == (100.0, -75.0)
    none = trade_statistics(np.array([]))
    assert (none.count, none.total) == (0, 0.0)
    assert np.isnan([none.win_rate, none.average, none.profit_factor, none.best]).all()
    assert profit_factor(np.array([5.0])) == np.inf
