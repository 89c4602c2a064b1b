"""Implied volatility: the oracle's 50-digit inverses, round trips, and what has none."""

from __future__ import annotations

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
    """Where half an ulp of the price moves the vol by less than 1e-13: measured 3.3e-13 relative."""
    valid = oracle.table(ORACLE)["status"] == "valid"
    vol = implied_vol.european(**oracle.terms(ORACLE), price=oracle.numbers(ORACLE, "price"))[valid]
    iv, blur = oracle.numbers(ORACLE, "iv")[valid], oracle.numbers(ORACLE, "half_ulp_rel")[valid]
    relative = np.abs(vol / iv - 1)
    assert not np.isnan(vol[blur < 1e-6]).any()
    assert np.max(relative[blur < 1e-13]) < 1e-10
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


@given(
    st.sampled_from([1.0, -1.0]),
    st.floats(0.5, 2),
    st.floats(1 / 365, 5),
    st.floats(0.02, 3),
    st.floats(-0.02, 0.1),
)
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
    option = {"spot": 100.0, "strike": float(strike), "years": 0.4, "rate": 0.02, "dividend_yield": 0.01}
    price = reference.european(right, vol=vol, **option)[0]
    assert float(implied_vol.european(right=right, price=price, **option)) == pytest.approx(
        reference.implied(right, price, **option), rel=1e-11
    )


@given(
    st.sampled_from([1.0, -1.0]),
    st.floats(0.6, 1.5),
    st.floats(2 / 365, 2),
    st.floats(0.05, 1.5),
    st.floats(-0.01, 0.08),
    st.floats(0, 0.06),
    st.booleans(),
)
@settings(max_examples=120)
def test_american_round_trip(
    right: float, moneyness: float, years: float, vol: float, rate: float, income: float, cash: bool
) -> None:
    option = {"spot": 100.0, "strike": 100 * moneyness, "years": years, "rate": rate, "dividend_yield": income}
    paid = {"dividend_years": [years / 3, 2 * years / 3], "dividend_cash": [0.7, 0.7]} if cash else {}
    price = float(american.value(right=right, vol=vol, **option, **paid).price)
    still = float(american.value(right=right, vol=1e-3, **option, **paid).price)
    assume(price > still + 0.005)
    found = implied_vol.american(right=right, price=price, **option, **paid)
    back = float(american.value(right=right, vol=found, **option, **paid).price)
    assert back == pytest.approx(price, abs=1e-8 * option["strike"])


def test_american_oracle_prices_give_back_their_vol() -> None:
    """Where a vol point moves the price by at least 1e-4 of strike; the tree's own error is all that is left."""
    name = "american.csv"
    strike = oracle.numbers(name, "K")
    clear = 0.01 * oracle.numbers(name, "vega") > 1e-4 * strike
    vol = implied_vol.american(**oracle.terms(name), price=oracle.numbers(name, "price"))
    error = np.abs(vol - oracle.numbers(name, "sigma"))[clear]
    assert clear.sum() > 500
    assert np.max(error) < 5e-3
    assert np.quantile(error, 0.99) < 1e-3


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
    assert np.isnan(solve(**quotes))  # type: ignore[operator]
    assert word in str(explain(**quotes))


def test_text_is_refused() -> None:
    with pytest.raises(InputError, match="price must be real numbers"):
        implied_vol.european(**OPTION, price="8")
