"""Structures of several legs: the screen against every combination enumerated by hand, and against the payoff."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.screening.grid import grid_chain, random_grid, random_world
from tests.tools.screening.oracle import Body, Desk
from tests.tools.screening.samples import make_conditions, make_facts, make_holdings
from tools.calendar.trading_time import Clock
from tools.domain.candidate import Candidate
from tools.domain.chain import Chain
from tools.domain.score import FilterState
from tools.domain.structure import UNDEFINED_RISK, StructureKind
from tools.pricing.payoff import payoff
from tools.pricing.quotes import quote_greeks
from tools.screening.criteria import Criterion
from tools.screening.registry import STRUCTURES
from tools.screening.screen import ScreenResult, screen
from tools.screening.strikes import StrikeBasis, StrikeChoice

PUT_SPREAD, CALL_SPREAD = StructureKind.PUT_CREDIT_SPREAD, StructureKind.CALL_CREDIT_SPREAD
CONDOR, STRANGLE, INDEX_PUT = StructureKind.IRON_CONDOR, StructureKind.STRANGLE, StructureKind.INDEX_PUT
KINDS = [PUT_SPREAD, CALL_SPREAD, CONDOR, STRANGLE, INDEX_PUT]
COMMON: Body = {
    **{rule: {"kind": "yes_no"} for rule in ("quoted", "bid", "blackout", "credit")},
    "volume": {"kind": "at_least", "threshold": 10, "margin": False},
    "open_interest": {"kind": "above", "worst": 0, "threshold": 100, "ideal": 1000},
    "spread": {"kind": "at_most", "worst": 0.09, "threshold": 0.05, "ideal": 0.01},
    "dte": {"kind": "between", "low": 0, "high": 60, "target": 45},
    "delta": {"kind": "between", "low": 0.05, "high": 0.40, "target": 0.15},
    "premium_yield": {"kind": "above", "worst": 0, "threshold": 0.01, "ideal": 3.0},
    "buying_power": {"kind": "at_least", "threshold": 1.0, "margin": False},
}
BODIES: dict[StructureKind, Body] = {
    PUT_SPREAD: COMMON | {
        "credit_to_width": {"kind": "at_least", "worst": 0.0, "threshold": 0.05, "ideal": 0.3},
        "direction": {"kind": "yes_no"},
        "iv_rank": {"kind": "between", "low": 40, "high": 65, "margin": False},
    },
    CALL_SPREAD: COMMON | {
        "credit_to_width": {"kind": "at_least", "worst": 0.0, "threshold": 0.05, "ideal": 0.3},
        "ex_dividend": {"kind": "yes_no"},
    },
    CONDOR: COMMON | {
        "credit_to_width": {"kind": "at_least", "worst": 0.0, "threshold": 0.10, "ideal": 0.5},
        "iv_rank": {"kind": "at_least", "threshold": 45, "margin": False},
    },
    STRANGLE: COMMON | {
        "net_delta": {"kind": "at_most", "worst": 0.2, "threshold": 0.1, "ideal": 0.0},
        "ex_dividend": {"kind": "yes_no"},
    },
    INDEX_PUT: COMMON | {
        "premium_to_target": {"kind": "at_least", "worst": 0.2, "threshold": 0.5, "ideal": 1.0},
        "cash_settled": {"kind": "yes_no", "required": False},
    },
}  # fmt: skip


def criteria(body: Body) -> list[Criterion]:
    return [Criterion.model_validate({"rule": rule, **each}) for rule, each in body.items()]


def run(chain: Chain, kind: StructureKind, choice: StrikeChoice, body: Body, **changes: Any) -> ScreenResult:
    given: dict[str, Any] = {
        "facts": make_facts(), "conditions": make_conditions(), "holdings": make_holdings(),
        "clock": Clock.CALENDAR_365, "book": "test", "snapshot": "f" * 64, "best_k": 100_000, **changes,
    }  # fmt: skip
    return screen(chain, structure=kind, criteria=criteria(body), strikes=choice, **given)


def random_choice(rng: np.random.Generator, kind: StructureKind) -> StrikeChoice:
    nearest = int(rng.integers(1, 5))
    width = (0.01, float(rng.uniform(0.02, 0.06))) if kind in {PUT_SPREAD, CALL_SPREAD, CONDOR} else None
    if kind is INDEX_PUT:
        return StrikeChoice(by=StrikeBasis.PREMIUM, target=float(rng.uniform(1e-4, 2e-3)), nearest=nearest)
    if rng.random() < 0.3:
        return StrikeChoice(
            by=StrikeBasis.DISTANCE, target=float(rng.uniform(0.02, 0.1)), nearest=nearest, width=width
        )
    return StrikeChoice(by=StrikeBasis.DELTA, target=float(rng.uniform(0.1, 0.3)), nearest=nearest, width=width)


def random_body(rng: np.random.Generator, kind: StructureKind) -> Body:
    """The rules of a kind, some of them only scored, so that failed ones reach the mean."""
    soft = {"open_interest", "delta", "premium_yield", "iv_rank", "direction", "dte"}
    return {
        rule: each | ({"required": False} if rule in soft and rng.random() < 0.4 else {})
        for rule, each in BODIES[kind].items()
    }


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_screen_agrees_with_every_combination_by_hand(kind: StructureKind, seed: int) -> None:
    rng = np.random.default_rng(seed)
    chain = random_grid(rng, days=(1, 4) if kind is INDEX_PUT else (24, 45))
    facts, holdings = random_world(rng)
    choice, body = random_choice(rng, kind), random_body(rng, kind)
    result = run(chain, kind, choice, body, facts=facts, holdings=holdings)
    desk = Desk(chain, kind, body, facts, holdings, quote_greeks(chain), choice)
    expected = {tuple(chain.contract(row).occ for row in unit.rows): unit for unit in desk.candidates()}
    found = {tuple(leg.contract.occ for leg in c.legs): c for c in result.candidates}
    assert set(found) == set(expected)
    assert result.passed == len(found) <= result.units
    for legs, candidate in found.items():
        unit = expected[legs]
        assert candidate.quantitative == pytest.approx(unit.mean, abs=1e-7)
        assert candidate.credit == pytest.approx(unit.credit, abs=1e-12)
        assert candidate.natural == candidate.bid == pytest.approx(unit.natural, abs=1e-12)
        assert candidate.collateral == pytest.approx(100 * unit.collateral, abs=1e-9)
        assert candidate.pop == (None if unit.pop is None else pytest.approx(unit.pop, abs=1e-8))
        assert {f.rule: f.state for f in candidate.filters} == {rule: a[0] for rule, a in unit.answers.items()}
        if unit.delta is None:
            assert candidate.greeks is None
        elif candidate.greeks is not None:
            assert candidate.greeks.delta == pytest.approx(unit.delta, abs=1e-8)
    keys = [(expected[tuple(leg.contract.occ for leg in c.legs)].unknown, -(c.quantitative or 0.0)) for c in
            result.candidates]  # fmt: skip
    assert keys == sorted(keys)


@pytest.mark.parametrize("kind", KINDS)
def test_the_examples_of_the_oracle_hold_combinations(kind: StructureKind) -> None:
    """A differential test that compares nothing with nothing would prove nothing."""
    counts = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        chain = random_grid(rng, days=(1, 4) if kind is INDEX_PUT else (24, 45))
        choice, body = random_choice(rng, kind), random_body(rng, kind)
        counts.append(run(chain, kind, choice, body).passed)
    assert sum(count > 0 for count in counts) >= 4
    assert max(counts) >= (2 if kind is INDEX_PUT else 5)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), k=st.integers(1, 4), kind=st.sampled_from(KINDS))
def test_best_k_and_the_chains_order_change_nothing_else(seed: int, k: int, kind: StructureKind) -> None:
    rng = np.random.default_rng(seed)
    chain = random_grid(rng, days=(2, 30))
    choice, body = random_choice(rng, kind), random_body(rng, kind)
    every = run(chain, kind, choice, body)
    assert run(chain, kind, choice, body, best_k=k).candidates == every.candidates[:k]
    again = run(chain.take(rng.permutation(len(chain))), kind, choice, body)
    assert sorted(c.id for c in again.candidates) == sorted(c.id for c in every.candidates)
    assert (again.rejected, again.units, again.considered) == (every.rejected, every.units, every.considered)


# --- one known grid ------------------------------------------------------------------------------------

WIDE = StrikeChoice(by=StrikeBasis.DELTA, target=0.2, nearest=2, width=(0.02, 0.05))
NAKED = StrikeChoice(by=StrikeBasis.DELTA, target=0.2, nearest=3)
TARGET = StrikeChoice(by=StrikeBasis.PREMIUM, target=0.0004, nearest=1)
CHOICES = {PUT_SPREAD: WIDE, CALL_SPREAD: WIDE, CONDOR: WIDE, STRANGLE: NAKED, INDEX_PUT: TARGET}


def best(kind: StructureKind, chain: Chain | None = None, **changes: Any) -> list[Candidate]:
    body = {rule: each for rule, each in BODIES[kind].items() if rule not in {"direction", "iv_rank"}}
    return list(run(chain or grid_chain(), kind, CHOICES[kind], body, **changes).candidates)


@pytest.mark.parametrize("kind", KINDS)
def test_money_agrees_with_the_payoff_at_expiry(kind: StructureKind) -> None:
    candidates = best(kind)
    assert candidates
    for candidate in candidates:
        profit = payoff(legs=candidate.legs, credit=candidate.credit)
        assert profit.max_profit == pytest.approx(candidate.max_profit)
        assert profit.breakevens == pytest.approx(candidate.breakevens)
        if kind not in UNDEFINED_RISK:
            assert profit.max_loss == pytest.approx(candidate.max_loss)
            assert candidate.max_loss == candidate.collateral == candidate.cash_required


def test_a_condor_sets_both_credits_against_one_width() -> None:
    for candidate in best(CONDOR):
        low, short_put, short_call, high = (leg.contract.strike for leg in candidate.legs)
        assert low < short_put < 100 < short_call < high
        assert short_put - low == pytest.approx(high - short_call)
        assert candidate.max_loss == pytest.approx(100 * (short_put - low - candidate.credit))
        assert [leg.quantity for leg in candidate.legs] == [1, -1, -1, 1]


@pytest.mark.parametrize("kind", [PUT_SPREAD, CALL_SPREAD])
def test_a_spread_is_sold_nearer_the_money_than_it_is_protected(kind: StructureKind) -> None:
    for candidate in best(kind):
        short, long = candidate.legs
        assert (short.quantity, long.quantity) == (-1, 1)
        assert abs(short.contract.strike - 100) < abs(long.contract.strike - 100)
        assert candidate.greeks is not None
        assert (candidate.greeks.delta > 0) is (kind is PUT_SPREAD)
        assert candidate.greeks.theta > 0


def test_nearest_one_takes_the_strike_nearest_the_target() -> None:
    chain = grid_chain()
    greeks = quote_greeks(chain)
    choice = WIDE.model_copy(update={"nearest": 1})
    body = {rule: each for rule, each in BODIES[PUT_SPREAD].items() if rule not in {"direction", "iv_rank"}}
    found = {c.legs[0].contract.strike for c in run(chain, PUT_SPREAD, choice, body).candidates}
    puts = np.flatnonzero((chain.right < 0) & (chain.strike < chain.spot))
    nearest = puts[np.argmin(np.abs(np.abs(greeks.delta[puts]) - 0.2))]
    assert found == {float(chain.strike[nearest])}


def test_an_index_put_takes_the_highest_premium_that_does_not_exceed_the_target() -> None:
    chain = grid_chain(step=0.5)
    (candidate,) = best(INDEX_PUT, chain)
    share = next(f.value for f in candidate.filters if f.rule == "premium_to_target")
    assert share is not None
    assert 0.5 < share <= 1
    higher = (chain.right < 0) & (chain.strike == candidate.legs[0].contract.strike + 0.5)
    assert chain.mid[higher][0] > candidate.credit / share


def test_adjusted_roots_and_legs_without_two_sides_are_in_no_unit() -> None:
    chain = grid_chain(roots=("XOM", "XOM1"))
    assert all(leg.contract.root == "XOM" for c in best(CONDOR, chain) for leg in c.legs)
    wings = grid_chain()
    bid = np.where(wings.strike < 90, 0.0, wings.bid)
    blind = grid_chain(bid=bid)
    assert {c.legs[1].contract.strike for c in best(PUT_SPREAD, wings)} > {
        c.legs[1].contract.strike for c in best(PUT_SPREAD, blind)
    }
    assert all(c.legs[1].contract.strike >= 90 for c in best(PUT_SPREAD, blind))


def test_legs_of_two_roots_never_meet() -> None:
    """SPX and SPXW of one date settle at different prices."""
    for candidate in best(CONDOR, grid_chain(roots=("XOM", "XOMW"), days=(30, 45))):
        assert len({(leg.contract.root, leg.contract.expiry) for leg in candidate.legs}) == 1


def test_a_wing_needs_no_volume() -> None:
    chain = grid_chain()
    quiet = np.where(chain.strike < 90, 0.0, 250.0)
    candidates = best(PUT_SPREAD, grid_chain(volume=quiet, open_interest=quiet))
    assert candidates
    assert all(c.volume == 250 for c in candidates)


def test_the_spread_is_what_crossing_costs_of_what_changes_hands() -> None:
    for candidate in best(CONDOR, grid_chain(half_spread=0.01)):
        assert candidate.spread == pytest.approx(0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_chain_gives_an_empty_screen(kind: StructureKind) -> None:
    empty = grid_chain().take(np.arange(0))
    result = run(empty, kind, CHOICES[kind], BODIES[kind])
    assert (result.considered, result.units, result.passed, result.rejected) == (0, 0, 0, {})


# --- every rule can refuse -----------------------------------------------------------------------------

PLAIN = grid_chain()
MOVE = {"kind": "at_least", "threshold": 0.015, "margin": False}
BENT: list[tuple[StructureKind, str, dict[str, Any]]] = [
    (PUT_SPREAD, "quoted", {"chain": grid_chain(filled=True)}),
    (PUT_SPREAD, "bid", {"chain": grid_chain(bid=0.0)}),
    (PUT_SPREAD, "volume", {"chain": grid_chain(volume=9.0)}),
    (PUT_SPREAD, "open_interest", {"chain": grid_chain(open_interest=100.0)}),
    (PUT_SPREAD, "spread", {"chain": grid_chain(half_spread=0.03)}),
    (PUT_SPREAD, "dte", {"chain": grid_chain(days=(60,))}),
    (PUT_SPREAD, "delta", {"delta": {"kind": "between", "low": 0.9, "high": 0.95, "target": 0.92}}),
    (PUT_SPREAD, "credit_to_width", {"credit_to_width": {"threshold": 0.9, "ideal": 0.95}}),
    (PUT_SPREAD, "premium_yield", {"premium_yield": {"threshold": 50.0, "ideal": 60.0}}),
    (PUT_SPREAD, "buying_power", {"holdings": make_holdings(free_cash=50.0)}),
    (PUT_SPREAD, "iv_rank", {"rank": 39.9}),
    (PUT_SPREAD, "iv_rank", {"rank": 65.0}),
    (CONDOR, "iv_rank", {"rank": 44.9}),
    (PUT_SPREAD, "direction", {"rsi": 50.0}),
    (PUT_SPREAD, "direction", {"rsi": 49.0}),
    (PUT_SPREAD, "direction", {"sma": 100.0}),
    (PUT_SPREAD, "direction", {"sma": 101.0}),
    (CALL_SPREAD, "direction", {"rsi": 51.0, "direction": {"kind": "yes_no"}}),
    (CONDOR, "direction", {"rsi": 51.0, "sma": 101.0, "direction": {"kind": "yes_no"}}),
    (CONDOR, "credit", {"chain": grid_chain(bid=1.0, ask=1.01)}),
    (CALL_SPREAD, "ex_dividend", {"dividend": 9.0}),
    (STRANGLE, "net_delta", {"net_delta": {"threshold": 1e-9, "ideal": 0.0, "worst": 0.2}}),
    (STRANGLE, "buying_power", {"holdings": make_holdings(free_cash=500.0)}),
    (INDEX_PUT, "cash_settled", {"american": True, "cash_settled": {"kind": "yes_no"}}),
    (INDEX_PUT, "premium_to_target", {"premium_to_target": {"threshold": 0.9999, "ideal": 1.0, "worst": 0.2}}),
    (PUT_SPREAD, "day_move", {"move": -0.0149, "day_move": MOVE}),
]  # fmt: skip


def bent(kind: StructureKind, world: dict[str, Any]) -> ScreenResult:
    from dataclasses import replace
    from datetime import timedelta

    from tests.tools.screening.samples import TODAY, known
    from tools.domain.chain import Dividend
    from tools.domain.contract import ExerciseStyle

    chain = world.get("chain", PLAIN)
    if "dividend" in world:
        chain = replace(
            chain, style=ExerciseStyle.AMERICAN, dividends=(Dividend(TODAY + timedelta(days=9), world["dividend"]),)
        )
    if "american" in world:
        chain = replace(chain, style=ExerciseStyle.AMERICAN)
    body = {rule: each | world.get(rule, {}) for rule, each in BODIES[kind].items()}
    body |= {rule: each for rule, each in world.items() if rule in {"direction", "day_move", "cash_settled"}}
    rank = world.get("rank", 50.0)
    facts = make_facts(
        iv_rank=known(rank), rsi_14=known(world.get("rsi", 55.0)), sma_20=known(world.get("sma", 99.0)),
        day_change=known(world.get("move", 0.02)),
    )  # fmt: skip
    return run(chain, kind, CHOICES[kind], body, facts=facts, holdings=world.get("holdings", make_holdings()))


@pytest.mark.parametrize("kind", KINDS)
def test_the_plain_grid_passes(kind: StructureKind) -> None:
    assert bent(kind, {}).candidates
    assert STRUCTURES[kind].mandatory <= STRUCTURES[kind].rules


@pytest.mark.parametrize(("kind", "rule", "world"), BENT)
def test_each_rule_refuses_what_breaks_it(kind: StructureKind, rule: str, world: dict[str, Any]) -> None:
    result = bent(kind, world)
    assert result.rejected[rule] > 0
    assert result.candidates == ()


@pytest.mark.parametrize("fact", ["iv_rank", "rsi_14", "sma_20"])
def test_an_unknown_fact_is_unknown_and_never_passes_silently(fact: str) -> None:
    from tools.domain.fact import Fact

    facts = make_facts(**{"rsi_14": make_facts().rsi_14, fact: Fact[float].unknown("no source")})
    (candidate, *_) = run(PLAIN, PUT_SPREAD, WIDE, BODIES[PUT_SPREAD], facts=facts).candidates
    rule = "iv_rank" if fact == "iv_rank" else "direction"
    assert next(f.state for f in candidate.filters if f.rule == rule) is FilterState.UNKNOWN


def test_the_move_of_the_day_is_unknown_without_a_close() -> None:
    body = BODIES[CONDOR] | {"day_move": MOVE}
    candidate = run(PLAIN, CONDOR, WIDE, body).candidates[0]
    result = next(f for f in candidate.filters if f.rule == "day_move")
    assert result.state is FilterState.UNKNOWN
    assert result.text == "move since the last close unknown: no close of the day before is at hand"
