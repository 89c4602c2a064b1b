"""Daily paths of price and implied volatility.

    market, sector and own shocks ─► log returns ─► prices
    market and common shocks ─► log volatility (common + own, mean-reverting) ─► 30-day vol

Levels of the base date are parameters; the past is walked backwards and the future forwards from
there with separate streams, so a later day continues the same path. Returns are
β·market + residual, the residual split between the sector's shock and the name's own. Realised
variance is the implied one times the square of `realised_share`. Prices carry no ex-dividend drop:
it is part of the drift.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt

from tools.data.simulated.noise import FloatArray, stream
from tools.data.simulated.parameters import Parameters

SESSIONS_PER_YEAR = 252
RESIDUAL_FLOOR = 0.15  # of total variance: no name is moved by the market alone, whatever its beta
MARKET = "SPY"


@dataclass(frozen=True, eq=False)
class DailyPath:
    """Closes and 30-day at-the-money vols, shape (sessions, symbols); the last row is the present."""

    symbols: tuple[str, ...]
    sessions: npt.NDArray[np.datetime64]
    close: FloatArray
    vol: FloatArray

    def column(self, symbol: str) -> int:
        return self.symbols.index(symbol)

    def until(self, day: date, fraction: float) -> DailyPath:
        """The path up to `day`, whose price and vol are `fraction` of the way from the close before."""
        rows = int(np.searchsorted(self.sessions, np.datetime64(day))) + 1
        close, vol = self.close[:rows].copy(), self.vol[:rows].copy()
        for levels in (close, vol):
            levels[-1] = levels[-2] * (levels[-1] / levels[-2]) ** fraction
        return DailyPath(self.symbols, self.sessions[:rows], close, vol)

    @cached_property
    def returns(self) -> FloatArray:
        """Log returns, shape (sessions - 1, symbols)."""
        return np.diff(np.log(self.close), axis=0)


def build_path(parameters: Parameters, *, seed: int, sessions: tuple[date, ...]) -> DailyPath:
    """The path over `sessions`, which are consecutive and hold the base date."""
    behind = sessions.index(parameters.base_date)
    past = _Walk(parameters, seed, "past", -1).run(behind)
    future = _Walk(parameters, seed, "future", +1).run(len(sessions) - behind - 1)
    close, vol = (np.concatenate([back[:0:-1], ahead]) for back, ahead in zip(past, future, strict=True))
    days = np.array(sessions, dtype="datetime64[D]")
    return DailyPath(parameters.symbols, days, close, vol)


class _Walk:
    """One direction of time away from the base date."""

    def __init__(self, parameters: Parameters, seed: int, label: str, direction: int) -> None:
        self._parameters, self._seed = parameters, seed
        self._label, self._direction = label, direction
        listed = tuple(parameters.underlying.values())
        self._listed = listed
        self._normal = np.array([each.vol.normal for each in listed])
        self._gap = np.log([each.vol.now / each.vol.normal for each in listed])
        self._beta = np.array([each.beta for each in listed])

    def run(self, steps: int) -> tuple[FloatArray, FloatArray]:
        """Closes and vols, shape (steps + 1, symbols); row 0 is the base date."""
        market = self._draws("market", steps)
        vol = self._vols(market, steps)
        returns = self._returns(market, vol)
        levels = np.log([each.level for each in self._listed])
        walked = levels + self._direction * np.cumsum(returns, axis=0)
        return np.exp(np.vstack([levels, walked])), vol

    def _vols(self, market: FloatArray, steps: int) -> FloatArray:
        rule = self._parameters.volatility
        keep = 0.5 ** (1 / rule.half_life)
        fresh = np.sqrt(1 - keep**2)
        common = rule.leverage * market + np.sqrt(1 - rule.leverage**2) * self._draws("common vol", steps)
        own = self._columns("own vol", steps)
        # Leverage holds in calendar order: walked backwards, a falling day undoes its rise in volatility.
        shocks = fresh * (self._direction * rule.common_sd * common[:, None] + rule.own_sd * own)
        deviation = np.empty((steps + 1, len(self._listed)))
        deviation[0] = self._gap
        for step in range(steps):
            deviation[step + 1] = keep * deviation[step] + shocks[step]
        return self._normal * np.exp(deviation)

    def _returns(self, market: FloatArray, vol: FloatArray) -> FloatArray:
        daily = self._parameters.realised_share * vol[1:] / np.sqrt(SESSIONS_PER_YEAR)
        index = daily[:, self._parameters.symbols.index(MARKET)]
        systematic = self._beta * (index * market)[:, None]
        explained = (self._beta * index[:, None]) ** 2
        residual = np.sqrt(np.maximum(daily**2 - explained, RESIDUAL_FLOOR * daily**2))
        residual[:, self._parameters.symbols.index(MARKET)] = 0.0
        share = np.array([each.residual_sector if each.sector else 0.0 for each in self._listed])
        steps = len(market)
        sectors = np.column_stack([self._draws(f"sector {each.sector}", steps) for each in self._listed])
        shocks = np.sqrt(share) * sectors + np.sqrt(1 - share) * self._columns("own", steps)
        drift = self._beta * self._parameters.drift / SESSIONS_PER_YEAR - 0.5 * daily**2
        returns: FloatArray = drift + systematic + residual * shocks
        return returns

    def _columns(self, label: str, steps: int) -> FloatArray:
        return np.column_stack([self._draws(f"{label} {each.symbol}", steps) for each in self._listed])

    def _draws(self, label: str, steps: int) -> FloatArray:
        return stream(self._seed, f"{self._label} {label}").standard_normal(steps)
