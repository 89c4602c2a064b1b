"""Sell one contract after another, day by day: exits of what is held, then one entry, then the marks.

    day → held contracts' rows (by link) → exits → settlement, assignment → what secures the rest → entry → equity

The order in which exits are asked: take profit, adverse stop, time stop, settlement, early assignment.
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
    following: RowArray
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


class Held(NamedTuple):
    """Open trades, one slot each, in order of entry; `next_row` is where the contract is quoted next."""

    next_row: RowArray
    last_row: RowArray
    entry_row: RowArray
    entry_day: RowArray
    expiry: DayArray
    strike: FloatArray
    credit: FloatArray
    mark: FloatArray


class Ended(NamedTuple):
    """Trades in order of exit, the open ones last. Days are indices into `Market.days`.

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


class Sold(NamedTuple):
    """`size` trades of which `closed` have ended; equity and what secures the trades by day; then counts.

    unfound       days of entry without an admissible contract
    unaffordable  entries that capital did not secure
    carried       days of a trade without a usable quote
    late          settlements after a gap that swallowed the expiry
    short_days    days on which what secures exceeds equity
    """

    ended: Ended
    size: int
    closed: int
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
    held, ended = no_trades(room), none_ended(room)
    equity, secured_by = np.empty(room), np.empty(room)
    count, closed, cash, spot = 0, 0, 0.0, math.nan
    unfound, unaffordable, carried, late, short_days = 0, 0, 0, 0, 0
    for d in range(first, last):
        today, known = market.days[d], market.spot[d]
        spot = spot if math.isnan(known) else known
        kept, owed, secured = 0, 0.0, 0.0
        for s in range(count):
            reason, paid, quoted = judged(market, terms, held, s, d)
            carried += not quoted
            if reason != OPEN:
                late += reason == SETTLED and today > held.expiry[s]
                cash -= terms.shares * paid + (terms.commission if reason <= TIME else 0.0)
                record(ended, closed, held, s, d, paid, reason)
                closed += 1
                continue
            owed += held.mark[s]
            secured += security(terms, held.strike[s], held.mark[s], spot)
            if kept != s:
                move(held, s, kept)
            kept += 1
        count = kept
        own = terms.capital + cash - terms.shares * owed
        short_days += secured * terms.shares > own
        if count < terms.most_open and is_due(market.days, terms, d, first):
            row, expiry = chosen(market, terms, d)
            if row == NONE:
                unfound += 1
            else:
                mid, price = (market.bid[row] + market.ask[row]) / 2, received(market, terms, row)
                needed = secured + security(terms, market.strike[row], mid, spot)
                after = own + terms.shares * (price - mid) - terms.commission
                if terms.capital == math.inf or needed * terms.shares <= after:
                    enter(market, held, count, row, expiry, d, price, mid)
                    cash += terms.shares * price - terms.commission
                    owed, secured, count = owed + mid, needed, count + 1
                else:
                    unaffordable += 1
        equity[d - first] = cash - terms.shares * owed
        secured_by[d - first] = terms.shares * secured
    for s in range(count):
        record(ended, closed + s, held, s, last - 1, held.mark[s], OPEN)
    size = closed + count
    return Sold(ended, size, closed, equity, secured_by, unfound, unaffordable, carried, late, short_days)


@njit(cache=True, nogil=True, error_model="numpy")
def judged(market: Market, terms: Terms, held: Held, s: int, d: int) -> tuple[int, float, bool]:
    """Why the trade in slot s ends on day d, for how much per share, and whether it has a usable quote."""
    row, today, quoted, paid = held.next_row[s], market.days[d], False, math.nan
    if row != NONE and row < market.day_start[d + 1]:
        held.next_row[s] = market.following[row]
        low, high = market.bid[row], market.ask[row]
        quoted = not math.isnan(high)
        if quoted:
            held.last_row[s], held.mark[s] = row, (low + high) / 2
            paid = high if terms.slippage == 1.0 else held.mark[s] + terms.slippage * (high - low) / 2
            if paid <= terms.profit_share * held.credit[s]:
                return PROFIT, paid, quoted
            if paid >= terms.stop_share * held.credit[s]:
                return STOP, paid, quoted
            if held.expiry[s] - today <= terms.time_stop:
                return TIME, paid, quoted
    spot = market.spot[d]
    if math.isnan(spot):
        return OPEN, paid, quoted
    tomorrow = session_after(market.days, d)
    worth = max(0.0, terms.right * (spot - held.strike[s]))
    if today >= held.expiry[s] or (tomorrow > held.expiry[s] and held.expiry[s] - today <= CLOSED_DAYS):
        return SETTLED, worth, quoted
    if terms.assignable and quoted and worth > 0.0:
        years = min(tomorrow - today, CLOSED_DAYS) / YEAR
        interest = held.strike[s] * -math.expm1(-terms.rate * years)
        dividend = spot * -math.expm1(-terms.dividend_yield * years)
        if held.mark[s] - worth < terms.right * (dividend - interest):
            return ASSIGNED, worth, quoted
    return OPEN, paid, quoted


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
def enter(market: Market, held: Held, s: int, row: int, expiry: int, d: int, price: float, mid: float) -> None:
    held.next_row[s], held.last_row[s], held.entry_row[s] = market.following[row], row, row
    held.entry_day[s], held.expiry[s], held.strike[s] = d, expiry, market.strike[row]
    held.credit[s], held.mark[s] = price, mid


@njit(cache=True, nogil=True, error_model="numpy")
def move(held: Held, s: int, to: int) -> None:
    held.next_row[to], held.last_row[to], held.entry_row[to] = held.next_row[s], held.last_row[s], held.entry_row[s]
    held.entry_day[to], held.expiry[to], held.strike[to] = held.entry_day[s], held.expiry[s], held.strike[s]
    held.credit[to], held.mark[to] = held.credit[s], held.mark[s]


@njit(cache=True, nogil=True, error_model="numpy")
def record(ended: Ended, at: int, held: Held, s: int, d: int, paid: float, reason: int) -> None:
    ended.entry_day[at], ended.exit_day[at] = held.entry_day[s], d
    ended.entry_row[at], ended.last_row[at], ended.expiry[at] = held.entry_row[s], held.last_row[s], held.expiry[s]
    ended.credit[at], ended.paid[at], ended.reason[at] = held.credit[s], paid, reason


@njit(cache=True, nogil=True, error_model="numpy")
def no_trades(room: int) -> Held:
    return Held(
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room),
        np.empty(room),
        np.empty(room),
    )


@njit(cache=True, nogil=True, error_model="numpy")
def none_ended(room: int) -> Ended:
    return Ended(
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room),
        np.empty(room),
        np.empty(room, np.int8),
    )
