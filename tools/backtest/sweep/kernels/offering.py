"""What each day offers: the contract nearest the delta, with all its quotes to come side by side.

    day → blocks of the right and the days to expiry → nearest delta → its rows by link, until it expires

Rules that differ in their exits alone share what is offered, and read it from end to end.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from tools.backtest.sweep.arrays import BoolArray, DayArray, FloatArray, RowArray, SideArray

NONE = -1


class Market(NamedTuple):
    """Day-major columns as `tools.backtest.sweep.columns` lays them out."""

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


class Choice(NamedTuple):
    """Which contract is sold; bounds are included."""

    right: int
    dte_low: int
    dte_high: int
    delta_low: float
    delta_high: float
    delta_target: float


class Offers(NamedTuple):
    """Day d offers quotes [start[d], stop[d]) of one contract, its own first; none where that is empty.

    `day` is the position of a quote's day, `row` its row; `expiry` and `strike` are one per day.
    """

    start: RowArray
    stop: RowArray
    expiry: DayArray
    strike: FloatArray
    day: RowArray
    row: RowArray
    bid: FloatArray
    ask: FloatArray


@njit(cache=True, nogil=True, error_model="numpy")
def offer(market: Market, choice: Choice) -> Offers:
    """What every day of the history offers."""
    count, room = len(market.days), 0
    start, at = np.empty(count, np.int32), np.empty(count, np.int32)
    expiry, strike = np.zeros(count, np.int32), np.zeros(count)
    for d in range(count):
        start[d] = room
        at[d], expiry[d] = chosen(market, choice, d)
        if at[d] != NONE:
            strike[d] = market.strike[at[d]]
            room += np.searchsorted(market.days, expiry[d], side="right") - d
    day, row, bid, ask = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room), np.empty(room)
    offers = Offers(start, start.copy(), expiry, strike, day, row, bid, ask)
    lay_out(market, at, offers)
    return offers


@njit(cache=True, nogil=True, error_model="numpy")
def lay_out(market: Market, at: RowArray, offers: Offers) -> None:
    """Fill the quotes of what is offered at rows `at`, day by day: look-ups that do not wait for each other."""
    count, alive, stop = len(market.days), 0, offers.stop
    living = np.empty(count, np.int32)
    for d in range(count):
        if at[d] != NONE:
            living[alive] = d
            alive += 1
        kept, end, today = 0, market.day_start[d + 1], market.days[d]
        for k in range(alive):
            each = living[k]
            row = at[each]
            if today > offers.expiry[each]:
                continue  # what is quoted after its end was not traded
            if row < end:
                size = stop[each]
                offers.day[size], offers.row[size] = d, row
                offers.bid[size], offers.ask[size] = market.bid[row], market.ask[row]
                stop[each] = size + 1
                row = market.following[row]
                at[each] = row
            living[kept] = each
            kept += row != NONE and offers.expiry[each] > today
        alive = kept


@njit(cache=True, nogil=True, error_model="numpy")
def chosen(market: Market, choice: Choice, d: int) -> tuple[int, int]:
    """Row and expiry of the admissible contract nearest the target delta, or -1.

    Rows are in order: of equals the lower expiry stays, then the lower strike.
    """
    best, best_row, best_expiry, today = math.inf, NONE, 0, market.days[d]
    tomorrow = market.days[d + 1] if d + 1 < len(market.days) else today + 1
    for block in range(market.day_block[d], market.day_block[d + 1]):
        expiry = market.block_expiry[block]
        if expiry - today > choice.dte_high:
            break
        if market.block_right[block] != choice.right or expiry - today < choice.dte_low or expiry < tomorrow:
            continue  # what expires before tomorrow is in its last session
        start, end, falls = market.block_start[block], market.block_start[block + 1], market.block_falls[block]
        for row in range(first_at_most(market.delta, start, end, choice.delta_high) if falls else start, end):
            delta = market.delta[row]
            if not choice.delta_low <= delta <= choice.delta_high:
                if falls:
                    break
                continue
            distance = abs(delta - choice.delta_target)
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
