"""Option values after the overnight gap of F15."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tools.portfolio.overnight import value_after
from tools.risk.profile import OvernightGap

TERMS: dict[str, Any] = {"spot": 100.0, "rate": 0.04, "dividend_yield": 0.0, "gap": OvernightGap()}


def test_deep_in_the_money_is_worth_intrinsic() -> None:
    after = value_after(right=-1, strike=110, dte=30, vol=0.15, **TERMS)
    assert float(after) == pytest.approx(40, abs=0.05)


def test_at_the_money_after_the_gap_keeps_time_value_at_doubled_volatility() -> None:
    """At K = F, Black's price is about 0.4·S·σ·√t: 0.4 · 70 · 0.5 · √(91/365) ≈ 7."""
    after = value_after(right=-1, strike=70, dte=91, vol=0.25, **TERMS)
    assert float(after) == pytest.approx(0.4 * 70 * 0.5 * np.sqrt(91 / 365), rel=0.1)


def test_calls_fall_and_rise_with_the_direction() -> None:
    down = value_after(right=1, strike=110, dte=30, vol=0.2, **TERMS)
    up = value_after(right=1, strike=110, dte=30, vol=0.2, upwards=True, **TERMS)
    assert float(down) < 0.1
    assert float(up) >= 20


def test_on_expiry_day_only_intrinsic_is_left() -> None:
    after = value_after(right=[-1, -1], strike=[90, 60], dte=0, vol=0.2, **TERMS)
    assert after.tolist() == [pytest.approx(20), 0]


def test_unknown_volatility_is_unknown() -> None:
    after = value_after(right=-1, strike=[90, 60], dte=[0, 30], vol=np.nan, **TERMS)
    assert np.isnan(after).all()
