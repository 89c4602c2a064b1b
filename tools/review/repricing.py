"""The trade's own options at another spot, volatility or day, priced from the record's numbers.

legs' quotes of the record → each leg's own volatility → (spot, vols, days) → what closing costs → profit

At the recorded spot, volatility and instant the value is the recorded mid: the volatilities are solved from it.
Days are calendar days, volatilities the book's own clock's. From expiry on the value is the payoff.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from tools.calendar.expiries import VIX_ROOTS
from tools.calendar.trading_time import Clock
from tools.domain.candidate import Candidate
from tools.domain.chain import Chain, FloatArray
from tools.domain.chain_slice import ChainSlice
from tools.domain.contract import ExerciseStyle
from tools.domain.decision import DecisionRecord
from tools.domain.errors import InputError
from tools.domain.structure import StructureKind
from tools.pricing import american, european
from tools.pricing.dividends import upcoming
from tools.pricing.sheet import greeks_at
from tools.review.fact import Facts, plain
from tools.review.kept_text import book_text

DAYS_PER_YEAR = 365.0


@dataclass(frozen=True)
class Priced:
    """One unit under other conditions. Money per share unless named otherwise; `profit` of the unit, in dollars."""

    spot: float
    vol: float
    days: float
    days_left: float
    cost_to_close: float
    profit: float


def reprice(record: DecisionRecord, *, spot: float | None, vol: float | None, days: float | None) -> Priced:
    """The unit at `spot`, with the sold leg at `vol` (decimal, the others moved alike), `days` after the decision.

    None leaves what is recorded. `InputError` where the record does not hold what it takes.
    """
    candidate = record.candidate
    if candidate.structure is StructureKind.LONG_SHARES:
        return _shares(candidate, spot=spot, days=days)
    chain, rows = _legs(record)
    if candidate.legs[0].contract.root in VIX_ROOTS:
        raise InputError("Options on VIX are written on its forward, which the record does not move with the spot.")
    at = candidate.spot if spot is None else spot
    passed = 0.0 if days is None else days
    if not at > 0 or not passed >= 0:
        raise InputError("A spot is above 0 and days are not negative.")
    greeks = greeks_at(chain, rows, clock=_clock(record))
    quantities = np.array([leg.quantity for leg in candidate.legs], dtype=np.float64)
    sold = float(greeks.iv[int(np.argmin(quantities))])
    to = sold if vol is None else vol
    vols = greeks.iv + (to - sold)
    if not np.isfinite(vols).all() or not (vols > 0).all():
        raise InputError("No volatility explains the quotes of the legs, or the one asked for is not above 0.")
    years = greeks.calendar_years - passed / DAYS_PER_YEAR
    # The same variance on calendar time, so that the recorded quote is met whatever the book's clock.
    on_calendar = vols * np.sqrt(greeks.years / greeks.calendar_years)
    values = _values(chain, rows, spot=at, years=years, vols=on_calendar, passed=passed)
    cost = -float(quantities @ values)
    return Priced(
        spot=at,
        vol=to,
        days=passed,
        days_left=max(0.0, candidate.dte - passed),
        cost_to_close=cost,
        profit=(candidate.credit - cost) * candidate.multiplier + _held(candidate, at),
    )


def priced_facts(name: str, record: DecisionRecord, priced: Priced) -> Facts:
    """The result of a tool of this name, with what it was asked for."""
    facts = Facts()
    facts.put(f"{name}.spot", priced.spot, "USD/share")
    facts.percent(f"{name}.spot_change", priced.spot / record.candidate.spot - 1)
    if not math.isnan(priced.vol):
        facts.percent(f"{name}.iv", priced.vol)
    facts.put(f"{name}.days_passed", priced.days, "days")
    facts.put(f"{name}.days_left", priced.days_left, "days")
    facts.put(f"{name}.cost_to_close", priced.cost_to_close, "USD/share")
    facts.put(f"{name}.credit", record.candidate.credit, "USD/share")
    facts.put(f"{name}.profit", priced.profit, "USD/contract")
    if record.fit is not None and record.fit.contracts > 0:
        facts.put(f"{name}.trade_profit", priced.profit * record.fit.contracts, "USD")
    return facts


def _legs(record: DecisionRecord) -> tuple[Chain, np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """The chain the record keeps and the row of each leg in it."""
    kept = plain(record.facts, "inputs", "chain")
    if kept is None:
        raise InputError("The record holds no quotes of its legs, so they cannot be priced again.")
    chain = ChainSlice.model_validate(kept).chain
    found = [
        chain.listing.row(c.root, c.expiry, c.right, c.strike)
        for c in (leg.contract for leg in record.candidate.legs)
    ]
    if any(row is None for row in found):
        raise InputError("The record holds no quote of one of its legs, so that it cannot be priced again.")
    return chain, np.array(found, dtype=np.int64)


def _values(
    chain: Chain,
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    *,
    spot: float,
    years: FloatArray,
    vols: FloatArray,
    passed: float,
) -> FloatArray:
    """Per share of one long option each; intrinsic from the day of expiry on."""
    right, strike = chain.right[rows].astype(np.float64), chain.strike[rows]
    intrinsic = np.maximum(right * (spot - strike), 0.0)
    alive = np.maximum(years, 1e-9)
    terms: dict[str, Any] = {
        "right": right, "spot": spot, "strike": strike, "years": alive, "rate": chain.rate,
        "dividend_yield": chain.dividend_yield, "vol": vols,
    }  # fmt: skip
    if chain.style is ExerciseStyle.EUROPEAN:
        prices = european.value(**terms).price
    else:
        coming = upcoming(chain.dividends, as_of=chain.as_of)
        ahead = coming["dividend_years"] - passed / DAYS_PER_YEAR
        left = ahead > 0
        prices = american.value(
            **terms, dividend_years=ahead[left], dividend_cash=coming["dividend_cash"][left]
        ).price
    return np.where(years > 0, prices, intrinsic)


def _held(candidate: Candidate, spot: float) -> float:
    """What the shares under a covered call have gained: the call is judged with them, as its largest loss is."""
    return candidate.shares_required * (spot - candidate.spot)


def _shares(candidate: Candidate, *, spot: float | None, days: float | None) -> Priced:
    at = candidate.spot if spot is None else spot
    passed = 0.0 if days is None else days
    return Priced(at, math.nan, passed, 0.0, -at, (candidate.credit + at) * candidate.multiplier)


def _clock(record: DecisionRecord) -> Clock:
    told = plain(book_text(record), "clock")
    return Clock(told) if told is not None else Clock.CALENDAR_365
