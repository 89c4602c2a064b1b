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

from tools.pricing.kernels.black_scholes import FIELDS, RESULTS, fill_lane
from tools.pricing.kernels.continuous import (
    Valued,
    continuous_columns,
    european_at,
    never_exercised,
    over_boundary,
    room,
    solve_boundary,
    store,
    two_boundaries,
)
from tools.pricing.kernels.discrete import Resolution, discrete_columns
from tools.pricing.kernels.exercise_boundary import as_put
from tools.pricing.kernels.family import families
from tools.pricing.kernels.option import Dividends, Option, option_at, with_rate, with_vol
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
def tree_columns(fields: tuple[FloatArray, ...], steps: int, rows: IntArray, out: FloatArray) -> None:
    """Fill `out` (8, n) at `rows`: the fields of `Valued`."""
    for i in rows:
        store(on_tree(option_at(fields, i), steps), i, out)


@njit(cache=True, nogil=True, error_model="numpy")
def two_sided(fields: tuple[FloatArray, ...], rows: IntArray) -> BoolArray:
    """Which of `rows` have two exercise boundaries."""
    found = np.empty(len(rows), dtype=np.bool_)
    for k in range(len(rows)):
        found[k] = two_boundaries(option_at(fields, rows[k]))
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def lone_row(fields: tuple[FloatArray, ...], rule: Rule, steps: int, out: FloatArray) -> None:
    """Fill `out` (8, 1), the fields of `Valued`, for the only row there is; NaN where it has unusable input."""
    option, column = option_at(fields, 0), np.empty((FIELDS + RESULTS, 1))
    for k in range(FIELDS):
        column[k, 0] = option[k]
    fill_lane(column, 0)
    out[:6, 0] = column[FIELDS:, 0]
    out[6, 0], out[7, 0] = math.nan, 0.0 * out[0, 0]
    if math.isnan(out[0, 0]) or never_exercised(option):
        return
    if two_boundaries(option):
        store(on_tree(option, steps), 0, out)
        return
    put, work = as_put(option), room(rule)
    solve_boundary(put, work, rule)
    store(over_boundary(option, european_at(out, 0), put, work, rule), 0, out)


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


def ways(fields: tuple[FloatArray, ...], rows: IntArray, dividends: Dividends) -> Ways:
    """Which of `rows` goes which way; dividends on or after a row's expiry do not concern it."""
    years, paid = fields[YEARS], np.zeros(len(rows), dtype=np.bool_)
    if len(dividends.years):
        paid |= (years[rows] if len(years) > 1 else years) > dividends.years[0]
    both = two_sided(fields, rows) & ~paid
    return Ways(rows[~paid & ~both], rows[paid], rows[both])


def american_columns(
    fields: tuple[FloatArray, ...], rows: IntArray, dividends: Dividends, method: Method, out: FloatArray
) -> None:
    """Complete `out` (8, n) at `rows`: price, delta, gamma, theta, vega, rho, critical spot today, premium.

    `fields` are those of `Option` in their order, each of length n or 1; `out` holds the European values, nan as
    the critical spot and 0 as the early-exercise premium. `dividends` are shared by all; with them the last two
    results are not known.
    """
    way = ways(fields, rows, dividends)
    order, starts = families(fields, way.continuous)
    continuous_columns(fields, order, starts, method.rule, out)
    out[7, way.discrete] = np.nan
    discrete_columns(fields, dividends, way.discrete, method.grid, 3, out)
    tree_columns(fields, method.steps, way.two_sided, out)
