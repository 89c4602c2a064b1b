"""American implied volatility: the inverse of the prices of `kernels.american`.

rows → families that differ in strike and price → boundaries by vol, solved where the search leads
cash dividends, two boundaries → the tree, row by row
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.american import YEARS, two_sided
from tools.pricing.kernels.boundary_table import Table, fill, look_up, panel_of
from tools.pricing.kernels.continuous import never_exercised, option_at, over_boundary
from tools.pricing.kernels.exercise_boundary import as_put, first_guess, solve
from tools.pricing.kernels.family import families
from tools.pricing.kernels.implied import implied
from tools.pricing.kernels.option import Dividends, Option, before, with_vol
from tools.pricing.kernels.rule import Rule
from tools.pricing.kernels.tree import extrapolated
from tools.pricing.kernels.vol_search import SEARCHING, Search, advance, begin, least_worth

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
FlawArray = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]

PRICE = 6  # its column, in place of the vol
LOWEST, HIGHEST = -40, 16  # panels whose tables are kept
FEW = 4  # rows that are cheaper without a table
BUMP = 1e-4  # of the vol


class Boundaries(NamedTuple):
    """Tables by panel (p, m, …), which of them are filled, and the boundary last asked for."""

    fall: FloatArray
    slopes: FloatArray
    filled: BoolArray
    last_fall: FloatArray
    last_slopes: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def empty_boundaries(rule: Rule) -> Boundaries:
    panels, marks, nodes = HIGHEST - LOWEST, len(rule.marks), len(rule.boundary.nodes)
    return Boundaries(
        np.empty((panels, marks, nodes)),
        np.empty((panels, marks, 2, nodes)),
        np.zeros(panels, dtype=np.bool_),
        np.empty(nodes),
        np.empty((2, nodes)),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def find_boundary(option: Option, shared: bool, known: Boundaries, rule: Rule) -> None:
    """The boundary at the option's vol, into `known.last_fall` and `known.last_slopes`."""
    put = as_put(option)
    panel = panel_of(option.vol)
    if not shared or not LOWEST <= panel < HIGHEST:
        first_guess(put, rule.boundary.nodes, known.last_fall)
        solve(put, rule.boundary, known.last_fall, known.last_slopes)
        return
    table = Table(known.fall[panel - LOWEST], known.slopes[panel - LOWEST])
    if not known.filled[panel - LOWEST]:
        fill(put, panel, rule.marks, rule.boundary, table)
        known.filled[panel - LOWEST] = True
    look_up(option.vol, panel, rule.marks, table, known.last_fall, known.last_slopes)


@njit(cache=True, nogil=True, error_model="numpy")
def implied_over_boundary(option: Option, price: float, shared: bool, known: Boundaries, rule: Rule) -> Search:
    """The finished search of one quote."""
    search = begin(option, price, option.spot, least_worth(option))
    while search.flaw == SEARCHING:
        tried = with_vol(option, search.vol)
        find_boundary(tried, shared, known, rule)
        valued = over_boundary(tried, as_put(tried), known.last_fall, known.last_slopes, rule)
        search = advance(search, valued.price, valued.vega)
    return search


@njit(cache=True, nogil=True, error_model="numpy")
def continuous_implied(
    columns: FloatArray, order: IntArray, starts: IntArray, rule: Rule, vol: FloatArray, flaw: FlawArray
) -> None:
    """Fill `vol` and `flaw` at the rows of every family."""
    known = empty_boundaries(rule)
    for f in range(len(starts) - 1):
        known.filled[:] = False
        members = order[starts[f] : starts[f + 1]]
        for i in members:
            option, price = with_vol(option_at(columns, i), math.nan), columns[PRICE, i]
            if never_exercised(option):
                vol[i], flaw[i] = implied(option, price)
            else:
                search = implied_over_boundary(option, price, len(members) > FEW, known, rule)
                vol[i], flaw[i] = search.vol, search.flaw


@njit(cache=True, nogil=True, error_model="numpy")
def implied_on_tree(option: Option, dividends: Dividends, price: float, steps: int) -> Search:
    """The finished search of one quote; vega from a one-sided bump of the tree."""
    paid = 0.0
    for k in range(len(dividends.years)):
        paid += dividends.cash[k] * math.exp(-option.rate * dividends.years[k])
    search = begin(
        option, price, max(option.spot - paid, 0.5 * option.spot), option.right * (option.spot - option.strike)
    )
    while search.flaw == SEARCHING:
        bump = BUMP * search.vol
        found = extrapolated(with_vol(option, search.vol), dividends, steps)[0]
        above = extrapolated(with_vol(option, search.vol + bump), dividends, steps)[0]
        search = advance(search, found, (above - found) / bump)
    return search


@njit(cache=True, nogil=True, error_model="numpy")
def tree_implied(
    columns: FloatArray, ex_dates: Dividends, steps: int, rows: IntArray, vol: FloatArray, flaw: FlawArray
) -> None:
    """Fill `vol` and `flaw` at `rows`."""
    for i in rows:
        option = with_vol(option_at(columns, i), math.nan)
        search = implied_on_tree(option, before(ex_dates, option.years), columns[PRICE, i], steps)
        vol[i], flaw[i] = search.vol, search.flaw


def american_implied_columns(
    columns: FloatArray, ex_dates: Dividends, rule: Rule, steps: int, vol: FloatArray, flaw: FlawArray
) -> None:
    """Fill `vol` and `flaw` (n). `columns` (7, n): the fields of `Option` with the price in place of vol."""
    slow = two_sided(columns)
    if len(ex_dates.years):
        slow |= columns[YEARS] > ex_dates.years[0]
    order, starts = families(columns, np.flatnonzero(~slow), panels=False)
    continuous_implied(columns, order, starts, rule, vol, flaw)
    tree_implied(columns, ex_dates, steps, np.flatnonzero(slow), vol, flaw)
