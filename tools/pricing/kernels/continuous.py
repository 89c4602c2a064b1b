"""American prices and Greeks without cash dividends: European value plus the early-exercise premium."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.black_scholes import log_ratio
from tools.pricing.kernels.boundary_table import Table, fill, look_up, panel_of
from tools.pricing.kernels.early_exercise import premium_at
from tools.pricing.kernels.exercise_boundary import Put, as_put, first_guess, log_limit, solve
from tools.pricing.kernels.option import Option, option_at
from tools.pricing.kernels.rule import Rule

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ROUNDING = 1e-15  # of the strike
TOUCHING = 2e-4  # deviations from the boundary within which time does not move the price


class European(NamedTuple):
    """Price and Greeks of the same terms without the right to exercise early."""

    price: float
    delta: float
    gamma: float
    theta: float
    vega: float
    rho: float


class Valued(NamedTuple):
    """Price and Greeks; `boundary` is today's critical spot, `premium` the part of the price over European."""

    price: float
    delta: float
    gamma: float
    theta: float
    vega: float
    rho: float
    boundary: float
    premium: float


@njit(cache=True, nogil=True, error_model="numpy")
def two_boundaries(option: Option) -> bool:
    """True where exercise pays only between two spots: as a put, q < r < 0 (Andersen & Lake 2021)."""
    put = as_put(option)
    return put.income < put.rate < 0.0


@njit(cache=True, nogil=True, error_model="numpy")
def never_exercised(option: Option) -> bool:
    """True where waiting always pays, as a put r ≤ 0 and q ≥ r, or where exercise cannot earn a rounding error."""
    put = as_put(option)
    earned = (max(put.rate, 0.0) + max(-put.income, 0.0)) * put.years
    return (put.rate <= 0.0 and put.income >= put.rate) or (earned < ROUNDING and not two_boundaries(option))


class Work(NamedTuple):
    """Room for one boundary, `fall` (n) and `slopes` (2, n), and for the points of one premium (3, p)."""

    fall: FloatArray
    slopes: FloatArray
    points: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def room(rule: Rule) -> Work:
    nodes = len(rule.boundary.nodes)
    return Work(np.empty(nodes), np.empty((2, nodes)), np.empty((3, rule.premium.angles.shape[2])))


@njit(cache=True, nogil=True, error_model="numpy")
def over_boundary(option: Option, european: European, put: Put, work: Work, rule: Rule) -> Valued:
    """Greeks from the boundary in `work`, of the put that stands for the option; theta from the equation."""
    right, spot, strike, years, rate, dividend_yield, vol = option
    price, delta, gamma, theta, vega, rho = european
    numeraire = spot if put.mirrored else strike
    limit = log_limit(put) - work.fall[-1]
    boundary = strike * math.exp(-limit if put.mirrored else limit)
    log_spot = log_ratio(strike, spot) if put.mirrored else log_ratio(spot, strike)
    intrinsic = right * (spot - strike)
    if log_spot <= limit and intrinsic >= price:
        return Valued(intrinsic, right, 0.0, 0.0, 0.0, 0.0, boundary, intrinsic - price)
    if log_spot <= limit:  # rates or vols beyond any market's: the boundary is lost, what waiting is worth is not
        return Valued(price, delta, gamma, theta, vega, rho, math.nan, 0.0)
    extra = premium_at(put, log_spot, work.fall, work.slopes, rule.premium, work.points)
    premium = numeraire * max(extra.price, 0.0)
    if intrinsic > price + premium:
        premium = intrinsic - price
    price += premium
    if put.mirrored:
        delta += extra.price - strike / spot * extra.delta
        gamma += (strike / spot) ** 2 / spot * extra.gamma
    else:
        delta += extra.delta
        gamma += extra.gamma / strike
    carried, half_variance = rate * price - (rate - dividend_yield) * spot * delta, 0.5 * (vol * spot) ** 2
    if log_spot - limit < TOUCHING * vol * math.sqrt(years):
        gamma = carried / half_variance
    gamma = max(gamma, 0.0)
    theta = carried - half_variance * gamma
    vega = max(vega + numeraire * extra.vega, 0.0)
    most = years * strike * math.exp(max(-rate * years, 0.0))  # exercise at some moment moves no price by more
    rho = right * min(max(right * (rho + numeraire * extra.rho), 0.0), most)
    return Valued(price, delta, gamma, theta, vega, rho, boundary, premium)


@njit(cache=True, nogil=True, error_model="numpy")
def store(found: Valued, i: int, out: FloatArray) -> None:
    """Row i of `out` (8, n); NaN throughout where the value cannot be had."""
    total = 0.0
    for k in range(6):
        total += abs(found[k])
    for k in range(8):
        out[k, i] = found[k] if total < math.inf else math.nan


@njit(cache=True, nogil=True, error_model="numpy")
def solve_boundary(put: Put, work: Work, rule: Rule) -> None:
    """The boundary of one put, into `work`."""
    first_guess(put, rule.boundary.nodes, work.fall)
    solve(put, rule.boundary, work.fall, work.slopes)


@njit(cache=True, nogil=True, error_model="numpy")
def european_at(out: FloatArray, i: int) -> European:
    return European(out[0, i], out[1, i], out[2, i], out[3, i], out[4, i], out[5, i])


@njit(cache=True, nogil=True, error_model="numpy")
def family_columns(fields: tuple[FloatArray, ...], members: IntArray, rule: Rule, out: FloatArray) -> None:
    """Complete `out` (8, n) at `members`, rows that share right, years, rates and the panel of their vol."""
    nodes, marks = len(rule.boundary.nodes), rule.marks
    first = option_at(fields, members[0])
    if never_exercised(first):
        return
    work, shared = room(rule), len(members) > len(marks)
    table = Table(np.empty((len(marks), nodes)), np.empty((len(marks), 2, nodes)))
    panel = panel_of(first.vol)
    if shared:
        fill(as_put(first), panel, marks, rule.boundary, table)
    vol = math.nan
    for i in members:
        option = option_at(fields, i)
        put = as_put(option)
        if option.vol != vol:
            vol = option.vol
            if shared:
                look_up(vol, panel, marks, table, work.fall, work.slopes)
            else:
                solve_boundary(put, work, rule)
        store(over_boundary(option, european_at(out, i), put, work, rule), i, out)


@njit(cache=True, nogil=True, error_model="numpy")
def continuous_columns(
    fields: tuple[FloatArray, ...], order: IntArray, starts: IntArray, rule: Rule, out: FloatArray
) -> None:
    """Make the European values in `out` (8, n) American: the fields of `Valued`.

    Family f is order[starts[f]:starts[f + 1]].
    """
    for f in range(len(starts) - 1):
        family_columns(fields, order[starts[f] : starts[f + 1]], rule, out)
