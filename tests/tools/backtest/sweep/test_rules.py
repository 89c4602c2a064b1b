"""Contradictory rules are refused in a sentence."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from tools.backtest.sweep import SweepRules


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"dte_low": 46}, r"dte_low \(46\) lies above dte_high \(45\)"),
        ({"delta_target": -0.3}, "delta_target .* lies outside"),
        ({"right": "call"}, "delta of a call is never below 0"),
        ({"delta_high": 0.1}, "delta of a put is never above 0"),
        ({"time_stop": 45}, "ends every trade the day after"),
        ({"capital": 1e5}, "a capital needs a security"),
        ({"early_assignment": True, "style": "european"}, "not assigned early"),
        (
            {"right": "call", "delta_low": 0.1, "delta_target": 0.2, "delta_high": 0.3, "security": "cash"},
            "secures no call",
        ),
        ({"take_profit": 0.0}, "greater than 0"),
        ({"slippage": 1.5}, "less than or equal to 1"),
        ({"wings": 5}, "Extra inputs"),
    ],
)
def test_contradictions(given: dict[str, object], text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        SweepRules.model_validate(given)
