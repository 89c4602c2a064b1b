"""The VIX hedge: when it is bought, which call, and how much of it (spec H3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any

import pytest

from tools.backtest.simulated import SimulatedHistory
from tools.books.load import shipped_book
from tools.books.screen import screen_book
from tools.calendar.trading_time import Clock
from tools.data.simulated.past import SimulatedPast
from tools.desk.entering import as_quoted, fit_entry
from tools.desk.house import House
from tools.desk.ordering import entry_order
from tools.domain.account import Account
from tools.domain.candidate import Candidate
from tools.domain.fact import Fact
from tools.domain.market import Snapshot
from tools.domain.structure import StructureKind
from tools.portfolio.exposure import candidate_exposure
from tools.portfolio.terms import forward_terms
from tools.screening.holdings import Holdings

HEDGE = shipped_book("vix_hedge")
HOUSE = House()
DAY = date(2008, 8, 20)
SOLD = Holdings(
    nav=1e6, free_cash=1e6, free_shares={}, sector_exposure={}, own_open=False, vega=-1_500.0, iv_rank=72.0
)


@lru_cache
def market() -> Snapshot:
    (snapshot,) = SimulatedHistory(SimulatedPast(symbols=("VIX",))).looks(DAY, DAY)
    return snapshot


def proposed(**changes: Any) -> tuple[Candidate, ...]:
    return screen_book(HEDGE, market(), replace(SOLD, **changes)).candidates


def hedge() -> Candidate:
    (candidate,) = proposed()
    return candidate


@pytest.mark.parametrize(
    "changes",
    [
        {"vega": -1_000.0},  # not below -1,000
        {"iv_rank": 60.0},  # not above 60
        {"own_open": True},  # one at a time
        {"free_cash": 10.0},
    ],
)
def test_it_is_bought_only_while_it_is_needed(changes: dict[str, Any]) -> None:
    assert len(proposed()) == 1
    assert proposed(**changes) == ()


def test_an_unknown_need_is_a_person_s_to_judge() -> None:
    (candidate,) = proposed(vega=None)
    assert [each.rule for each in candidate.filters if each.state == "unknown"] == ["portfolio_vega"]


def test_it_is_a_call_of_30_delta_measured_from_the_forward_of_its_expiry() -> None:
    candidate, (leg,) = hedge(), hedge().legs
    forward = forward_terms(market().chains["VIX"])[leg.contract.expiry].spot
    assert candidate.structure is StructureKind.VIX_CALL
    assert (leg.quantity, leg.contract.right.value) == (1, "call")
    assert candidate.spot == forward
    assert candidate.spot != market().chains["VIX"].spot
    assert candidate.greeks is not None
    assert candidate.greeks.delta == pytest.approx(0.30, abs=0.05)
    # "30-delta, about 20 % out of the money"
    assert 1.10 < leg.contract.strike / forward < 1.45


def test_what_is_paid_is_all_that_can_be_lost() -> None:
    candidate = hedge()
    paid = -candidate.credit * 100
    assert candidate.credit < 0 < paid
    assert candidate.natural < candidate.credit
    assert candidate.max_loss == candidate.collateral == candidate.cash_required == pytest.approx(paid)
    assert candidate.breakevens[0] == pytest.approx(candidate.legs[0].contract.strike + paid / 100)
    assert candidate.pop is not None
    assert 0 < candidate.pop < 0.30


def sized(vix: float | None) -> float:
    """The premium as a share of NAV."""
    level = Fact[float].unknown("none") if vix is None else Fact[float].known(vix, source="test")
    snapshot = replace(market(), conditions=market().conditions.model_copy(update={"vix": level}))
    fitted, reservation = fit_entry(
        hedge(), book=HEDGE, house=HOUSE, account=Account(cash=500_000.0, positions=()), snapshot=snapshot,
        analysis=None,
    )  # fmt: skip
    assert fitted.vetoes == ()
    return reservation.cash / 500_000.0


@pytest.mark.parametrize(
    ("vix", "share"), [(14.9, 0.02), (15.0, 0.015), (24.9, 0.015), (25.0, 0.01), (60.0, 0.01), (None, 0.01)]
)
def test_its_premium_follows_vix(vix: float | None, share: float) -> None:
    # spec H3: 2 % of NAV at VIX < 15, 1.5 % at 15-25, 1 % above 25
    unit = hedge().cash_required / 500_000.0
    assert share - unit < sized(vix) <= share


def test_it_leans_on_no_limit_of_prices_and_gains_in_the_gap() -> None:
    added = candidate_exposure(
        hedge(), chain=market().chains["VIX"], facts=None, gap=HOUSE.profile.overnight, broker="simulated"
    )
    assert (added.dollar_delta, added.gamma_1pct, added.vega_point, added.notional) == (0, 0, 0, 0)
    assert added.overnight_loss == pytest.approx(added.overnight_loss)
    assert added.overnight_loss < 0 or added.rise_loss < 0


def test_its_order_is_a_debit_that_walks_up() -> None:
    order = entry_order(hedge(), book=HEDGE, decision_id="d-1", contracts=3, house=HOUSE)
    assert order.floor_price < 0
    assert order.floor_price <= order.limit_price
    assert float(order.floor_price) >= 1.05 * hedge().credit - 1e-9


def test_a_second_look_measures_it_from_the_forward_too() -> None:
    later = replace(market(), fingerprint="e" * 64)
    again = as_quoted(hedge(), later, clock=Clock.CALENDAR_365)
    assert again.spot == hedge().spot
    assert again.greeks is not None
    assert hedge().greeks is not None
    assert again.greeks.delta == pytest.approx(hedge().greeks.delta)
