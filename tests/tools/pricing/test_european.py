"""European prices and Greeks against 50 digits, a textbook formula, and their own laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.pricing import oracle, reference
from tools.pricing import european

ORACLE = "european.csv"
GREEKS = ("delta", "gamma", "theta", "vega", "rho")

options = st.fixed_dictionaries(
    {
        "spot": st.floats(1, 5000),
        "strike": st.floats(1, 5000),
        "years": st.floats(1 / 365, 10),
        "rate": st.floats(-0.02, 0.15),
        "dividend_yield": st.floats(-0.02, 0.2),
        "vol": st.floats(0.02, 3),
    }
)


def test_prices_of_the_oracle() -> None:
    """Measured: 8.9e-16 of spot; relative 1.1e-12 down to 1e-12 of spot, 8.3e-12 down to 1e-276."""
    v = european.value(**oracle.terms(ORACLE), vol=oracle.numbers(ORACLE, "sigma"))
    price, spot = oracle.numbers(ORACLE, "price"), oracle.numbers(ORACLE, "S")
    relative = np.abs(v.price / price - 1)
    assert np.max(np.abs(v.price - price) / spot) < 4e-15
    assert np.max(relative[price > 1e-12 * spot]) < 1e-10
    assert np.max(relative) < 1e-9


@pytest.mark.parametrize("name", GREEKS)
def test_greeks_of_the_oracle(name: str) -> None:
    """Measured, in the Greek's natural scale (1, 1/spot, spot): vega 1.4e-16 to gamma 1.7e-14, its last place."""
    v = european.value(**oracle.terms(ORACLE), vol=oracle.numbers(ORACLE, "sigma"))
    spot = oracle.numbers(ORACLE, "S")
    scale = {"delta": 1.0, "gamma": 1 / spot}.get(name, spot)
    assert np.max(np.abs(getattr(v, name) - oracle.numbers(ORACLE, name)) / scale) < 2e-14


def test_greeks_of_the_last_minutes_keep_every_digit() -> None:
    """Gamma and theta a hundred to ten thousand times their natural scale: relative 1.1e-15 at most measured."""
    rng = np.random.default_rng(3)
    for _ in range(200):
        option = {
            "right": float(rng.choice([-1.0, 1.0])),
            "spot": 100.0,
            "strike": 100.0 * math.exp(rng.normal(0, 1e-3)),
            "years": 10 ** rng.uniform(-6, -3),
            "rate": 0.04,
            "dividend_yield": 0.01,
            "vol": rng.uniform(0.1, 1.0),
        }
        v, exact = european.value(**option), reference.exact(**option)
        assert float(v.gamma) == pytest.approx(exact["gamma"], rel=2e-15, abs=1e-18)
        assert float(v.theta) == pytest.approx(exact["theta"], rel=2e-15, abs=1e-15)


def test_textbook_example() -> None:
    """Hull, Options, Futures and Other Derivatives, 9th ed., example 15.6: call 4.76, put 0.81."""
    v = european.value(right=[1, -1], spot=42, strike=40, years=0.5, rate=0.10, dividend_yield=0, vol=0.2)
    assert v.price == pytest.approx([4.76, 0.81], abs=5e-3)


@given(options, st.sampled_from([1.0, -1.0]))
@settings(deadline=None)
def test_agrees_with_the_plain_formula(option: dict[str, float], right: float) -> None:
    v = european.value(right=right, **option)
    plain = reference.european(right=right, **option)
    scale = option["spot"] + option["strike"]
    for name, value in zip(("price", *GREEKS), plain, strict=True):
        assert float(getattr(v, name)) == pytest.approx(value, rel=1e-9, abs=1e-11 * scale)


@given(options)
@settings(deadline=None)
def test_put_call_parity(option: dict[str, float]) -> None:
    v = european.value(right=[1, -1], **option)
    asset = option["spot"] * np.exp(-option["dividend_yield"] * option["years"])
    cash = option["strike"] * np.exp(-option["rate"] * option["years"])
    scale = option["spot"] + option["strike"]
    assert v.price[0] - v.price[1] == pytest.approx(asset - cash, abs=2e-15 * (asset + cash))
    assert v.delta[0] - v.delta[1] == pytest.approx(asset / option["spot"], rel=1e-13)
    assert v.gamma[0] == v.gamma[1]
    assert v.vega[0] == v.vega[1]
    assert v.rho[0] - v.rho[1] == pytest.approx(option["years"] * cash, abs=1e-13 * scale)


@given(options, st.sampled_from([1.0, -1.0]))
@settings(deadline=None)
def test_bounds_monotonicity_and_convexity(option: dict[str, float], right: float) -> None:
    asset = option["spot"] * np.exp(-option["dividend_yield"] * option["years"])
    cash = option["strike"] * np.exp(-option["rate"] * option["years"])
    v = european.value(right=right, **option)
    tiny = 1e-13 * (asset + cash)
    assert max(right * (asset - cash), 0) - tiny <= v.price <= (asset if right > 0 else cash) + tiny
    strikes = option["strike"] * np.array([0.9, 1.0, 1.1])
    across = european.value(right=right, **(option | {"strike": strikes})).price
    assert np.all(right * np.diff(across) <= 10 * tiny)
    assert across[0] - 2 * across[1] + across[2] >= -10 * tiny
    calmer = european.value(right=right, **(option | {"vol": option["vol"] * 0.99}))
    assert calmer.price <= v.price + tiny


@given(options, st.sampled_from([1.0, -1.0]))
@settings(deadline=None)
def test_greeks_satisfy_the_black_scholes_equation(option: dict[str, float], right: float) -> None:
    v = european.value(right=right, **option)
    spot, rate, carry = option["spot"], option["rate"], option["rate"] - option["dividend_yield"]
    drift = v.theta + carry * spot * v.delta + 0.5 * (option["vol"] * spot) ** 2 * v.gamma
    assert float(drift) == pytest.approx(float(rate * v.price), abs=1e-11 * (spot + option["strike"]))
