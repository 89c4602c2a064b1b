"""Sell one contract after another, each followed to its end as soon as it is sold.

    day → what earlier trades come to on it → room, capital → the contract nearest the delta → its life, day by day

A trade's life depends on no other trade, and a day's decision on what that day knows alone: following a trade
ahead of time looks into no future. The order in which exits are asked: take profit, adverse stop, time stop,
settlement, early assignment.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
DayArray = npt.NDArray[np.int32]
RowArray = npt.NDArray[np.int32]
SideArray = npt.NDArray[np.int8]
BoolArray = npt.NDArray[np.bool_]

OPEN, PROFIT, STOP, TIME, SETTLED, ASSIGNED = 0, 1, 2, 3, 4, 5
UNSECURED, CASH, NAKED = 0, 1, 2
CLOSED_DAYS = 4  # the longest an exchange is closed in a row: nothing between two sessions is further apart
YEAR = 365.0
NONE = -1


class Market(NamedTuple):
    """Day-major columns as `tools.backtest.sweep.columns` lays them out; `spot` one per day, NaN unknown."""

    days: DayArray
    day_start: RowArray
    day_block: RowArray
    block_start: RowArray
    block_expiry: DayArray
    block_right: SideArray
    block_falls: BoolArray
    place: RowArray
    path_row: RowArray
    next_day: RowArray
    path_quote: FloatArray
    strike: FloatArray
    bid: FloatArray
    ask: FloatArray
    delta: FloatArray
    spot: FloatArray


class Terms(NamedTuple):
    """The rules as numbers: money per share, shares per trade in `shares`, `commission` per order of a trade.

    What is off: a take profit of -inf, a stop of inf, a time stop of -1, `most_open` the number of days, a
    capital of inf.
    """

    right: int
    dte_low: int
    dte_high: int
    delta_low: float
    delta_high: float
    delta_target: float
    weekly: bool
    most_open: int
    profit_share: float
    stop_share: float
    time_stop: int
    slippage: float
    shares: float
    commission: float
    security: int
    margin_rate: float
    margin_floor: float
    capital: float
    assignable: bool
    rate: float
    dividend_yield: float


class Trades(NamedTuple):
    """In order of entry. Days are indices into `Market.days`; of an open trade the exit is the window's last.

    `last_row` is the row of the last usable quote, `paid` what ended the trade per share, of an open one its mark.
    """

    entry_day: RowArray
    exit_day: RowArray
    entry_row: RowArray
    last_row: RowArray
    expiry: DayArray
    credit: FloatArray
    paid: FloatArray
    reason: SideArray


class Daily(NamedTuple):
    """What the trades entered so far come to on each day of the window.

    `owed` and `secured` per share at the close, `paid_out` in money, `spot` the last known, `held` a count.
    """

    owed: FloatArray
    secured: FloatArray
    paid_out: FloatArray
    spot: FloatArray
    held: RowArray


class Sold(NamedTuple):
    """`size` trades; equity and what secures them by day; then counts.

    unfound       days of entry without an admissible contract
    unaffordable  entries that capital did not secure
    carried       days of a trade without a usable quote
    late          settlements after a gap that swallowed the expiry
    short_days    days on which what secures exceeds equity
    """

    trades: Trades
    size: int
    equity: FloatArray
    secured: FloatArray
    unfound: int
    unaffordable: int
    carried: int
    late: int
    short_days: int


@njit(cache=True, nogil=True, error_model="numpy")
def sell(market: Market, terms: Terms, first: int, last: int) -> Sold:
    """The trades and the equity of days [first, last)."""
    room = last - first
    trades, daily, equity = no_trades(room), no_days(market.spot[first:last]), np.empty(room)
    size, cash = 0, 0.0
    unfound, unaffordable, carried, late, short_days = 0, 0, 0, 0, 0
    for d in range(first, last):
        at = d - first
        cash -= daily.paid_out[at]
        own = terms.capital + cash - terms.shares * daily.owed[at]
        short_days += terms.shares * daily.secured[at] > own
        if daily.held[at] < terms.most_open and is_due(market.days, terms, d, first):
            row, expiry = chosen(market, terms, d)
            if row == NONE:
                unfound += 1
            else:
                mid, price = (market.bid[row] + market.ask[row]) / 2, received(market, terms, row)
                needed = daily.secured[at] + security(terms, market.strike[row], mid, daily.spot[at])
                after = own + terms.shares * (price - mid) - terms.commission
                if terms.capital == math.inf or terms.shares * needed <= after:
                    cash += terms.shares * price - terms.commission
                    trades.entry_day[size], trades.entry_row[size], trades.expiry[size] = d, row, expiry
                    trades.credit[size] = price
                    without, after_gap = live(market, terms, trades, size, daily, first, last)
                    carried, late, size = carried + without, late + after_gap, size + 1
                else:
                    unaffordable += 1
        equity[at] = cash - terms.shares * daily.owed[at]
    secured = terms.shares * daily.secured
    return Sold(trades, size, equity, secured, unfound, unaffordable, carried, late, short_days)


@njit(cache=True, nogil=True, error_model="numpy")
def live(
    market: Market, terms: Terms, trades: Trades, n: int, daily: Daily, first: int, last: int
) -> tuple[int, bool]:
    """The life of trade n, into `trades` and `daily`: its days without a usable quote, whether it settled late."""
    row, expiry, credit = trades.entry_row[n], trades.expiry[n], trades.credit[n]
    profit_at, stop_at = terms.profit_share * credit, terms.stop_share * credit
    mark, strike = (market.bid[row] + market.ask[row]) / 2, market.strike[row]
    place, entry_day, without = market.place[row], trades.entry_day[n], 0
    last_place, due = place, market.next_day[place]
    carry(terms, daily, entry_day - first, mark, strike)
    for d in range(entry_day + 1, last):
        quoted, reason, paid = False, OPEN, math.nan
        if d == due:
            place += 1
            due = market.next_day[place]
            low, high = market.path_quote[place, 0], market.path_quote[place, 1]
            quoted = not math.isnan(high)
            if quoted:
                last_place, mark = place, (low + high) / 2
                paid = high if terms.slippage == 1.0 else mark + terms.slippage * (high - low) / 2
                if paid <= profit_at:
                    reason = PROFIT
                elif paid >= stop_at:
                    reason = STOP
                elif expiry - market.days[d] <= terms.time_stop:
                    reason = TIME
        without += not quoted
        if reason == OPEN and not math.isnan(market.spot[d]):
            reason, paid = delivered(market, terms, d, expiry, strike, mark if quoted else math.inf)
        if reason != OPEN:
            daily.paid_out[d - first] += terms.shares * paid + (terms.commission if reason <= TIME else 0.0)
            end(trades, n, d, market.path_row[last_place], paid, reason)
            return without, reason == SETTLED and market.days[d] > expiry
        carry(terms, daily, d - first, mark, strike)
    end(trades, n, last - 1, market.path_row[last_place], mark, OPEN)
    return without, False


@njit(cache=True, nogil=True, error_model="numpy")
def delivered(market: Market, terms: Terms, d: int, expiry: int, strike: float, mark: float) -> tuple[int, float]:
    """Whether a trade settles or is assigned at the close of day d, and for how much per share."""
    spot, today, tomorrow = market.spot[d], market.days[d], session_after(market.days, d)
    worth = max(0.0, terms.right * (spot - strike))
    if today >= expiry or (tomorrow > expiry and expiry - today <= CLOSED_DAYS):
        return SETTLED, worth
    if terms.assignable and worth > 0.0:
        years = min(tomorrow - today, CLOSED_DAYS) / YEAR
        interest = strike * -math.expm1(-terms.rate * years)
        dividend = spot * -math.expm1(-terms.dividend_yield * years)
        if mark - worth < terms.right * (dividend - interest):
            return ASSIGNED, worth
    return OPEN, worth


@njit(cache=True, nogil=True, error_model="numpy")
def carry(terms: Terms, daily: Daily, at: int, mark: float, strike: float) -> None:
    """One more trade open at a close."""
    daily.owed[at] += mark
    daily.held[at] += 1
    daily.secured[at] += security(terms, strike, mark, daily.spot[at])


@njit(cache=True, nogil=True, error_model="numpy")
def end(trades: Trades, n: int, d: int, row: int, paid: float, reason: int) -> None:
    trades.exit_day[n], trades.last_row[n], trades.paid[n], trades.reason[n] = d, row, paid, reason


@njit(cache=True, nogil=True, error_model="numpy")
def session_after(days: DayArray, d: int) -> int:
    """The next day of the history; after its last the day that follows."""
    return int(days[d + 1] if d + 1 < len(days) else days[d] + 1)


@njit(cache=True, nogil=True, error_model="numpy")
def is_due(days: DayArray, terms: Terms, d: int, first: int) -> bool:
    """Whether day d may enter: every day, or the first of its week (1970 began on a Thursday)."""
    return not terms.weekly or d == first or (days[d] + 3) // 7 != (days[d - 1] + 3) // 7


@njit(cache=True, nogil=True, error_model="numpy")
def chosen(market: Market, terms: Terms, d: int) -> tuple[int, int]:
    """Row and expiry of the admissible contract nearest the target delta, or -1.

    Rows are in order: of equals the lower expiry stays, then the lower strike.
    """
    best, best_row, best_expiry, tomorrow = math.inf, NONE, 0, session_after(market.days, d)
    for block in range(market.day_block[d], market.day_block[d + 1]):
        expiry = market.block_expiry[block]
        dte = expiry - market.days[d]
        if dte > terms.dte_high:
            break
        if market.block_right[block] != terms.right or dte < terms.dte_low or expiry < tomorrow:
            continue  # what expires before tomorrow is in its last session
        start, end, falls = market.block_start[block], market.block_start[block + 1], market.block_falls[block]
        for row in range(first_at_most(market.delta, start, end, terms.delta_high) if falls else start, end):
            delta = market.delta[row]
            if not terms.delta_low <= delta <= terms.delta_high:
                if falls:
                    break
                continue
            distance = abs(delta - terms.delta_target)
            if distance < best and market.bid[row] > 0.0 and not math.isnan(market.ask[row]):
                best, best_row, best_expiry = distance, row, expiry
    return best_row, best_expiry


@njit(cache=True, nogil=True, error_model="numpy")
def first_at_most(delta: FloatArray, start: int, end: int, bound: float) -> int:
    """The first of the falling rows [start, end) whose delta is at most `bound`, or `end`."""
    while start < end:
        middle = (start + end) // 2
        if delta[middle] <= bound:
            end = middle
        else:
            start = middle + 1
    return start


@njit(cache=True, nogil=True, error_model="numpy")
def received(market: Market, terms: Terms, row: int) -> float:
    """What a sale brings per share."""
    low, high = market.bid[row], market.ask[row]
    return float(low) if terms.slippage == 1.0 else (low + high) / 2 - terms.slippage * (high - low) / 2


@njit(cache=True, nogil=True, error_model="numpy")
def security(terms: Terms, strike: float, mark: float, spot: float) -> float:
    """What one share sold short takes: nothing, its strike, or margin as in `tools.screening.margin`."""
    if terms.security == UNSECURED:
        return 0.0
    if terms.security == CASH:
        return strike
    out_of_the_money = max(0.0, terms.right * (strike - spot))
    base = strike if terms.right < 0 else spot
    return mark + max(terms.margin_rate * spot - out_of_the_money, terms.margin_floor * base)


@njit(cache=True, nogil=True, error_model="numpy")
def no_trades(room: int) -> Trades:
    return Trades(
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room),
        np.empty(room),
        np.empty(room, np.int8),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def no_days(spot: FloatArray) -> Daily:
    room, known = len(spot), math.nan
    daily = Daily(np.zeros(room), np.zeros(room), np.zeros(room), np.empty(room), np.zeros(room, np.int32))
    for at in range(room):
        known = known if math.isnan(spot[at]) else spot[at]
        daily.spot[at] = known
    return daily
