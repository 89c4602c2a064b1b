"""Laws that hold whatever the model's numbers: parity, bounds, order, curvature, scale, symmetry, round trips.

Each example is one option with a line of values through one of its fields. European prices obey to rounding,
American ones to what `american.value` promises of its "fast" accuracy, as a share of the larger of spot and strike.
"""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tools.pricing import american, european, implied_vol

FloatArray = npt.NDArray[np.float64]
Option = dict[str, Any]

EXACT, FAST, TREE = 4e-15, 3e-7, 6e-5
LINE = np.linspace(0.0, 1.0, 15)
both = pytest.mark.parametrize("module", [european, american], ids=["european", "american"])
options = st.fixed_dictionaries(
    {
        "right": st.sampled_from([1.0, -1.0]),
        "spot": st.just(100.0),
        "strike": st.floats(-0.7, 0.7).map(lambda x: 100.0 * math.exp(x)),
        "years": st.floats(1 / 365, 3),
        "rate": st.one_of(st.just(0.0), st.floats(-0.03, 0.12)),
        "dividend_yield": st.one_of(st.just(0.0), st.floats(-0.03, 0.12)),
        "vol": st.floats(0.05, 1.2),
    }
)
law = settings(max_examples=60, deadline=None)


def price(module: ModuleType, option: Option) -> FloatArray:
    found: FloatArray = module.value(**option).price
    assert np.isfinite(found).all()
    return found


def two_sided(option: Option) -> bool:
    """Exercised between two spots: as a put, q < r < 0."""
    interest, income = option["rate"], option["dividend_yield"]
    as_put = (interest, income) if option["right"] < 0 else (income, interest)
    return bool(as_put[1] < as_put[0] < 0)


def slack(module: ModuleType, option: Option) -> float:
    """How far a price may be off."""
    share = EXACT if module is european else TREE if two_sided(option) else FAST
    return share * float(max(np.max(option["spot"]), np.max(option["strike"])))


def present(option: Option) -> tuple[FloatArray, FloatArray]:
    """(S·e^-qT, K·e^-rT)."""
    years = np.asarray(option["years"])
    return option["spot"] * np.exp(-option["dividend_yield"] * years), option["strike"] * np.exp(
        -option["rate"] * years
    )


@law
@given(options)
def test_put_call_parity(option: Option) -> None:
    """C - P = S·e^-qT - K·e^-rT (Stoll, Journal of Finance 24, 1969); American: S·e^-qT - K ≤ C - P ≤ S - K·e^-rT.

    The latter for rates of at least 0 (Hull, Options, Futures and Other Derivatives, 11.4, with income).
    """
    pair = option | {"right": np.array([1.0, -1.0])}
    asset, cash = present(option)
    call, put = price(european, pair)
    assert call - put == pytest.approx(asset - cash, abs=10 * slack(european, option))
    if option["rate"] >= 0 and option["dividend_yield"] >= 0:
        call, put = price(american, pair)
        tolerance = 2 * slack(american, option)
        assert asset - option["strike"] - tolerance <= call - put <= option["spot"] - cash + tolerance


@law
@given(options)
def test_bounds(option: Option) -> None:
    """Merton, Bell Journal of Economics 4 (1973): between what can be locked in and what can be got at most."""
    asset, cash = present(option)
    right, spot, strike = option["right"], option["spot"], option["strike"]
    plain, exercised = price(european, option), price(american, option)
    most = asset if right > 0 else cash
    assert max(right * (asset - cash), 0) - 10 * slack(european, option) <= plain <= most
    assert exercised >= right * (spot - strike) - slack(european, option)
    assert exercised >= plain - slack(european, option)
    assert exercised <= max(most, spot if right > 0 else strike) + slack(american, option)


@both
@law
@given(options)
def test_dearer_with_spot_for_calls_and_with_strike_for_puts(module: ModuleType, option: Option) -> None:
    """By no more than the move itself, discounted: slopes lie in [0, 1] for American options."""
    for field in ("spot", "strike"):
        line = option[field] * np.exp(0.4 * (LINE - 0.5))
        step = np.diff(price(module, option | {field: line}))
        direction = option["right"] if field == "spot" else -option["right"]
        most = np.diff(line) * max(
            1.0,
            *(
                part / whole
                for part, whole in zip(present(option), (option["spot"], option["strike"]), strict=True)
            ),
        )
        tolerance = 2 * slack(module, option | {field: line})
        assert (direction * step >= -tolerance).all()
        assert (direction * step <= most + tolerance).all()


@both
@law
@given(options)
def test_dearer_with_vol(module: ModuleType, option: Option) -> None:
    vols = option["vol"] * np.exp(LINE)
    assert (np.diff(price(module, option | {"vol": vols})) >= -2 * slack(module, option)).all()


@law
@given(options)
def test_more_time_is_worth_more_where_exercise_is_free(option: Option) -> None:
    """American always; European calls without income and with interest of at least 0, and puts the other way."""
    years = {"years": option["years"] * np.exp(LINE)}
    assert (np.diff(price(american, option | years)) >= -2 * slack(american, option)).all()
    kept = {"rate": max(option["rate"], 0.0), "dividend_yield": 0.0}
    free = kept if option["right"] > 0 else {"rate": 0.0, "dividend_yield": max(option["dividend_yield"], 0.0)}
    assert (np.diff(price(european, option | years | free)) >= -2 * slack(european, option)).all()


@both
@law
@given(options)
def test_convex_in_strike_and_spot(module: ModuleType, option: Option) -> None:
    """Merton (1973): no butterfly is worth less than nothing."""
    for field in ("strike", "spot"):
        line = option[field] * (0.7 + 0.6 * LINE)
        bend = np.diff(price(module, option | {field: line}), 2)
        assert (bend >= -4 * slack(module, option | {field: line})).all()


@both
@law
@given(options, st.floats(1e-4, 1e4))
def test_homogeneous_of_degree_one(module: ModuleType, option: Option, scale: float) -> None:
    scaled = option | {"spot": scale * option["spot"], "strike": scale * option["strike"]}
    v, w = module.value(**option), module.value(**scaled)
    tolerance = 5 * slack(module, option)
    assert w.price / scale == pytest.approx(v.price, abs=tolerance)
    if module is european:
        assert w.delta == pytest.approx(v.delta, abs=1e-12)
        assert w.gamma * scale == pytest.approx(v.gamma, rel=1e-9, abs=1e-14)
        assert w.vega / scale == pytest.approx(v.vega, abs=1e-10)


@both
@law
@given(options)
def test_a_call_is_the_put_on_the_other_side(module: ModuleType, option: Option) -> None:
    """C(S, K, r, q) = P(K, S, q, r) (McDonald & Schroder, Journal of Computational Finance 1, 1998)."""
    mirrored = {
        "right": -option["right"],
        "spot": option["strike"],
        "strike": option["spot"],
        "years": option["years"],
        "rate": option["dividend_yield"],
        "dividend_yield": option["rate"],
        "vol": option["vol"],
    }
    assert price(module, mirrored) == pytest.approx(price(module, option), abs=4 * slack(module, option))


@law
@given(options)
def test_european_round_trip(option: Option) -> None:
    """Price → vol → price to the last digits of the price, wherever the price has a time value."""
    asked = {name: each for name, each in option.items() if name != "vol"}
    first = price(european, option)
    vol = implied_vol.european(**asked, price=first)
    asset, cash = present(option)
    if np.isnan(vol):
        value = first - max(option["right"] * (asset - cash), 0.0)
        assert value <= 20 * slack(european, option)
        assert str(implied_vol.explain_european(**asked, price=first))
        return
    back = price(european, option | {"vol": vol})
    assert back == pytest.approx(first, rel=1e-13, abs=2 * slack(european, option))
    assert str(implied_vol.explain_european(**asked, price=first)) == ""


@law
@given(options)
def test_american_round_trip(option: Option) -> None:
    """To 1e-8 of the strike where a price has time value; NaN with a reason where it has none."""
    assume(not two_sided(option))
    asked = {name: each for name, each in option.items() if name != "vol"}
    first = price(american, option)
    vol = implied_vol.american(**asked, price=first)
    if np.isnan(vol):
        calm = price(american, option | {"vol": 1e-3})
        assert first <= calm + 1e-5 * option["strike"]
        assert str(implied_vol.explain_american(**asked, price=first))
        return
    back = price(american, option | {"vol": vol})
    assert back == pytest.approx(first, abs=1e-8 * option["strike"])


@settings(max_examples=40, deadline=None)
@given(options, st.floats(0.05, 3.0), st.floats(0.1, 0.9))
def test_cash_dividends_help_puts_hurt_calls_and_exercise_bounds_both(
    option: Option, cash: float, part: float
) -> None:
    paid = {"dividend_years": [part * option["years"]], "dividend_cash": [cash]}
    with_cash = float(american.value(**option, **paid).price)
    without = float(price(american, option))
    tolerance = 2e-4 * max(option["spot"], option["strike"])  # of long options next to their boundary
    assert with_cash >= option["right"] * (option["spot"] - option["strike"])
    assert option["right"] * (without - with_cash) >= -tolerance
    assert abs(without - with_cash) <= cash * math.exp(0.03 * option["years"]) + tolerance
