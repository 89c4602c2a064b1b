"""`python -m tools.pricing` compiles every kernel into the user's cache, so that the first chain does not wait."""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.pricing import american, european, implied_vol


def compile_kernels() -> None:
    """Ask every door once, with and without cash dividends, at both accuracies."""
    one: dict[str, Any] = {
        "right": 1.0,
        "spot": 100.0,
        "strike": 100.0,
        "years": 0.5,
        "rate": 0.03,
        "dividend_yield": 0.01,
    }
    cash: dict[str, Any] = {"dividend_years": np.array([0.25]), "dividend_cash": np.array([0.5])}
    price = european.value(**one, vol=0.2).price
    implied_vol.european(**one, price=price)
    american.value(**(one | {"right": -1.0, "rate": -0.01, "dividend_yield": -0.03}), vol=0.2)  # two boundaries
    for dividends in ({}, cash):
        american.value(**one, vol=0.2, **dividends)
        american.value(**one, vol=0.2, accuracy="exact", **dividends)
        implied_vol.american(**one, price=price, **dividends)


compile_kernels()
