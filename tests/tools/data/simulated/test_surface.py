"""The surface is free of static arbitrage and meets its own quoted level."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.data.simulated.parameters import load_parameters
from tools.data.simulated.surface import Surface

GRID = np.linspace(-1.5, 1.5, 601)
TERMS = np.array([3, 10, 30, 60, 90, 180, 365, 800]) / 365


def surface(vol_30: float, normal: float, skew: float, wing: float) -> Surface:
    return Surface(vol_30=vol_30, normal=normal, speed=3.0, skew=skew, wing=wing, announcements=((0.2, 0.05),))


SURFACES = st.builds(
    surface, st.floats(0.08, 0.9), st.floats(0.12, 0.5), st.floats(-0.85, 0.2), st.floats(0.2, 1.0)
)


def test_the_month_is_quoted_at_its_volatility() -> None:
    years = np.array([30 / 365])
    for vol_30 in (0.10, 0.22, 0.45):
        vol = surface(vol_30, 0.20, -0.4, 0.5).vol(log_moneyness=np.zeros(1), years=years)
        assert vol[0] == pytest.approx(vol_30, rel=1e-12)


@given(SURFACES)
def test_no_butterfly(of: Surface) -> None:
    """g(k) ≥ 0, the density's sign (Gatheral and Jacquier 2014, definition 4.1 and equation 2.1)."""
    for years in TERMS:
        w = of.vol(log_moneyness=GRID, years=np.full(len(GRID), years)) ** 2 * years
        step = GRID[1] - GRID[0]
        first = (w[2:] - w[:-2]) / (2 * step)
        second = (w[2:] - 2 * w[1:-1] + w[:-2]) / step**2
        k, w = GRID[1:-1], w[1:-1]
        g = (1 - k * first / (2 * w)) ** 2 - first**2 / 4 * (1 / w + 0.25) + second / 2
        away = np.abs(k) > 3 * step  # the kink of a nearly expired smile is finer than the grid
        assert g[away].min() > -1e-3


@given(SURFACES)
def test_no_calendar_arbitrage(of: Surface) -> None:
    """Total variance rises in time at every moneyness."""
    total = np.array([of.vol(log_moneyness=GRID, years=np.full(len(GRID), t)) ** 2 * t for t in TERMS])
    assert np.diff(total, axis=0).min() >= -1e-12


def test_an_announcement_lifts_only_what_lies_behind_it() -> None:
    quiet = Surface(vol_30=0.2, normal=0.2, speed=3.0, skew=-0.4, wing=0.5)
    loud = Surface(vol_30=0.2, normal=0.2, speed=3.0, skew=-0.4, wing=0.5, announcements=((0.1, 0.05),))
    years = np.array([0.09, 0.11])
    np.testing.assert_allclose(
        loud.at_the_money(years) - quiet.at_the_money(years), [0, 0.05**2], rtol=1e-9, atol=1e-15
    )


def test_shipped_smiles_keep_lees_bound() -> None:
    for listed in load_parameters().underlying.values():
        assert listed.vol.wing * (1 + abs(listed.vol.skew)) <= 2
