"""What people read off a surface: the term structure at the money, the skew, the move a straddle expects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from tools.domain.chain import Chain, FloatArray, new_york_date
from tools.pricing.surface.maturities import maturities
from tools.pricing.surface.pairs import pair_up
from tools.pricing.surface.surface import Surface

WIDEST, POINTS = 8.0, 801  # standard deviations searched for a delta, and points in them
MEAN_TO_DEVIATION = np.sqrt(np.pi / 2)  # of a normal: standard deviation over mean absolute deviation


@dataclass(frozen=True, slots=True)
class Skew:
    """Vols at one maturity, decimal per √year of the surface's clock.

    put, call      where the forward delta is -delta and +delta
    risk_reversal  put less call: positive where falls are dear
    butterfly      their mean less the money's
    """

    delta: float
    put: float
    money: float
    call: float

    @property
    def risk_reversal(self) -> float:
        return self.put - self.call

    @property
    def butterfly(self) -> float:
        return (self.put + self.call) / 2 - self.money


@dataclass(frozen=True, slots=True)
class StraddleMove:
    """`expected` the mean absolute move to expiry that a straddle at the forward costs, money per share.

    `deviation` is what it would be as one standard deviation of a normal; both NaN where it is not quoted.
    """

    expected: float
    deviation: float


def years_of(surface: Surface, days: npt.ArrayLike) -> FloatArray:
    """Years on the surface's clock to the close `days` calendar days on."""
    today = new_york_date(surface.as_of)
    dates = [today + timedelta(days=int(each)) for each in np.atleast_1d(days)]
    return surface.times(np.array(dates, dtype="datetime64[D]"))[1]


def term_structure(surface: Surface, *, days: npt.ArrayLike = (7, 14, 30, 60, 90, 180, 365)) -> FloatArray:
    """At-the-money-forward vols at constant maturities; NaN beyond the last listed one and today."""
    years = years_of(surface, days)
    vol = surface.vol_at(log_moneyness=0.0, years=years)
    return np.where(years <= surface.years[-1], vol, np.nan)


def skew(surface: Surface, *, days: int = 30, delta: float = 0.25) -> Skew:
    """The skew `days` calendar days on, between options of forward delta ±`delta`; NaN where not reached.

    Forward delta: Φ(d₁) of calls, Φ(d₁) - 1 of puts, without discounting.
    """
    years = float(years_of(surface, days)[0])
    money = float(surface.vol_at(log_moneyness=0.0, years=years))
    k = np.linspace(-WIDEST, WIDEST, POINTS) * money * np.sqrt(max(years, 0.0))
    vol = surface.vol_at(log_moneyness=k, years=years)
    root = vol * np.sqrt(years) if years > 0 else np.full(POINTS, np.nan)
    call_delta = ndtr(-k / root + root / 2)
    if not np.isfinite(call_delta).all():
        return Skew(delta, np.nan, np.nan, np.nan)
    put, call = (
        float(np.interp(-each, -call_delta, vol, left=np.nan, right=np.nan)) for each in (1 - delta, delta)
    )
    return Skew(delta, put, money, call)


def straddle_move(chain: Chain, *, forward: float, expiry: npt.ArrayLike, settlement: str = "pm") -> StraddleMove:
    """The straddle at the forward, straight between the two quoted strikes around it; the cost as paid today.

    A straddle's cost falls towards the money and rises after it, so each side is first brought to the forward:
    the out-of-the-money option counts twice (C + P = 2·C + K - F, undiscounted differences left out).
    """
    at, place = maturities(chain)
    wanted = (at.expiry == np.asarray(expiry, dtype="datetime64[D]")) & (at.settlement == settlement)
    pairs = pair_up(chain, place)
    pairs = pairs.take(wanted[pairs.place]) if wanted.any() else pairs.take(np.empty(0, dtype=np.int64))
    if not len(pairs) or not pairs.strike[0] <= forward <= pairs.strike[-1]:
        return StraddleMove(np.nan, np.nan)
    mid = chain.mid
    outside = 2 * np.where(pairs.strike >= forward, mid[pairs.call], mid[pairs.put])
    expected = float(np.interp(forward, pairs.strike, outside))
    return StraddleMove(expected, float(expected * MEAN_TO_DEVIATION))
