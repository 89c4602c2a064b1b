"""Collateral at risk (D1)."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pytest

from tools.domain.candidate import Candidate
from tools.domain.contract import OptionContract, Right
from tools.domain.structure import Leg, StructureKind
from tools.sizing.collateral import (
    covered_call_collateral,
    naked_margin,
    new_collateral,
    new_max_loss,
    put_collateral,
    spread_collateral,
    undefined_risk_collateral,
    unit_collateral,
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


def unit(structure: StructureKind, *legs: tuple[Right, float, int], credit: float) -> Candidate:
    """One unit of IWM at 250, its stated collateral wrong on purpose."""
    contracts = [
        (
            OptionContract(underlying="IWM", root="IWM", expiry=date(2026, 3, 20), right=right, strike=strike),
            quantity,
        )
        for right, strike, quantity in legs
    ]
    return Candidate(
        as_of=datetime(2026, 2, 3, 16, tzinfo=UTC), snapshot="s", book="b", underlying="IWM", structure=structure,
        legs=tuple(Leg(contract=contract, quantity=quantity) for contract, quantity in contracts), spot=250.0,
        expiry=date(2026, 3, 20), dte=45, bid=1.0, ask=1.1, credit=credit, natural=1.0, premium_yield=0.05,
        pop=None, expected_move=None, breakevens=(), max_loss=777.0, max_profit=1.0, collateral=1.0,
        cash_required=0.0 if structure is StructureKind.COVERED_CALL else 1.0, shares_required=0, multiplier=100,
        iv=None, greeks=None, spread=0.02, open_interest=None, volume=None, feed="", source="", filters=(),
        quantitative=None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("structure", "legs", "credit", "expected"),
    [
        (StructureKind.CASH_SECURED_PUT, [(Right.PUT, 235, -1)], 2.0, 23_500),
        (StructureKind.COVERED_CALL, [(Right.CALL, 260, -1)], 2.0, 25_000),
        (StructureKind.PUT_CREDIT_SPREAD, [(Right.PUT, 245, -1), (Right.PUT, 235, 1)], 1.25, 875),
        (StructureKind.CALL_CREDIT_SPREAD, [(Right.CALL, 260, -1), (Right.CALL, 265, 1)], 1.25, 375),
        (
            StructureKind.IRON_CONDOR,
            [(Right.PUT, 235, -1), (Right.PUT, 230, 1), (Right.CALL, 260, -1), (Right.CALL, 270, 1)],
            2.50,
            750,
        ),
        (StructureKind.STRANGLE, [(Right.PUT, 235, -1), (Right.CALL, 260, -1)], 4.0, 1),
    ],
)
def test_collateral_comes_from_the_legs(
    structure: StructureKind, legs: list[tuple[Right, float, int]], credit: float, expected: float
) -> None:
    assert unit_collateral(unit(structure, *legs, credit=credit)) == expected


def test_a_call_on_held_shares_adds_nothing() -> None:
    call = unit(StructureKind.COVERED_CALL, (Right.CALL, 260, -1), credit=2.0)
    bought = call.model_copy(update={"cash_required": 25_000.0})
    assert (new_collateral(call), new_max_loss(call)) == (0, 0)
    assert (new_collateral(bought), new_max_loss(bought)) == (25_000, 777)
