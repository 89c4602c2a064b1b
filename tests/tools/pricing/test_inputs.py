"""Shapes, dtypes and unusable rows, the same for every pricing function."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

from tools.domain.errors import InputError
from tools.pricing import american, european
from tools.pricing.values import Values

GOOD = {
    "right": 1.0,
    "spot": 100.0,
    "strike": 100.0,
    "years": 0.5,
    "rate": 0.03,
    "dividend_yield": 0.01,
    "vol": 0.2,
}
GREEKS = ("price", "delta", "gamma", "theta", "vega", "rho")

pytestmark = pytest.mark.parametrize("value", [european.value, american.value])
Value = Callable[..., Values]


def test_scalars_in_zero_dimensional_out(value: Value) -> None:
    v = value(**GOOD)
    for name in GREEKS:
        assert getattr(v, name).shape == ()
        assert getattr(v, name).dtype == np.float64
    assert v.reason is None


def test_arguments_broadcast(value: Value) -> None:
    v = value(**(GOOD | {"right": [[1], [-1]], "strike": np.array([90, 100, 110], dtype=np.int32)}))
    assert v.price.shape == (2, 3)
    assert float(v.price[1, 2]) == pytest.approx(
        float(value(**(GOOD | {"right": -1, "strike": 110})).price), rel=1e-15
    )


def test_nothing_in_nothing_out(value: Value) -> None:
    assert value(**(GOOD | {"strike": np.empty(0)})).price.shape == (0,)


def test_read_only_strided_and_reversed_arrays_are_taken_as_they_are(value: Value) -> None:
    strikes = np.linspace(80, 120, 21)
    expected = value(**(GOOD | {"strike": strikes})).price
    frozen = strikes.copy()
    frozen.setflags(write=False)
    assert np.array_equal(value(**(GOOD | {"strike": frozen})).price, expected)
    assert np.array_equal(value(**(GOOD | {"strike": strikes[::-2]})).price, expected[::-2])
    assert np.array_equal(strikes, np.linspace(80, 120, 21))


@pytest.mark.parametrize(
    ("name", "wrong", "word"),
    [
        ("right", 0.0, "right"),
        ("right", 2.0, "right"),
        ("spot", 0.0, "spot"),
        ("spot", -1.0, "spot"),
        ("strike", 0.0, "strike"),
        ("years", 0.0, "no time"),
        ("years", -0.1, "no time"),
        ("vol", 0.0, "volatility"),
        ("vol", -0.2, "volatility"),
        ("rate", np.nan, "missing"),
        ("spot", np.inf, "missing or infinite"),
        ("dividend_yield", -np.inf, "missing or infinite"),
        ("rate", -1e6, "extreme"),
    ],
)
def test_an_unusable_row_is_nan_with_a_reason_and_spoils_no_other(
    value: Value, name: str, wrong: float, word: str
) -> None:
    v = value(**(GOOD | {name: [GOOD[name], wrong]}), explain=True)
    good = value(**GOOD)
    assert v.reason is not None
    assert word in v.reason[1]
    assert v.reason[0] == ""
    for greek in GREEKS:
        assert np.isnan(getattr(v, greek)[1])
        assert getattr(v, greek)[0] == getattr(good, greek)


@pytest.mark.parametrize(
    "wrong",
    [
        "100",
        b"100",
        ["100"],
        Decimal(100),
        None,
        [100.0, None],
        object(),
        np.array([100.0], dtype=object),
        1 + 2j,
        [[1.0], [1.0, 2.0]],
        {100.0},
        True,
        [True, False],
        10**400,
        iter([100.0]),
        np.datetime64("2026-01-02"),
        np.timedelta64(3, "D"),
        pd.Timestamp("2026-01-02"),
        pd.Series(["100"]),
        pl.Series(["100"]),
    ],
)
def test_what_is_not_a_real_number_is_refused(value: Value, wrong: object) -> None:
    with pytest.raises(InputError, match="spot"):
        value(**(GOOD | {"spot": wrong}))


@pytest.mark.parametrize(
    "strikes",
    [
        pd.Series([90.0, 100.0, None], index=[7, 3, 5]),
        pd.Series([90, 100, None], dtype="Int64"),
        pl.Series([90.0, 100.0, None]),
        pl.Series([90, 100, None]),
        np.ma.masked_array([90.0, 100.0, 110.0], [False, False, True]),
        np.ma.masked_array([90, 100, 110], [False, False, True]),
        np.array([90.0, 100.0, np.nan], dtype=np.float16),
        np.array([90.0, 100.0, np.nan], dtype=np.longdouble),
        np.array([90.0, 100.0, np.nan], dtype=">f8"),
        (90.0, 100.0, float("nan")),
    ],
)
def test_columns_of_any_library_are_taken_and_what_they_miss_is_nan(value: Value, strikes: object) -> None:
    found = value(**(GOOD | {"strike": strikes}), explain=True)
    expected = value(**(GOOD | {"strike": [90.0, 100.0, np.nan]}))
    assert type(found.price) is np.ndarray
    assert np.array_equal(found.price, expected.price, equal_nan=True)
    assert np.isnan(found.price).tolist() == [False, False, True]
    assert found.reason is not None
    assert "missing" in found.reason[2]


def test_shapes_that_do_not_broadcast_are_named(value: Value) -> None:
    with pytest.raises(InputError, match=r"strike \(2,\).*vol \(3,\)"):
        value(**(GOOD | {"strike": [90, 100], "vol": [0.1, 0.2, 0.3]}))


HUGE_AND_TINY = [0.0, -1.0, np.nan, np.inf, -np.inf, 5e-324, 1e-300, 1e-8, 1.0, 1e8, 1e300, 1.7e308]
CASH = {"dividend_years": [0.25], "dividend_cash": [1.0]}


@pytest.mark.parametrize("right", [1.0, -1.0])
@pytest.mark.parametrize("name", ["spot", "strike", "years", "rate", "dividend_yield", "vol"])
@pytest.mark.filterwarnings("error")
def test_extremes_are_a_bounded_price_or_nan_with_a_reason(value: Value, name: str, right: float) -> None:
    """Between what exercise at expiry (and now, where allowed) is worth and the most an option can be worth."""
    option = GOOD | {"right": right, name: np.array(HUGE_AND_TINY)}
    rows = [value(**option, explain=True)]
    alone = [value(**(option | {name: each}), explain=True) for each in HUGE_AND_TINY]
    rows.append(Values(*(np.stack([getattr(v, each) for v in alone]) for each in (*GREEKS, "reason"))))
    with np.errstate(over="ignore", invalid="ignore"):
        asset = option["spot"] * np.exp(-option["dividend_yield"] * option["years"])
        cash = option["strike"] * np.exp(-option["rate"] * option["years"])
        exercised = right * (option["spot"] - option["strike"]) if value is american.value else 0.0
        least = np.maximum(np.maximum(right * (asset - cash), exercised), 0.0)
        most = np.maximum(asset, option["spot"]) if right > 0 else np.maximum(cash, option["strike"])
        least, most = (np.broadcast_to(each, (len(HUGE_AND_TINY),)) for each in (least, most))
        slack = 1e-6 * np.maximum(option["spot"], option["strike"]) * np.ones(len(HUGE_AND_TINY))
    if value is american.value:
        with_cash = value(**option, **CASH, explain=True)
        assert (with_cash.price[~np.isnan(with_cash.price)] >= 0).all()
        assert np.array_equal(with_cash.reason != "", np.isnan(with_cash.price))
    for v in rows:
        assert v.reason is not None
        unknown = np.isnan(v.price)
        assert np.array_equal(v.reason != "", unknown)
        known = ~unknown
        assert (v.price[known] >= 0).all()
        assert (v.price[known] >= least[known] - slack[known]).all()
        assert (v.price[known] <= most[known] + slack[known]).all()
        for greek in GREEKS:
            assert np.array_equal(np.isnan(getattr(v, greek)), unknown)
            assert np.isfinite(getattr(v, greek)[known]).all()
