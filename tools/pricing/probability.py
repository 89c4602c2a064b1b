"""Chances at and before expiry under a lognormal distribution with the market's forward.

Every function takes the forward F and the total deviation s = vol·√years, so that variance may pass on
any clock while the forward accrues in calendar time: ln S_T ~ N(ln F - s²/2, s²). Risk-neutral, not a
forecast. NaN in gives NaN out, as does a forward, level or deviation that is not positive; what is not a real
number is an `InputError`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
from scipy.special import log_ndtr, ndtr

from tools.pricing.inputs import numeric

FloatArray = npt.NDArray[np.float64]


def deviation(*, vol: npt.ArrayLike, years: npt.ArrayLike) -> FloatArray:
    """vol·√years, both on one clock: the standard deviation of ln S_T."""
    vols, times = _floats(vol=vol, years=years)
    return vols * np.sqrt(np.where(times >= 0, times, np.nan))


def expected_move(*, spot: npt.ArrayLike, vol: npt.ArrayLike, years: npt.ArrayLike) -> FloatArray:
    """S·vol·√years: one standard deviation of the underlying to expiry, money per share."""
    return numeric("spot", spot) * deviation(vol=vol, years=years)


def straddle_move(
    *, call: npt.ArrayLike, put: npt.ArrayLike, rate: npt.ArrayLike, years: npt.ArrayLike
) -> FloatArray:
    """e^(rT)·(C + P): how far the underlying ends from the strike on average, as the market's straddle says.

    Call and put of one strike and expiry, money per share; `years` to expiry in calendar time. At the forward one
    standard deviation is √(π/2) = 1.2533 times as far, up to a share of s²/24 (Brenner & Subrahmanyam, Financial
    Analysts Journal 44, 1988). Exact for European options, early exercise adds to it. NaN where a price is
    negative.
    """
    calls, puts, rates, times = _floats(call=call, put=put, rate=rate, years=years)
    known = (calls >= 0) & (puts >= 0) & (times >= 0)
    return np.where(known, (calls + puts) * np.exp(rates * times), np.nan)


def prob_below(*, level: npt.ArrayLike, forward: npt.ArrayLike, deviation: npt.ArrayLike) -> FloatArray:
    """P(S_T < level) = Φ((ln(level/F) + s²/2) / s). A level of 0 or below gives 0, an infinite one 1."""
    return ndtr(_score(level, forward, deviation))


def prob_above(*, level: npt.ArrayLike, forward: npt.ArrayLike, deviation: npt.ArrayLike) -> FloatArray:
    """P(S_T > level): the chance that a put sold or a stock held with breakeven `level` makes money."""
    return ndtr(-_score(level, forward, deviation))


def prob_between(
    *, low: npt.ArrayLike, high: npt.ArrayLike, forward: npt.ArrayLike, deviation: npt.ArrayLike
) -> FloatArray:
    """P(low < S_T < high), 0 where high ≤ low: the chance of a condor or strangle between its breakevens."""
    lower, upper = _score(low, forward, deviation), _score(high, forward, deviation)
    flip = lower + upper > 0  # subtract in the tail where the digits are
    inside = np.where(flip, ndtr(-lower) - ndtr(-upper), ndtr(upper) - ndtr(lower))
    return np.maximum(inside, 0.0)


def prob_of_profit(
    *, intervals: Iterable[tuple[float, float]], forward: npt.ArrayLike, deviation: npt.ArrayLike
) -> FloatArray:
    """P(S_T in one of the disjoint `intervals`), as `payoff.Payoff.profit_intervals` gives them."""
    total = np.zeros(np.broadcast_shapes(np.shape(forward), np.shape(deviation)))
    for low, high in intervals:
        total = total + prob_between(low=low, high=high, forward=forward, deviation=deviation)
    return total


def prob_touch(
    *, level: npt.ArrayLike, spot: npt.ArrayLike, forward: npt.ArrayLike, deviation: npt.ArrayLike
) -> FloatArray:
    """The chance that the spot reaches `level` at any time up to expiry, watched continuously.

    First-passage probability of a Brownian motion with drift (reflection principle; Haug, Option Pricing
    Formulas, 2nd ed., 4.19). 1 where the spot stands at the level.
    """
    start, wall, mean, s = _floats(spot=spot, level=level, forward=forward, deviation=deviation)
    start, wall, mean, s = (np.where(each > 0, each, np.nan) for each in (start, wall, mean, s))
    drift = np.log(mean / start) - 0.5 * s * s
    distance = np.log(wall / start)
    side = np.where(distance > 0, 1.0, -1.0)
    straight = ndtr(side * (drift - distance) / s)
    reflected = np.exp(2 * drift * distance / (s * s) + log_ndtr(-side * (drift + distance) / s))
    return np.minimum(straight + reflected, 1.0)


def _score(level: npt.ArrayLike, forward: npt.ArrayLike, deviation: npt.ArrayLike) -> FloatArray:
    """(ln(level/F) + s²/2) / s."""
    levels, mean, s = _floats(level=level, forward=forward, deviation=deviation)
    mean, s = np.where(mean > 0, mean, np.nan), np.where(s > 0, s, np.nan)
    with np.errstate(divide="ignore"):
        return np.asarray((np.log(np.maximum(levels, 0.0) / mean) + 0.5 * s * s) / s)


def _floats(**values: npt.ArrayLike) -> tuple[FloatArray, ...]:
    return tuple(numeric(name, each) for name, each in values.items())
