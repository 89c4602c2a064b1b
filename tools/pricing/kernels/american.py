"""American prices and Greeks over columns: every row by the method that suits it.

no dividend before expiry → one exercise boundary, families of rows → collocation
cash dividends → finite differences
two boundaries → the tree
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.continuous import Valued, continuous_columns, option_at, two_boundaries
from tools.pricing.kernels.discrete import Resolution, discrete_columns
from tools.pricing.kernels.family import families
from tools.pricing.kernels.option import Dividends, Option, with_rate, with_vol
from tools.pricing.kernels.rule import Rule
from tools.pricing.kernels.tree import extrapolated

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

VOL_BUMP = 2e-3  # of the volatility
RATE_BUMP = 1e-4
YEARS = 3  # its column


@njit(cache=True, nogil=True, error_model="numpy")
def on_tree(option: Option, steps: int) -> Valued:
    """An option worth exercising now moves with the spot alone; vega and rho from bumps of the tree."""
    price, delta, gamma = extrapolated(option, steps)
    if price <= option.right * (option.spot - option.strike):
        return Valued(price, option.right, 0.0, 0.0, 0.0, 0.0, math.nan, math.nan)
    bump = option.vol * VOL_BUMP
    calmer = extrapolated(with_vol(option, option.vol - bump), steps)[0]
    wilder = extrapolated(with_vol(option, option.vol + bump), steps)[0]
    lower = extrapolated(with_rate(option, option.rate - RATE_BUMP), steps)[0]
    higher = extrapolated(with_rate(option, option.rate + RATE_BUMP), steps)[0]
    carried = (option.rate - option.dividend_yield) * option.spot * delta
    theta = option.rate * price - carried - 0.5 * (option.vol * option.spot) ** 2 * gamma
    vega, rho = (wilder - calmer) / (2.0 * bump), (higher - lower) / (2.0 * RATE_BUMP)
    return Valued(price, delta, gamma, theta, vega, rho, math.nan, math.nan)


@njit(cache=True, nogil=True, error_model="numpy")
def tree_columns(columns: FloatArray, steps: int, rows: IntArray, out: FloatArray) -> None:
    """Fill `out` (8, n) at `rows`: the fields of `Valued`."""
    for i in rows:
        out[:, i] = on_tree(option_at(columns, i), steps)


@njit(cache=True, nogil=True, error_model="numpy")
def two_sided(columns: FloatArray) -> BoolArray:
    """Rows with two exercise boundaries."""
    found = np.empty(columns.shape[1], dtype=np.bool_)
    for i in range(len(found)):
        found[i] = two_boundaries(option_at(columns, i))
    return found


class Method(NamedTuple):
    """How finely each of the methods works."""

    rule: Rule
    grid: Resolution
    steps: int


class Ways(NamedTuple):
    """Rows by the method that suits them."""

    continuous: IntArray
    discrete: IntArray
    two_sided: IntArray


def ways(columns: FloatArray, dividends: Dividends) -> Ways:
    """Which row goes which way; dividends on or after a row's expiry do not concern it."""
    paid = columns[YEARS] > dividends.years[0] if len(dividends.years) else np.zeros(columns.shape[1], dtype=bool)
    both = two_sided(columns) & ~paid
    return Ways(np.flatnonzero(~paid & ~both), np.flatnonzero(paid), np.flatnonzero(both))


def american_columns(columns: FloatArray, dividends: Dividends, method: Method, out: FloatArray) -> None:
    """Fill `out` (8, n): price, delta, gamma, theta, vega, rho, critical spot today, early-exercise premium.

    `columns` (7, n) holds the fields of `Option`, rows taken as valid. `dividends` are shared by all. The last
    two are known without cash dividends only.
    """
    way = ways(columns, dividends)
    order, starts = families(columns, way.continuous)
    continuous_columns(columns, order, starts, method.rule, out)
    out[6:, way.discrete] = np.nan
    discrete_columns(columns, dividends, way.discrete, method.grid, 3, out)
    tree_columns(columns, method.steps, way.two_sided, out)
