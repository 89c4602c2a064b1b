"""Chances that a whole smile implies, where `probability` knows a single vol.

smile → deviation and its slope at each level → P(S_T < level) → checked for arbitrage → chances

The undiscounted put P(K) has dP/dK = P(S_T < K) (Breeden & Litzenberger, Journal of Business 51, 1978). With
s(K) = vol(K)·√years that is Φ(-d2) + φ(d2)·K·ds/dK: the lognormal chance at the level's own vol, and what the
slope of the smile adds. Risk-neutral, not a forecast.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from tools.domain.errors import InputError
from tools.pricing.inputs import numeric
from tools.pricing.probability import prob_touch
from tools.pricing.smile import Smile

FloatArray = npt.NDArray[np.float64]

REACH = 8.0  # deviations at the money on either side of forward and median, searched for arbitrage
PLACES = 2001
TOLERANCE = 2e-3  # of probability: what a smile may contradict itself before its chances are refused
INV_SQRT_2PI = 1.0 / math.sqrt(2.0 * math.pi)


@dataclass(frozen=True, slots=True, eq=False)
class ImpliedChance:
    """The distribution of one expiry's spot. Its chances broadcast and lie in [0, 1].

    forward, years   of the expiry; `years` on the clock of the smile's vols
    arbitrage        probability that the smile contradicts itself by (butterflies worth less than nothing, read
                     between neighbours of a fine grid); up to 0.002 the chances are cut to rise from 0 to 1, and
                     are right to that much
    reason           empty, or why every chance is NaN: a larger contradiction, a vol missing or not positive
    """

    forward: float
    years: float
    arbitrage: float
    reason: str
    _smile: Smile
    _grid: FloatArray
    _floor: FloatArray
    _ceiling: FloatArray

    def below(self, level: npt.ArrayLike) -> FloatArray:
        """P(S_T < level). A level of 0 or below gives 0, an infinite one 1."""
        levels = numeric("level", level)
        with np.errstate(divide="ignore", invalid="ignore"):
            at = np.log(np.maximum(levels, 0.0))
        known = np.isfinite(at) & (not self.reason)
        place = np.where(known, at, math.log(self.forward)).reshape(-1)
        chance = np.clip(_chance_below(self._smile, self.forward, self.years, place), 0.0, 1.0)
        left = np.searchsorted(self._grid, place, side="right")
        beyond = np.where(left == 0, self._ceiling[0], self._floor[-1])  # next to certain, whatever the vol
        chance = np.where(np.isnan(chance) & ((left == 0) | (left == len(self._grid))), beyond, chance)
        chance = np.clip(chance, self._floor[left], self._ceiling[left]).reshape(levels.shape)
        certain = np.where(np.isnan(levels) | bool(self.reason), np.nan, np.where(levels > 0, 1.0, 0.0))
        return np.where(known, chance, certain)

    def above(self, level: npt.ArrayLike) -> FloatArray:
        """P(S_T > level)."""
        return 1.0 - self.below(level)

    def between(self, low: npt.ArrayLike, high: npt.ArrayLike) -> FloatArray:
        """P(low < S_T < high), 0 where high ≤ low."""
        return np.maximum(self.below(high) - self.below(low), 0.0)

    def of_profit(self, intervals: Iterable[tuple[float, float]]) -> float:
        """P(S_T in one of the disjoint `intervals`), as `payoff.Payoff.profit_intervals` gives them."""
        parts = [float(self.between(low, high)) for low, high in intervals]
        return min(sum(parts), 1.0) if not self.reason else math.nan

    def touch(self, level: npt.ArrayLike, *, spot: npt.ArrayLike) -> FloatArray:
        """The chance that the spot reaches `level` at any time up to expiry; an approximation, not below
        the chance of ending beyond it.

        Reflected at the level, a one-touch is two digitals and an option at the level for each a/a', a the
        money vol there (Carr, Ellis & Gupta, Journal of Finance 53, 1998, where a is symmetric; a'/a = 1/level for
        a lognormal). So: the lognormal first passage at the level's own vol, plus what the smile's slope changes in
        both parts, local vols changing twice as fast as implied ones (Derman, Kani & Zou, Financial Analysts
        Journal 52, 1996). Exact for a flat smile; within 7e-4 for shifted lognormals without drift, however
        skewed, where the level's vol alone errs by 0.03.
        """
        levels, start = np.broadcast_arrays(numeric("level", level), numeric("spot", spot))
        usable = np.isfinite(levels) & (levels > 0) & np.isfinite(start) & (start > 0) & (not self.reason)
        wall, start = np.where(usable, levels, self.forward), np.where(usable, start, self.forward)
        vol, slope = self._smile.vol(np.log(wall)), self._smile.slope(np.log(wall))
        deviation, side = vol * math.sqrt(self.years), np.where(wall > start, 1.0, -1.0)
        score = (np.log(wall / self.forward) + 0.5 * deviation * deviation) / deviation  # -d2
        plain = ndtr(-side * score)
        option = side * (self.forward * ndtr(side * (deviation - score)) - wall * plain)
        beyond = np.where(side > 0, self.above(wall), self.below(wall))
        passage = prob_touch(level=wall, forward=self.forward, deviation=deviation, spot=start)
        touch = passage + 2.0 * (beyond - plain) + side * 2.0 * slope / vol * option / wall
        touch = np.where(wall == start, 1.0, np.clip(touch, beyond, 1.0))
        return np.where(usable, touch, np.nan)

    @property
    def mean_move(self) -> float:
        """E|S_T - F|, money per share: what the straddle at the forward is worth at expiry."""
        if self.reason:
            return math.nan
        deviation = float(self._smile.vol(np.array([math.log(self.forward)]))[0]) * math.sqrt(self.years)
        return float(self.forward * 2.0 * (2.0 * ndtr(deviation / 2.0) - 1.0))


def implied_chance(*, smile: Smile, forward: float, years: float) -> ImpliedChance:
    """The distribution that `smile` implies for the expiry in `years`, its mean being `forward`.

    `InputError` where forward or years are not positive numbers.
    """
    if not (0 < forward < math.inf and 0 < years < math.inf):
        raise InputError(f"Chances need a positive forward and time to expiry, not {forward} and {years}.")
    middle = math.log(forward)
    deviation = float(smile.vol(np.array([middle]))[0]) * math.sqrt(years)
    if not 0 < deviation < math.inf:
        grid, raw, reason = np.array([middle]), np.array([math.nan]), "the smile has no positive vol at the forward"
    else:
        centre, width = middle - 0.25 * deviation * deviation, (REACH + 0.25 * deviation) * deviation
        grid = np.linspace(centre - width, centre + width, PLACES)
        raw, reason = _chance_below(smile, forward, years, grid), ""
    arbitrage = _contradiction(raw)
    if not reason and math.isnan(arbitrage):
        reason = f"the smile has no positive vol at a strike of {math.exp(grid[np.argmax(np.isnan(raw))]):g}"
    elif not reason and arbitrage > TOLERANCE:
        reason = f"the smile allows arbitrage, its chances contradict each other by {arbitrage:.4f}"
    rising = np.maximum.accumulate(np.clip(raw, 0.0, 1.0))
    floor, ceiling = np.concatenate([[0.0], rising]), np.concatenate([rising, [1.0]])
    return ImpliedChance(forward, years, arbitrage, reason, smile, grid, floor, ceiling)


def _chance_below(smile: Smile, forward: float, years: float, log_level: FloatArray) -> FloatArray:
    """dP/dK of the undiscounted put, not yet held within [0, 1]; NaN where the vol is not positive."""
    root = math.sqrt(years)
    s = smile.vol(log_level) * root
    s = np.where(s > 0, s, np.nan)
    score = (log_level - math.log(forward) + 0.5 * s * s) / s  # -d2
    return ndtr(score) + INV_SQRT_2PI * np.exp(-0.5 * score * score) * smile.slope(log_level) * root


def _contradiction(chance: FloatArray) -> float:
    """How far chances fall where they should rise, or leave [0, 1]; NaN where one is unknown."""
    falls = -np.minimum(np.diff(chance), 0.0).sum()
    outside = max(-float(chance.min()), float(chance.max()) - 1.0, 0.0)
    ends = chance[0] + (1.0 - chance[-1])  # mass beyond eight deviations: a smile too steep to let it fade
    return float(max(falls, outside, ends))
