"""What moved each trade on each day: its last Greeks times what moved, the rest, and what trading cost.

trade → its rows by link → step to the next usable quote (or to its settlement) → one line of causes
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tools.backtest.sweep.arrays import DayArray, FloatArray, RowArray, SideArray

DELTA, GAMMA, THETA, VEGA, RESIDUAL, COMMISSION, SLIPPAGE = 0, 1, 2, 3, 4, 5, 6
CAUSES = 7
OPEN, TIME = 0, 3  # as in `selling`: what lies between them is a purchase
POINTS = 100.0  # volatility points in a volatility of 1.00


class Quotes(NamedTuple):
    """Day-major columns; Greeks per share of the option: theta per calendar day, vega per volatility point."""

    days: DayArray
    day_start: RowArray
    following: RowArray
    bid: FloatArray
    ask: FloatArray
    delta: FloatArray
    gamma: FloatArray
    theta: FloatArray
    vega: FloatArray
    iv: FloatArray
    spot: FloatArray


class Trades(NamedTuple):
    """As `selling.Trades`, cut to the trades there are."""

    entry_day: RowArray
    exit_day: RowArray
    entry_row: RowArray
    last_row: RowArray
    credit: FloatArray
    paid: FloatArray
    reason: SideArray


class Steps(NamedTuple):
    """One line per trade and day with an entry, a usable quote or an end; `causes` (n, 7) in money."""

    trade: RowArray
    day: RowArray
    causes: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def attribute(quotes: Quotes, trades: Trades, shares: float, commission: float) -> Steps:
    """Steps in order of trade, then day; `commission` is that of one order of one trade."""
    room = len(trades.credit)
    for t in range(len(trades.credit)):
        room += trades.exit_day[t] - trades.entry_day[t]
    steps = Steps(np.empty(room, np.int32), np.empty(room, np.int32), np.zeros((room, CAUSES)))
    size = 0
    for t in range(len(trades.credit)):
        day, row = trades.entry_day[t], trades.entry_row[t]
        last, paid, reason = trades.last_row[t], trades.paid[t], trades.reason[t]
        mark = (quotes.bid[row] + quotes.ask[row]) / 2
        line = steps.causes[size]
        line[SLIPPAGE] = shares * (trades.credit[t] - mark)
        line[COMMISSION] = -commission
        steps.trade[size], steps.day[size] = t, day
        size += 1
        while row != last:
            following, on = quotes.following[row], day
            while math.isnan(quotes.ask[following]):
                following = quotes.following[following]
            while quotes.day_start[on + 1] <= following:
                on += 1
            line = steps.causes[size]
            now = (quotes.bid[following] + quotes.ask[following]) / 2
            assigned = reason > TIME and on == trades.exit_day[t]
            goal = paid if assigned else now
            vols = math.nan if assigned else POINTS * (quotes.iv[following] - quotes.iv[row])
            explain(quotes, row, day, on, vols, goal - mark, shares, line)
            steps.trade[size], steps.day[size] = t, on
            size, row, day, mark = size + 1, following, on, goal
        if reason > TIME and day != trades.exit_day[t]:
            on = trades.exit_day[t]
            explain(quotes, row, day, on, math.nan, paid - mark, shares, steps.causes[size])
            steps.trade[size], steps.day[size] = t, on
            size += 1
        elif OPEN < reason <= TIME:
            steps.causes[size - 1, SLIPPAGE] += shares * (mark - paid)
            steps.causes[size - 1, COMMISSION] -= commission
    return Steps(steps.trade[:size].copy(), steps.day[:size].copy(), steps.causes[:size].copy())


@njit(cache=True, nogil=True, error_model="numpy")
def explain(
    quotes: Quotes, row: int, day: int, on: int, vols: float, change: float, shares: float, line: FloatArray
) -> None:
    """The causes of a mark's `change` per share between two days; what is unknown stays in the residual."""
    move = quotes.spot[on] - quotes.spot[day]
    line[DELTA] = known(-shares * quotes.delta[row] * move)
    line[GAMMA] = known(-shares * quotes.gamma[row] * move * move / 2)
    line[THETA] = known(-shares * quotes.theta[row] * (quotes.days[on] - quotes.days[day]))
    line[VEGA] = known(-shares * quotes.vega[row] * vols)
    line[RESIDUAL] = -shares * change - line[DELTA] - line[GAMMA] - line[THETA] - line[VEGA]


@njit(cache=True, nogil=True, error_model="numpy")
def known(amount: float) -> float:
    return amount if math.isfinite(amount) else 0.0
