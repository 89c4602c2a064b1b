"""Who secures whom."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.portfolio.samples import EXPIRY, LATER
from tools.domain.contract import OptionContract, Right
from tools.portfolio.cover import Cover, secure
from tools.portfolio.held import Held

NAKED = 2_500.0


def shares(quantity: int, *, mark: float = 100.0) -> Held:
    return Held("XOM", "XOM", quantity, mark)


def option(right: Right, strike: float, quantity: int, *, later: bool = False, symbol: str = "XOM") -> Held:
    expiry = LATER if later else EXPIRY
    contract = OptionContract(underlying=symbol, root=symbol, expiry=expiry, right=right, strike=strike)
    return Held(contract.occ, symbol, quantity, 2.0, contract)


def cover(*held: Held, naked: float = NAKED) -> Cover:
    """Calls on margin, puts on cash."""
    calls = (p.contract is not None and p.contract.right is Right.CALL for p in held)
    return secure(held, naked=[naked if is_call else math.nan for is_call in calls])


def cash(found: Cover) -> float:
    return sum(each.cash for each in found.secured)


def test_a_put_takes_its_strike_in_cash() -> None:
    found = cover(option(Right.PUT, 90, -3))
    assert (found.secured[0].collateral, found.secured[0].cash, found.secured[0].notional) == (27_000,) * 3


def test_a_covered_call_takes_shares_and_nothing_else() -> None:
    found = cover(shares(350), option(Right.CALL, 110, -2))
    assert found.free_shares == {"XOM": 150}
    assert (found.secured[1].collateral, found.secured[1].cash, found.secured[1].notional) == (0, 0, 0)
    assert found.secured[0].collateral == 35_000


def test_calls_beyond_the_shares_are_naked() -> None:
    found = cover(shares(150), option(Right.CALL, 110, -3))
    assert found.free_shares == {"XOM": 50}
    assert found.secured[1].cash == 2 * NAKED
    assert found.secured[1].notional == 22_000


def test_unknown_margin_matters_only_where_something_is_naked() -> None:
    covered = cover(shares(200), option(Right.CALL, 110, -2), naked=math.nan)
    naked = cover(option(Right.CALL, 110, -2), naked=math.nan)
    assert cash(covered) == 0
    assert math.isnan(cash(naked))


def test_the_lowest_strike_gets_the_shares() -> None:
    found = cover(option(Right.CALL, 120, -1), option(Right.CALL, 105, -1), shares(100))
    assert [each.cash for each in found.secured] == [NAKED, 0, 0]


def test_a_spread_risks_its_width() -> None:
    puts = cover(option(Right.PUT, 90, -2), option(Right.PUT, 85, 2))
    calls = cover(option(Right.CALL, 110, -2), option(Right.CALL, 115, 2))
    assert cash(puts) == cash(calls) == 1_000
    assert puts.secured[0].notional == 1_000
    assert puts.secured[1].notional == 0


def test_a_longer_option_protects_and_a_shorter_one_does_not() -> None:
    assert cash(cover(option(Right.PUT, 90, -1), option(Right.PUT, 85, 1, later=True))) == 500
    assert cash(cover(option(Right.PUT, 90, -1, later=True), option(Right.PUT, 85, 1))) == 9_000


def test_a_protecting_option_serves_once() -> None:
    assert cash(cover(option(Right.PUT, 90, -1), option(Right.PUT, 88, -1), option(Right.PUT, 85, 1))) == 9_300


def test_another_underlying_protects_nothing() -> None:
    assert cash(cover(option(Right.PUT, 90, -1), option(Right.PUT, 85, 1, symbol="CVX"))) == 9_000


def test_a_short_sale_is_margined() -> None:
    found = cover(shares(-100))
    assert found.free_shares == {}
    assert found.secured[0].cash == 15_000


lots = st.lists(
    st.one_of(
        st.builds(shares, st.integers(1, 500)),
        st.builds(
            option, st.sampled_from(list(Right)), st.sampled_from([80.0, 90.0, 100.0, 110.0]),
            st.integers(-5, 5).filter(bool), later=st.booleans(),
        ),
    ),
    max_size=7,
)  # fmt: skip


@given(lots)
def test_no_share_covers_twice_and_nothing_is_negative(held: Sequence[Held]) -> None:
    found = cover(*held)
    assert all(left >= 0 for left in found.free_shares.values())
    assert all(each.collateral >= 0 and each.cash >= 0 and each.notional >= 0 for each in found.secured)


@given(lots, st.sampled_from([80.0, 90.0, 100.0]))
def test_another_short_put_never_frees_cash(held: Sequence[Held], strike: float) -> None:
    assert cash(cover(*held, option(Right.PUT, strike, -1))) >= cash(cover(*held)) - 1e-9


@given(lots)
def test_unprotected_puts_are_the_most_that_can_be_asked(held: Sequence[Held]) -> None:
    notional = sum(
        -p.quantity * p.contract.strike * 100
        for p in held
        if p.contract is not None and p.quantity < 0 and p.contract.right is Right.PUT
    )
    puts = [p for p in held if p.contract is not None and p.contract.right is Right.PUT]
    assert cash(cover(*puts)) <= notional


def test_the_order_of_positions_does_not_matter() -> None:
    held = [shares(200), option(Right.CALL, 110, -3), option(Right.CALL, 120, 1), option(Right.PUT, 90, -1)]
    assert cash(cover(*held)) == pytest.approx(cash(cover(*held[::-1])))
    assert cash(cover(*held)) == 1_000 + 9_000


def condor(put: float = 5, call: float = 5, count: int = 1) -> tuple[Held, ...]:
    return (
        option(Right.PUT, 90 - put, count),
        option(Right.PUT, 90, -count),
        option(Right.CALL, 110, -count),
        option(Right.CALL, 110 + call, count),
    )


def test_a_condor_risks_its_wider_side_once() -> None:
    assert cash(cover(*condor(count=2))) == 1_000
    assert cash(cover(*condor(put=5, call=10))) == cash(cover(*condor(put=10, call=5))) == 1_000
    assert sum(each.notional for each in cover(*condor()).secured) == 500


def test_two_sides_that_can_both_lose_are_both_secured() -> None:
    """Short puts above the short calls: between the strikes both are in the money."""
    puts = (option(Right.PUT, 105, 1), option(Right.PUT, 110, -1))
    calls = (option(Right.CALL, 90, -1), option(Right.CALL, 95, 1))
    crossed = (*puts, *calls)
    assert cash(cover(*crossed)) == 1_000


def test_a_bare_side_secures_nothing_else() -> None:
    assert cash(cover(*condor()[1:])) == 9_500
    assert cash(cover(*condor()[:3])) == 500 + NAKED


def test_sides_of_two_expiries_are_no_condor() -> None:
    later = (option(Right.CALL, 110, -1, later=True), option(Right.CALL, 115, 1, later=True))
    assert cash(cover(*condor()[:2], *later)) == 1_000


def test_a_put_on_margin_takes_its_margin_and_its_protection_still_counts() -> None:
    bare, spread = option(Right.PUT, 90, -1), (option(Right.PUT, 90, -1), option(Right.PUT, 85, 1))
    assert secure([bare], naked=[1_500.0]).secured[0].cash == 1_500.0
    assert secure([bare], naked=[1_500.0]).secured[0].notional == 9_000.0
    assert secure(list(spread), naked=[1_500.0, math.nan]).secured[0].cash == 500.0


def test_shares_of_several_books_add_up() -> None:
    found = cover(shares(100), shares(200), option(Right.CALL, 110, -2))
    assert (found.free_shares, cash(found)) == ({"XOM": 100}, 0.0)
