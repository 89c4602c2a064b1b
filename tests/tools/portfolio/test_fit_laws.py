"""What must hold of every fit: a size chosen or handed in is judged alike, and a second look says the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.portfolio.samples import CLOCK, EXPIRY, account, call, candidate, chain, facts, occ, put, snapshot
from tests.tools.risk.cases import conditions
from tools.domain.account import Account, Position, Reservation
from tools.domain.candidate import Candidate
from tools.domain.contract import OptionContract, Right
from tools.domain.decision import FitResult
from tools.domain.fact import Fact
from tools.domain.structure import Leg, StructureKind
from tools.portfolio.fit import fit
from tools.risk.profile import INCOME, MULTI_BOOK
from tools.sizing.rule import SizingRule


def spread(strike: float, protected_at: float) -> Candidate:
    """A put credit spread of the sample market, at the short leg's Greeks."""
    short, long = (
        OptionContract(underlying="XOM", root="XOM", expiry=EXPIRY, right=Right.PUT, strike=each)
        for each in (strike, protected_at)
    )
    at_risk = 100 * (strike - protected_at) - 50
    return candidate(
        short, StructureKind.PUT_CREDIT_SPREAD, spot=100.0, collateral=at_risk, cash_required=at_risk,
        legs=(Leg(contract=short, quantity=-1), Leg(contract=long, quantity=1)), credit=0.5, max_loss=at_risk,
    )  # fmt: skip


def index_put(strike: float) -> Candidate:
    contract = OptionContract(underlying="XOM", root="XOM", expiry=EXPIRY, right=Right.PUT, strike=strike)
    return candidate(contract, StructureKind.INDEX_PUT, spot=100.0, collateral=2_500.0, cash_required=2_500.0)


TRADES = st.sampled_from(
    [put(85), put(95), put(90, greeks=None, iv=None), put(80, spread=0.06), call(105), call(115), spread(90, 85),
     spread(95, 90), index_put(85)]
)  # fmt: skip
OTHERS = st.sampled_from([put(80), put(90, book="other"), call(110)])
HELD = st.lists(
    st.one_of(
        st.builds(lambda n: Position(symbol="XOM", quantity=n, price=100.0), st.integers(-100, 900)),
        st.builds(
            lambda n, price: Position(symbol="CVX", quantity=n, price=price),
            st.integers(1, 300),
            st.sampled_from([150.0, 150.0, 150.0, None]),
        ),
        st.builds(
            lambda right, strike, n: Position(symbol=occ(right, strike), quantity=n, price=None),
            st.sampled_from(list(Right)),
            st.sampled_from([85.0, 95.0, 105.0]),
            st.integers(-4, 4),
        ),
        st.just(Position(symbol=occ(Right.PUT, 140, symbol="CVX"), quantity=-1, price=2.5)),
    ),
    max_size=3,
    unique_by=lambda position: position.symbol,
)
MARKETS = st.builds(
    lambda vix, sector: snapshot(
        chain(),
        known={"XOM": facts("XOM", sector=sector), "CVX": facts("CVX")},
        day=conditions(vix=vix),
    ),
    st.one_of(st.none(), st.floats(9, 80)),
    st.sampled_from([*[Fact[str].known("Energy", source="test")] * 4, Fact[str].unknown("not listed")]),
)
RULES = st.builds(
    SizingRule, allocation=st.floats(0.005, 0.2), max_contracts=st.one_of(st.none(), st.integers(1, 9)),
    by_confidence=st.booleans(),
)  # fmt: skip
TERMS = st.fixed_dictionaries(
    {
        "snapshot": MARKETS,
        "sizing": RULES,
        "profile": st.sampled_from([INCOME, MULTI_BOOK]),
        "quantitative": st.one_of(st.none(), st.floats(5, 10)),
        "model_confidence": st.one_of(st.none(), st.floats(5, 10)),
    }
)


@st.composite
def accounts(draw: st.DrawFn) -> Account:
    """Cash, positions, and reservations of other decisions on the sample market."""
    holder = account(
        *draw(HELD), cash=draw(st.sampled_from([3e3, 3e5, 1e6, 3e6])), configured_brokers=draw(st.integers(1, 5))
    )
    terms: dict[str, Any] = {"snapshot": snapshot(), "clock": CLOCK, "profile": INCOME, "sizing": SizingRule()}
    reserved = {
        other.id: fit(other, account=holder, contracts=draw(st.integers(1, 3)), **terms)[1]
        for other in draw(st.lists(OTHERS, max_size=2))
    }
    return replace(
        holder,
        reservations=tuple(reserved.values()),
        opened_today_max_loss=draw(st.sampled_from([0.0, 20_000.0])),
    )


def look(
    trade: Candidate, holder: Account, terms: dict[str, Any], contracts: int | None = None
) -> tuple[FitResult, Reservation]:
    found, reservation = fit(trade, account=holder, clock=CLOCK, contracts=contracts, **terms)
    return found.record, reservation


@settings(max_examples=60, deadline=None)
@given(TRADES, accounts(), TERMS)
def test_a_size_handed_in_is_judged_like_the_same_size_chosen(
    trade: Candidate, holder: Account, terms: dict[str, Any]
) -> None:
    chosen, reservation = look(trade, holder, terms)
    given_, held = look(trade, holder, terms, chosen.contracts)
    assert (given_.limits, given_.score, given_.nav, held) == (chosen.limits, chosen.score, chosen.nav, reservation)


@settings(max_examples=60, deadline=None)
@given(TRADES, accounts(), TERMS, st.integers(1, 9))
def test_a_second_look_leaves_its_own_reservation_out(
    trade: Candidate, holder: Account, terms: dict[str, Any], contracts: int
) -> None:
    """Whether the account still carries the decision's reservation or comes without it, nothing has changed."""
    first, reservation = look(trade, holder, terms, contracts)
    reserving = replace(holder, reservations=(reservation, *holder.reservations))
    assert look(trade, reserving, terms, contracts) == (first, reservation)


@settings(max_examples=30, deadline=None)
@given(TRADES, accounts(), TERMS)
def test_the_order_of_positions_and_reservations_changes_nothing(
    trade: Candidate, holder: Account, terms: dict[str, Any]
) -> None:
    turned = replace(holder, positions=holder.positions[::-1], reservations=holder.reservations[::-1])
    first, again = look(trade, holder, terms)[0], look(trade, turned, terms)[0]
    assert [(limit.rule, limit.after, limit.state, limit.vetoes) for limit in again.limits] == [
        (limit.rule, limit.after, limit.state, limit.vetoes) for limit in first.limits
    ]
