"""American implied volatility: the inverse of the prices of `kernels.american`.

families that differ in strike and price → boundaries by vol, solved where the search leads
cash dividends → rounds of all rows side by side on their grids
two boundaries → solved at every vol tried
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.american import YEARS, Method, ways
from tools.pricing.kernels.between import between, solved
from tools.pricing.kernels.black_scholes import greeks_of
from tools.pricing.kernels.boundary_table import Table, fill, look_up, panel_of
from tools.pricing.kernels.continuous import European, Work, never_exercised, over_boundary, room, solve_boundary
from tools.pricing.kernels.discrete import Resolution, discrete_columns, laid_out
from tools.pricing.kernels.exercise_boundary import as_put
from tools.pricing.kernels.family import families
from tools.pricing.kernels.implied import SOLVED, implied
from tools.pricing.kernels.option import Dividends, Option, before, field_at, option_at, with_vol
from tools.pricing.kernels.rule import Rule
from tools.pricing.kernels.two_boundaries import empty_pair
from tools.pricing.kernels.vol_search import NOISE, ROUNDS, SEARCHING, Search, advance, begin

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
FlawArray = npt.NDArray[np.uint8]
BoolArray = npt.NDArray[np.bool_]

PRICE = 6  # its column, in place of the vol
LOWEST, HIGHEST = -40, 16  # panels whose tables are kept
ROUGH = 2  # rounds on coarse grids, after the first
QUICK = 4  # rounds on fine grids before the vega is asked for anew
VOL, MISS, ROUND, FLAW, VEGA, PROXY = 7, 8, 9, 10, 11, 12  # rows of a search's state


class Boundaries(NamedTuple):
    """Tables by panel (p, m, …), which of them are filled, and room for the boundary last asked for."""

    fall: FloatArray
    slopes: FloatArray
    filled: BoolArray
    work: Work


@njit(cache=True, nogil=True, error_model="numpy")
def empty_boundaries(rule: Rule) -> Boundaries:
    panels, marks, nodes = HIGHEST - LOWEST, len(rule.marks), len(rule.boundary.nodes)
    return Boundaries(
        np.empty((panels, marks, nodes)),
        np.empty((panels, marks, 2, nodes)),
        np.zeros(panels, dtype=np.bool_),
        room(rule),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def find_boundary(option: Option, known: Boundaries, rule: Rule) -> None:
    """The boundary at the option's vol, into `known.work`; from tables even for one row alone, lest its vol depend
    on which others stand beside it.
    """
    put = as_put(option)
    panel = panel_of(option.vol)
    if not LOWEST <= panel < HIGHEST:
        solve_boundary(put, known.work, rule)
        return
    table = Table(known.fall[panel - LOWEST], known.slopes[panel - LOWEST])
    if not known.filled[panel - LOWEST]:
        fill(put, panel, rule.marks, rule.boundary, table)
        known.filled[panel - LOWEST] = True
    look_up(option.vol, panel, rule.marks, table, known.work.fall, known.work.slopes)


@njit(cache=True, nogil=True, error_model="numpy")
def implied_over_boundary(option: Option, price: float, known: Boundaries, rule: Rule) -> Search:
    """The finished search of one quote."""
    none = Dividends(np.empty(0), np.empty(0))
    search = begin(option, none, price)
    while search.flaw == SEARCHING:
        tried = with_vol(option, search.vol)
        find_boundary(tried, known, rule)
        valued = over_boundary(tried, European(*greeks_of(tried)), as_put(tried), known.work, rule)
        search = advance(search, valued.price, valued.vega, 0.0)
    return search


@njit(cache=True, nogil=True, error_model="numpy")
def continuous_implied(
    fields: tuple[FloatArray, ...], order: IntArray, starts: IntArray, rule: Rule, vol: FloatArray, flaw: FlawArray
) -> None:
    """Fill `vol` and `flaw` at the rows of every family."""
    known = empty_boundaries(rule)
    for f in range(len(starts) - 1):
        known.filled[:] = False
        members = order[starts[f] : starts[f + 1]]
        for i in members:
            option, price = with_vol(option_at(fields, i), math.nan), field_at(fields[PRICE], i)
            if never_exercised(option):
                vol[i], flaw[i] = implied(option, price)
            else:
                search = implied_over_boundary(option, price, known, rule)
                vol[i], flaw[i] = search.vol, search.flaw


@njit(cache=True, nogil=True, error_model="numpy")
def begin_rows(columns: FloatArray, dividends: Dividends, states: FloatArray) -> None:
    """`states` (k, m): the search of each row, ready for its first round."""
    for k in range(columns.shape[1]):
        c = columns[:, k]
        option = Option(c[0], c[1], c[2], c[3], c[4], c[5], math.nan)
        save(begin(option, before(dividends, option.years), c[PRICE]), states, k)


@njit(cache=True, nogil=True, error_model="numpy")
def save(search: Search, states: FloatArray, k: int) -> None:
    """Column k of `states`; right and years stay with the row."""
    european, wanted, price, low, high, vol, miss, rounds, flaw = search
    states[0, k], states[1, k], states[2, k] = european.spot, european.rate, european.dividend_yield
    states[3, k], states[4, k], states[5, k], states[6, k] = wanted, price, low, high
    states[PROXY, k] = european.strike
    states[VOL, k], states[MISS, k], states[ROUND, k], states[FLAW, k] = vol, miss, rounds, flaw


@njit(cache=True, nogil=True, error_model="numpy")
def advance_rows(columns: FloatArray, found: FloatArray, states: FloatArray) -> None:
    """The next round of every open search; `found` (6, m) holds price and vega at each row's vol."""
    for k in range(columns.shape[1]):
        if states[FLAW, k] != SEARCHING:
            continue
        s = states[:, k]
        european = Option(columns[0, k], s[0], s[PROXY], columns[YEARS, k], s[1], s[2], math.nan)
        search = Search(european, s[3], s[4], s[5], s[6], s[VOL], s[MISS], int(s[ROUND]), SEARCHING)
        states[VEGA, k] = found[4, k]
        save(advance(search, found[0, k], found[4, k], NOISE), states, k)


def discrete_implied(
    columns: FloatArray, dividends: Dividends, grid: Resolution, vol: FloatArray, flaw: FlawArray
) -> None:
    """Fill `vol` and `flaw` (m) of these rows: a search on coarse grids shows where that on fine ones begins.

    Its last vega serves there too, for a few rounds: on a fine grid of its own it would cost as much as the price.
    """
    states = np.full((PROXY + 1, len(vol)), math.nan)
    begin_rows(columns, dividends, states)
    rough = states.copy()
    advance_together(columns, dividends, Resolution(grid.nodes // 2, grid.steps // 3), ROUGH, 0, rough)
    known = (rough[FLAW] == SOLVED) | (rough[FLAW] == SEARCHING)
    states[VOL] = np.where(known & (states[FLAW] == SEARCHING), rough[VOL], states[VOL])
    states[VEGA] = np.where(known, rough[VEGA], math.nan)
    advance_together(columns, dividends, grid, ROUNDS, QUICK, states)
    vol[:], flaw[:] = states[VOL], states[FLAW].astype(np.uint8)


def advance_together(
    columns: FloatArray, dividends: Dividends, grid: Resolution, rounds: int, quick: int, states: FloatArray
) -> None:
    """Advance the open searches together, to their ends or for so many rounds; `quick` ones with the vega known."""
    tried, found = columns.copy(), np.empty((6, columns.shape[1]))
    for each in range(rounds + 1):
        open_rows = np.flatnonzero(states[FLAW] == SEARCHING)
        if len(open_rows) == 0:
            break
        tried[PRICE] = states[VOL]
        known = (states[VEGA, open_rows] > 0.0) & (each < quick)
        old, new = open_rows[known], open_rows[~known]
        discrete_columns(tuple(tried), dividends, old, grid, 1, found)
        discrete_columns(tuple(tried), dividends, new, grid, 2, found)
        found[4, old] = states[VEGA, old]
        advance_rows(columns, found, states)


@njit(cache=True, nogil=True, error_model="numpy")
def two_sided_implied(
    fields: tuple[FloatArray, ...], rows: IntArray, rule: Rule, vol: FloatArray, flaw: FlawArray
) -> None:
    """Fill `vol` and `flaw` at `rows`, boundaries solved at every vol tried."""
    none, pair = Dividends(np.empty(0), np.empty(0)), empty_pair(len(rule.boundary.nodes))
    for i in rows:
        option = with_vol(option_at(fields, i), math.nan)
        search = begin(option, none, field_at(fields[PRICE], i))
        while search.flaw == SEARCHING:
            tried = with_vol(option, search.vol)
            put = as_put(tried)
            valued = between(tried, European(*greeks_of(tried)), put, solved(put, rule, pair), rule)
            search = advance(search, valued.price, valued.vega, 0.0)
        vol[i], flaw[i] = search.vol, search.flaw


def american_implied_columns(
    fields: tuple[FloatArray, ...],
    rows: IntArray,
    dividends: Dividends,
    method: Method,
    vol: FloatArray,
    flaw: FlawArray,
) -> None:
    """Fill `vol` and `flaw` (n) at `rows`, whose inputs are taken as valid.

    `fields` are those of `Option` with the price in place of the vol, each of length n or 1.
    """
    way = ways(fields, rows, dividends)
    order, starts = families(fields, way.continuous, panels=False)
    continuous_implied(fields, order, starts, method.rule, vol, flaw)
    two_sided_implied(fields, way.two_sided, method.rule, vol, flaw)
    if len(way.discrete):
        columns = laid_out(fields, way.discrete)
        part, lost = np.empty(len(way.discrete)), np.zeros(len(way.discrete), dtype=np.uint8)
        discrete_implied(columns, dividends, method.grid, part, lost)
        vol[way.discrete], flaw[way.discrete] = part, lost
