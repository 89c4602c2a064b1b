"""Figures of levels: by hand, and as they are published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.tools.backtest.replication.markets import days
from tools.backtest.replication.dividends import yearly_yields
from tools.backtest.replication.published import published
from tools.backtest.replication.statistics import calendar_years, figures, likeness, month_ends, realised

ON = days(date(2015, 12, 31), date(2018, 6, 15))


def _grown(rate: float) -> np.ndarray:
    return 100 * (1 + rate) ** ((ON - ON[0]).astype(np.float64) / 365.25)


def test_month_ends_are_last_sessions_and_a_month_that_is_not_over_has_none() -> None:
    ends = [str(ON[row]) for row in month_ends(ON)]
    assert ends[:3] == ["2015-12-31", "2016-01-29", "2016-02-29"]
    assert ends[-1] == "2018-05-31"


def test_steady_growth_has_no_volatility_and_no_drawdown() -> None:
    flat = np.full(len(ON), 100.0)
    found = figures(days=ON, levels=_grown(0.07), bills=flat, market=flat)
    assert found.annual_return == pytest.approx(0.07)
    assert found.volatility < 0.003
    assert (found.max_drawdown, found.max_drawdown_daily) == (0.0, 0.0)
    assert found.months == 29
    assert np.isnan(found.correlation)


def test_a_fall_within_a_month_is_seen_daily_alone() -> None:
    levels = np.full(len(ON), 100.0)
    levels[5] = 80.0
    found = figures(days=ON, levels=levels, bills=levels, market=levels)
    assert (found.max_drawdown, found.max_drawdown_daily) == (0.0, pytest.approx(-0.2))


def test_calendar_years_are_whole() -> None:
    assert set(calendar_years(days=ON, levels=_grown(0.07))) == {2016, 2017}
    assert calendar_years(days=ON, levels=_grown(0.07))[2017] == pytest.approx(0.07, abs=1e-3)


def test_an_index_is_like_itself_and_unlike_its_mirror() -> None:
    levels = 100 * np.exp(np.cumsum(np.random.default_rng(1).standard_normal(len(ON)) * 0.01))
    ends = month_ends(ON)
    same = likeness(days=ON, levels=levels, other_days=ON[ends], other=7 * levels[ends])
    assert (same.months, same.correlation) == (len(ends) - 1, pytest.approx(1.0))
    assert (same.tracking_error, same.mean_gap) == (pytest.approx(0.0, abs=1e-12), pytest.approx(0.0, abs=1e-12))
    holes = np.delete(ends, 5)
    assert likeness(days=ON, levels=levels, other_days=ON[holes], other=levels[holes]).months == len(ends) - 3
    assert likeness(days=ON, levels=levels, other_days=ON, other=1 / levels).correlation < -0.99


def test_realised_volatility_is_the_mean_of_months() -> None:
    swings = 100 * np.exp(0.01 * (np.arange(len(ON)) % 2))
    assert realised(days=ON, close=swings) == pytest.approx(0.01 * np.sqrt(252))


def test_published_figures_are_those_of_the_sources(shared: Path) -> None:
    text = (shared / "index_rules.md").read_text(encoding="utf-8").replace("−", "-")
    for row in published().figure:
        for value in (row.annual_return, row.volatility):
            assert value is None or f"{100 * value:.2f} %" in text or f"{100 * value:.1f} %" in text
        for value in (row.max_drawdown, row.max_drawdown_daily):
            assert value is None or f"{100 * value:.1f} %" in text
        for value in (row.sharpe, row.correlation):
            assert value is None or f"{value:g}" in text
    for period in published().period:
        shown = f"{100 * period.change:+.1f}"
        assert any(each in text for each in (shown, shown.lstrip("+"), f"{100 * period.change:.2f} %"))


def test_dividend_yields_cover_every_year_once() -> None:
    years = sorted(yearly_yields())
    assert years == list(range(1988, 2023))
    assert all(0.01 < value < 0.04 for value in yearly_yields().values())
