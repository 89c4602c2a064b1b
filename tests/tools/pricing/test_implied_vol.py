"""Implied volatility: the oracle's 50-digit inverses, round trips, and what has none."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.tools.pricing import oracle, reference
from tools.domain.errors import InputError
from tools.pricing import american, european, implied_vol

ORACLE = "iv.csv"
OPTION = {"right": 1.0, "spot": 100.0, "strike": 100.0, "years": 0.5, "rate": 0.03, "dividend_yield": 0.01}


def test_vols_of_the_oracle() -> None:
    """Relative error at most 1e-12, or 8 times what half an ulp of the price moves the vol (measured: 0.17).

    NaN only where the whole time value is within rounding of the forward's intrinsic (half an ulp > 2 %).
    """
    valid = oracle.table(ORACLE)["status"] == "valid"
    vol = implied_vol.european(**oracle.terms(ORACLE), price=oracle.numbers(ORACLE, "price"))[valid]
    iv, blur = oracle.numbers(ORACLE, "iv")[valid], oracle.numbers(ORACLE, "half_ulp_rel")[valid]
    relative = np.abs(vol / iv - 1)
    assert not np.isnan(vol[blur < 0.01]).any()
    seen = ~np.isnan(vol)
    assert np.max(relative[seen] / np.maximum(1e-12, 8 * blur[seen])) < 1


def test_prices_without_a_vol_in_the_oracle() -> None:
    """Below intrinsic, above the largest price, not positive: all 500 rows are NaN and say why."""
    status = oracle.table(ORACLE)["status"]
    quotes = oracle.terms(ORACLE) | {"price": oracle.numbers(ORACLE, "price")}
    vol, reason = implied_vol.european(**quotes), implied_vol.explain_european(**quotes)
    assert np.isnan(vol[status != "valid"]).all()
    assert set(reason[status == "below_intrinsic"]) == {"price is below what exercise is worth"}
    assert set(reason[status == "above_max"]) == {"price is above what the option can ever be worth"}
    assert set(reason[status == "nonpositive"]) == {"price is not positive"}
    assert np.array_equal(reason == "", ~np.isnan(vol))


@pytest.mark.parametrize(
    ("spread", "years", "vols"),
    [
        (0.03, (2e-6, 0.01), (0.01, 3)),
        (0.0, (2e-6, 3), (1e-4, 5)),
        (1e-4, (2e-6, 3), (1e-4, 5)),
        (0.01, (1e-4, 3), (1e-4, 0.05)),
        (3.0, (1e-4, 10), (0.01, 5)),
        (150.0, (1e-4, 10), (0.01, 50)),
    ],
    ids=["short", "at the money", "near", "calm", "deep", "absurd"],
)
def test_vols_of_exact_prices(spread: float, years: tuple[float, float], vols: tuple[float, float]) -> None:
    """Inverse of 40-digit prices down to 1e-290 of spot, in corners no oracle has: measured 0.26 of the bound."""
    rng = np.random.default_rng(11)
    for _ in range(150):
        option = {
            "right": float(rng.choice([-1.0, 1.0])),
            "spot": 100.0,
            "strike": 100.0 * math.exp(rng.normal(0, spread)),
            "years": math.exp(rng.uniform(*np.log(years))),
            "rate": 0.02,
            "dividend_yield": 0.02,
        }
        vol = math.exp(rng.uniform(*np.log(vols)))
        exact = reference.exact(vol=vol, **option)
        if exact["price"] < 1e-288 or exact["vega"] < 1e-290:
            continue
        blur = np.spacing(exact["price"]) / 2 / exact["vega"] / vol
        if blur < 1e-3:
            found = float(implied_vol.european(price=exact["price"], **option))
            assert found == pytest.approx(vol, rel=max(1e-12, 9 * blur))


@given(
    st.sampled_from([1.0, -1.0]),
    st.floats(0.5, 2),
    st.floats(1 / 365, 5),
    st.floats(0.02, 3),
    st.floats(-0.02, 0.1),
)
@settings(deadline=None)
def test_european_round_trip(right: float, moneyness: float, years: float, vol: float, rate: float) -> None:
    option = {"spot": 100.0, "strike": 100 * moneyness, "years": years, "rate": rate, "dividend_yield": 0.01}
    v = european.value(right=right, vol=vol, **option)
    asset, cash = 100 * np.exp(-0.01 * years), 100 * moneyness * np.exp(-rate * years)
    time_value = float(v.price) - max(right * (asset - cash), 0)
    assume(time_value > 1e-6 and min(asset, cash) - time_value > 1e-6)
    found = float(implied_vol.european(right=right, price=v.price, **option))
    digits = 1e-14 * (100 + option["strike"]) / (float(v.vega) * vol)
    assert found == pytest.approx(vol, rel=1e-12 + 4 * digits)


@pytest.mark.parametrize(
    ("right", "strike", "vol"), [(1, 100, 0.2), (-1, 80, 0.35), (1, 140, 0.15), (-1, 120, 0.6)]
)
def test_agrees_with_brent(right: float, strike: float, vol: float) -> None:
    option = OPTION | {"right": float(right), "strike": float(strike)}
    price = reference.european(vol=vol, **option)[0]
    found = float(implied_vol.european(price=price, **option))
    assert found == pytest.approx(reference.implied(price=price, **option), rel=1e-11)


american_options = st.fixed_dictionaries(
    {
        "right": st.sampled_from([1.0, -1.0]),
        "spot": st.just(100.0),
        "strike": st.floats(60, 150),
        "years": st.floats(2 / 365, 2),
        "rate": st.floats(-0.01, 0.08),
        "dividend_yield": st.floats(0, 0.06),
    }
)


@given(american_options, st.floats(0.05, 1.5), st.booleans())
@settings(max_examples=120, deadline=None)
def test_american_round_trip(option: dict[str, float], vol: float, cash: bool) -> None:
    years = option["years"]
    paid = {"dividend_years": [years / 3, 2 * years / 3], "dividend_cash": [0.7, 0.7]} if cash else {}
    price = float(american.value(vol=vol, **option, **paid).price)
    still = float(american.value(vol=1e-3, **option, **paid).price)
    assume(price > still + 0.005)
    found = implied_vol.american(price=price, **option, **paid)
    back = float(american.value(vol=found, **option, **paid).price)
    assert back == pytest.approx(price, abs=1e-8 * option["strike"])


def test_american_oracle_prices_give_back_their_vol() -> None:
    """Where a vol point moves the price by at least 1e-4 of strike. Measured: 1.9e-6 of vol at most."""
    name = "american.csv"
    strike = oracle.numbers(name, "K")
    clear = 0.01 * oracle.numbers(name, "vega") > 1e-4 * strike
    vol = implied_vol.american(**oracle.terms(name), price=oracle.numbers(name, "price"))
    error = np.abs(vol - oracle.numbers(name, "sigma"))[clear]
    assert clear.sum() > 500
    assert np.max(error) < 1e-5
    assert np.quantile(error, 0.99) < 2e-6


def test_undiscounted_intrinsic_is_a_legal_american_price_but_holds_no_vol() -> None:
    put = {"right": -1.0, "spot": 80.0, "strike": 100.0, "years": 0.5, "rate": 0.05, "dividend_yield": 0.0}
    prices = [19.5, 20.0, 20.4]
    vol = implied_vol.american(**put, price=prices)
    assert np.isnan(vol).tolist() == [True, True, False]
    assert implied_vol.explain_american(**put, price=prices).tolist() == [
        "price is below what exercise is worth",
        "price has no time value left, every small volatility gives it",
        "",
    ]
    assert implied_vol.european(**put, price=20.4) > 0


def test_a_call_below_what_waiting_for_the_dividend_is_worth_has_no_vol() -> None:
    """Exercised just before the ex-date a call is worth at least S - K·e^(-r·t), more than its intrinsic."""
    call = {"right": 1.0, "spot": 100.0, "strike": 70.0, "years": 0.5, "rate": 0.05, "dividend_yield": 0.0}
    paid = {"dividend_years": [0.25], "dividend_cash": [2.0]}
    floor = 100 - 70 * np.exp(-0.05 * 0.25)
    prices = [30.1, floor - 0.05, floor + 0.05]
    assert np.isnan(implied_vol.american(**call, **paid, price=prices)).tolist() == [True, True, False]
    assert "below" in implied_vol.explain_american(**call, **paid, price=prices)[1]


def test_american_call_without_income_has_the_european_vol() -> None:
    quotes = OPTION | {"dividend_yield": 0.0, "price": [5.0, 8.0, 12.0]}
    assert np.array_equal(implied_vol.american(**quotes), implied_vol.european(**quotes))


@pytest.mark.parametrize("solve", [implied_vol.european, implied_vol.american])
@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"price": np.nan}, "missing"),
        ({"price": -1.0}, "price is not positive"),
        ({"price": 0.0}, "price is not positive"),
        ({"price": 200.0}, "above"),
        ({"years": 0.0}, "no time"),
        ({"strike": -5.0}, "strike"),
        ({"spot": np.inf}, "missing or infinite"),
        ({"right": 0.0}, "right"),
    ],
)
def test_no_vol_with_a_reason(solve: object, change: dict[str, float], word: str) -> None:
    quotes = OPTION | {"price": 8.0} | change
    explain = implied_vol.explain_european if solve is implied_vol.european else implied_vol.explain_american
    assert np.isnan(solve(**quotes))
    assert word in str(explain(**quotes))


@pytest.mark.parametrize("right", [1.0, -1.0])
@pytest.mark.parametrize("name", ["price", "spot", "strike", "years", "rate", "dividend_yield"])
@pytest.mark.parametrize("style", ["european", "american", "cash"])
@pytest.mark.filterwarnings("error")
def test_extremes_are_a_vol_or_nan_with_a_reason(style: str, name: str, right: float) -> None:
    """A vol found gives back its price."""
    extremes = [0.0, -1.0, np.nan, np.inf, -np.inf, 5e-324, 1e-300, 1e-8, 1.0, 1e8, 1e300, 1.7e308]
    module, why = (
        (european, implied_vol.explain_european)
        if style == "european"
        else (american, implied_vol.explain_american)
    )
    paid = {"dividend_years": [0.2], "dividend_cash": [1.0]} if style == "cash" else {}
    quotes = OPTION | {"right": right, "price": 8.0, name: np.array(extremes)} | paid
    vol = getattr(implied_vol, style.replace("cash", "american"))(**quotes)
    assert np.array_equal(why(**quotes) != "", np.isnan(vol))
    known = np.isfinite(vol)
    assert (vol[known] > 0).all()
    price = np.broadcast_to(quotes.pop("price"), vol.shape)
    back = module.value(**quotes, vol=vol).price
    off = np.abs(back - price) > 1e-9 * price + 1e-7 * quotes["strike"]
    assert not off[known].any()


def test_text_is_refused() -> None:
    with pytest.raises(InputError, match="price must be real numbers"):
        implied_vol.european(**OPTION, price="8")
