"""American prices and Greeks without cash dividends: European value plus the early-exercise premium."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from tools.pricing.kernels.black_scholes import log_ratio
from tools.pricing.kernels.boundary_table import Table, fill, look_up, panel_of
from tools.pricing.kernels.early_exercise import Premium, premium_at
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
    """Price and Greeks, today's critical spot, the part of the price over European, the second critical spot."""

    price: float
    delta: float
    gamma: float
    theta: float
    vega: float
    rho: float
    boundary: float
    premium: float
    second: float


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
    return (put.rate <= 0.0 and put.income >= put.rate) or earned < ROUNDING


class Work(NamedTuple):
    """Room for one boundary, `fall` (n) and `slopes` (2, n), and for the points of one premium (6, p)."""

    fall: FloatArray
    slopes: FloatArray
    points: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def room(rule: Rule) -> Work:
    nodes = len(rule.boundary.nodes)
    return Work(np.empty(nodes), np.empty((2, nodes)), np.empty((6, rule.premium.angles.shape[2])))


@njit(cache=True, nogil=True, error_model="numpy")
def exercised(option: Option, european: European, boundary: float, second: float) -> Valued:
    """An option worth most if exercised now moves with the spot alone.

    At rates or vols beyond any market's a boundary may be lost; what waiting is worth is not.
    """
    intrinsic = option.right * (option.spot - option.strike)
    if intrinsic < european.price:
        price, delta, gamma, theta, vega, rho = european
        return Valued(price, delta, gamma, theta, vega, rho, math.nan, 0.0, math.nan)
    return Valued(intrinsic, option.right, 0.0, 0.0, 0.0, 0.0, boundary, intrinsic - european.price, second)


@njit(cache=True, nogil=True, error_model="numpy")
def completed(
    option: Option, european: European, put: Put, extra: Premium, touching: bool, boundary: float, second: float
) -> Valued:
    """Price and Greeks with the premium of the put that stands for the option; theta from Black-Scholes' equation.

    That equation also gives gamma where the option is `touching` a boundary.
    """
    right, spot, strike, years, rate, dividend_yield, vol = option
    price, delta, gamma, theta, vega, rho = european
    numeraire = spot if put.mirrored else strike
    premium = max(numeraire * max(extra.price, 0.0), right * (spot - strike) - price)
    price += premium
    if put.mirrored:
        delta += extra.price - strike / spot * extra.delta
        gamma += (strike / spot) ** 2 / spot * extra.gamma
    else:
        delta += extra.delta
        gamma += extra.gamma / strike
    carried, half_variance = rate * price - (rate - dividend_yield) * spot * delta, 0.5 * (vol * spot) ** 2
    if touching:
        gamma = carried / half_variance
    gamma = max(gamma, 0.0)
    theta = carried - half_variance * gamma
    vega = max(vega + numeraire * extra.vega, 0.0)
    most = years * strike * math.exp(max(-rate * years, 0.0))  # exercise at some moment moves no price by more
    rho = right * min(max(right * (rho + numeraire * extra.rho), 0.0), most)
    return Valued(price, delta, gamma, theta, vega, rho, boundary, premium, second)


@njit(cache=True, nogil=True, error_model="numpy")
def over_boundary(option: Option, european: European, put: Put, work: Work, rule: Rule) -> Valued:
    """One option from its boundary, which is in `work`."""
    limit = log_limit(put) - work.fall[-1]
    sign = -1.0 if put.mirrored else 1.0
    log_spot = sign * log_ratio(option.spot, option.strike)
    boundary = option.strike * math.exp(sign * limit)
    if log_spot <= limit:
        return exercised(option, european, boundary, math.nan)
    extra = premium_at(put, log_spot, work.fall, work.slopes, rule.premium, work.points)
    touching = log_spot - limit < TOUCHING * option.vol * math.sqrt(option.years)
    return completed(option, european, put, extra, touching, boundary, math.nan)


@njit(cache=True, nogil=True, error_model="numpy")
def store(found: Valued, i: int, out: FloatArray) -> None:
    """Row i of `out` (9, n); NaN throughout where the value cannot be had."""
    total = 0.0
    for k in range(6):
        total += abs(found[k])
    for k in range(9):
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
def family_columns(
    fields: tuple[FloatArray, ...], members: IntArray, rule: Rule, least: int, out: FloatArray
) -> None:
    """Complete `out` (9, n) at `members`, rows that share right, years, rates and the panel of their vol.

    From `least` rows on their boundaries come from a table.
    """
    nodes, marks = len(rule.boundary.nodes), rule.marks
    first = option_at(fields, members[0])
    if never_exercised(first):
        return
    work, shared = room(rule), len(members) >= least
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
    fields: tuple[FloatArray, ...], order: IntArray, starts: IntArray, rule: Rule, least: int, out: FloatArray
) -> None:
    """Make the European values in `out` (9, n) American: the fields of `Valued`.

    Family f is order[starts[f]:starts[f + 1]]; `least` as in `family_columns`.
    """
    for f in range(len(starts) - 1):
        family_columns(fields, order[starts[f] : starts[f + 1]], rule, least, out)
