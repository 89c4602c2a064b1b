"""A chain becomes a surface.

chain → forwards (parity) → observations (vol bands) → backbone (SSVI) → correction, free of arbitrage
                                                                       └→ Surface, with what it misses
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.calendar.trading_time import Clock
from tools.domain.chain import BoolArray, Chain, FloatArray, IntArray
from tools.domain.errors import DataError
from tools.pricing.surface.backbone import fit_backbone
from tools.pricing.surface.correction import spanning
from tools.pricing.surface.forwards import Forwards, implied_forwards
from tools.pricing.surface.maturities import maturities
from tools.pricing.surface.observations import Observations, observe
from tools.pricing.surface.smile import Smile
from tools.pricing.surface.smoothing import COEFFICIENTS, HIGHEST, LOWEST, smooth
from tools.pricing.surface.surface import Surface

FEWEST_QUOTES = 3
WILD = 4.0  # half bands: a quote further from the surface is called wrong


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A surface and how it meets its quotes.

    error_points  root mean square of surface less quoted vol out of the money, weighted by vega, in vol points:
                  all and per maturity (m)
    quotes, wild  quotes behind each maturity (m), and of those the ones further than 4 half spreads away
    """

    surface: Surface
    forwards: Forwards
    seen: Observations
    error_points: float
    error_points_by_maturity: FloatArray
    quotes: IntArray
    wild: IntArray


def fit_surface(
    chain: Chain,
    *,
    clock: Clock = Clock.CALENDAR_365,
    usable: BoolArray | None = None,
    vols: FloatArray | None = None,
) -> Fit:
    """The arbitrage-free surface nearest to the quotes of `chain`, of its rows `usable` (n) where given.

    `vols` (n) are the mids' implied vols on `clock`, as `quote_greeks` gives them, so that an American chain is
    not inverted twice; without them they are found. Maturities without quotes follow their neighbours.
    `DataError` where fewer than three quotes have a vol.
    """
    forwards = implied_forwards(chain, clock=clock, usable=usable, vols=vols)
    _, place = maturities(chain, clock=clock)
    seen = observe(chain, forwards, place, usable=usable, vols=vols)
    if len(seen) < FEWEST_QUOTES:
        raise DataError(
            f"The chain of {chain.underlying} gives {len(seen)} implied vols; a surface needs {FEWEST_QUOTES}. "
            "Its quotes are missing, crossed or outside what an option can cost."
        )
    at = forwards.at
    shape, theta = fit_backbone(seen, years=at.calendar_years)
    none = spanning(low=LOWEST, high=HIGHEST, maturities=len(at), coefficients=COEFFICIENTS)
    smile = smooth(Smile(shape, theta, none), seen, years=at.calendar_years)
    surface = Surface(
        underlying=chain.underlying,
        as_of=chain.as_of,
        clock=clock,
        style=chain.style,
        spot=chain.spot,
        rate=chain.rate,
        expiry=at.expiry,
        settlement=at.settlement,
        calendar_years=at.calendar_years,
        years=at.years,
        forward=forwards.forward,
        discount=forwards.discount,
        carry_yield=forwards.carry_yield,
        smile=smile,
    )
    return _measured(surface, forwards, seen)


def _measured(surface: Surface, forwards: Forwards, seen: Observations) -> Fit:
    w = surface.smile.variance(k=seen.k, place=seen.place)
    vol = np.sqrt(w / surface.years[seen.place])
    stretch = np.sqrt(surface.calendar_years / surface.years)[seen.place]
    off = vol - np.exp(seen.log_vol) * stretch
    d1 = -seen.k / np.sqrt(w) + np.sqrt(w) / 2
    vega = surface.forward[seen.place] * np.exp(-(d1**2) / 2) * np.sqrt(surface.years[seen.place]) * seen.outside
    m = len(surface)
    total, squares = (np.bincount(seen.place, each, minlength=m) for each in (vega, vega * off**2))
    with np.errstate(divide="ignore", invalid="ignore"):
        own = 100 * np.sqrt(squares / total)
    wild = np.abs(np.log(vol / stretch) - seen.log_vol) > WILD * seen.half_band
    return Fit(
        surface=surface,
        forwards=forwards,
        seen=seen,
        error_points=float(100 * np.sqrt(squares.sum() / total.sum())),
        error_points_by_maturity=own,
        quotes=np.bincount(seen.place, minlength=m),
        wild=np.bincount(seen.place[wild], minlength=m),
    )
