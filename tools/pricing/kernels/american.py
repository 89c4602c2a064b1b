"""American prices and Greeks over columns: every row by the method that suits it.

no dividend before expiry → one exercise boundary, families of rows → collocation
cash dividends → finite differences
two boundaries → collocation of both
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.between import two_sided_columns
from tools.pricing.kernels.black_scholes import age, results
from tools.pricing.kernels.continuous import (
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
from tools.pricing.kernels.option import Dividends, option_at
from tools.pricing.kernels.rule import Rule

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

YEARS = 3  # its column


@njit(cache=True, nogil=True, error_model="numpy")
def two_sided(fields: tuple[FloatArray, ...], rows: IntArray) -> BoolArray:
    """Which of `rows` have two exercise boundaries."""
    found = np.empty(len(rows), dtype=np.bool_)
    for k in range(len(rows)):
        found[k] = two_boundaries(option_at(fields, rows[k])) and not never_exercised(option_at(fields, rows[k]))
    return found


class Method(NamedTuple):
    """How finely each of the methods works: boundaries, grids.

    Boundaries of `tabled` rows or more that differ in vol alone come from one table: with 1 the value of a row does
    not depend on which others stand beside it, with more few rows are quicker and exact.
    """

    rule: Rule
    grid: Resolution
    tabled: int


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
    """Complete `out` (9, n) at `rows`: price, five Greeks, critical spot today, premium, second critical spot.

    `fields` are those of `Option` in their order, each of length n or 1; `out` holds the European values, nan as
    the critical spots and 0 as the early-exercise premium. `dividends` are shared by all; with them the last three
    results are not known.
    """
    way = ways(fields, rows, dividends)
    order, starts = families(fields, way.continuous)
    continuous_columns(fields, order, starts, method.rule, method.tabled, out)
    out[7, way.discrete] = np.nan
    discrete_columns(fields, dividends, way.discrete, method.grid, 3, out)
    two_sided_columns(fields, way.two_sided, method.rule, out)


@njit(cache=True, nogil=True, error_model="numpy")
def lone_row(fields: tuple[FloatArray, ...], rule: Rule, out: FloatArray) -> bool:
    """The same, in `out` (9, 1), for the only row there is; False, undone, where it has two boundaries."""
    option = option_at(fields, 0)
    found = results(option, age(option.years, option.rate, option.dividend_yield))
    for k in range(len(found)):
        out[k, 0] = found[k]
    out[6, 0], out[7, 0], out[8, 0] = math.nan, 0.0 * out[0, 0], math.nan
    if not (math.isnan(out[0, 0]) or never_exercised(option)):
        if two_boundaries(option):
            return False
        put, work = as_put(option), room(rule)
        solve_boundary(put, work, rule)
        store(over_boundary(option, european_at(out, 0), put, work, rule), 0, out)
    if out[0, 0] < 0.0:  # numbers beyond what exercise can be compared in
        out[:] = math.nan
    return True
