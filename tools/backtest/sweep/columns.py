"""Day-major columns: a history of quotes in which a held contract is found on its next day in O(1).

    columns of rows → survey → order (where they have none) → days and blocks → links → DayColumns

Rules for what is wrong in a history; each is counted in `RowCounts`:

    rows out of order           are put in order (a second or two for millions of rows)
    no bid or ask, or crossed   no quote: the contract is carried at its last mark and never traded on that day
    no delta                    never chosen for an entry; its part of the attribution goes to the residual
    a day without spot          nothing settles or is assigned on it

A contract quoted twice on one day, several spots on one day, a right that is neither, a strike that is no
positive number: `InputError`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from tools.backtest.sweep.arrays import BoolArray, DayArray, FloatArray, RowArray, SideArray
from tools.domain.errors import InputError

if TYPE_CHECKING:
    from tools.backtest.sweep.kernels.offering import Choice, Offers


MOST_ROWS = 2**31 - 1


def nothing() -> FloatArray:
    return np.empty(0)


@dataclass(frozen=True, eq=False)
class QuoteRows:
    """A history as rows, in any order; every column has length n.

    day, expiry  days since 1970            right           +1 call, -1 put
    strike, bid, ask, spot  money per share, NaN unknown
    delta, gamma  per 1.00 of the underlying, theta per calendar day, vega per volatility point, iv a decimal
    `spot`, `gamma`, `theta`, `vega` and `iv` may be left out.
    """

    day: DayArray
    expiry: DayArray
    right: SideArray
    strike: FloatArray
    bid: FloatArray
    ask: FloatArray
    delta: FloatArray
    spot: FloatArray = field(default_factory=nothing)
    gamma: FloatArray = field(default_factory=nothing)
    theta: FloatArray = field(default_factory=nothing)
    vega: FloatArray = field(default_factory=nothing)
    iv: FloatArray = field(default_factory=nothing)


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What a history holds: rows that came out of order, and rows that can only be looked at."""

    rows: int
    misplaced: int
    unquoted: int
    crossed: int
    no_delta: int
    days_without_spot: int


@dataclass(frozen=True, eq=False)
class DayColumns:
    """Rows in order of day, expiry, calls before puts, strike; read-only arrays.

    days                      days since 1970, one per session
    day_start, day_block      day d holds rows [day_start[d], day_start[d + 1]), blocks likewise
    block_start, …            one expiry and right on one day: its first row, its expiry, its right, and whether its
                              deltas fall with the strike, so that a delta is found by halving
    following                 the row at which this row's contract is quoted next, however much later; -1 never
    bid, ask                  both NaN where there is no usable quote
    spot                      one per day, NaN unknown
    gamma, theta, vega, iv    of length 0 where they were not given
    offers                    what sweeps have looked for, kept for the next ones
    """

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
    gamma: FloatArray
    theta: FloatArray
    vega: FloatArray
    iv: FloatArray
    counts: RowCounts
    offers: dict[Choice, Offers] = field(default_factory=dict, repr=False)

    @property
    def has_spot(self) -> bool:
        return bool(np.isfinite(self.spot).any())

    @property
    def has_greeks(self) -> bool:
        return min(len(self.gamma), len(self.theta), len(self.vega), len(self.iv)) == len(self.strike)

    def between(self, start: date | None, end: date | None) -> tuple[int, int]:
        """[first, last) of the days from `start` to `end`, both included; `InputError` where there is none."""
        first = 0 if start is None else int(np.searchsorted(self.days, np.datetime64(start, "D").astype(np.int32)))
        last = len(self.days)
        if end is not None:
            last = int(np.searchsorted(self.days, np.datetime64(end, "D").astype(np.int32), side="right"))
        if first >= last:
            raise InputError(
                f"No day of the history lies between {start or 'its begin'} and {end or 'its end'}: it runs from "
                f"{as_date(self.days[0])} to {as_date(self.days[-1])}."
            )
        return first, last


def as_date(day: np.int32 | int) -> date:
    found: date = np.datetime64(int(day), "D").astype(object)
    return found


def day_columns(rows: QuoteRows) -> DayColumns:
    """Day-major columns of rows; `InputError` where they contradict each other."""
    from tools.backtest.sweep.kernels.linking import Rows, layout, links, survey

    if not 0 < len(rows.day) < MOST_ROWS:
        raise InputError(
            f"A history of {len(rows.day):,} rows cannot be swept; it takes between 1 and {MOST_ROWS:,}."
        )
    rows = _uniform(rows)
    given = Rows(*(getattr(rows, name) for name in Rows._fields))
    found = survey(given)
    misplaced = found.misplaced
    if misplaced:
        rows = _uniform(_in_order(rows))
        given = Rows(*(getattr(rows, name) for name in Rows._fields))
        found = survey(given)
    if found.no_right:
        raise InputError(f"{found.no_right:,} rows are neither calls nor puts.")
    if found.no_strike:
        raise InputError(f"{found.no_strike:,} rows have no strike above zero.")
    if found.duplicates:
        raise InputError(_told_twice(rows, found.duplicate, found.duplicates))
    if found.unquoted or found.crossed:
        rows = _quoted_alone(rows)
    plan = layout(given, found.days, found.blocks)
    spot = _spot_of_days(rows, plan.day_start[:-1])
    columns = DayColumns(
        **plan._asdict(),
        following=links(rows.day, rows.expiry, rows.right, rows.strike, plan.day_start),
        strike=rows.strike,
        bid=rows.bid,
        ask=rows.ask,
        delta=rows.delta,
        spot=spot,
        gamma=rows.gamma,
        theta=rows.theta,
        vega=rows.vega,
        iv=rows.iv,
        counts=RowCounts(
            rows=len(rows.day),
            misplaced=misplaced,
            unquoted=found.unquoted,
            crossed=found.crossed,
            no_delta=found.no_delta,
            days_without_spot=int((~np.isfinite(spot)).sum()),
        ),
    )
    for each in fields(columns):
        if isinstance(array := getattr(columns, each.name), np.ndarray):
            array.setflags(write=False)
    return columns


def _uniform(rows: QuoteRows) -> QuoteRows:
    """C-contiguous read-only arrays, so that each kernel is compiled once."""
    given = {each.name: np.ascontiguousarray(getattr(rows, each.name)) for each in fields(rows)}
    for name, array in given.items():
        if len(array) != len(rows.day) and len(array):
            raise InputError(f"The column {name} has {len(array):,} rows, the history {len(rows.day):,}.")
        if array.flags.writeable:
            given[name] = array.view()
            given[name].setflags(write=False)
    return QuoteRows(**given)


def _in_order(rows: QuoteRows) -> QuoteRows:
    order = np.lexsort((rows.strike, -rows.right, rows.expiry, rows.day))
    columns = {each.name: getattr(rows, each.name) for each in fields(rows)}
    return QuoteRows(**{name: array[order] if len(array) else array for name, array in columns.items()})


def _quoted_alone(rows: QuoteRows) -> QuoteRows:
    """Bid and ask both NaN wherever they do not make a quote."""
    usable = (
        np.isfinite(rows.bid) & np.isfinite(rows.ask) & (rows.bid >= 0) & (rows.ask > 0) & (rows.ask >= rows.bid)
    )
    columns = {each.name: getattr(rows, each.name) for each in fields(rows)}
    both = {name: np.where(usable, columns[name], np.nan) for name in ("bid", "ask")}
    return _uniform(QuoteRows(**(columns | both)))


def _spot_of_days(rows: QuoteRows, starts: RowArray) -> FloatArray:
    if not len(rows.spot):
        return np.full(len(starts), np.nan)
    with np.errstate(invalid="ignore"):
        low, high = np.fmin.reduceat(rows.spot, starts), np.fmax.reduceat(rows.spot, starts)
    differing = np.flatnonzero(low != high)
    differing = differing[~np.isnan(low[differing])]
    if len(differing):
        d = differing[0]
        raise InputError(
            f"{as_date(rows.day[starts[d]])} has spots from {low[d]:g} to {high[d]:g} "
            f"({len(differing):,} such days): a sweep takes one underlying at one instant a day; choose one."
        )
    return np.where(low > 0, low, np.nan)


def _told_twice(rows: QuoteRows, row: int, count: int) -> str:
    side = "call" if rows.right[row] > 0 else "put"
    return (
        f"{as_date(rows.day[row])} quotes the {rows.strike[row]:g} {side} of {as_date(rows.expiry[row])} twice "
        f"({count:,} repeated rows in all); keep one row per contract and day, of one underlying."
    )
