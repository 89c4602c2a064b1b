"""What a surface answers: known vols, densities that are densities, times, extrapolation, plain floats."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
from scipy.special import ndtr

from tests.tools.pricing.surface.specimens import AS_OF, EXPIRIES, SPOT, ssvi_chain
from tools.calendar.trading_time import Clock
from tools.domain.errors import InputError
from tools.pricing import european
from tools.pricing.surface.figures import skew, straddle_move, term_structure, years_of
from tools.pricing.surface.fit import fit_surface
from tools.pricing.surface.repricing import reprice
from tools.pricing.surface.ssvi import Shape
from tools.pricing.surface.surface import Surface


@pytest.fixture(scope="module")
def surface() -> Surface:
    return fit_surface(ssvi_chain()).surface


@pytest.fixture(scope="module")
def flat() -> Surface:
    return fit_surface(ssvi_chain(shape=Shape(rho=-0.01, eta=0.02, gamma=0.45), half_spread=0.005)).surface


def test_nearly_flat_quotes_give_a_nearly_flat_surface(flat: Surface) -> None:
    k = np.linspace(-0.12, 0.12, 21)
    vol = flat.vol_at(log_moneyness=k, years=0.2)
    assert vol == pytest.approx(np.full(21, np.sqrt(0.03)), rel=0.02)


def test_the_density_integrates_to_one_and_to_the_forward(surface: Surface) -> None:
    for m in range(len(surface)):
        strike = np.linspace(1.0, 4 * SPOT, 60_001)
        density = surface.density(strike=strike, expiry=surface.expiry[m])
        assert density.min() >= 0
        assert np.trapezoid(density, strike) == pytest.approx(1, abs=1e-3)
        assert np.trapezoid(density * strike, strike) == pytest.approx(surface.forward[m], rel=1e-3)


def test_the_chance_below_is_the_slope_of_the_put(surface: Surface) -> None:
    day, h = EXPIRIES[2], 0.01
    strike = np.linspace(450.0, 750.0, 31)
    calendar, _ = surface.times(day)

    def put(at: np.ndarray) -> np.ndarray:
        vol = surface.vol(strike=at, expiry=day)
        return european.value(
            right=-1, spot=surface.forward_at(calendar), strike=at, years=calendar, rate=0.0, dividend_yield=0.0,
            vol=vol,
        ).price  # fmt: skip

    slope = (put(strike + h) - put(strike - h)) / (2 * h)
    assert surface.chance_below(strike=strike, expiry=day) == pytest.approx(slope, abs=1e-5)


def test_variance_rises_in_time_at_every_moneyness(surface: Surface) -> None:
    k, years = np.meshgrid(np.linspace(-0.8, 0.5, 60), np.linspace(0.002, 2.0, 200))
    assert np.diff(surface.total_variance(log_moneyness=k, years=years), axis=0).min() > 0


def test_before_the_first_maturity_and_after_the_last(surface: Surface) -> None:
    first, last = surface.years[0], surface.years[-1]
    assert surface.vol_at(log_moneyness=-0.1, years=first / 3) == pytest.approx(
        surface.vol_at(log_moneyness=-0.1, years=first)
    )
    grown = surface.total_variance(log_moneyness=[-0.1, 0.0], years=last + 1) - surface.total_variance(
        log_moneyness=[-0.1, 0.0], years=last
    )
    assert grown == pytest.approx(np.full(2, 0.03), rel=0.05)
    assert np.isnan(surface.vol_at(log_moneyness=0.0, years=[0.0, -1.0])).all()
    short = np.linspace(-0.2, 0.2, 401)
    assert surface.density_factor(log_moneyness=short, years=first / 3).min() >= 0


def test_the_clock_changes_vols_and_no_price() -> None:
    chain = ssvi_chain()
    calendar, trading = (
        fit_surface(chain, clock=clock).surface for clock in (Clock.CALENDAR_365, Clock.TRADING_278)
    )
    assert reprice(calendar, chain) == pytest.approx(reprice(trading, chain), abs=1e-9)
    ratio = trading.vol(strike=SPOT, expiry=EXPIRIES[0]) / calendar.vol(strike=SPOT, expiry=EXPIRIES[0])
    assert ratio == pytest.approx(np.sqrt(calendar.years[0] / trading.years[0]))


def test_a_surface_survives_json_to_the_last_digit(surface: Surface) -> None:
    again = Surface.from_plain(json.loads(json.dumps(surface.to_plain(), allow_nan=False)))
    chain = ssvi_chain()
    assert np.array_equal(reprice(again, chain), reprice(surface, chain))
    assert again.as_of == AS_OF


def test_a_strike_or_day_that_does_not_exist_is_unknown(surface: Surface) -> None:
    assert np.isnan(surface.vol(strike=[-5.0, 0.0, np.nan], expiry=EXPIRIES[1])).all()
    assert np.isnan(surface.vol(strike=600.0, expiry=date(2026, 7, 1)))


def test_a_surface_reprices_its_own_chain_only(surface: Surface) -> None:
    other = fit_surface(ssvi_chain()).surface
    chain = ssvi_chain()
    object.__setattr__(chain, "underlying", "QQQ")
    with pytest.raises(InputError, match="fit the chain's own"):
        reprice(other, chain)


def test_skew_is_where_the_deltas_are(surface: Surface, flat: Surface) -> None:
    found = skew(surface, days=44)
    assert found.put > found.money > found.call
    years = float(years_of(surface, 44)[0])
    k = np.linspace(-0.3, 0.3, 6001)
    vol = surface.vol_at(log_moneyness=k, years=years)
    delta = ndtr(-k / (vol * np.sqrt(years)) + vol * np.sqrt(years) / 2)
    assert found.put == pytest.approx(vol[np.argmin(np.abs(delta - 0.75))], abs=1e-4)
    assert found.call == pytest.approx(vol[np.argmin(np.abs(delta - 0.25))], abs=1e-4)
    assert abs(skew(flat, days=44).risk_reversal) < 0.005


def test_the_term_structure_ends_where_the_listing_does(surface: Surface) -> None:
    found = term_structure(surface, days=(30, 90, 400))
    assert found[:2] == pytest.approx(np.full(2, np.sqrt(0.03)), abs=0.002)
    assert np.isnan(found[2])


def test_a_straddle_costs_the_mean_absolute_move() -> None:
    """At the forward, C + P = 2·D·F·(2Φ(s/2) - 1), s = vol·√T."""
    chain = ssvi_chain(strikes=201, half_spread=0.005)
    surface = fit_surface(chain).surface
    move = straddle_move(chain, forward=float(surface.forward[1]), expiry=EXPIRIES[1])
    s = np.sqrt(0.03 * surface.calendar_years[1])
    exact = 2 * surface.discount[1] * surface.forward[1] * (2 * ndtr(s / 2) - 1)
    assert move.expected == pytest.approx(exact, rel=0.01)
    assert move.deviation == pytest.approx(exact * np.sqrt(np.pi / 2), rel=0.01)
    assert np.isnan(straddle_move(chain, forward=600.0, expiry=date(2026, 7, 24)).expected)
