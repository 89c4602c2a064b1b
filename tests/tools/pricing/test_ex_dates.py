"""American options around ex-dates: as one passes, and where dividends are large and expiry is near."""

from __future__ import annotations

import numpy as np
import pytest

from tools.pricing import american, implied_vol


@pytest.mark.parametrize("right", [1.0, -1.0])
@pytest.mark.parametrize("left", [1e-4, 1e-5, 1e-7, 1e-10])
def test_greeks_do_not_jump_as_an_ex_date_passes(right: float, left: float) -> None:
    """An option is worth the same right before an ex-date, at S, and after, at S - D, and so are its Greeks.

    Theta alone jumps, by what 0.5·(vol·S)²·gamma and (r - q)·S·delta differ between S and S - D. Measured at 1e-5
    and less: prices within 3e-7 of the strike, delta 1e-6, gamma 1e-6, vega and rho as precise as they are anyway.
    """
    terms = {"right": right, "strike": np.array([90.0, 95, 100, 105, 110]), "rate": 0.04, "dividend_yield": 0.0}
    before = american.value(
        **terms, vol=0.3, spot=100.0, years=0.5 + left, dividend_years=[left, 0.3 + left], dividend_cash=[1, 1]
    )
    after = american.value(**terms, vol=0.3, spot=99.0, years=0.5, dividend_years=[0.3], dividend_cash=[1])
    assert before.price == pytest.approx(after.price, abs=1e-4 + 15 * left)
    assert before.delta == pytest.approx(after.delta, abs=1e-5 + left)
    assert before.gamma == pytest.approx(after.gamma, abs=2e-5)
    assert before.vega == pytest.approx(after.vega, abs=1e-2 + 50 * left)
    assert before.rho == pytest.approx(after.rho, abs=2e-2 + 50 * left)
    jump = 0.04 * (100 - 99) * after.delta + 0.5 * 0.3**2 * (100**2 - 99**2) * after.gamma
    assert before.theta == pytest.approx(after.theta - jump, abs=1e-2)


PAID_CLOSE_TO_EXPIRY = [
    (-1.0, 182.7, 0.4503, 0.028, 0.033, 1.399, [0.0074, 0.0363, 0.5293, 0.9975, 0.9986, 0.99996, 0.99999],
     [1.95, 0.22, 4.22, 0.58, 0.49, 0.8, 0.53]),
    (-1.0, 89.6, 0.2335, 0.045, 0.0, 0.233, [0.0005, 0.3978, 0.99996, 0.99998, 0.99999],
     [8.6, 6.97, 14.05, 2.62, 4.52]),
    (-1.0, 126.8, 1.3687, 0.073, -0.004, 0.143, [0.4849, 0.9655, 0.9999], [4.27, 4.27, 4.27]),
    (1.0, 105.0, 0.67, 0.03, 0.0, 0.2, [0.2, 0.4, 0.6, 0.8, 0.996, 0.997], [6.0] * 6),
]  # fmt: skip


@pytest.mark.parametrize(
    ("right", "strike", "years", "rate", "income", "vol", "parts", "cash"), PAID_CLOSE_TO_EXPIRY
)
def test_large_dividends_right_before_expiry(
    right: float, strike: float, years: float, rate: float, income: float, vol: float, parts: list[float],
    cash: list[float],
) -> None:  # fmt: skip
    """Both accuracies, whose grids differ, agree; a put close to indifferent to exercise is one of them."""
    terms = {
        "right": right, "spot": 100.0, "strike": strike, "years": years, "rate": rate, "dividend_yield": income,
        "vol": vol, "dividend_years": [part * years for part in parts], "dividend_cash": cash,
    }  # fmt: skip
    fast, exact = (float(american.value(**terms, accuracy=each).price) for each in ("fast", "exact"))
    assert fast == pytest.approx(exact, abs=2e-5 * strike)


def test_a_price_of_the_best_known_moment_alone_has_no_vol() -> None:
    """A call far in the money, exercised right before the ex-date whatever happens: its price tells no vol."""
    quote = {
        "right": 1.0, "spot": 100.0, "strike": np.array([10.0, 100.0]), "years": 1.0, "rate": 0.04,
        "dividend_yield": 0.0, "dividend_years": [0.5], "dividend_cash": [1.0],
    }  # fmt: skip
    price = american.value(**quote, vol=0.3).price
    assert price[0] == pytest.approx(100 - 10 * np.exp(-0.04 * 0.5), abs=1e-6)
    vol = implied_vol.american(**quote, price=price)
    assert np.isnan(vol[0]) or american.value(**quote, vol=vol[0]).price[0] == pytest.approx(price[0], abs=1e-7)
    assert vol[1] == pytest.approx(0.3, abs=1e-9)
