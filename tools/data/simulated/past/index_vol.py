"""The volatility of the market index, from its own past.

    returns so far ─► trend, turbulence ─► path-dependent level ┐
    own shocks ─► log deviation, reverting ─────────────────────┴─► VIX ─► at-the-money vol ─► long-run vol

Every step is a recursion over rows in order, so that no row knows of a later one. VIX is a variance swap on
the day's own surface: the at-the-money volatility is what makes the surface worth that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate, islice

import numpy as np

from tools.data.simulated.noise import FloatArray, stream
from tools.data.simulated.parameters import Smile
from tools.data.simulated.past.driver import Driver
from tools.data.simulated.past.parameters import IndexVolatility, Parameters
from tools.data.simulated.surface import MONTH, Surface
from tools.pricing import european

SESSIONS = 252
FLOOR = 0.05  # no volatility index has ever closed below 9
CAP = 2.0
STEEPEST = 2.4  # long-run over 30-day volatility, at most: beyond, the surface's spot variance would be negative
REACH, POINTS, LEVELS = 8.0, 801, 60  # standard deviations and strikes of a swap; volatilities of the table


@dataclass(frozen=True, eq=False)
class IndexVol:
    """One row per session: `vix` in decimals, `vol` 30-day at the money, `normal` its long-run level.

    `weights` (sessions, 4) are the weighted means behind it: trend fast and slow, turbulence fast and slow.
    """

    vix: FloatArray
    vol: FloatArray
    normal: FloatArray
    weights: FloatArray
    levels: FloatArray
    quoted: FloatArray
    rule: IndexVolatility

    def vix_within(self, row: int, *, moved: float, passed: float) -> float:
        """VIX inside session `row` after a log return of `moved`: the evening's, moved as the rule has it."""
        evening = self.weights[row - 1]
        speeds = np.array([*self.rule.trend_speeds, *self.rule.turbulence_speeds]) / SESSIONS
        news = SESSIONS * np.array([moved, moved, moved**2, moved**2])
        now = evening * np.exp(-speeds * passed) - np.expm1(-speeds) * news
        ratio = _level(now, self.rule) / _level(evening, self.rule)
        return float(np.clip(self.vix[row - 1] * ratio, FLOOR, CAP))

    def at_the_money(self, vix: float) -> float:
        """The at-the-money volatility that makes a VIX."""
        return float(np.interp(vix, self.quoted, self.levels))


def index_volatility(driver: Driver, parameters: Parameters, *, seed: int) -> IndexVol:
    """The volatilities of the market at every session of the driver."""
    rule, smile = parameters.index_vol, parameters.listed["SPX"].vol
    weights = _weights(driver.close, rule, earliest=parameters.earliest_vol)
    level = _level(weights, rule) * np.exp(_own_deviation(len(weights), rule, seed=seed))
    vix = _known_or_made(driver.vix / 100, np.clip(level, FLOOR, CAP))
    levels, quoted = swap_table(smile, parameters.smile.elasticity)
    vol = np.interp(vix, quoted, levels)
    term = parameters.term
    past = moving(vol**2, 0.5 ** (1 / term.half_life), first=smile.normal**2)
    normal = np.sqrt(term.anchor_share * smile.normal**2 + (1 - term.anchor_share) * past)
    return IndexVol(
        vix=vix,
        vol=vol,
        normal=np.minimum(normal, STEEPEST * vol),
        weights=weights,
        levels=levels,
        quoted=quoted,
        rule=rule,
    )


def moving(values: FloatArray, keep: float, *, first: float) -> FloatArray:
    """The exponentially weighted mean, that of before the first row being `first`."""
    return _recursion((1 - keep) * values, keep, first=first)


def wing_of(smile: Smile, vol: FloatArray | float, elasticity: float) -> FloatArray:
    """η of the surface at a volatility: flatter in a storm, and never beyond what is free of arbitrage."""
    bent = smile.wing * (np.asarray(vol, dtype=np.float64) / smile.normal) ** elasticity
    return np.asarray(np.minimum(bent, 2 / (1 + abs(smile.skew))), dtype=np.float64)


@cache
def swap_table(smile: Smile, elasticity: float) -> tuple[FloatArray, FloatArray]:
    """At-the-money volatilities and the square root of the 30-day variance swap each makes, both rising.

    The swap is 2/T times the value of out-of-the-money options over strike squared (Cboe Volatility Index
    mathematics methodology; Demeterfi, Derman, Kamal and Zou, 1999), here over all strikes.
    """
    levels = np.geomspace(FLOOR / 2, CAP, LEVELS)
    return levels, np.array([_swap(float(vol), smile, elasticity) for vol in levels])


def _swap(vol: float, smile: Smile, elasticity: float) -> float:
    wing = float(wing_of(smile, vol, elasticity))
    surface = Surface(vol_30=vol, normal=vol, speed=1.0, skew=smile.skew, wing=wing)
    width = vol * np.sqrt(MONTH)
    moneyness = np.linspace(-REACH * width, REACH * width, POINTS)
    strike = np.exp(moneyness)
    value = european.value(
        right=np.where(moneyness < 0, -1, 1),
        spot=1.0,
        strike=strike,
        years=MONTH,
        rate=0.0,
        dividend_yield=0.0,
        vol=surface.vol(log_moneyness=moneyness, years=np.full(POINTS, MONTH)),
    ).price
    return float(np.sqrt(2 / MONTH * np.trapezoid(value / strike, moneyness)))


def _weights(close: FloatArray, rule: IndexVolatility, *, earliest: float) -> FloatArray:
    """Means of past returns and squares, per year, each under a fast and a slow exponential weight."""
    returns = SESSIONS * np.concatenate([[0.0], np.diff(np.log(close))])
    squares = returns**2 / SESSIONS
    trends = [(returns, speed, 0.0) for speed in rule.trend_speeds]
    turbulences = [(squares, speed, earliest**2) for speed in rule.turbulence_speeds]
    return np.column_stack(
        [
            moving(values, float(np.exp(-speed / SESSIONS)), first=first)
            for values, speed, first in trends + turbulences
        ]
    )


def _level(weights: FloatArray, rule: IndexVolatility) -> FloatArray:
    """The path-dependent level of weights (…, 4)."""
    fast_trend, slow_trend, fast, slow = np.moveaxis(weights, -1, 0)
    trend = (1 - rule.trend_slow) * fast_trend + rule.trend_slow * slow_trend
    squares = (1 - rule.turbulence_slow) * fast + rule.turbulence_slow * slow
    level = rule.level + rule.trend * trend + rule.turbulence * np.sqrt(squares)
    return np.asarray(np.maximum(level, FLOOR), dtype=np.float64)


def _own_deviation(rows: int, rule: IndexVolatility, *, seed: int) -> FloatArray:
    keep = 0.5 ** (1 / rule.own_half_life)
    draws = stream(seed, "past index vol").standard_normal(rows) * rule.own_sd * np.sqrt(1 - keep**2)
    return _recursion(draws, keep, first=0.0)


def _recursion(news: FloatArray, keep: float, *, first: float) -> FloatArray:
    """y = news + keep·(the y before). Five thousand steps take less time than importing a filter."""
    steps = accumulate(news.tolist(), lambda before, now: now + keep * before, initial=first)
    return np.fromiter(islice(steps, 1, None), dtype=np.float64, count=len(news))


def _known_or_made(known: FloatArray, made: FloatArray) -> FloatArray:
    """Known levels; where one is missing, the last level moves as the made one does."""
    if np.isnan(known).all():
        return made
    level = known.copy()
    for row in np.flatnonzero(np.isnan(known)):
        level[row] = level[row - 1] * made[row] / made[row - 1] if row else made[0]
    return level
