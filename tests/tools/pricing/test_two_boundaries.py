"""American options that are exercised between two spots only: as a put q < r < 0 (Andersen & Lake 2021)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.tools.pricing import reference
from tools.pricing import american, european, implied_vol

OPEN = {"right": -1.0, "strike": 105.0, "years": 182 / 365, "rate": -0.01, "dividend_yield": -0.03, "vol": 0.2}
MET = {"right": -1.0, "strike": 100.0, "years": 2.0, "rate": -0.01, "dividend_yield": -0.03, "vol": 0.3}

options = st.fixed_dictionaries(
    {
        "spot": st.just(100.0),
        "strike": st.floats(70, 140),
        "years": st.floats(0.05, 2),
        "vol": st.floats(0.05, 0.5),
    }
)
rates = st.tuples(st.floats(-0.03, -0.002), st.floats(0.002, 0.04))


def as_put(option: dict[str, float], rate: tuple[float, float]) -> dict[str, float]:
    return option | {"right": -1.0, "rate": rate[0], "dividend_yield": rate[0] - rate[1]}


@pytest.mark.parametrize(
    ("right", "strike", "days", "rate", "dividend_yield", "vol", "price", "delta", "doubt"),
    [
        (-1, 105, 182, -0.01, -0.03, 0.2, 8.1530208, -0.5995127, 5e-8),
        (-1, 95, 365, -0.005, -0.04, 0.15, 2.7609899, -0.2867699, 5e-8),
        (-1, 100, 730, -0.01, -0.03, 0.3, 15.6145405, -0.4069523, 2e-7),
        (-1, 110, 730, -0.02, -0.025, 0.25, 20.5311366, -0.5526735, 2e-7),
        (1, 100, 365, -0.03, -0.01, 0.2, 7.2571114, 0.5147432, 1e-7),
        (1, 80, 730, -0.04, -0.02, 0.35, 28.6290626, 0.7620324, 4e-7),
    ],
)
def test_prices_of_fine_grids(
    right: float,
    strike: float,
    days: int,
    rate: float,
    dividend_yield: float,
    vol: float,
    price: float,
    delta: float,
    doubt: float,
) -> None:
    """QuantLib 1.44 FdBlackScholesVanillaEngine on 4,000 × 4,000 nodes, spot 100, the error of first order that
    is left taken off with the help of 2,000 × 2,000; `doubt` is what the same with half of each differs."""
    terms = {
        "right": right, "spot": 100.0, "strike": strike, "years": days / 365, "rate": rate,
        "dividend_yield": dividend_yield, "vol": vol,
    }  # fmt: skip
    for accuracy, error in (("fast", 5e-7), ("exact", 1e-7)):
        v = american.value(**terms, accuracy=accuracy)
        assert abs(float(v.price) - price) / strike < error + doubt
        assert float(v.delta) == pytest.approx(delta, abs=1e-5)


@given(options, rates)
@settings(max_examples=15, deadline=None)
def test_agrees_with_a_plain_tree(option: dict[str, float], rate: tuple[float, float]) -> None:
    put = as_put(option, rate)
    assume(abs(np.log(100 / put["strike"]) + rate[1] * put["years"]) < 3 * put["vol"] * put["years"] ** 0.5)
    plain = reference.leisen_reimer(**put, steps=401)
    assert float(american.value(**put).price) == pytest.approx(plain, abs=2e-3 * put["vol"] * put["strike"])


@given(options, rates)
@settings(max_examples=25, deadline=None)
def test_fast_and_exact_agree(option: dict[str, float], rate: tuple[float, float]) -> None:
    """Measured over 400 such options: 4.3e-8 of the strike at most, 4.5e-9 RMS, the largest where the boundaries
    meet within the option's life; "exact" differs from twice its nodes by 2.5e-8 there, by 1e-10 elsewhere."""
    put = as_put(option, rate)
    fast, exact = american.value(**put), american.value(**put, accuracy="exact")
    assert abs(fast.price - exact.price) < 5e-7 * put["strike"]
    assert fast.price >= max(put["strike"] - 100, float(european.value(**put).price)) - 1e-9


def test_both_boundaries_are_told_and_pasted_smoothly() -> None:
    for accuracy in ("fast", "exact"):
        found = american.exercise(spot=100.0, **OPEN, accuracy=accuracy)
        upper, lower = float(found.boundary), float(found.second)
        assert 105 / 3 < lower < upper < 105
        inside = american.value(spot=np.array([upper * 0.9999, lower * 1.0001]), **OPEN, accuracy=accuracy)
        assert inside.price == pytest.approx([105 - upper * 0.9999, 105 - lower * 1.0001], abs=1e-12)
        assert inside.gamma.tolist() == [0, 0]
        outside = american.value(spot=np.array([upper * 1.0001, lower * 0.9999]), **OPEN, accuracy=accuracy)
        assert np.all(outside.price >= 105 - np.array([upper * 1.0001, lower * 0.9999]))
        assert outside.delta == pytest.approx([-1, -1], abs=1e-3)
        assert np.abs(outside.theta) == pytest.approx([0, 0], abs=1e-2)


def test_a_call_is_the_mirrored_put() -> None:
    call = {
        "right": 1.0,
        "spot": 105.0,
        "strike": 100.0,
        "years": 182 / 365,
        "rate": -0.03,
        "dividend_yield": -0.01,
    }
    mirrored, put = american.value(**call, vol=0.2), american.value(spot=100.0, **OPEN)
    assert float(mirrored.price) == pytest.approx(float(put.price), abs=1e-12)
    found, other = american.exercise(**call, vol=0.2), american.exercise(spot=100.0, **OPEN)
    assert float(found.boundary) == pytest.approx(100 * 105 / float(other.boundary))
    assert float(found.second) == pytest.approx(100 * 105 / float(other.second))
    assert found.boundary < found.second


def test_boundaries_that_have_met_leave_a_premium_for_later() -> None:
    found = american.exercise(spot=100.0, **MET)
    assert np.isnan([found.boundary, found.second]).all()
    assert found.premium > 0.1
    sooner = american.exercise(spot=100.0, **(MET | {"years": 1.5}))
    assert sooner.second < sooner.boundary


def test_one_boundary_has_no_second() -> None:
    found = american.exercise(spot=100.0, **(OPEN | {"rate": 0.02}))
    assert np.isfinite(found.boundary)
    assert np.isnan(found.second)


@pytest.mark.parametrize("terms", [OPEN, MET], ids=["open", "met"])
@pytest.mark.parametrize("spot", [85.0, 100.0, 120.0])
@pytest.mark.parametrize(
    ("greek", "name", "step"), [("delta", "spot", 0.05), ("vega", "vol", 1e-3), ("rho", "rate", 1e-4)]
)
def test_greeks_are_the_derivatives_of_the_price(
    terms: dict[str, float], spot: float, greek: str, name: str, step: float
) -> None:
    option = terms | {"spot": spot}
    moved = [option | {name: option[name] + sign * step} for sign in (-1, 1)]
    low, high = (float(american.value(**each, accuracy="exact").price) for each in moved)
    found = float(getattr(american.value(**option, accuracy="exact"), greek))
    assert found == pytest.approx((high - low) / (2 * step), rel=3e-3, abs=1e-3)


@given(options, rates)
@settings(max_examples=15, deadline=None)
def test_vols_come_back(option: dict[str, float], rate: tuple[float, float]) -> None:
    put = as_put(option, rate)
    v = american.value(**put)
    assume(float(v.vega) > 1 and float(v.price) > put["strike"] - 100 + 0.01)
    quote = {name: each for name, each in put.items() if name != "vol"}
    assert float(implied_vol.american(**quote, price=v.price)) == pytest.approx(put["vol"], abs=1e-6)


def test_a_chain_is_worth_what_its_options_are_worth_alone() -> None:
    strikes, vols = np.linspace(80, 130, 20), np.linspace(0.1, 0.4, 20)
    terms = {"right": -1.0, "spot": 100.0, "years": 0.7, "rate": -0.01, "dividend_yield": -0.03}
    chain = american.value(strike=strikes, vol=vols, **terms)
    alone = [float(american.value(strike=k, vol=v, **terms).price) for k, v in zip(strikes, vols, strict=True)]
    assert chain.price.tolist() == alone
