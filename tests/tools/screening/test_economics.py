"""What a candidate says of one unit: money, chances, Greeks with the seller's sign."""

from datetime import timedelta

import numpy as np
import pytest

from tests.tools.screening.samples import TODAY, make_chain
from tests.tools.screening.test_screen import CALL, PUT, run
from tools.calendar.trading_time import Clock
from tools.domain.candidate import Candidate
from tools.domain.chain import Dividend
from tools.domain.contract import ExerciseStyle
from tools.domain.structure import leg_key
from tools.pricing.payoff import payoff
from tools.pricing.quotes import quote_greeks


@pytest.fixture(scope="module")
def put() -> Candidate:
    return run(make_chain([95.0]), PUT).candidates[0]


@pytest.fixture(scope="module")
def call() -> Candidate:
    return run(make_chain([105.0], right=1), CALL).candidates[0]


def test_a_put_is_secured_by_its_strike(put: Candidate) -> None:
    assert put.credit == pytest.approx(1.02)
    assert put.natural == 1.00
    assert put.breakevens == (pytest.approx(95 - 1.02),)
    assert put.max_loss == pytest.approx((95 - 1.02) * 100)
    assert put.max_profit == pytest.approx(102)
    assert put.collateral == put.cash_required == 9_500
    assert put.shares_required == 0
    assert put.premium_yield == pytest.approx(1.02 / 95 * 365 / 45)
    assert leg_key(put.legs) == (("XOM260301P00095000", -1),)


def test_a_call_is_secured_by_its_shares(call: Candidate) -> None:
    assert call.breakevens == (pytest.approx(100 - 1.02),)
    assert call.max_loss == pytest.approx((100 - 1.02) * 100)
    assert call.max_profit == pytest.approx((105 - 100 + 1.02) * 100)
    assert call.collateral == 10_000
    assert call.cash_required == 0
    assert call.shares_required == 100


@pytest.mark.parametrize("name", ["put", "call"])
def test_money_agrees_with_the_payoff_at_expiry(name: str, request: pytest.FixtureRequest) -> None:
    candidate: Candidate = request.getfixturevalue(name)
    profit = payoff(
        legs=candidate.legs,
        credit=candidate.credit,
        shares=candidate.shares_required,
        share_price=candidate.spot,
    )
    assert profit.breakevens == pytest.approx(candidate.breakevens)
    assert profit.max_loss == pytest.approx(candidate.max_loss)
    assert profit.max_profit == pytest.approx(candidate.max_profit)


def test_greeks_carry_the_sellers_sign(put: Candidate, call: Candidate) -> None:
    assert put.greeks is not None
    assert call.greeks is not None
    assert put.greeks.delta > 0 > call.greeks.delta
    for greeks in (put.greeks, call.greeks):
        assert greeks.gamma < 0
        assert greeks.vega < 0
        assert greeks.theta > 0
    assert put.greeks.delta == -quote_greeks(make_chain([95.0])).delta[0]


def test_the_chance_of_profit_matches_a_simulation(put: Candidate) -> None:
    assert put.iv is not None
    rng = np.random.default_rng(7)
    years = float(quote_greeks(make_chain([95.0])).calendar_years[0])
    shocks = rng.standard_normal(400_000) * put.iv * np.sqrt(years)
    ends = put.spot * np.exp(0.04 * years - put.iv**2 * years / 2 + shocks)
    assert put.pop == pytest.approx((ends > put.breakevens[0]).mean(), abs=3e-3)
    assert put.expected_move == pytest.approx(put.spot * put.iv * np.sqrt(years))


def test_a_dividend_lowers_the_forward_and_the_chance_of_profit() -> None:
    plain = run(make_chain([95.0], style=ExerciseStyle.EUROPEAN), PUT).candidates[0]
    paying = make_chain(
        [95.0], style=ExerciseStyle.EUROPEAN, dividends=(Dividend(TODAY + timedelta(days=10), 2.0),)
    )
    after = make_chain([95.0], style=ExerciseStyle.EUROPEAN, dividends=(Dividend(TODAY + timedelta(days=60), 2.0),))
    assert (run(paying, PUT).candidates[0].pop or 0) < (plain.pop or 0)
    assert run(after, PUT).candidates[0].pop == plain.pop


def test_the_clock_changes_the_volatility_not_the_delta() -> None:
    chain = make_chain([95.0])
    calendar = run(chain, clock=Clock.CALENDAR_365).candidates[0]
    trading = run(chain, clock=Clock.TRADING_278).candidates[0]
    assert calendar.iv != trading.iv
    assert calendar.greeks is not None
    assert trading.greeks is not None
    assert trading.greeks.delta == pytest.approx(calendar.greeks.delta, abs=1e-6)
    assert trading.pop == pytest.approx(calendar.pop, abs=1e-6)
