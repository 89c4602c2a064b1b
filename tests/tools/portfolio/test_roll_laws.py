"""What must hold of every roll, whatever the trade, the market and the book."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.portfolio.samples import AS_OF, CLOCK, account
from tests.tools.portfolio.trades import CALL, PUT, legs, market, market_day, seen, trade
from tools.domain.chain import Chain, FloatArray
from tools.domain.structure import Leg, StructureKind
from tools.domain.trade import EntryMarks, Trade
from tools.portfolio.exit_rules import ExitRule, ExitRules
from tools.portfolio.quoting import row_of
from tools.portfolio.roll_limits import Desk
from tools.portfolio.rolls import RollRules, propose_rolls, rolled
from tools.portfolio.spiral import Adjustment, short_contracts, spiral
from tools.pricing.quotes import quote_greeks
from tools.risk.profile import MULTI_BOOK

BOUNDLESS = MULTI_BOOK.model_copy(update=dict.fromkeys(("net_delta", "gamma", "vega", "leverage"), 1e9))
MARKETS: list[Chain] = [market(spot=spot, vol=vol) for spot, vol in ((92.0, 0.35), (100.0, 0.25), (108.0, 0.2))]
TRADES = st.one_of(
    st.builds(
        lambda put, call, n: trade(
            *legs((PUT, put, -n), (CALL, call, -n)), structure=StructureKind.STRANGLE, credit=2.0 * n
        ),
        st.integers(85, 99), st.integers(101, 115), st.integers(1, 2),
    ),
    st.builds(
        lambda put, call, wing: trade(
            *legs((PUT, put - wing, 1), (PUT, put, -1), (CALL, call, -1), (CALL, call + wing, 1)),
            structure=StructureKind.IRON_CONDOR, credit=1.0,
        ),
        st.integers(85, 99), st.integers(101, 115), st.integers(1, 6),
    ),
    st.builds(
        lambda put, wing: trade(*legs((PUT, put, -1), (PUT, put - wing, 1)), credit=0.8),
        st.integers(85, 105), st.integers(1, 6),
    ),
)  # fmt: skip
RULES = st.builds(
    lambda delta, nearest, floor: RollRules(
        on=(ExitRule.DELTA,), delta=delta, nearest=nearest, dte=(22, 70), credit_floor=floor
    ),
    st.sampled_from([0.1, 0.15, 0.25]),
    st.integers(1, 6),
    st.sampled_from([-2.0, -0.5, 0.0, 0.2]),
)
EXITS = st.builds(
    lambda delta, lean: ExitRules(time_stop=21, delta=delta, net_delta=lean),
    st.sampled_from([None, 0.3, 0.4]),
    st.sampled_from([None, 0.1, 0.2]),
)


def proposals(held: Trade, chain: Chain, rules: RollRules, exits: ExitRules) -> tuple[Any, ...]:
    who = account(*((leg.contract.occ, leg.quantity * held.contracts) for leg in held.legs))
    desk = Desk.read(who, market_day(chain), MULTI_BOOK, CLOCK)
    return propose_rolls(seen(held, chain), chain=chain, desk=desk, rules=rules, exits=exits, best=4).proposals


@settings(max_examples=60, deadline=None)
@given(TRADES, st.sampled_from(MARKETS), RULES, EXITS)
def test_every_roll_keeps_the_count_mends_the_lean_and_keeps_within_the_book(
    held: Trade, chain: Chain, rules: RollRules, exits: ExitRules
) -> None:
    for each in proposals(held, chain, rules, exits):
        assert sorted(leg.quantity for leg in each.legs) == sorted(leg.quantity for leg in held.legs)
        assert each.contracts == held.contracts
        assert abs(each.delta_after) < abs(each.delta_before)
        assert each.natural <= each.worst <= each.mid + 1e-4
        assert each.mid >= rules.credit_floor * held.credit - 1e-4
        after = seen(rolled(held, each, price=each.mid, at=AS_OF, entry=EntryMarks()), chain)
        assert after.dte > 21
        assert exits.delta is None or (after.short_delta or 1) <= exits.delta + 1e-9
        assert exits.net_delta is None or abs(after.net_delta or 1) <= exits.net_delta + 1e-9
        assert (after.net_delta, after.cost) == pytest.approx((each.delta_after, each.credit), abs=1e-9)
        assert all(mark.live for mark in after.marks)


@settings(max_examples=40, deadline=None)
@given(TRADES, st.sampled_from(MARKETS), RULES, st.floats(-3, 3))
def test_money_is_kept_and_the_spiral_detector_lets_every_roll_pass(
    held: Trade, chain: Chain, rules: RollRules, price: float
) -> None:
    spots = {"XOM": chain.spot}
    for each in proposals(held, chain, rules, ExitRules()):
        after = rolled(held, each, price=price, at=AS_OF, entry=EntryMarks())
        assert abs(after.credit + after.carried - held.credit - held.carried - price) < 1e-9
        closed, opened = (tuple(sized(leg, held.contracts) for leg in legs_) for legs_ in (held.legs, each.legs))
        assert short_contracts(closed) == short_contracts(opened)
        assert spiral(Adjustment(closed=closed, opened=opened), held=closed, deltas={}, spots=spots) is None


@pytest.mark.parametrize("chain", MARKETS)
@pytest.mark.parametrize(("put", "call"), [(97.0, 112.0), (90.0, 103.0)])
def test_the_best_roll_of_a_strangle_is_the_one_found_by_hand(chain: Chain, put: float, call: float) -> None:
    held = trade(*legs((PUT, put, -1), (CALL, call, -1)), structure=StructureKind.STRANGLE, credit=2.0)
    rules = RollRules(on=(ExitRule.DELTA,), delta=0.15, nearest=2, dte=(22, 70), credit_floor=-1.0)
    merits = by_hand(held, chain, rules)
    desk = Desk.read(account(), market_day(chain), BOUNDLESS, CLOCK)
    found = propose_rolls(seen(held, chain), chain=chain, desk=desk, rules=rules, exits=ExitRules(), best=24)
    got = [each.restored / max(each.cost, 0.01) for each in found.proposals]
    assert got == pytest.approx(merits[:24])


def by_hand(held: Trade, chain: Chain, rules: RollRules) -> list[float]:
    """Balance restored per unit of cost of every admissible pair, best first, a pair at a time."""
    greeks = quote_greeks(chain, clock=CLOCK)
    rows = [row_of(chain, leg.contract) or 0 for leg in held.legs]
    before = -sum(float(greeks.delta[row]) for row in rows)
    offers = [strikes_by_hand(chain, greeks.delta, row, rules) for row in rows]
    merits = []
    for pair in itertools.product(*offers):
        changed = [(old, new) for old, new in zip(rows, pair, strict=True) if old != new]
        mid = sum(float(chain.mid[new] - chain.mid[old]) for old, new in changed)
        at_once = sum(float(chain.bid[new] - chain.ask[old]) for old, new in changed)
        restored = abs(before) - abs(sum(float(greeks.delta[row]) for row in pair))
        if changed and restored > 1e-6 and mid >= rules.credit_floor * held.credit:
            merits.append(restored / max(max(0.0, -mid) + mid - at_once, 0.01))
    return sorted(merits, reverse=True)


def strikes_by_hand(chain: Chain, delta: FloatArray, own: int, rules: RollRules) -> list[int]:
    """The leg itself where it is not in the money, and the two strikes of each expiry nearest the target."""
    right, least_most = int(chain.right[own]), rules.dte or (0, 0)
    outside = right * (chain.strike - chain.spot) > 0
    found = [own] if right * (chain.strike[own] - chain.spot) >= 0 else []
    for expiry in np.unique(chain.expiry[(chain.dte >= least_most[0]) & (chain.dte <= least_most[1])]):
        rows = np.flatnonzero((chain.expiry == expiry) & (chain.right == right) & outside)
        quoted = [row for row in rows if chain.bid[row] > 0 and chain.spread_fraction[row] <= rules.spread]
        tradable = [row for row in quoted if np.isfinite(delta[row])]
        near = sorted(tradable, key=lambda row: abs(abs(float(delta[row])) - 0.15))[: rules.nearest]
        found += [int(row) for row in near if row != own]
    return found


def sized(leg: Leg, contracts: int) -> Leg:
    return Leg(contract=leg.contract, quantity=leg.quantity * contracts)
