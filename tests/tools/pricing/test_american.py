"""American prices and Greeks against QuantLib and independent collocation, plain trees and grids, own laws."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.tools.pricing import oracle, reference
from tools.domain.errors import InputError
from tools.pricing import american, european
from tools.pricing.values import Values

ORACLE, DIVIDENDS = "american.csv", "american_discrete_div.csv"

STOCK = {
    "right": [1, -1],
    "spot": 100.0,
    "strike": 95.0,
    "years": 0.5,
    "rate": 0.04,
    "dividend_yield": 0.0,
    "vol": 0.3,
}

options = st.fixed_dictionaries(
    {
        "right": st.sampled_from([1.0, -1.0]),
        "spot": st.floats(50, 200),
        "strike": st.floats(50, 200),
        "years": st.floats(2 / 365, 3),
        "rate": st.floats(-0.01, 0.1),
        "dividend_yield": st.floats(-0.01, 0.1),
        "vol": st.floats(0.05, 1),
    }
)


def valued(accuracy: str = "fast", rows: npt.NDArray[np.bool_] | None = None) -> Values:
    chosen = np.ones(len(oracle.numbers(ORACLE, "S")), dtype=bool) if rows is None else rows
    vol = oracle.numbers(ORACLE, "sigma")[chosen]
    return american.value(**oracle.terms(ORACLE, rows=chosen), vol=vol, accuracy=accuracy)


def worst(errors: npt.NDArray[np.float64]) -> tuple[float, float]:
    return float(np.max(errors)), float(np.sqrt(np.mean(errors**2)))


@pytest.mark.parametrize(("accuracy", "most", "rms"), [("fast", 2e-7, 3e-8), ("exact", 2e-8, 2e-9)])
def test_prices_of_the_oracle(accuracy: str, most: float, rms: float) -> None:
    """Measured as shares of the strike: "fast" 9.1e-8 at most and 1.2e-8 RMS, "exact" 1.1e-8 and 7.5e-10.

    The largest of the latter are the reference's own uncertainty; what exceeds that is below 2e-9.
    """
    errors = np.abs(valued(accuracy).price - oracle.numbers(ORACLE, "price")) / oracle.numbers(ORACLE, "K")
    assert worst(errors) < (most, rms)
    if accuracy == "exact":
        doubt = 3 * oracle.numbers(ORACLE, "price_unc") / oracle.numbers(ORACLE, "K")
        assert np.max(errors - doubt) < 5e-9


@pytest.mark.parametrize(
    ("name", "fast", "exact"),
    [
        ("delta", 1e-5, 1e-5),
        ("gamma", 2e-4, 1e-4),
        ("theta", 1e-6, 1e-6),
        ("vega", 1e-5, 1e-5),
        ("rho", 1e-4, 3e-5),
    ],
)
def test_greeks_of_the_oracle(name: str, fast: float, exact: float) -> None:
    """In the Greek's natural scale, beyond three times the reference's own uncertainty.

    Next to the boundary the reference takes its theta from gammas that differ from its own estimators' and
    bumps its vega and rho across the boundary; those three are compared away from it.
    """
    spot = oracle.numbers(ORACLE, "S")
    scale = {"delta": np.ones_like(spot), "gamma": 1 / spot}.get(name, spot)
    doubt = np.zeros_like(spot) if name == "theta" else 3 * oracle.numbers(ORACLE, f"{name}_unc")
    close = oracle.table(ORACLE)["category"] == "near_boundary"
    for accuracy, tolerance in (("fast", fast), ("exact", exact)):
        found = getattr(valued(accuracy), name)
        errors = (np.abs(found - oracle.numbers(ORACLE, name)) - doubt) / scale
        assert np.max(errors[~close | (name in ("delta", "gamma"))]) < tolerance


def test_boundary_and_premium_of_the_oracle() -> None:
    """The reference reads its boundary off a spline: measured 3e-4 of the spot apart, all of it near the tails."""
    terms = oracle.terms(ORACLE) | {"vol": oracle.numbers(ORACLE, "sigma")}
    exercise = american.exercise(**terms)
    boundary = oracle.numbers(ORACLE, "boundary")
    assert np.array_equal(np.isnan(exercise.boundary), np.isnan(boundary))
    assert np.nanmax(np.abs(exercise.boundary / boundary - 1)) < 4e-4
    premium = oracle.numbers(ORACLE, "price") - oracle.numbers(ORACLE, "european")
    assert np.max(np.abs(exercise.premium - premium) / oracle.numbers(ORACLE, "K")) < 2e-7
    assert np.min(exercise.premium) >= 0


@pytest.mark.parametrize(("right", "rate", "dividend_yield"), [(-1, 0.05, 0.01), (-1, 0.03, 0.06), (1, 0.02, 0.05)])
def test_greeks_right_next_to_the_boundary(right: int, rate: float, dividend_yield: float) -> None:
    """Smooth pasting: delta ±1, theta 0, and from the Black-Scholes equation gamma = ±2(r·K - q·B)/(vol·B)²."""
    terms = {
        "right": right, "strike": 100.0, "years": 0.7, "rate": rate, "dividend_yield": dividend_yield, "vol": 0.3,
    }  # fmt: skip
    boundary = float(american.exercise(spot=100.0, accuracy="exact", **terms).boundary)
    for accuracy, tolerance in (("fast", 1e-3), ("exact", 1e-3)):
        v = american.value(spot=boundary * (1 - right * 1e-5), accuracy=accuracy, **terms)
        gamma = -right * 2 * (rate * 100 - dividend_yield * boundary) / (0.3 * boundary) ** 2
        assert float(v.delta) == pytest.approx(right, abs=1e-4)
        assert float(v.gamma) == pytest.approx(gamma, rel=tolerance)
        assert abs(float(v.theta)) < 2e-3
        assert abs(float(v.vega)) < 1e-1


@given(options)
@settings(max_examples=40, deadline=None)
def test_greeks_are_the_derivatives_of_the_price(option: dict[str, float]) -> None:
    """Against central differences of the exact price, where no bump crosses the boundary."""
    names = {"delta": ("spot", 1e-3), "vega": ("vol", 1e-4), "rho": ("rate", 1e-5)}
    v = american.value(**option, accuracy="exact")
    for greek, (name, step) in names.items():
        bump = step * (option["spot"] if name == "spot" else 1.0)
        moved = option | {name: option[name] + bump * np.array([-1.0, 1.0])}
        assume(not np.any(american.value(**moved, accuracy="exact").gamma == 0) or float(v.gamma) == 0)
        assume(abs(option["rate"]) > 2e-3)
        assume(abs(option["dividend_yield"]) > 2e-3)
        assume(abs(option["rate"] - option["dividend_yield"]) > 2e-3)
        low, high = american.value(**moved, accuracy="exact").price
        assert float(getattr(v, greek)) == pytest.approx(
            (high - low) / (2 * bump), rel=1e-3, abs=2e-3 * option["spot"]
        )


def test_fast_and_exact_agree_far_beyond_listed_options() -> None:
    """Ten years, vols of 500 %, yields of 20 %. Measured: 2.2e-6 of the strike at most, 1e-7 RMS."""
    random = np.random.default_rng(3)
    n = 1500
    option = {
        "right": random.choice([-1.0, 1.0], n),
        "spot": 100.0,
        "strike": 100 * np.exp(random.uniform(-1, 1, n)),
        "years": 10 ** random.uniform(-4, 1, n),
        "rate": random.uniform(0, 0.15, n),
        "dividend_yield": random.choice([0.0, 0.2, 0.01], n) * random.uniform(0, 1, n),
        "vol": 10 ** random.uniform(-2, 0.7, n),
    }
    fast, exact = american.value(**option).price, american.value(**option, accuracy="exact").price
    assert worst(np.abs(fast - exact) / option["strike"]) < (1e-5, 5e-7)


def test_a_chain_is_worth_what_its_options_are_worth_alone() -> None:
    """Many vols of one expiry share interpolated boundaries; next to a boundary's own error nothing changes."""
    strikes, vols = np.linspace(70, 140, 60), np.linspace(0.15, 0.6, 60)
    terms = {"spot": 100.0, "years": 0.4, "rate": 0.045, "dividend_yield": 0.013}
    for right in (1.0, -1.0):
        chain = american.value(right=right, strike=strikes, vol=vols, **terms)
        alone = [american.value(right=right, strike=k, vol=v, **terms) for k, v in zip(strikes, vols, strict=True)]
        for name, tolerance in (
            ("price", 1e-8),
            ("delta", 1e-8),
            ("gamma", 1e-8),
            ("vega", 1e-3),
            ("rho", 1e-3),
        ):
            assert getattr(chain, name) == pytest.approx([float(getattr(v, name)) for v in alone], abs=tolerance)


def test_where_exercise_is_immediate_the_option_is_the_stock() -> None:
    now = oracle.numbers(ORACLE, "exercise_now") == 1
    v = valued(rows=now)
    right = oracle.numbers(ORACLE, "cp")[now]
    intrinsic = right * (oracle.numbers(ORACLE, "S") - oracle.numbers(ORACLE, "K"))[now]
    assert now.sum() > 0
    assert v.price == pytest.approx(intrinsic, rel=1e-14)
    assert np.array_equal(v.delta, right)
    assert not np.any([v.gamma, v.theta, v.vega, v.rho])


def dividend_rows() -> list[tuple[int, dict[str, float], list[float], list[float]]]:
    fixed = oracle.terms(DIVIDENDS) | {"vol": oracle.numbers(DIVIDENDS, "sigma")}
    rows = []
    for i in np.flatnonzero(oracle.table(DIVIDENDS)["quality"] == "ok"):
        count = int(oracle.numbers(DIVIDENDS, "n_div")[i])
        days = [float(oracle.numbers(DIVIDENDS, f"div{k}_day")[i]) / 365 for k in range(1, count + 1)]
        cash = [float(oracle.numbers(DIVIDENDS, f"div{k}_amt")[i]) for k in range(1, count + 1)]
        rows.append((int(i), {name: float(column[i]) for name, column in fixed.items()}, days, cash))
    return rows


@pytest.mark.parametrize(
    ("accuracy", "most", "rms", "delta"), [("fast", 1.2e-5, 3e-6, 1e-4), ("exact", 2e-6, 4e-7, 4e-5)]
)
def test_cash_dividends_of_the_oracle(accuracy: str, most: float, rms: float, delta: float) -> None:
    """Spot model, against independent extrapolated finite differences. Measured as shares of the strike: "fast"
    3.3e-6 at most, 1.1e-6 RMS, delta 3.1e-5; "exact" 5.1e-7, 1.6e-7, within the reference's own, and delta 2.5e-5,
    of one put a day before its ex-date and next to exercise, elsewhere 6.2e-6."""
    price, slope = [], []
    for i, option, days, cash in dividend_rows():
        v = american.value(**option, dividend_years=days, dividend_cash=cash, accuracy=accuracy)
        price.append((float(v.price) - oracle.numbers(DIVIDENDS, "price_spot_own")[i]) / option["strike"])
        slope.append(float(v.delta) - oracle.numbers(DIVIDENDS, "delta_spot_own")[i])
    assert worst(np.abs(price)) < (most, rms)
    assert np.max(np.abs(slope)) < delta


def test_greeks_with_cash_dividends() -> None:
    """Against central differences of exact prices, away from exercise."""
    stock = STOCK | {
        "strike": [90.0, 110.0],
        "accuracy": "exact",
        "dividend_years": [0.2, 0.4],
        "dividend_cash": [1, 2],
    }
    v = american.value(**stock)
    for greek, name, bump in (("delta", "spot", 0.1), ("vega", "vol", 1e-3), ("rho", "rate", 1e-3)):
        low, high = (american.value(**(stock | {name: stock[name] + step})).price for step in (-bump, bump))
        assert getattr(v, greek) == pytest.approx((high - low) / (2 * bump), rel=2e-3, abs=2e-3)
    low, high = (american.value(**(stock | {"spot": 100 + step})).delta for step in (-0.5, 0.5))
    assert v.gamma == pytest.approx(high - low, rel=5e-3)


def test_with_cash_dividends_neighbours_do_not_matter() -> None:
    paid = {"dividend_years": [0.2, 0.4], "dividend_cash": [1.0, 2.0]}
    terms = {"right": -1.0, "spot": 100.0, "years": 0.5, "rate": 0.04, "dividend_yield": 0.0}
    strikes, vols = np.linspace(70, 130, 100), np.geomspace(0.05, 0.8, 100)
    chain = american.value(strike=strikes, vol=vols, **terms, **paid)
    for i in (0, 37, 99):
        alone = american.value(strike=strikes[i], vol=vols[i], **terms, **paid)
        assert float(alone.price) == chain.price[i]
        assert float(alone.vega) == chain.vega[i]


def test_next_to_no_vol_leaves_the_best_known_moment_to_exercise() -> None:
    call = {"right": 1, "spot": 100.0, "strike": 60.0, "years": 1.0, "rate": 0.0625, "dividend_yield": 0.0}
    v = american.value(**call, vol=0.001, dividend_years=[1 / 3, 2 / 3], dividend_cash=[0.7, 0.7])
    held = 100 - 0.7 * np.exp(-0.0625 / 3) - 0.7 * np.exp(-0.0625 * 2 / 3) - 60 * np.exp(-0.0625)
    assert float(v.price) == pytest.approx(held, abs=1e-6 * 60)


@given(options)
@settings(max_examples=30, deadline=None)
def test_agrees_with_a_plain_tree(option: dict[str, float]) -> None:
    """A tree of the same Leisen-Reimer kind, extrapolated, as an independent method."""
    carry = (option["rate"] - option["dividend_yield"]) * option["years"]
    assume(abs(np.log(option["spot"] / option["strike"]) + carry) < 3 * option["vol"] * option["years"] ** 0.5)
    fine, coarse = (reference.leisen_reimer(**option, steps=n) for n in (151, 75))
    extrapolated = (151 * fine - 75 * coarse) / 76
    intrinsic = option["right"] * (option["spot"] - option["strike"])
    assert float(american.value(**option).price) == pytest.approx(
        max(extrapolated, intrinsic), abs=3e-4 * option["strike"]
    )


@pytest.mark.parametrize("right", [1.0, -1.0])
@pytest.mark.parametrize("strike", [90.0, 100.0, 110.0])
def test_agrees_with_finite_differences_on_dividends(right: float, strike: float) -> None:
    paid = [(0.1, 1.5), (0.35, 1.5), (0.6, 1.5)]
    v = american.value(
        right=right, spot=100, strike=strike, years=0.7, rate=0.04, dividend_yield=0, vol=0.3,
        dividend_years=[when for when, _ in paid], dividend_cash=[cash for _, cash in paid],
    )  # fmt: skip
    grid = reference.dividend_grid(
        right=right, spot=100, strike=strike, years=0.7, rate=0.04, vol=0.3, dividends=paid
    )
    assert float(v.price) == pytest.approx(grid, abs=1e-3 * strike)


@given(options)
@settings(max_examples=60, deadline=None)
def test_worth_at_least_exercise_and_the_european(option: dict[str, float]) -> None:
    v = american.value(**option)
    slack = 1e-9 * option["strike"]
    assert v.price >= option["right"] * (option["spot"] - option["strike"])
    assert v.price >= european.value(**option).price - slack
    ceiling = (
        option["spot"] * np.exp(max(-option["dividend_yield"] * option["years"], 0))
        if option["right"] > 0
        else option["strike"] * np.exp(max(-option["rate"] * option["years"], 0))
    )
    assert v.price <= ceiling + slack


@given(options)
@settings(max_examples=40, deadline=None)
def test_monotone_in_time_vol_and_strike_and_convex(option: dict[str, float]) -> None:
    slack = 2e-6 * option["strike"]
    price = american.value(**option).price
    assert american.value(**(option | {"years": option["years"] * 1.1})).price >= price - slack
    assert american.value(**(option | {"vol": option["vol"] * 1.1})).price >= price - slack
    strikes = option["strike"] * np.array([0.95, 1.0, 1.05])
    across = american.value(**(option | {"strike": strikes})).price
    assert np.all(option["right"] * np.diff(across) <= slack)
    assert across[0] - 2 * across[1] + across[2] >= -2 * slack


@given(options)
@settings(max_examples=40, deadline=None)
def test_put_call_symmetry(option: dict[str, float]) -> None:
    """C(S, K, r, q) = P(K, S, q, r) (McDonald & Schroder 1998)."""
    swapped = option | {
        "right": -option["right"],
        "spot": option["strike"],
        "strike": option["spot"],
        "rate": option["dividend_yield"],
        "dividend_yield": option["rate"],
    }
    slack = 1e-12 * max(option["spot"], option["strike"])
    assert float(american.value(**option).price) == pytest.approx(float(american.value(**swapped).price), abs=slack)


@pytest.mark.parametrize(("right", "rate", "dividend_yield"), [(1, 0.05, 0.0), (1, 0.03, -0.01), (-1, -0.01, 0.02)])
def test_european_exactly_where_waiting_always_pays(right: int, rate: float, dividend_yield: float) -> None:
    option = {"spot": 100.0, "strike": np.linspace(50, 150, 11), "years": 0.7, "vol": 0.3}
    v = american.value(right=right, rate=rate, dividend_yield=dividend_yield, **option)
    w = european.value(right=right, rate=rate, dividend_yield=dividend_yield, **option)
    for name in ("price", "delta", "gamma", "theta", "vega", "rho"):
        assert np.array_equal(getattr(v, name), getattr(w, name))


def test_negative_rates_make_calls_without_income_exercise_early() -> None:
    option = {"right": 1, "spot": 150, "strike": 100, "years": 2, "rate": -0.03, "dividend_yield": 0, "vol": 0.1}
    assert american.value(**option).price > european.value(**option).price + 1


def test_dividends_outside_the_life_of_the_option_do_not_matter() -> None:
    plain = american.value(**STOCK)
    for when in (-0.1, 0.0, 0.5, 2.0):
        v = american.value(**STOCK, dividend_years=[when], dividend_cash=[2.0])
        assert np.array_equal(v.price, plain.price)
    nothing = american.value(**STOCK, dividend_years=[0.2], dividend_cash=[0.0])
    assert np.array_equal(nothing.price, plain.price)


def test_a_vanishing_dividend_changes_next_to_nothing() -> None:
    v = american.value(**STOCK, dividend_years=[0.25], dividend_cash=[1e-9])
    assert v.price == pytest.approx(american.value(**STOCK).price, abs=1e-5 * 95)


def test_dividends_lower_calls_and_raise_puts_in_any_order() -> None:
    plain = american.value(**STOCK).price
    v = american.value(**STOCK, dividend_years=[0.4, 0.1], dividend_cash=[1.0, 2.0])
    w = american.value(**STOCK, dividend_years=[0.1, 0.4], dividend_cash=[2.0, 1.0])
    assert np.array_equal(v.price, w.price)
    assert v.price[0] < plain[0]
    assert v.price[1] > plain[1]


def test_a_dividend_larger_than_the_spot_leaves_a_worthless_stock() -> None:
    v = american.value(**STOCK, dividend_years=[0.01], dividend_cash=[500.0])
    assert v.price[0] == pytest.approx(5.0, abs=0.1)  # exercised before the ex-date
    assert v.price[1] == pytest.approx(95.0 * np.exp(-0.04 * 0.01), abs=0.01)


@pytest.mark.parametrize(
    ("years", "cash"), [([0.1], None), (None, [1.0]), ([0.1, 0.2], [1.0]), ([0.1], [-1.0]), ([np.nan], [1.0])]
)
def test_unusable_schedules_are_refused(years: list[float] | None, cash: list[float] | None) -> None:
    with pytest.raises(InputError, match="ividend"):
        american.value(**STOCK, dividend_years=years, dividend_cash=cash)


def test_an_unknown_accuracy_is_refused() -> None:
    with pytest.raises(InputError, match="'fast' or 'exact'"):
        american.value(**STOCK, accuracy="best")
