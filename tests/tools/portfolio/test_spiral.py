"""No imbalance is mended by selling more (spec E2): over random books, markets and requests."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.portfolio.trades import CALL, FAR, NEAR, PUT, option
from tools.domain.contract import OptionContract, Right
from tools.domain.errors import InputError
from tools.domain.structure import Leg
from tools.portfolio.spiral import RULE, Adjustment, short_contracts, short_exposure, spiral

SPOTS = {"XOM": 100.0, "SPY": 500.0}
CONTRACTS = [
    option(right, float(strike), expiry, underlying=symbol, root=symbol)
    for symbol in SPOTS
    for right in (PUT, CALL)
    for strike in (90, 110)
    for expiry in (NEAR, FAR)
]
BOOKS = st.lists(
    st.builds(
        lambda c, n: Leg(contract=c, quantity=n), st.sampled_from(CONTRACTS), st.integers(-9, 9).filter(bool)
    ),
    max_size=8,
)
DELTAS = st.fixed_dictionaries({each.occ: st.floats(0.01, 0.99) for each in CONTRACTS}).map(
    lambda sizes: {occ: -size if occ[9] == "P" else size for occ, size in sizes.items()}
)
WORLDS = st.fixed_dictionaries({"XOM": st.floats(10, 900), "SPY": st.floats(10, 900)})


def leg(right: Right, strike: float, quantity: int, symbol: str = "XOM", expiry: date = NEAR) -> Leg:
    return Leg(contract=option(right, strike, expiry, underlying=symbol, root=symbol), quantity=quantity)


def deltas_of(*legs: Leg, put: float = -0.5, call: float = 0.2) -> dict[str, float]:
    return {each.contract.occ: put if each.contract.right is PUT else call for each in legs}


TESTED = (leg(PUT, 90, -10), leg(CALL, 110, -10))


def test_selling_calls_because_the_puts_are_tested_is_the_spiral() -> None:
    more = Adjustment(opened=(leg(CALL, 110, -10),))
    refused = spiral(more, held=TESTED, deltas=deltas_of(*TESTED), spots=SPOTS)
    assert refused is not None
    assert (refused.rule, refused.value, refused.limit) == (RULE, 10_000.0, 30_000.0)
    assert refused.text == (
        "net delta would fall from $30,000 to $10,000, but short contracts would rise from 20 to 30; roll instead."
    )


def test_equal_counts_of_something_larger_are_the_spiral_too() -> None:
    swap = Adjustment(closed=(leg(PUT, 90, -2),), opened=(leg(CALL, 110, -2, "SPY"),))
    everything = deltas_of(*TESTED, leg(CALL, 110, -2, "SPY"), call=0.02)
    refused = spiral(swap, held=TESTED, deltas=everything, spots=SPOTS)
    assert refused is not None
    assert "would rise from $200,000 to $280,000" in refused.text
    assert spiral(swap, held=TESTED, deltas=everything, spots={"XOM": 100.0, "SPY": 100.0}) is None


def test_what_does_not_mend_a_lean_is_an_entry_and_not_this_rules_business() -> None:
    level = deltas_of(*TESTED, put=-0.2)
    both = Adjustment(opened=(leg(PUT, 90, -1), leg(CALL, 110, -1)))
    assert spiral(both, held=TESTED, deltas=level, spots=SPOTS) is None


def test_buying_protection_or_closing_passes() -> None:
    deltas = deltas_of(*TESTED)
    assert spiral(Adjustment(opened=(leg(PUT, 90, 5),)), held=TESTED, deltas=deltas, spots=SPOTS) is None
    assert spiral(Adjustment(closed=(leg(PUT, 90, -5),)), held=TESTED, deltas=deltas, spots=SPOTS) is None


def test_what_cannot_be_told_is_refused_where_it_grows_and_only_there() -> None:
    more = Adjustment(opened=(leg(CALL, 110, -1),))
    refused = spiral(more, held=TESTED, deltas={}, spots=SPOTS)
    assert refused is not None
    assert "is unknown" in refused.text
    blind = Adjustment(closed=(leg(PUT, 90, -2),), opened=(leg(CALL, 110, -2, "SPY"),))
    hidden = spiral(blind, held=TESTED, deltas=deltas_of(*TESTED), spots={"XOM": 100.0})
    assert hidden is not None
    assert "cannot be told without a spot price" in hidden.text


def test_nothing_is_closed_that_is_not_open() -> None:
    with pytest.raises(InputError, match="closes 11 short XOM260220P00090000 where 10 are open"):
        spiral(Adjustment(closed=(leg(PUT, 90, -11),)), held=TESTED, deltas={}, spots=SPOTS)
    with pytest.raises(InputError, match="closes 1 long"):
        spiral(Adjustment(closed=(leg(PUT, 90, 1),)), held=TESTED, deltas={}, spots=SPOTS)


def parts(book: list[Leg], shares: list[float]) -> tuple[Leg, ...]:
    """Some of every leg of the book."""
    some = zip(book, shares, strict=False)
    cut = (Leg(contract=each.contract, quantity=int(each.quantity * share)) for each, share in some)
    return tuple(each for each in cut if each.quantity)


CLOSED = st.lists(st.floats(0, 1), max_size=8)


@given(BOOKS, CLOSED, BOOKS, DELTAS, WORLDS, st.floats(-1e6, 1e6))
def test_nothing_that_passes_shrinks_the_lean_by_growing(
    book: list[Leg], shares: list[float], opened: list[Leg], deltas: dict[str, float], spots: dict[str, float],
    other: float,
) -> None:  # fmt: skip
    request = Adjustment(closed=parts(book, shares), opened=tuple(opened))
    refused = spiral(request, held=book, deltas=deltas, spots=spots, other_delta=other)
    rest = left(book, request.closed)
    after = [*rest, *opened]
    grows = short_contracts(after) > short_contracts(book) or short_exposure(after, spots) > short_exposure(
        book, spots
    ) * (1 + 1e-9)
    before_lean, after_lean = (abs(other + lean(each, deltas, spots)) for each in (book, after))
    if refused is None:
        assert not grows or after_lean >= before_lean * (1 - 1e-6) - 1e-6
    else:
        assert grows
        assert after_lean <= before_lean * (1 + 1e-6)


@given(BOOKS, CLOSED, DELTAS, WORLDS, st.data())
def test_a_roll_at_equal_count_always_passes(
    book: list[Leg], shares: list[float], deltas: dict[str, float], spots: dict[str, float], data: st.DataObject
) -> None:
    closed = parts(book, shares)
    opened = tuple(
        Leg(contract=data.draw(st.sampled_from(same_underlying(each.contract))), quantity=each.quantity)
        for each in closed
    )
    known = data.draw(st.sampled_from([deltas, {}]))
    world = data.draw(st.sampled_from([spots, {}]))
    request = Adjustment(closed=closed, opened=opened)
    assert spiral(request, held=book, deltas=known, spots=world, other_delta=math.nan) is None


def same_underlying(contract: OptionContract) -> list[OptionContract]:
    return [each for each in CONTRACTS if each.underlying == contract.underlying]


def left(book: list[Leg], closed: tuple[Leg, ...]) -> list[Leg]:
    """The book with the closed contracts written against it."""
    rest = [Leg(contract=each.contract, quantity=each.quantity) for each in book]
    for gone in closed:
        for place, each in enumerate(rest):
            within = each.quantity * gone.quantity > 0 and abs(each.quantity) >= abs(gone.quantity)
            if each.contract == gone.contract and within:
                rest[place] = Leg(contract=each.contract, quantity=each.quantity - gone.quantity)
                break
    return rest


def lean(legs: list[Leg], deltas: dict[str, float], spots: dict[str, float]) -> float:
    return math.fsum(
        each.quantity * 100 * deltas[each.contract.occ] * spots[each.contract.underlying] for each in legs
    )
