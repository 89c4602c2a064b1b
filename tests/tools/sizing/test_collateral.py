"""Collateral at risk (D1)."""

from __future__ import annotations

import math

import pytest

from tools.domain.contract import Right
from tools.sizing.collateral import (
    covered_call_collateral,
    naked_margin,
    put_collateral,
    spread_collateral,
    undefined_risk_collateral,
)


def test_a_put_is_secured_by_its_strike() -> None:
    assert put_collateral(strike=98) == 9_800
    assert put_collateral(strike=560, protected_at=545) == 1_500
    assert put_collateral(strike=545, protected_at=560) == 0


def test_a_covered_call_is_secured_by_its_shares() -> None:
    """D1 on seed 001's baseline: stock at 50 puts 5,000 at risk per contract, 0.5 % of a million, not 1 %."""
    assert covered_call_collateral(spot=50) == 5_000


def test_a_spread_is_secured_by_what_it_can_lose() -> None:
    """The table of the product's first screen: 235/245 for 1.25 loses at most 875."""
    assert spread_collateral(width=10, credit=1.25) == 875


def test_margin_of_a_naked_put() -> None:
    """edeltapro.com/knowledge-base/margin: put 200 at 1.20, stock 209.00: 3,400.00."""
    margin = naked_margin(right=Right.PUT, strike=200, spot=209, mark=1.20)
    assert margin == pytest.approx(3_400)


def test_far_out_of_the_money_the_minimum_holds() -> None:
    """10 % of strike for puts, of spot for calls, plus the mark."""
    assert naked_margin(right=Right.PUT, strike=100, spot=200, mark=0.1) == pytest.approx(1_010)
    assert naked_margin(right=Right.CALL, strike=300, spot=200, mark=0.1) == pytest.approx(2_010)


def test_a_broad_index_needs_less() -> None:
    equity = naked_margin(right=Right.CALL, strike=5_000, spot=5_000, mark=50)
    index = naked_margin(right=Right.CALL, strike=5_000, spot=5_000, mark=50, broad_index=True)
    assert equity == pytest.approx(105_000)
    assert index == pytest.approx(80_000)


@pytest.mark.parametrize(("margin", "stress", "expected"), [(5.0, 3.0, 5.0), (3.0, 5.0, 5.0), (4.0, 4.0, 4.0)])
def test_undefined_risk_takes_the_larger(margin: float, stress: float, expected: float) -> None:
    assert undefined_risk_collateral(margin=margin, stress_loss=stress) == expected


@pytest.mark.parametrize(("margin", "stress"), [(math.nan, 1.0), (1.0, math.nan)])
def test_an_unknown_side_is_unknown(margin: float, stress: float) -> None:
    assert math.isnan(undefined_risk_collateral(margin=margin, stress_loss=stress))
