"""Sell one contract after another, each followed to its end as soon as it is sold.

    day → what earlier trades come to on it → room, capital → the contract it offers → its life, day by day

A trade's life depends on no other trade, and a day's decision on what that day knows alone: following a trade
ahead of time looks into no future. The order in which exits are asked: take profit, adverse stop, time stop,
settlement, early assignment.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tools.backtest.sweep.arrays import DayArray, FloatArray, RowArray, SideArray

OPEN, PROFIT, STOP, TIME, SETTLED, ASSIGNED = 0, 1, 2, 3, 4, 5
UNSECURED, CASH, NAKED = 0, 1, 2
CLOSED_DAYS = 4  # the longest an exchange is closed in a row: nothing between two sessions is further apart
YEAR = 365.0


class Offers(NamedTuple):
    """What each day offers, as in `offering.Offers`, beside all days and their spot, NaN where it is unknown."""

    days: DayArray
    spot: FloatArray
    start: RowArray
    stop: RowArray
    expiry: DayArray
    strike: FloatArray
    day: RowArray
    row: RowArray
    bid: FloatArray
    ask: FloatArray


class Terms(NamedTuple):
    """The rules as numbers: money per share, shares per trade in `shares`, `commission` per order of a trade.

    What is off: a take profit of -inf, a stop of inf, a time stop of -1, `most_open` the number of days, a
    capital of inf.
    """

    right: int
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
    strike: FloatArray
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
def sell(offers: Offers, terms: Terms, first: int, last: int) -> Sold:
    """The trades and the equity of days [first, last)."""
    room = last - first
    trades, daily, equity = no_trades(room), no_days(offers.spot[first:last]), np.empty(room)
    size, cash = 0, 0.0
    unfound, unaffordable, carried, late, short_days = 0, 0, 0, 0, 0
    for d in range(first, last):
        at = d - first
        cash -= daily.paid_out[at]
        own = terms.capital + cash - terms.shares * daily.owed[at]
        short_days += terms.shares * daily.secured[at] > own
        if daily.held[at] < terms.most_open and is_due(offers.days, terms, d, first):
            quote = offers.start[d]
            if quote == offers.stop[d]:
                unfound += 1
            else:
                mid, price = (offers.bid[quote] + offers.ask[quote]) / 2, received(offers, terms, quote)
                needed = daily.secured[at] + security(terms, offers.strike[d], mid, daily.spot[at])
                after = own + terms.shares * (price - mid) - terms.commission
                if terms.capital == math.inf or terms.shares * needed <= after:
                    cash += terms.shares * price - terms.commission
                    trades.entry_day[size], trades.credit[size] = d, price
                    without, after_gap = live(offers, terms, trades, size, daily, first, last)
                    carried, late, size = carried + without, late + after_gap, size + 1
                else:
                    unaffordable += 1
        equity[at] = cash - terms.shares * daily.owed[at]
    secured = terms.shares * daily.secured
    return Sold(trades, size, equity, secured, unfound, unaffordable, carried, late, short_days)


@njit(cache=True, nogil=True, error_model="numpy")
def live(
    offers: Offers, terms: Terms, trades: Trades, n: int, daily: Daily, first: int, last: int
) -> tuple[int, bool]:
    """The life of trade n, into `trades` and `daily`: its days without a usable quote, whether it settled late."""
    entry_day, credit, without = trades.entry_day[n], trades.credit[n], 0
    quote, stop, usable = offers.start[entry_day], offers.stop[entry_day], offers.start[entry_day]
    expiry, strike, mark = (
        offers.expiry[entry_day],
        offers.strike[entry_day],
        (offers.bid[quote] + offers.ask[quote]) / 2,
    )
    profit_at, stop_at = terms.profit_share * credit, terms.stop_share * credit
    trades.entry_row[n], trades.expiry[n], trades.strike[n] = offers.row[quote], expiry, strike
    carry(terms, daily, entry_day - first, mark, strike)
    for d in range(entry_day + 1, last):
        quoted, reason, paid = False, OPEN, math.nan
        if quote + 1 < stop and offers.day[quote + 1] == d:
            quote += 1
            low, high = offers.bid[quote], offers.ask[quote]
            quoted = not math.isnan(high)
            if quoted:
                usable, mark = quote, (low + high) / 2
                paid = high if terms.slippage == 1.0 else mark + terms.slippage * (high - low) / 2
                if paid <= profit_at:
                    reason = PROFIT
                elif paid >= stop_at:
                    reason = STOP
                elif expiry - offers.days[d] <= terms.time_stop:
                    reason = TIME
        without += not quoted
        if reason == OPEN and not math.isnan(offers.spot[d]):
            reason, paid = delivered(offers, terms, d, expiry, strike, mark if quoted else math.inf)
        if reason != OPEN:
            daily.paid_out[d - first] += terms.shares * paid + (terms.commission if reason <= TIME else 0.0)
            end(trades, n, d, offers.row[usable], paid, reason)
            return without, reason == SETTLED and offers.days[d] > expiry
        carry(terms, daily, d - first, mark, strike)
    end(trades, n, last - 1, offers.row[usable], mark, OPEN)
    return without, False


@njit(cache=True, nogil=True, error_model="numpy")
def delivered(offers: Offers, terms: Terms, d: int, expiry: int, strike: float, mark: float) -> tuple[int, float]:
    """Whether a trade settles or is assigned at the close of day d, and for how much per share."""
    spot, today, tomorrow = offers.spot[d], offers.days[d], session_after(offers.days, d)
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
def received(offers: Offers, terms: Terms, quote: int) -> float:
    """What a sale brings per share."""
    low, high = offers.bid[quote], offers.ask[quote]
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
