"""Numbers as a reader sees them."""

from __future__ import annotations

import math

import pytest

from tools.reporting.wording import amount, money, number, percent, tone


def test_signs_are_true_and_zero_has_none() -> None:
    assert money(-1234.4) == "−1,234"
    assert money(1234.6, sign=True) == "+1,235"
    assert money(-0.2, sign=True) == "0"
    assert percent(-0.0512) == "−5.1%"
    assert percent(0.0, sign=True) == "0.0%"
    assert number(2.5) == "2.50"


def test_unknown_is_a_dash_and_endless_is_said() -> None:
    assert money(math.nan) == percent(math.nan) == "–"
    assert number(math.inf) == "∞"
    assert number(-math.inf) == "−∞"


@pytest.mark.parametrize(
    ("unit", "shown"), [("share", "150.0%"), ("money", "2"), ("ratio", "1.50"), ("count", "1.5"), ("days", "1.5")]
)
def test_a_figure_is_shown_in_its_unit(unit: str, shown: str) -> None:
    assert amount(1.5, unit) == shown


def test_colour_is_for_profit_and_loss_only() -> None:
    assert [tone(value) for value in (1.0, -1.0, 0.0, math.nan)] == ["gain", "loss", "", ""]
