"""What settlement leaves of a trade."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.desk.trades import settled
from tools.domain.contract import OptionContract, Right
from tools.domain.structure import Leg, StructureKind
from tools.domain.trade import Trade

AT = datetime(2026, 11, 20, 20, 45, tzinfo=UTC)
EXPIRY = date(2026, 12, 18)


def leg(strike: float, quantity: int) -> Leg:
    return Leg(
        contract=OptionContract(underlying="SPY", root="SPY", expiry=EXPIRY, right=Right.PUT, strike=strike),
        quantity=quantity,
    )


def trade(*legs: Leg, contracts: int = 3) -> Trade:
    return Trade(
        id="d-1",
        book="primary",
        underlying="SPY",
        structure=StructureKind.PUT_CREDIT_SPREAD,
        legs=legs,
        contracts=contracts,
        multiplier=100,
        opened_at=AT,
        legs_at=AT,
        credit=1.20,
    )


SOLD, BOUGHT = leg(480, -1), leg(470, 1)
SPREAD = trade(SOLD, BOUGHT)


def test_what_ends_whole_leaves_nothing() -> None:
    assert settled(SPREAD, {SOLD.contract.occ: 3, BOUGHT.contract.occ: -3}) is None


def test_what_shrinks_alike_is_fewer_of_the_same() -> None:
    left = settled(SPREAD, {SOLD.contract.occ: 1, BOUGHT.contract.occ: -1})
    assert left == SPREAD.model_copy(update={"contracts": 2})


def test_a_lost_leg_leaves_the_other_broken_and_its_units() -> None:
    left = settled(SPREAD, {SOLD.contract.occ: 3})
    assert left is not None
    assert (left.legs, left.contracts, left.broken, left.credit) == ((BOUGHT,), 3, True, 1.20)


def test_a_part_of_a_leg_leaves_one_unit_of_everything() -> None:
    left = settled(SPREAD, {SOLD.contract.occ: 1})
    assert left is not None
    assert [each.quantity for each in left.legs] == [-2, 3]
    assert (left.contracts, left.broken) == (1, True)
    assert left.credit == pytest.approx(3.60)  # what three units brought


@given(
    contracts=st.integers(1, 12),
    ratio=st.integers(1, 3),
    gone=st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_quantities_and_premium_are_kept(contracts: int, ratio: int, gone: tuple[float, float]) -> None:
    before = trade(leg(480, -ratio), leg(470, 1), contracts=contracts)
    held = {each.contract.occ: each.quantity * contracts for each in before.legs}
    changes = {
        symbol: -round(quantity * share) for (symbol, quantity), share in zip(held.items(), gone, strict=True)
    }
    left = settled(before, changes)
    expected = {symbol: held[symbol] + changes[symbol] for symbol in held if held[symbol] + changes[symbol]}
    if left is None:
        assert expected == {}
        return
    assert {each.contract.occ: each.quantity * left.contracts for each in left.legs} == expected
    if left.broken:
        assert left.credit * left.contracts == pytest.approx(before.credit * before.contracts)
    else:
        assert left.legs == before.legs
