"""Gap filling: contracts that a chain lists on one side only, or without a quote, valued on a smile and marked so.

A filled value informs screens, marks and scenarios; `Chain.filled` keeps it from ever being traded on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from tools.calendar.expiries import expiry_instant, settlement_of
from tools.calendar.trading_time import Clock, year_fraction
from tools.domain.chain import COLUMNS, BoolArray, Chain, FloatArray, IntArray, new_york_date
from tools.domain.contract import ExerciseStyle
from tools.pricing import american, european


class Vols(Protocol):
    """What a fitted surface offers, or a smile given by hand."""

    def vol(self, *, strike: FloatArray, years: FloatArray) -> FloatArray:
        """Implied vol per contract, decimal per √year of calendar time; NaN where the surface says nothing."""
        ...


def fill(chain: Chain, vols: Vols) -> Chain:
    """The chain with its gaps valued at `vols`, in chain order; the very chain where it has none.

    A gap is a row without bid and ask, or the missing right of a strike whose other right is listed. A filled
    row has one price as bid and ask, no counts and no last; one that the smile cannot value is left as it was.
    """
    whole = _with_missing_rights(chain)
    gaps = np.flatnonzero(~(np.isfinite(whole.bid) & np.isfinite(whole.ask)))
    if not len(gaps):
        return chain
    price = _values(whole, gaps, vols)
    filled = whole.filled.copy()
    bid, ask = whole.bid.copy(), whole.ask.copy()
    valued = np.isfinite(price)
    bid[gaps[valued]] = ask[gaps[valued]] = price[valued]
    filled[gaps[valued]] = True
    done = replace(whole, bid=bid, ask=ask, filled=filled)
    listed = np.ones(len(done), dtype=np.bool_)
    listed[len(chain) :] = np.isfinite(done.bid[len(chain) :])
    rows = np.flatnonzero(listed)
    return done.take(rows[np.lexsort((done.root[rows], -done.right[rows], done.strike[rows], done.expiry[rows]))])


def _with_missing_rights(chain: Chain) -> Chain:
    """The chain, and behind it the missing other right of each strike, without a quote."""
    alone = _alone(chain)
    count = len(alone)
    if not count:
        return chain
    unknown = np.full(count, np.nan)
    added: dict[str, Any] = {
        "root": chain.root[alone],
        "expiry": chain.expiry[alone],
        "right": (-chain.right[alone]).astype(np.int8),
        "strike": chain.strike[alone],
        "filled": np.zeros(count, dtype=np.bool_),
    }
    columns: dict[str, Any] = {
        name: np.concatenate([getattr(chain, name), added.get(name, unknown)]) for name in COLUMNS
    }
    return replace(chain, **columns)


def _alone(chain: Chain) -> IntArray:
    """The rows whose strike lists no other right."""
    order = np.lexsort((chain.right, chain.strike, chain.root, chain.expiry))
    same = np.ones(max(len(chain) - 1, 0), dtype=np.bool_)
    for column in (chain.strike, chain.root, chain.expiry):
        same &= column[order][1:] == column[order][:-1]
    paired: BoolArray = np.zeros(len(chain), dtype=np.bool_)
    paired[order[1:][same]] = True
    paired[order[:-1][same]] = True
    return np.flatnonzero(~paired)


def _values(chain: Chain, rows: IntArray, vols: Vols) -> FloatArray:
    years = _years(chain, rows)
    vol = np.asarray(vols.vol(strike=chain.strike[rows], years=years), dtype=np.float64)
    price = np.full(len(rows), np.nan)
    able = np.isfinite(vol) & (vol > 0) & (years > 0)
    if able.any():
        price[able] = _price(chain, rows[able], years[able], vol[able])
    return np.where(price >= 0, price, np.nan)


def _price(chain: Chain, rows: IntArray, years: FloatArray, vol: FloatArray) -> FloatArray:
    terms: dict[str, Any] = {
        "right": chain.right[rows],
        "spot": chain.spot,
        "strike": chain.strike[rows],
        "years": years,
        "rate": chain.rate,
        "dividend_yield": chain.dividend_yield,
        "vol": vol,
    }
    if chain.style is ExerciseStyle.EUROPEAN:
        return np.asarray(european.value(**terms).price, dtype=np.float64)
    if chain.dividends:
        today = new_york_date(chain.as_of)
        terms["dividend_years"] = np.array([(each.ex_date - today).days / 365 for each in chain.dividends])
        terms["dividend_cash"] = np.array([each.cash for each in chain.dividends])
    return np.asarray(american.value(**terms).price, dtype=np.float64)


def _years(chain: Chain, rows: IntArray) -> FloatArray:
    """Calendar years to each expiry, for interest and variance alike."""
    years = np.full(len(rows), np.nan)
    for root in np.unique(chain.root[rows]):
        for day in np.unique(chain.expiry[rows]):
            among = (chain.root[rows] == root) & (chain.expiry[rows] == day)
            end = expiry_instant(day.astype(object), settlement_of(str(root)))
            years[among] = year_fraction(chain.as_of, end, Clock.CALENDAR_365)
    return years
