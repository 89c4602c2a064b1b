"""The model-free 30-day volatility of a chain, by the published method of the Cboe Volatility Index.

    near and next term around 30 days → forward from the strike of least |C - P| → K0 → strip of out-of-the-money
    options until two zero bids in a row → variance per term → weighted by minutes to 30 days → 100·√

Cboe, "Volatility Index Methodology: Cboe Volatility Index" (the VIX white paper): selection and formulas of
its sections on forwards, strikes, variance and interpolation. What differs by necessity: R is the rate handed in
instead of Cboe's treasury interpolation; near and next term are the listed maturities on either side of 30
days with at least a week to live (Cboe lists weeklies and finds them 23 to 37 days out). American quotes are
taken as they are, as Cboe does for its indices on shares and funds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.pricing.surface.maturities import maturities

MINUTES_PER_YEAR = 525_600
TARGET = 43_200  # minutes in 30 days
SHORTEST = 10_080  # a week: options about to expire price their gamma, not the month
FEWEST_STRIKES = 3
ZERO_BIDS = 2  # in a row end the strip


@dataclass(frozen=True, slots=True)
class Term:
    """One maturity's strip: `variance` per year; money per share; `strikes` used; NaN and 0 where it tells none."""

    minutes: float
    forward: float
    k0: float
    variance: float
    strikes: int


@dataclass(frozen=True, slots=True)
class VolatilityIndex:
    """`value` in vol points (13.69), NaN where unknown; `reason` says why it is."""

    value: float
    near: Term | None = None
    next: Term | None = None
    reason: str = ""


def volatility_index(chain: Chain, *, rate: float | None = None) -> VolatilityIndex:
    """The 30-day index of `chain`; `rate` continuously compounded, the chain's own where None."""
    at, place = maturities(chain)
    minutes = at.calendar_years * MINUTES_PER_YEAR
    early = np.flatnonzero((minutes >= SHORTEST) & (minutes <= TARGET))[::-1]
    late = np.flatnonzero(minutes > TARGET)
    near = _first_told(chain, place, early, minutes, chain.rate if rate is None else rate)
    if near is not None and near.minutes == TARGET:
        return VolatilityIndex(100 * float(np.sqrt(near.variance)), near)
    after = _first_told(chain, place, late, minutes, chain.rate if rate is None else rate)
    if near is None or after is None:
        side = "between 7 and 30 days" if near is None else "beyond 30 days"
        return VolatilityIndex(np.nan, near, after, f"no expiry {side} has a strip of quotes to read")
    return VolatilityIndex(index_of(near, after), near, after)


def index_of(near: Term, after: Term) -> float:
    """100·√ of the 30-day variance, straight in minutes between two terms on either side of it."""
    span = after.minutes - near.minutes
    variance = sum(
        each.minutes / MINUTES_PER_YEAR * each.variance * weight / span
        for each, weight in ((near, after.minutes - TARGET), (after, TARGET - near.minutes))
    )
    return 100 * float(np.sqrt(variance * MINUTES_PER_YEAR / TARGET))


def term(
    *, strike: FloatArray, call_bid: FloatArray, call_ask: FloatArray, put_bid: FloatArray, put_ask: FloatArray,
    minutes: float, rate: float,
) -> Term:  # fmt: skip
    """The strip of one maturity from its quotes by ascending strike (p), per share; a missing bid counts as 0."""
    call_bid, put_bid = np.nan_to_num(call_bid), np.nan_to_num(put_bid)
    call, put = (call_bid + call_ask) / 2, (put_bid + put_ask) / 2
    years = minutes / MINUTES_PER_YEAR
    gap = np.where((call_bid > 0) & (put_bid > 0), np.abs(call - put), np.nan)
    unknown = Term(minutes, np.nan, np.nan, np.nan, 0)
    if not np.isfinite(gap).any():
        return unknown
    best = int(np.nanargmin(gap))
    forward = float(strike[best] + np.exp(rate * years) * (call[best] - put[best]))
    below = int(np.searchsorted(strike, forward, side="right")) - 1
    if below < 0 or not np.isfinite(call[below] + put[below]):
        return unknown
    puts = np.arange(below - 1, -1, -1)[_until_zeros(put_bid[:below][::-1])]
    calls = np.arange(below + 1, len(strike))[_until_zeros(call_bid[below + 1 :])]
    used = np.concatenate([puts[::-1], [below], calls])
    price = np.where(np.arange(len(strike)) < below, put, call)
    price[below] = (call[below] + put[below]) / 2
    used = used[np.isfinite(price[used])]
    if len(used) < FEWEST_STRIKES or not len(puts) or not len(calls):
        return unknown
    variance = strip_variance(
        strike=strike[used], price=price[used], forward=forward, k0=float(strike[below]), years=years, rate=rate
    )
    return Term(minutes, forward, float(strike[below]), variance, len(used))


def strip_variance(
    *, strike: FloatArray, price: FloatArray, forward: float, k0: float, years: float, rate: float
) -> float:
    """2/T·Σ ΔK/K²·e^(RT)·Q(K) - 1/T·(F/K0 - 1)², per year; strikes ascending, Q their mid prices."""
    width = np.empty(len(strike))
    width[1:-1] = (strike[2:] - strike[:-2]) / 2
    width[0], width[-1] = strike[1] - strike[0], strike[-1] - strike[-2]
    total = float(np.sum(width / strike**2 * price)) * np.exp(rate * years)
    return float(2 / years * total - (forward / k0 - 1) ** 2 / years)


def _until_zeros(bid: FloatArray) -> BoolArray:
    """Of options from the money outwards, those with a bid, up to where two in a row have none."""
    none = bid <= 0
    run = none[1:] & none[:-1]
    end = int(np.argmax(run)) if run.any() else len(bid)
    return np.asarray(~none & (np.arange(len(bid)) < end))


def _first_told(chain: Chain, place: IntArray, order: IntArray, minutes: FloatArray, rate: float) -> Term | None:
    """The first maturity in `order` whose strip can be read."""
    for m in order:
        found = _term_of(chain, np.flatnonzero(place == m), float(minutes[m]), rate)
        if np.isfinite(found.variance) and found.variance > 0:
            return found
    return None


def _term_of(chain: Chain, rows: IntArray, minutes: float, rate: float) -> Term:
    """Rows of one maturity as two columns over its strikes; a side that is not listed is unknown."""
    rows = rows[~chain.filled[rows] & (chain.ask[rows] >= np.nan_to_num(chain.bid[rows]))]
    strike, at = np.unique(chain.strike[rows], return_inverse=True)
    quotes = np.full((4, len(strike)), np.nan)
    for first, side in ((0, chain.right[rows] > 0), (2, chain.right[rows] < 0)):
        quotes[first, at[side]], quotes[first + 1, at[side]] = chain.bid[rows][side], chain.ask[rows][side]
    call_bid, call_ask, put_bid, put_ask = quotes
    return term(
        strike=strike,
        call_bid=call_bid,
        call_ask=call_ask,
        put_bid=put_bid,
        put_ask=put_ask,
        minutes=minutes,
        rate=rate,
    )
