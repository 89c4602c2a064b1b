"""Forwards of whole chains: both styles, wrong carry put right, silence flagged, real SPX within 2 bp."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tests.tools.pricing.surface import real
from tests.tools.pricing.surface.specimens import CARRY, RATE, SPOT, ssvi_chain, years
from tools.calendar.trading_time import Clock
from tools.domain.chain import Dividend
from tools.domain.contract import ExerciseStyle
from tools.pricing.quotes import quote_greeks
from tools.pricing.surface.forwards import ForwardFlag, carried, implied_forwards
from tools.pricing.surface.maturities import maturities

AMERICAN = ExerciseStyle.AMERICAN
PAID = (Dividend(date(2026, 8, 14), 1.9), Dividend(date(2026, 11, 13), 1.9))


def test_european_chain_tells_forward_and_rate() -> None:
    chain = replace(ssvi_chain(), rate=0.02, dividend_yield=0.0)  # both wrong
    found = implied_forwards(chain)
    t = np.array([years(day) for day in found.at.expiry.astype(object)])
    assert found.forward == pytest.approx(SPOT * np.exp((RATE - CARRY) * t), rel=1e-7)
    assert found.rate == pytest.approx(np.full(4, RATE), abs=1e-5)
    assert all(not flags for flags in found.flags)


@pytest.mark.parametrize("dividends", [(), PAID])
def test_american_chain_tells_the_forward_of_its_own_terms(dividends: tuple[Dividend, ...]) -> None:
    chain = ssvi_chain(style=AMERICAN, dividends=dividends, strikes=15)
    found = implied_forwards(chain)
    assert found.forward == pytest.approx(carried(chain, found.at), rel=2e-5)
    assert found.carry_yield == pytest.approx(np.full(4, chain.dividend_yield), abs=4e-4)
    assert all(flags == {ForwardFlag.ASSUMED_RATE} for flags in found.flags)


def test_american_parity_finds_most_of_the_dividends_that_a_source_keeps_to_itself() -> None:
    """Not all: without ex-dates the model cannot tell calls that are exercised just before one."""
    told = ssvi_chain(style=AMERICAN, dividends=PAID, strikes=15)
    kept = replace(told, dividends=(), dividends_known=False)
    at, _ = maturities(told)
    missed = np.abs(carried(kept, at) - carried(told, at))[1:]
    left = np.abs(implied_forwards(kept).forward - carried(told, at))[1:]
    assert (left < 0.4 * missed).all()


def test_vols_at_hand_give_the_same_forwards_on_any_clock() -> None:
    chain = ssvi_chain(style=AMERICAN, strikes=15)
    alone = implied_forwards(chain, clock=Clock.TRADING_278)
    handed = implied_forwards(chain, clock=Clock.TRADING_278, vols=quote_greeks(chain, clock=Clock.TRADING_278).iv)
    assert handed.forward == pytest.approx(alone.forward, rel=1e-9)


def test_without_pairs_the_forward_is_carried_and_says_so() -> None:
    chain = ssvi_chain()
    found = implied_forwards(chain, usable=chain.right > 0)
    assert all(ForwardFlag.CARRIED in flags for flags in found.flags)
    assert np.isnan(found.scatter_bp).all()
    assert found.forward == pytest.approx(carried(chain, found.at))


def test_a_morning_and_an_afternoon_settlement_of_one_date_are_two_maturities() -> None:
    chain = ssvi_chain(expiries=(date(2026, 8, 21),))
    both = replace(chain, root=np.where(np.arange(len(chain)) % 2 == 0, "SPX", "SPXW"))
    at, place = maturities(both)
    assert at.settlement.tolist() == ["am", "pm"]
    assert at.calendar_years[0] == pytest.approx(at.calendar_years[1] - 6.5 / 24 / 365)
    assert set(place.tolist()) == {0, 1}


@pytest.mark.skipif(not real.SPX.exists(), reason="no shared/data beside the project")
def test_real_spx_forwards_scatter_less_than_two_basis_points() -> None:
    for day in real.spx_days():
        found = implied_forwards(real.spx_chain(day))
        assert np.nanmax(found.scatter_bp) < 2.0, day
        assert not np.isnan(found.scatter_bp).any()
        assert (found.liquid >= 5).all()
        month = (found.at.calendar_years > 30 / 365) & (found.at.calendar_years < 1)
        assert 0.024 < np.median(found.rate[month]) < 0.029  # bills stood at 2.4 %, Libor at 2.6 %
