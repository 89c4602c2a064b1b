"""Returns, drawdowns and likeness: by hand, and the laws they keep."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.performance.drawdown import drawdown, max_drawdown
from tools.performance.likeness import correlation, mean_gap, tracking_error
from tools.performance.returns import annual_return, returns, sharpe, volatility

LEVELS = st.lists(st.floats(1, 1e6), min_size=3, max_size=60)


def test_returns_by_hand() -> None:
    assert returns(levels=[100, 110, 99]) == pytest.approx([0.10, -0.10])
    assert annual_return(first=100, last=121, years=2) == pytest.approx(0.10)
    assert volatility(returns=[0.01, 0.03]) == pytest.approx(math.sqrt(0.0002) * math.sqrt(12))
    assert sharpe(returns=[0.01, 0.03], risk_free=[0.0, 0.0]) == pytest.approx(
        0.24 / volatility(returns=[0.01, 0.03])
    )


def test_what_cannot_be_told_is_nan() -> None:
    assert math.isnan(annual_return(first=100, last=121, years=0))
    assert math.isnan(volatility(returns=[0.01]))
    assert math.isnan(sharpe(returns=[0.01, 0.01], risk_free=[0.0, 0.0]))
    assert math.isnan(correlation(returns=[0.01, 0.01], other=[0.0, 0.1]))
    assert math.isnan(mean_gap(returns=[], other=[]))
    assert math.isnan(max_drawdown(levels=[]))


def test_drawdown_by_hand() -> None:
    assert drawdown(levels=[100, 80, 120, 90]) == pytest.approx([0.0, -0.2, 0.0, -0.25])
    assert max_drawdown(levels=[100, 80, 120, 90]) == pytest.approx(-0.25)


@given(levels=LEVELS)
def test_drawdowns_lie_between_nothing_and_everything(levels: list[float]) -> None:
    falls = drawdown(levels=levels)
    assert falls[0] == 0
    assert ((falls <= 0) & (falls > -1)).all()
    assert max_drawdown(levels=levels[::2]) >= max_drawdown(levels=levels), "fewer looks see less"


@given(levels=LEVELS, shift=st.floats(-0.01, 0.01))
def test_a_steady_gap_is_no_tracking_error(levels: list[float], shift: float) -> None:
    own = returns(levels=levels)
    assert tracking_error(returns=own + shift, other=own) == pytest.approx(0, abs=1e-6 * (1 + np.abs(own).max()))
    assert mean_gap(returns=own + shift, other=own) == pytest.approx(12 * shift, abs=1e-6 * (1 + np.abs(own).max()))
