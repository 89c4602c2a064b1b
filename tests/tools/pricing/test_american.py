"""American prices and Greeks against QuantLib and collocation, plain trees, and their own laws."""

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


def test_fast_prices_of_the_oracle() -> None:
    """Measured against QuantLib's high-precision QdFp: 6.0e-5 of strike at most, 7.5e-6 RMS."""
    largest, rms = worst(np.abs(valued().price - oracle.numbers(ORACLE, "price")) / oracle.numbers(ORACLE, "K"))
    assert largest < 1e-4
    assert rms < 1e-5


def test_exact_prices_of_the_oracle() -> None:
    """Measured over the whole file: 2.6e-5 at most, 1.4e-6 RMS. Every tenth row is run here."""
    rows = np.arange(len(oracle.numbers(ORACLE, "S"))) % 10 == 0
    price, strike = oracle.numbers(ORACLE, "price")[rows], oracle.numbers(ORACLE, "K")[rows]
    largest, rms = worst(np.abs(valued("exact", rows).price - price) / strike)
    assert largest < 4e-5
    assert rms < 3e-6


@pytest.mark.parametrize(
    ("name", "tolerance"), [("delta", 2e-3), ("gamma", 5e-2), ("theta", 5e-3), ("vega", 4e-3), ("rho", 2e-2)]
)
def test_greeks_of_the_oracle(name: str, tolerance: float) -> None:
    """In the Greek's natural scale, 99 of 100 rows away from the exercise boundary.

    At the boundary gamma jumps, and a tree's node spacing smears the jump; the RMS over all rows is bounded
    by four times the tolerance instead.
    """
    reference_value = oracle.numbers(ORACLE, name)
    spot = oracle.numbers(ORACLE, "S")
    scale = {"delta": np.ones_like(spot), "gamma": 1 / spot}.get(name, spot)
    errors = np.abs(getattr(valued(), name) - reference_value) / scale
    away = oracle.table(ORACLE)["category"] != "near_boundary"
    assert np.quantile(errors[away], 0.99) < tolerance
    assert np.sqrt(np.mean(errors**2)) < 5 * tolerance


def test_where_exercise_is_immediate_the_option_is_the_stock() -> None:
    now = oracle.numbers(ORACLE, "exercise_now") == 1
    v = valued(rows=now)
    right = oracle.numbers(ORACLE, "cp")[now]
    intrinsic = right * (oracle.numbers(ORACLE, "S") - oracle.numbers(ORACLE, "K"))[now]
    assert now.sum() > 0
    settled = v.gamma == 0
    assert settled.mean() > 0.9  # rows a hair from the boundary may keep a last crumb of time value
    assert v.price[settled] == pytest.approx(intrinsic[settled], rel=1e-12)
    assert np.array_equal(v.delta[settled], right[settled])
    assert not np.any([v.theta[settled], v.vega[settled], v.rho[settled]])


def dividend_rows() -> list[tuple[int, dict[str, float], list[float], list[float]]]:
    fixed = oracle.terms(DIVIDENDS) | {"vol": oracle.numbers(DIVIDENDS, "sigma")}
    rows = []
    for i in np.flatnonzero(oracle.table(DIVIDENDS)["quality"] == "ok"):
        count = int(oracle.numbers(DIVIDENDS, "n_div")[i])
        days = [float(oracle.numbers(DIVIDENDS, f"div{k}_day")[i]) / 365 for k in range(1, count + 1)]
        cash = [float(oracle.numbers(DIVIDENDS, f"div{k}_amt")[i]) for k in range(1, count + 1)]
        rows.append((int(i), {name: float(column[i]) for name, column in fixed.items()}, days, cash))
    return rows


def test_cash_dividends_of_the_oracle() -> None:
    """Spot model, against the extrapolated finite differences. Measured: price 3.1e-4 of strike at most,
    4.3e-5 RMS; delta 4.3e-4. With accuracy="exact" 3.0e-5, 5.9e-6 and 2.0e-4."""
    price, delta = [], []
    for i, option, days, cash in dividend_rows():
        v = american.value(**option, dividend_years=days, dividend_cash=cash)
        price.append((float(v.price) - oracle.numbers(DIVIDENDS, "price_spot_own")[i]) / option["strike"])
        delta.append(float(v.delta) - oracle.numbers(DIVIDENDS, "delta_spot_own")[i])
    assert worst(np.abs(price)) < (4e-4, 6e-5)
    assert worst(np.abs(delta)) < (6e-4, 1e-4)


def test_exact_cash_dividends_of_the_oracle() -> None:
    errors = []
    for i, option, days, cash in dividend_rows()[::10]:
        v = american.value(**option, dividend_years=days, dividend_cash=cash, accuracy="exact")
        errors.append((float(v.price) - oracle.numbers(DIVIDENDS, "price_spot_own")[i]) / option["strike"])
    assert np.max(np.abs(errors)) < 4e-5


@given(options)
@settings(max_examples=30, deadline=None)
def test_agrees_with_a_plain_tree(option: dict[str, float]) -> None:
    """Where the kernel's strike centring is not cut off it is the same tree, extrapolated."""
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
    slack = 1e-4 * option["strike"]
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
    slack = 2e-4 * option["strike"]
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
    slack = 2e-4 * max(option["spot"], option["strike"])
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


STOCK = {
    "right": [1, -1],
    "spot": 100.0,
    "strike": 95.0,
    "years": 0.5,
    "rate": 0.04,
    "dividend_yield": 0.0,
    "vol": 0.3,
}


def test_dividends_outside_the_life_of_the_option_do_not_matter() -> None:
    plain = american.value(**STOCK)
    for when in (-0.1, 0.0, 0.5, 2.0):
        v = american.value(**STOCK, dividend_years=[when], dividend_cash=[2.0])
        assert np.array_equal(v.price, plain.price)
    nothing = american.value(**STOCK, dividend_years=[0.2], dividend_cash=[0.0])
    assert np.array_equal(nothing.price, plain.price)


def test_a_vanishing_dividend_changes_next_to_nothing() -> None:
    v = american.value(**STOCK, dividend_years=[0.25], dividend_cash=[1e-9])
    assert v.price == pytest.approx(american.value(**STOCK).price, abs=2e-4 * 95)


def test_dividends_lower_calls_and_raise_puts_in_any_order() -> None:
    plain = american.value(**STOCK).price
    v = american.value(**STOCK, dividend_years=[0.4, 0.1], dividend_cash=[1.0, 2.0])
    w = american.value(**STOCK, dividend_years=[0.1, 0.4], dividend_cash=[2.0, 1.0])
    assert np.array_equal(v.price, w.price)
    assert v.price[0] < plain[0]
    assert v.price[1] > plain[1]


def test_a_dividend_larger_than_the_spot_leaves_a_worthless_stock() -> None:
    v = american.value(**STOCK, dividend_years=[0.01], dividend_cash=[500.0])
    assert v.price[0] == pytest.approx(5.0, abs=0.3)  # exercised before the ex-date
    assert v.price[1] == pytest.approx(95.0, abs=0.2)


@pytest.mark.parametrize(
    ("years", "cash"), [([0.1], None), (None, [1.0]), ([0.1, 0.2], [1.0]), ([0.1], [-1.0]), ([np.nan], [1.0])]
)
def test_unusable_schedules_are_refused(years: list[float] | None, cash: list[float] | None) -> None:
    with pytest.raises(InputError, match="ividend"):
        american.value(**STOCK, dividend_years=years, dividend_cash=cash)


def test_an_unknown_accuracy_is_refused() -> None:
    with pytest.raises(InputError, match="'fast' or 'exact'"):
        american.value(**STOCK, accuracy="best")
