"""From an instant to the session it belongs to, and prices inside that session.

    as_of ─► row of the last session that has opened, share of its variance that has passed ─► prices, vols

Closes are the path's. In between a price follows a Brownian bridge from the close before to the close of the
day, drawn per (seed, symbol, session): given the close, that is where a random walk has been on its way, so
that a price at noon tells no more of the close than a real one does. Jumps come before the opening bell.
The volatility is what its rule makes of last evening's and of the market's move so far; its own news comes at
the close. Coins walk between closing bells around the clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

import numpy as np

from tools.calendar.sessions import NEW_YORK, schedule, seconds
from tools.data.simulated.noise import FloatArray, stream
from tools.data.simulated.past.index_vol import SESSIONS
from tools.data.simulated.past.parameters import Parameters, Part, part_of
from tools.data.simulated.past.path import PastPath, option_volatility
from tools.domain.errors import DataError, InputError

INDEX = "SPX"
STEPS = 100  # of a bridge


@dataclass(frozen=True, eq=False)
class Moment:
    """One instant of the past. `row` is the last session that has opened, `passed` the share of its variance
    that lies behind (1 at the closing bell and after), `traded` the share of its hours."""

    parameters: Parameters
    path: PastPath
    seed: int
    as_of: datetime
    row: int
    passed: float
    traded: float
    _prices: dict[str, float] = field(default_factory=dict)

    @property
    def session(self) -> date:
        return date.fromisoformat(str(self.path.sessions[self.row]))

    @property
    def rate(self) -> float:
        return float(self.path.rate[self.row if self.closed else self.row - 1])

    @property
    def closed(self) -> bool:
        return self.passed >= 1.0

    @property
    def evening(self) -> int:
        """The last row whose close is known."""
        return self.row if self.closed else self.row - 1

    def price(self, symbol: str) -> float:
        """Money, in cents."""
        if symbol not in self._prices:
            self._prices[symbol] = self._price(symbol)
        return self._prices[symbol]

    def _price(self, symbol: str) -> float:
        part, column = part_of(symbol), self.path.column(symbol)
        if part is Part.VOLATILITY:
            return float(np.round(100 * self._vix, 2))
        if part is Part.COIN:
            return self._coin(symbol)
        if self.closed:
            return float(self.path.close[self.row, column])
        before, after = self.path.close[self.row - 1 : self.row + 1, column]
        jump = self.path.jump[self.row, column]
        drift = np.log(after / before) - jump
        noise = self.parameters.listed[symbol].beta * self._market_bridge + self._own_bridge(symbol)
        return float(np.round(before * np.exp(jump + self.passed * drift + noise), 2))

    def vol(self, symbol: str) -> float:
        """30-day at-the-money volatility, decimal per year."""
        column = self.path.column(symbol)
        if self.closed:
            return float(self.path.vol[self.row, column])
        if part_of(symbol) is Part.VOLATILITY:
            return option_volatility(self._vix, self.parameters.vix)
        market = self.path.index.at_the_money(self._vix)
        own = self.path.own_vol[self.row - 1, column]
        return float(np.hypot(self.parameters.listed[symbol].beta * market, own)) or np.nan

    def normal(self, symbol: str) -> float:
        """Where the term structure ends."""
        return float(self.path.normal[self.evening, self.path.column(symbol)])

    @cached_property
    def _vix(self) -> float:
        """In decimals."""
        if self.closed:
            return float(self.path.index.vix[self.row])
        before, after = self.path.close[self.row - 1 : self.row + 1, self.path.column(INDEX)]
        moved = self.passed * np.log(after / before) + self._market_bridge
        return self.path.index.vix_within(self.row, moved=float(moved), passed=self.passed)

    @cached_property
    def _market_bridge(self) -> float:
        daily = self.path.index.vix[self.row - 1] * self.parameters.realised_share / np.sqrt(SESSIONS)
        return float(daily) * self._bridge("market", self.row, self.passed)

    def _own_bridge(self, symbol: str) -> float:
        size = float(self.path.own_sd[self.row, self.path.column(symbol)])
        return size * self._bridge(symbol, self.row, self.passed) if size else 0.0

    def _bridge(self, label: str, row: int, passed: float) -> float:
        """A standard Brownian bridge of the session at `passed`."""
        if passed >= 1.0:
            return 0.0
        day = int(self.path.sessions[row].astype(np.int64))
        steps = stream(self.seed, f"past bridge {label} {day}").standard_normal(STEPS) / np.sqrt(STEPS)
        walked = np.concatenate([[0.0], np.cumsum(steps)])
        at = np.linspace(0.0, 1.0, STEPS + 1)
        return float(np.interp(passed, at, walked - at * walked[-1]))

    def _coin(self, symbol: str) -> float:
        closes, bells = self.path.close[:, self.path.column(symbol)], _bells(self.path)
        now = self.as_of.timestamp()
        row = int(np.searchsorted(bells, now, side="left"))
        if row >= len(bells) or now == bells[row]:
            return float(closes[min(row, len(bells) - 1)])
        passed = float((now - bells[row - 1]) / (bells[row] - bells[row - 1]))
        size = float(self.path.own_sd[row, self.path.column(symbol)])
        drift = passed * np.log(closes[row] / closes[row - 1])
        return float(np.round(closes[row - 1] * np.exp(drift + size * self._bridge(symbol, row, passed)), 2))


def moment(as_of: datetime, path: PastPath, parameters: Parameters, *, seed: int) -> Moment:
    """`InputError` for a naive instant, `DataError` outside the years of the driver."""
    if as_of.tzinfo is None:
        raise InputError("The instant of a snapshot needs a time zone, for example America/New_York.")
    now, opens, bells = seconds(as_of), _opens(path), _bells(path)
    row = int(np.searchsorted(opens, now, side="right")) - 1
    if row < 1:
        raise DataError(f"The simulated past begins after {path.sessions[0]}; {as_of:%Y-%m-%d %H:%M} is too early.")
    if now > bells[-1] + _LATE:
        raise DataError(f"The simulated past ends with {path.sessions[-1]}; {as_of:%Y-%m-%d} is too late.")
    traded = min((now - opens[row]) / (bells[row] - opens[row]), 1.0)
    overnight = parameters.overnight_share
    passed = overnight + (1 - overnight) * traded
    return Moment(parameters, path, seed, as_of.astimezone(NEW_YORK), row, float(passed), float(traded))


_LATE = 4 * 86_400  # seconds that the last close may stand for: a long weekend


def _rows(path: PastPath) -> slice:
    first = int(np.searchsorted(schedule().days, path.sessions[0]))
    return slice(first, first + len(path.sessions))


def _opens(path: PastPath) -> FloatArray:
    return np.asarray(schedule().opens[_rows(path)], dtype=np.float64)


def _bells(path: PastPath) -> FloatArray:
    return np.asarray(schedule().closes[_rows(path)], dtype=np.float64)
