"""From rows to day-major columns: what the rows hold, where days and blocks begin, where a contract is quoted next.

    rows → survey (order, flaws) → layout (days, blocks) → links (row → the contract's next row)

The order of rows is day, expiry, calls before puts, strike; a block is one expiry and right on one day.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from tools.backtest.sweep.arrays import BoolArray, DayArray, FloatArray, RowArray, SideArray

NONE = -1
"""No further row."""


class Rows(NamedTuple):
    """One row per quoted contract and day; days and expiries count from 1970, `right` is +1 call, -1 put."""

    day: DayArray
    expiry: DayArray
    right: SideArray
    strike: FloatArray
    bid: FloatArray
    ask: FloatArray
    delta: FloatArray


class Survey(NamedTuple):
    """Counts over all rows; `duplicate` is the first row that repeats a contract of its day, or -1.

    `misplaced` rows come before the one above them; duplicates are seen only where none is.
    """

    days: int
    blocks: int
    misplaced: int
    duplicates: int
    duplicate: int
    no_right: int
    no_strike: int
    unquoted: int
    crossed: int
    no_delta: int


class Layout(NamedTuple):
    """Day d holds blocks [day_block[d], day_block[d + 1]), block b rows [block_start[b], block_start[b + 1]).

    `block_falls` where delta is known throughout and never rises with the strike, as it should be.
    """

    days: DayArray
    day_start: RowArray
    day_block: RowArray
    block_start: RowArray
    block_expiry: DayArray
    block_right: SideArray
    block_falls: BoolArray


@njit(cache=True, nogil=True, error_model="numpy")
def survey(rows: Rows) -> Survey:
    """One look at every row."""
    day, expiry, right, strike, bid, ask, delta = rows
    days, blocks, misplaced, duplicates, duplicate = 0, 0, 0, 0, -1
    no_right, no_strike, unquoted, crossed, no_delta = 0, 0, 0, 0, 0
    for i in range(len(day)):
        new_day = i == 0 or day[i] != day[i - 1]
        new_block = new_day or expiry[i] != expiry[i - 1] or right[i] != right[i - 1]
        days += new_day
        blocks += new_block
        if not new_block:
            misplaced += strike[i] < strike[i - 1]
            if strike[i] == strike[i - 1]:
                duplicates += 1
                duplicate = i if duplicate < 0 else duplicate
        elif not new_day:
            later = expiry[i] > expiry[i - 1] or (expiry[i] == expiry[i - 1] and right[i] < right[i - 1])
            misplaced += not later
        elif i > 0:
            misplaced += day[i] < day[i - 1]
        no_right += right[i] == 0
        no_strike += not 0.0 < strike[i] < np.inf
        if not (np.isfinite(bid[i]) and np.isfinite(ask[i])):
            unquoted += 1
        else:
            crossed += bid[i] < 0.0 or ask[i] <= 0.0 or ask[i] < bid[i]
        no_delta += not -1.0 <= delta[i] <= 1.0
    return Survey(days, blocks, misplaced, duplicates, duplicate, no_right, no_strike, unquoted, crossed, no_delta)


@njit(cache=True, nogil=True, error_model="numpy")
def layout(rows: Rows, days: int, blocks: int) -> Layout:
    """Where days and blocks begin, of rows in order; `days` and `blocks` as the survey counted them."""
    found = Layout(
        np.empty(days, np.int32),
        np.empty(days + 1, np.int32),
        np.empty(days + 1, np.int32),
        np.empty(blocks + 1, np.int32),
        np.empty(blocks, np.int32),
        np.empty(blocks, np.int8),
        np.empty(blocks, np.bool_),
    )
    day, expiry, right, delta = rows.day, rows.expiry, rows.right, rows.delta
    d, b = -1, -1
    for i in range(len(day)):
        new_day = i == 0 or day[i] != day[i - 1]
        if new_day:
            d += 1
            found.days[d] = day[i]
            found.day_start[d] = i
            found.day_block[d] = b + 1
        if new_day or expiry[i] != expiry[i - 1] or right[i] != right[i - 1]:
            b += 1
            found.block_start[b] = i
            found.block_expiry[b] = expiry[i]
            found.block_right[b] = right[i]
            found.block_falls[b] = not np.isnan(delta[i])
        else:
            found.block_falls[b] &= delta[i] <= delta[i - 1]
    found.day_start[days] = len(day)
    found.day_block[days] = blocks
    found.block_start[blocks] = len(day)
    return found


@njit(cache=True, nogil=True, error_model="numpy")
def links(day: DayArray, expiry: DayArray, right: SideArray, strike: FloatArray, day_start: RowArray) -> RowArray:
    """The row at which each row's contract is quoted next, however many days later; -1 where it never is.

    Each day's rows are merged with the rows at which the living contracts were last quoted, both in order: a
    step per row, and one per day for each contract that pauses before it expires.
    """
    rows = len(day)
    following = np.full(rows, NONE, np.int32)
    last, merged = np.empty(rows, np.int32), np.empty(rows, np.int32)
    alive = 0
    for d in range(len(day_start) - 1):
        i, end, j, size = day_start[d], day_start[d + 1], 0, 0
        while i < end or j < alive:
            if j == alive:
                merged[size] = i
                i, size = i + 1, size + 1
                continue
            other = last[j]
            if i < end and expiry[i] == expiry[other] and right[i] == right[other] and strike[i] == strike[other]:
                following[other] = i
                merged[size] = i
                i, j, size = i + 1, j + 1, size + 1
                continue
            ahead = i < end and (
                expiry[i] < expiry[other]
                or (expiry[i] == expiry[other] and right[i] > right[other])
                or (expiry[i] == expiry[other] and right[i] == right[other] and strike[i] < strike[other])
            )
            if ahead:
                merged[size] = i
                i, size = i + 1, size + 1
            else:
                if expiry[other] > day[day_start[d]]:
                    merged[size] = other
                    size += 1
                j += 1
        last, merged, alive = merged, last, size
    return following
