from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.domain.errors import InputError
from tools.performance.regimes import Trend, Volatility, by_regime, trends, volatilities

RISE = np.linspace(100, 150, 260)


def label(closes: np.ndarray) -> str:
    """That of the day after `closes`."""
    return str(trends(np.append(closes, 1.0))[-1])


def test_a_rising_market_is_a_bull_and_the_first_200_days_are_unknown() -> None:
    found = trends(RISE)
    assert (found[:200] == Trend.UNKNOWN).all()
    assert (found[200:] == Trend.BULL).all()


def test_under_the_average_is_sideways_until_a_fifth_is_lost_and_a_bear_until_above_it_again() -> None:
    average = RISE[-199:].sum()
    under = (average + 120.0) / 200 > 120.0
    assert under
    assert label(np.append(RISE, 120.01)) == Trend.SIDEWAYS  # 150 × 0.8 = 120
    fallen = np.append(RISE, 120.0)
    assert label(fallen) == Trend.BEAR
    assert label(np.append(fallen, 125.0)) == Trend.BEAR  # back above 120, not above the average
    assert label(np.append(fallen, 140.0)) == Trend.BULL
    assert label(np.append(fallen, [140.0, 125.0])) == Trend.SIDEWAYS


def test_the_crashes_of_the_century_are_bears() -> None:
    past = pytest.importorskip("arch", reason="the S&P 500's path comes with arch")
    assert past
    from tools.data.simulated.past import sp500

    driver = sp500()
    found = dict(zip(driver.sessions.astype(str).tolist(), trends(driver.close).tolist(), strict=True))
    assert [found[day] for day in ("2001-09-20", "2002-07-24", "2008-10-15", "2009-03-10")] == [Trend.BEAR] * 4
    assert [found[day] for day in ("2006-12-15", "2013-06-14", "2017-09-15")] == [Trend.BULL] * 3
    assert [found[day] for day in ("2010-07-02", "2011-10-04", "2016-02-11")] == [Trend.SIDEWAYS] * 3


@given(st.integers(201, 500), st.integers(0, 2**32 - 1))
def test_no_label_knows_its_own_day_or_any_later_one(cut: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    closes = 100 * np.exp(np.cumsum(random.normal(0, 0.03, 520)))
    vix = random.uniform(10, 40, 520)
    other = np.concatenate((closes[:cut], closes[cut:] * random.uniform(0.5, 2, 520 - cut)))
    assert np.array_equal(trends(closes)[: cut + 1], trends(other)[: cut + 1])
    moved = np.concatenate((vix[:cut], vix[cut:] + 20))
    assert np.array_equal(volatilities(vix)[: cut + 1], volatilities(moved)[: cut + 1])


def test_levels_of_vix_belong_to_the_lower_class() -> None:
    found = volatilities(np.array([15.0, 15.01, 25.0, 25.01, np.nan, 10.0]))
    assert found.tolist() == [
        Volatility.UNKNOWN, Volatility.CALM, Volatility.USUAL, Volatility.USUAL, Volatility.STRESSED,
        Volatility.UNKNOWN,
    ]  # fmt: skip


def test_a_missing_close_makes_its_average_unknown() -> None:
    closes = np.append(RISE, np.linspace(150, 160, 230))
    closes[250] = np.nan
    found = trends(closes)
    assert (found[251:451] == Trend.UNKNOWN).all()
    assert (found[451:] == Trend.BULL).all()


def test_results_by_regime_are_those_of_its_days_and_of_the_trades_opened_in_it() -> None:
    labels = np.array(["bull", "bear", "bull", "bear", "bull"])
    returns = np.array([0.01, -0.02, 0.02, 0.01, 0.03])
    bear, bull = by_regime(labels, returns=returns, profits=np.array([5.0, -7.0, 9.0]), opened=np.array([0, 1, 4]))
    assert (bear.regime, bull.regime) == ("bear", "bull")
    assert (bear.share, bear.returns.count, bear.returns.worst) == (0.4, 2, -0.02)
    assert bull.returns.total_return == pytest.approx(1.01 * 1.02 * 1.03 - 1)
    assert bear.trades is not None
    assert bull.trades is not None
    assert (bear.trades.total, bull.trades.total) == (-7.0, 14.0)
    assert by_regime(labels, returns=returns)[0].trades is None
    with pytest.raises(InputError, match="same days"):
        by_regime(labels[1:], returns=returns)
