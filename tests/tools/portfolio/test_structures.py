"""Structures of several legs in front of the limits: sized, secured, reserved and held as what they can lose."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.tools.portfolio.samples import CLOCK, account
from tests.tools.screening.grid import grid_chain
from tests.tools.screening.samples import make_snapshot
from tests.tools.screening.test_structures import CONDOR, INDEX_PUT, KINDS, PUT_SPREAD, STRANGLE, best
from tools.domain.account import Account, Position
from tools.domain.candidate import Candidate
from tools.domain.decision import FitResult, LimitResult, LimitState
from tools.domain.structure import UNDEFINED_RISK, StructureKind
from tools.portfolio.exposure import candidate_exposure
from tools.portfolio.fit import fit
from tools.portfolio.positions import read_positions
from tools.risk.profile import MULTI_BOOK, OvernightGap
from tools.sizing.rule import SizingRule

CHAIN = grid_chain()
MARKET = make_snapshot(CHAIN)
NAV = 1_000_000.0
WIDE = MULTI_BOOK.model_copy(update={"net_delta": 10.0, "gamma": 1.0, "vega": 1.0})
SIZED = SizingRule(by_confidence=True)


def first(kind: StructureKind) -> Candidate:
    return best(kind)[0]


def fitted(candidate: Candidate, holder: Account | None = None, **changes: Any) -> tuple[FitResult, Any]:
    given: dict[str, Any] = {
        "clock": CLOCK, "profile": WIDE, "sizing": SIZED, "quantitative": 8.0, "model_confidence": 8.0, **changes,
    }  # fmt: skip
    return fit(candidate, account=holder or account(cash=NAV), snapshot=MARKET, **given)


def by_rule(result: FitResult) -> dict[str, LimitResult]:
    return {limit.rule: limit for limit in result.limits}


@pytest.mark.parametrize("kind", [PUT_SPREAD, CONDOR])
def test_a_bounded_loss_is_sized_by_confidence_and_reserved_whole(kind: StructureKind) -> None:
    """F17: confidence 80 is the tier of 5 % of NAV as largest loss."""
    candidate = first(kind)
    result, reservation = fitted(candidate)
    contracts = math.floor(0.05 * NAV / candidate.max_loss)
    assert (result.contracts, result.binding) == (contracts, "size for its confidence")
    assert result.vetoes == ()
    assert reservation.cash == pytest.approx(contracts * candidate.max_loss)
    assert reservation.exposure["collateral"] == pytest.approx(contracts * candidate.max_loss)
    found = by_rule(result)
    assert found["F1"].after == found["F14"].after == pytest.approx(contracts * candidate.max_loss / NAV)
    assert found["F15-stress"].state is LimitState.NOT_APPLICABLE


def test_the_day_fills_up() -> None:
    held = account(cash=NAV, opened_today_max_loss=0.1 * NAV)
    assert "F14" in {limit.rule for limit in fitted(first(PUT_SPREAD), held)[0].vetoes}


def test_no_spread_without_the_cash_that_secures_it() -> None:
    """An account whose cash secures other puts already has a NAV and no buying power."""
    bound = account(Position(symbol="XOM260301P00080000", quantity=-124, price=0.05), cash=NAV)
    result, _ = fitted(first(CONDOR), bound)
    assert "cash" not in {limit.rule for limit in result.vetoes}
    tight = account(Position(symbol="XOM260301P00080000", quantity=-125, price=0.05), cash=NAV)
    assert "cash" in {limit.rule for limit in fitted(first(CONDOR), tight)[0].vetoes}


@pytest.mark.parametrize("kind", KINDS)
def test_a_bounded_loss_bounds_the_loss_in_the_gap(kind: StructureKind) -> None:
    for candidate in best(kind):
        exposure = candidate_exposure(
            candidate, chain=CHAIN, facts=MARKET.facts["XOM"], gap=OvernightGap(), broker=""
        )
        assert exposure.book == candidate.book
        if kind in UNDEFINED_RISK:
            assert exposure.collateral >= candidate.collateral
            assert exposure.max_loss == 0
            assert exposure.collateral >= exposure.overnight_loss > 0
        else:
            assert exposure.overnight_loss <= candidate.max_loss + 1e-6
            assert exposure.notional == exposure.collateral == candidate.max_loss


def test_a_strangle_is_stressed_both_ways() -> None:
    result, reservation = fitted(first(STRANGLE), sizing=SizingRule(), contracts=2)
    found = by_rule(result)
    assert found["F1"].state is found["F14"].state is LimitState.NOT_APPLICABLE
    assert found["F15-stress"].state is LimitState.PASS
    worst = max(reservation.exposure["overnight_loss"], reservation.exposure["rise_loss"])
    assert found["F15-stress"].after == pytest.approx(worst / result.nav)


def test_a_rise_alone_can_refuse_a_strangle() -> None:
    candidate = first(STRANGLE)
    result, reservation = fitted(candidate, sizing=SizingRule(), contracts=2)
    falls, rises = (reservation.exposure[name] / result.nav for name in ("overnight_loss", "rise_loss"))
    between = (falls + rises) / 2
    tight = WIDE.model_copy(update={"stress_loss": between})
    refused, _ = fitted(candidate, sizing=SizingRule(), contracts=2, profile=tight)
    stress = by_rule(refused)["F15-stress"]
    assert stress.vetoes
    assert ("a rise" if rises > falls else "a fall") in stress.text


def test_an_index_put_is_held_by_leverage_and_stress_alone() -> None:
    result, reservation = fitted(first(INDEX_PUT), sizing=SizingRule(allocation=0.15))
    found = by_rule(result)
    assert found["F1"].state is found["F14"].state is found["F17"].state is LimitState.NOT_APPLICABLE
    assert found["F15-stress"].state is LimitState.PASS
    assert result.vetoes == ()
    strike = first(INDEX_PUT).legs[0].contract.strike
    assert found["F15"].after == pytest.approx(result.contracts * strike * 100 / NAV)
    assert reservation.exposure["max_loss"] == 0


def test_the_stress_cap_counts_the_books_own_trades() -> None:
    candidate = first(INDEX_PUT)
    _, reservation = fitted(candidate, sizing=SizingRule(allocation=0.15))
    for book, counted in ((candidate.book, True), ("another", False)):
        other = reservation.model_copy(update={"decision_id": "d-other", "book": book})
        holder = account(cash=NAV, reservations=(other,))
        stress = by_rule(fitted(candidate, holder, contracts=1)[0])["F15-stress"]
        assert (stress.before == 0) is not counted


def test_a_book_takes_no_more_than_its_share_of_capital() -> None:
    candidate = first(PUT_SPREAD)
    sizing = SizingRule(by_confidence=True, capital=0.06)
    result, reservation = fitted(candidate, sizing=sizing)
    assert result.vetoes == ()
    for book, refused in ((candidate.book, True), ("another", False)):
        other = reservation.model_copy(update={"decision_id": "d-other", "book": book})
        again, _ = fitted(candidate, account(cash=NAV, reservations=(other,)), sizing=sizing, contracts=100)
        assert ("J" in {limit.rule for limit in again.vetoes}) is refused
    fewer, _ = fitted(candidate, sizing=SizingRule(by_confidence=True, capital=0.01))
    assert (fewer.binding, fewer.contracts) == ("capital of test", math.floor(0.01 * NAV / candidate.max_loss))


@pytest.mark.parametrize("kind", [PUT_SPREAD, CONDOR])
def test_what_was_reserved_is_what_the_filled_trade_locks(kind: StructureKind) -> None:
    """The credit arrives as cash and the width is locked: together the reservation, less what the spread costs."""
    candidate = first(kind)
    legs = tuple(Position(symbol=leg.contract.occ, quantity=leg.quantity, price=None) for leg in candidate.legs)
    holder = account(*legs, cash=NAV + 100 * candidate.credit)
    found = read_positions(holder, MARKET, clock=CLOCK, gap=OvernightGap())
    free = holder.cash - found.locked_cash
    assert free == pytest.approx(NAV - candidate.cash_required)
    assert np.isfinite(found.nav)
