"""Random small markets and random rules: gaps, pauses, missing and impossible quotes, Saturday expiries."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from hypothesis import strategies as st

from tools.backtest.sweep import Cadence, QuoteRows, Security, SweepRules
from tools.domain.contract import Right

BEGIN = (date(2020, 1, 2) - date(1970, 1, 1)).days


@dataclass(frozen=True)
class Market:
    """`flaws` is the share of rows left out, and of rows without a quote, a delta, or with a crossed quote."""

    seed: int
    days: int
    flaws: float
    disorder: bool

    def rows(self) -> QuoteRows:
        rng = np.random.default_rng(self.seed)
        days = _sessions(rng, self.days)
        spots = np.round(100 * np.exp(np.cumsum(rng.normal(0, 0.02, len(days)))), 2)
        spots[rng.random(len(days)) < self.flaws / 2] = np.nan
        grid = np.array(
            [
                (day, spot, expiry, right, strike)
                for day, spot in zip(days, spots, strict=True)
                for expiry in _expiries(day)
                for right in (1, -1)
                for strike in range(85, 120, 5)
            ]
        )
        if self.disorder:
            grid = rng.permutation(grid)
        return _quoted(grid, rng, self.flaws)


def _sessions(rng: np.random.Generator, count: int) -> list[int]:
    """Weekdays, some of them missing, now and then a fortnight."""
    day, found = BEGIN, []
    while len(found) < count:
        day += 14 if rng.random() < 0.02 else 1
        if (day + 3) % 7 < 5 and rng.random() > 0.05:
            found.append(day)
    return found


def _expiries(day: int) -> list[int]:
    """Fridays and, a day later, Saturdays: the third and the fourth week's."""
    friday = day + (4 - (day + 3) % 7) % 7
    return [friday, friday + 7, friday + 15, friday + 22]


def _quoted(grid: np.ndarray, rng: np.random.Generator, flaws: float) -> QuoteRows:
    grid = grid[(grid[:, 2] >= grid[:, 0]) & (rng.random(len(grid)) >= flaws)]
    day, spot, expiry, right, strike = grid.T
    n, years = len(grid), (expiry - day) / 365
    level = np.where(np.isnan(spot), 100.0, spot)
    spread = 20 * np.sqrt(years) + 0.5
    delta = right / (1 + np.exp(right * (strike - level) / spread * 1.6))
    fair = np.maximum(right * (level - strike), 0) + 8 * np.sqrt(years) * np.exp(
        -(((strike - level) / spread) ** 2)
    )
    bid = np.round(np.maximum(fair * rng.uniform(0.9, 1.0, n) - 0.02, 0), 2)
    ask = np.round(np.maximum(fair * rng.uniform(1.0, 1.1, n), bid + 0.01), 2)
    for column in (bid, ask, delta):
        column[rng.random(n) < flaws / 3] = np.nan
    ask = np.where(rng.random(n) < flaws / 3, bid - 0.01, ask)
    delta = np.where(rng.random(n) < flaws / 3, rng.choice([-999.0, 0.2, -0.2], n), np.round(delta, 2))
    return QuoteRows(
        day=day.astype(np.int32),
        expiry=expiry.astype(np.int32),
        right=right.astype(np.int8),
        strike=strike,
        bid=bid,
        ask=ask,
        delta=delta,
        spot=spot,
        gamma=rng.uniform(0, 0.05, n),
        theta=-rng.uniform(0, 0.1, n),
        vega=rng.uniform(0, 0.2, n),
        iv=rng.uniform(0.1, 0.4, n),
    )


def markets(*, flaws: float = 0.15) -> st.SearchStrategy[Market]:
    return st.builds(
        Market,
        seed=st.integers(0, 2**32 - 1),
        days=st.integers(1, 40),
        flaws=st.sampled_from([0.0, flaws / 3, flaws]),
        disorder=st.booleans(),
    )


@st.composite
def rules(draw: st.DrawFn) -> SweepRules:
    """Any consistent rule set whose contracts these markets list."""
    right = draw(st.sampled_from(Right))
    low, target, high = sorted(draw(st.lists(st.integers(5, 60), min_size=3, max_size=3)))
    deltas = (low / 100, target / 100, high / 100)
    if right is Right.PUT:
        deltas = (-deltas[2], -deltas[1], -deltas[0])
    dte_low = draw(st.integers(1, 20))
    dte_high = draw(st.integers(dte_low, 30))
    security = draw(st.sampled_from([each for each in Security if right is Right.PUT or each is not Security.CASH]))
    capital = st.none() if security is Security.NONE else st.sampled_from([None, 5_000.0, 30_000.0])
    return SweepRules(
        right=right,
        dte_low=dte_low,
        dte_high=dte_high,
        delta_low=deltas[0],
        delta_target=deltas[1],
        delta_high=deltas[2],
        cadence=draw(st.sampled_from(Cadence)),
        max_open=draw(st.sampled_from([None, 1, 3])),
        take_profit=draw(st.sampled_from([None, 0.25, 0.5, 1.0])),
        adverse_stop=draw(st.sampled_from([None, 0.2, 1.0])),
        time_stop=draw(st.none() | st.integers(0, dte_high - 1)),
        slippage=draw(st.sampled_from([0.0, 0.5, 1.0])),
        quantity=draw(st.sampled_from([1, 5])),
        commission_per_contract=draw(st.sampled_from([0.0, 0.65])),
        commission_per_order=draw(st.sampled_from([0.0, 1.0])),
        security=security,
        capital=draw(capital),
        early_assignment=draw(st.booleans()),
        rate=draw(st.sampled_from([0.0, 0.05])),
        dividend_yield=draw(st.sampled_from([0.0, 0.08])),
    )


def after(rows: QuoteRows, day: int, seed: int) -> QuoteRows:
    """The same sessions and contracts, whose quotes after `day` are other ones."""
    later = rows.day > day
    rng = np.random.default_rng(seed)
    factor = np.where(later, rng.uniform(0.2, 3.0, len(later)), 1.0)
    shift = np.where(later, rng.uniform(-0.3, 0.3, len(later)), 0.0)
    spots = np.where(later, rows.spot * 1.2, rows.spot)
    return replace(rows, bid=rows.bid * factor, ask=rows.ask * factor, delta=rows.delta + shift, spot=spots)
