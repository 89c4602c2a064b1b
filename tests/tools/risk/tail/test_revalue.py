"""Full revaluation: what no shock, parity, time and dividends must come to."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.risk.tail.books import assets, holdings, random_book, taken
from tools.domain.errors import InputError
from tools.pricing import american, european
from tools.risk.tail.holdings import Holdings
from tools.risk.tail.monte_carlo import drawn
from tools.risk.tail.revalue import revalue, worth
from tools.risk.tail.reverse import smallest_loss, vol_response
from tools.risk.tail.scenario import scenario
from tools.risk.tail.shock import Shock, vols_after
from tools.risk.tail.stress import Stress, stressed, stresses


@pytest.mark.parametrize("exercised", [False, True])
def test_no_shock_is_no_gain(exercised: bool) -> None:
    book = random_book(5, american=exercised)
    assert not revalue(book, assets(3), Shock(spot=np.zeros((4, 3)))).any()


@pytest.mark.parametrize(("exercised", "pricer"), [(False, european), (True, american)])
def test_one_put_is_what_its_pricer_says(exercised: bool, pricer: object) -> None:
    book = holdings((0, -300, -1, 95, 0.25), american=exercised)
    shock = Shock(spot=np.log([[0.9], [1.05]]), vol_factor=np.array([1.5, 1.0]), rate=np.array([0.01, 0.0]))
    reach = math.sqrt(30 / 365 / 0.25)
    terms = {"right": -1, "strike": 95.0, "years": 0.25, "dividend_yield": 0.01}
    after = pricer.value(spot=[90, 105], rate=[0.05, 0.04], vol=[0.2 * (1 + 0.5 * reach), 0.2], **terms).price  # type: ignore[attr-defined]
    before = pricer.value(spot=100, rate=0.04, vol=0.2, **terms).price  # type: ignore[attr-defined]
    assert revalue(book, assets(), shock)[0] == pytest.approx(-300 * (after - before), abs=1e-3)


@given(seed=st.integers(0, 300))
def test_a_position_is_worth_the_same_whatever_stands_beside_it(seed: int) -> None:
    book, market = random_book(seed), assets(3, correlation=0.2)
    shock = drawn(market, seed=seed, paths=100)
    rows = [0, 3, 5]
    assert np.array_equal(revalue(book, market, shock)[rows], revalue(taken(book, rows), market, shock))


def test_parity_has_no_curvature() -> None:
    """A European call less its put is a forward: no shock of volatility moves it, and prices move it in line."""
    pair = holdings((0, 100, 1, 100, 0.3), (0, -100, -1, 100, 0.3))
    moves = np.log1p(np.linspace(-0.3, 0.3, 7))[:, None]
    gains = revalue(pair, assets(), Shock(spot=moves, vol_factor=np.linspace(0.5, 3, 7))).sum(axis=0)
    assert np.diff(gains, n=2) == pytest.approx(np.zeros(5), abs=1e-8)


def test_what_expired_is_worth_its_intrinsic_value() -> None:
    book = holdings((0, -100, -1, 105, 0.0), (0, -100, -1, 95, -0.01))
    gains = revalue(book, assets(), Shock(spot=np.log([[0.9]])))
    assert gains[:, 0] == pytest.approx([-1_000, -500])
    assert worth(book, assets()) == pytest.approx([-500, 0])


def test_cash_dividends_are_felt_by_both_styles() -> None:
    market = replace(assets(), dividend_years={0: np.array([0.1])}, dividend_cash={0: np.array([3.0])})
    for exercised in (False, True):
        call = holdings((0, 100, 1, 100, 0.25), american=exercised)
        cut = revalue(call, market, Shock(spot=np.zeros((1, 1)), dividends=0.0))
        assert cut[0, 0] > 50  # what falls no more is worth about delta × 3 dollars on a hundred shares


def test_scenarios_pass_time_and_move_by_beta() -> None:
    book, market = holdings((0, -100, -1, 95, 0.2), (0, 50, 0, 0, 0)), assets(beta=2.0)
    gains = scenario(book, market, spots=(0.0, -0.05), vols=(0.0, 0.5), days=7)
    assert gains.shape == (2, 2, 2)
    assert gains[0, 0, 0] > 0  # a week's decay is the seller's
    assert gains[1, 0].tolist() == [0, 0]
    assert gains[1, 1, 0] == pytest.approx(-50 * 10)
    assert gains[0, 1, 1] < gains[0, 1, 0] < 0


def test_an_index_that_stands_still_moves_nobody_whatever_the_beta() -> None:
    book, market = holdings((0, 100, 0, 0, 0)), assets(beta=math.nan)
    gains = scenario(book, market, spots=(0.0, 0.1), vols=(0.0,))
    assert gains[0, 0, 0] == 0
    assert math.isnan(gains[0, 1, 0])


def test_vols_move_with_the_root_of_time_and_never_vanish() -> None:
    shock = Shock(spot=np.zeros((1, 1)), vol_factor=np.array([3.0]), skew=np.array([-1.0]))
    plain = replace(shock, skew=None)
    of = {"vol": np.array([0.2, 0.2]), "strike": np.array([100.0, 100]), "spot": np.array([100.0, 100])}
    near, far = vols_after(plain, years=np.array([30 / 365, 120 / 365]), **of)[:, 0]
    assert (near, far) == pytest.approx((0.6, 0.4))
    deep = vols_after(
        shock, years=np.array([1.0]), vol=np.array([0.2]), strike=np.array([50.0]), spot=np.array([100.0])
    )
    assert deep[0, 0] == 0.01


def test_the_table_of_stresses_is_whole() -> None:
    table = stresses()
    assert len(table) >= 25
    assert len({each.name for each in table}) == len(table)
    named = {
        "1987-10-19",
        "2008-10",
        "2010-05-06",
        "2011-08-08",
        "2015-08-24",
        "2018-02-05",
        "2020-03-16",
        "2024-08-05",
    }
    assert named <= {each.name for each in table}


def test_what_a_black_monday_costs_shares() -> None:
    found = {each.stress.name: each for each in stressed(holdings((0, 100, 0, 0, 0)), assets(), stresses())}
    assert found["1987-10-19"].loss == pytest.approx(2_047)
    assert found["-5 sigma"].loss == pytest.approx(10_000 * -math.expm1(-0.05))
    assert found["sector collapse"].loss == pytest.approx(3_000)
    assert found["rates +200 bp"].loss == 0
    assert math.isnan(found["liquidity drought"].loss)
    assert "spread" in found["liquidity drought"].because
    left = stressed(holdings((0, 100, 0, 0, 0)), assets(), stresses(), half_spread=np.array([0.02]))
    assert {each.stress.name: each.loss for each in left}["liquidity drought"] == pytest.approx(10)


def test_an_unknown_beta_leaves_only_what_depends_on_it_unknown() -> None:
    found = {e.stress.name: e for e in stressed(holdings((0, 100, 0, 0, 0)), assets(beta=math.nan), stresses())}
    assert math.isnan(found["1987-10-19"].loss)
    assert found["1987-10-19"].because == "the beta of S0 is unknown"
    assert found["volatility +100 %"].loss == 0


def test_a_stress_says_one_thing() -> None:
    with pytest.raises(ValueError, match="index or sigmas"):
        Stress(name="both", says="", index=-0.1, sigmas=-5)


def test_the_nearest_breaking_move() -> None:
    found = smallest_loss(holdings((0, 100, 0, 0, 0)), assets(), loss=1_000)
    assert found.move == pytest.approx(-0.10)
    assert found.loss == pytest.approx(1_000)
    short_call = smallest_loss(holdings((0, -100, 1, 105, 0.1)), assets(), loss=1_000)
    assert short_call.move > 0
    nowhere = smallest_loss(holdings((0, 100, 1, 105, 0.1)), assets(), loss=1_000)
    assert math.isnan(nowhere.move)
    assert float(vol_response(np.log1p(-0.1))) > 1 > float(vol_response(np.log1p(0.1)))


def test_columns_of_different_lengths_are_told() -> None:
    with pytest.raises(InputError, match="2 positions need"):
        Holdings(("a", "b"), *(np.zeros(2),) * 6, american=np.zeros(1, dtype=np.bool_))  # type: ignore[arg-type]
