"""The implied-volatility surfaces of one moment, and the forwards of the volatility index.

30-day vol, long-run vol, smile, announcements ─► SSVI surface of a name
surface of the index ─► forward variance swap of each expiry ─► less convexity ─► forward of VIX
"""

from __future__ import annotations

from datetime import date, datetime

import numpy as np

from tools.calendar.sessions import session_open
from tools.data.simulated.noise import FloatArray
from tools.data.simulated.parameters import Listed
from tools.data.simulated.past.hours import Moment
from tools.data.simulated.past.index_vol import STEEPEST, wing_of
from tools.data.simulated.past.parameters import Part, part_of
from tools.data.simulated.schedule import announcements
from tools.data.simulated.surface import MONTH, Surface

INDEX, VOLATILITY = "SPX", "VIX"
YEAR_SECONDS = 365 * 86_400


def surface_of(listed: Listed, moment: Moment, *, horizon: date) -> Surface:
    """The surface of an underlying; announcements to `horizon` stand in it as jumps of total variance."""
    if part_of(listed.symbol) is Part.VOLATILITY:
        return volatility_surface(moment)
    vol, elasticity = moment.vol(listed.symbol), moment.parameters.smile.elasticity
    move = listed.earnings.move if listed.earnings else 0.0
    days = announcements(listed.earnings, after=moment.session, until=horizon)
    return Surface(
        vol_30=vol,
        normal=min(moment.normal(listed.symbol), STEEPEST * vol),
        speed=moment.parameters.term.speed,
        skew=listed.vol.skew,
        wing=float(wing_of(listed.vol, vol, elasticity)),
        announcements=tuple((years_until(moment.as_of, session_open(day)), move) for day in days),
    )


def volatility_surface(moment: Moment) -> Surface:
    """The surface of options on the volatility index, in moneyness to its forward."""
    rule, vol = moment.parameters.vix, moment.vol(VOLATILITY)
    normal = min(rule.normal, STEEPEST * vol)
    return Surface(vol_30=vol, normal=normal, speed=rule.speed, skew=rule.skew, wing=rule.wing)


def volatility_forwards(moment: Moment, years: FloatArray) -> FloatArray:
    """The forward of VIX to each of `years`, points; VIX itself at 0.

    VIX² at T is the variance swap from T to T + 30 days, whose expectation is the forward swap; VIX lies below
    its root by the variance of its own logarithm (Carr and Wu, "A tale of two indices", 2006, equation 16).
    The swap over at-the-money variance is that of today throughout.
    """
    surface = surface_of(moment.parameters.listed[INDEX], moment, horizon=moment.session)
    until, now = surface.at_the_money(years + MONTH) - surface.at_the_money(years), np.array([MONTH])
    ratio = moment.price(VOLATILITY) / np.sqrt(surface.at_the_money(now)[0] / MONTH)
    spread = volatility_surface(moment).at_the_money(years)
    return np.asarray(ratio * np.sqrt(until / MONTH) * np.exp(-0.5 * spread), dtype=np.float64)


def years_until(start: datetime, end: datetime) -> float:
    """Act/365."""
    return (end - start).total_seconds() / YEAR_SECONDS
