"""Discounting and forwards, and the forward that put-call parity reads from an option market.

C - P = e^(-rT)·(F - K) holds exactly for European options; for American ones near the money and near in
time the early-exercise premium is small against the spread, which is why the nearest expiries are asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from tools.calendar.expiries import expiry_instant
from tools.calendar.trading_time import Clock, year_fraction
from tools.domain.chain import Dividend
from tools.pricing.dividends import present_value
from tools.pricing.inputs import numeric

FloatArray = npt.NDArray[np.float64]

NEAREST_STRIKES = 8  # of an expiry: where call and put differ least
NEAREST_EXPIRIES = 3  # of a chain
FEWEST_STRIKES = 3  # below that one bad quote decides
TICK = 0.01  # a locked pair is trusted no further than a spread of this


def discount(*, rate: npt.ArrayLike, years: npt.ArrayLike) -> FloatArray:
    """Today's worth of 1 in `years`; rate continuously compounded."""
    return np.exp(-numeric("rate", rate) * numeric("years", years))


def forward(
    *, spot: npt.ArrayLike, rate: npt.ArrayLike, dividend_yield: npt.ArrayLike, years: npt.ArrayLike
) -> FloatArray:
    """S·e^((r-q)T), calendar years."""
    carry = numeric("rate", rate) - numeric("dividend_yield", dividend_yield)
    return numeric("spot", spot) * np.exp(carry * numeric("years", years))


def parity_forward(
    *,
    strike: npt.ArrayLike,
    call: npt.ArrayLike,
    put: npt.ArrayLike,
    years: float,
    rate: float,
    weight: npt.ArrayLike = 1.0,
) -> float:
    """The forward of one expiry from call and put mids of length n at the same strikes; nan where none is told.

    `weight` says how far each strike is trusted (one over its spread, say).
    """
    columns = np.broadcast_arrays(*(np.asarray(each, dtype=np.float64) for each in (strike, call, put, weight)))
    strikes, calls, puts, weights = (np.atleast_2d(each) for each in columns)
    found = parity_forwards(
        strike=strikes, call=calls, put=puts, weight=weights, years=np.array([years]), rate=rate
    )
    return float(found[0])


def parity_forwards(
    *, strike: FloatArray, call: FloatArray, put: FloatArray, years: FloatArray, rate: float, weight: FloatArray
) -> FloatArray:
    """The forwards (m,) of m expiries from their mids (m, k), NaN where an expiry has fewer strikes than k.

    Of each the weighted median of K + e^(rT)·(C - P) over the strikes where the two mids differ least: a few wrong
    quotes do not move it. NaN where fewer than three strikes tell.
    """
    gap = call - put
    usable = np.isfinite(gap) & np.isfinite(strike) & (weight > 0)
    nearness = np.where(usable, np.abs(gap), np.inf)
    near = _at(np.argsort(nearness, axis=-1, kind="stable")[:, :NEAREST_STRIKES])
    ahead = np.where(usable[near], strike[near] + np.exp(rate * years)[:, None] * gap[near], np.nan)
    told = usable.sum(axis=-1) >= FEWEST_STRIKES
    found = np.full(len(years), np.nan)
    found[told] = weighted_medians(ahead[told], np.where(usable[near], weight[near], 0.0)[told])
    return found


def implied_spot(
    *,
    as_of: datetime,
    expiry: npt.ArrayLike,
    right: npt.ArrayLike,
    strike: npt.ArrayLike,
    bid: npt.ArrayLike,
    ask: npt.ArrayLike,
    rate: float,
    dividend_yield: float,
    dividends: Sequence[Dividend] = (),
) -> float:
    """The underlying's price behind a chain that does not quote it; nan where parity tells none.

    Columns of length n: expiry datetime64[D], right +1 call, -1 put, the rest per share. The median over the
    nearest expiries of their parity forwards brought back to today, with what `dividends` pay before; only rows
    with bid > 0 and ask ≥ bid count.
    """
    days = np.asarray(expiry, dtype="datetime64[D]").astype(np.int64)
    quotes = [np.asarray(each, dtype=np.float64) for each in (right, strike, bid, ask)]
    spots: list[float] = []
    for rows in _by_day(days):
        found = np.stack([each[rows] for each in quotes])
        found = found[:, (found[2] > 0) & (found[3] >= found[2]) & (found[1] > 0)]
        if not found.size:
            continue
        end = expiry_instant(days[rows][0].astype("datetime64[D]").astype(object))
        years = year_fraction(as_of, end, Clock.CALENDAR_365)
        if years <= 0:
            continue
        ahead = _expiry_forward(found, years, rate)
        if np.isfinite(ahead):
            cash = float(present_value(dividends, as_of=as_of, rate=rate, years=years))
            spots.append(ahead * float(np.exp((dividend_yield - rate) * years)) + cash)
        if len(spots) == NEAREST_EXPIRIES:
            break
    return float(np.median(spots)) if spots else float("nan")


def weighted_median(values: FloatArray, weights: FloatArray) -> float:
    """The value at which half of the weight lies on either side; between two, their middle."""
    return float(weighted_medians(values[None], weights[None])[0])


def weighted_medians(values: FloatArray, weights: FloatArray) -> FloatArray:
    """The weighted median of each line of (m, n), where values that are NaN weigh 0."""
    order = _at(np.argsort(values, axis=-1, kind="stable"))
    ranked, weighed = values[order], weights[order]
    share = np.cumsum(weighed, axis=-1) / weights.sum(axis=-1, keepdims=True)
    low, high = ((share < edge).sum(axis=-1, keepdims=True) for edge in (0.5 - 1e-12, 0.5 + 1e-12))
    return np.asarray(0.5 * (ranked[_at(low)] + ranked[_at(high)])[:, 0])


def _at(columns: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The places of a matrix that `columns` (m, n) names line by line."""
    return np.arange(len(columns))[:, None], columns


def _by_day(days: npt.NDArray[np.int64]) -> Iterator[slice | npt.NDArray[np.int64]]:
    """The rows of each day, the earliest first; days that lie in order already are not sorted, nor copied."""
    order = None if (days[1:] >= days[:-1]).all() else np.argsort(days, kind="stable")
    ranked = days if order is None else days[order]
    starts = np.flatnonzero(np.diff(ranked, prepend=-1 << 62)).tolist()
    for start, end in pairwise([*starts, len(days)]):
        yield slice(start, end) if order is None else order[start:end]


def _expiry_forward(quotes: FloatArray, years: float, rate: float) -> float:
    """`quotes` (4, n) of one expiry: right, strike, bid, ask. A pair is trusted as its spreads are narrow."""
    calls, puts = quotes[:, quotes[0] > 0], quotes[:, quotes[0] < 0]
    common = calls[1]
    if not np.array_equal(common, puts[1]) or (common[1:] <= common[:-1]).any():
        common, call, put = np.intersect1d(common, puts[1], return_indices=True)
        calls, puts = calls[:, call], puts[:, put]
    call_bid, call_ask = calls[2:]
    put_bid, put_ask = puts[2:]
    return parity_forward(
        strike=common,
        call=(call_bid + call_ask) / 2,
        put=(put_bid + put_ask) / 2,
        years=years,
        rate=rate,
        weight=1.0 / np.maximum(call_ask - call_bid + put_ask - put_bid, TICK),
    )
