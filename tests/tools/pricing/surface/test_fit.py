"""Fits of known surfaces: recovered, robust, arbitrage-free, silent maturities filled, both styles."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st

from tests.tools.pricing.surface.specimens import AS_OF, EXPIRIES, SHAPE, VARIANCE, ssvi_chain, with_quotes
from tools.calendar.trading_time import Clock
from tools.data.simulated import EmbeddedMarket
from tools.data.simulated.chain import build_chain
from tools.data.simulated.parameters import load_parameters
from tools.domain.chain import Chain, Dividend
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import DataError
from tools.pricing.quotes import quote_greeks
from tools.pricing.surface.arbitrage import violations
from tools.pricing.surface.fit import Fit, fit_surface
from tools.pricing.surface.maturities import maturities
from tools.pricing.surface.repricing import inside_quotes, reprice, surface_greeks, surface_vols
from tools.pricing.surface.verdict import judge

AMERICAN = ExerciseStyle.AMERICAN
PAID = (Dividend(date(2026, 8, 14), 1.9), Dividend(date(2026, 11, 13), 1.9))


def near(chain: Chain) -> np.ndarray:
    """Within one and a half standard deviations: further out a tick is worth many points of vol."""
    years = (chain.expiry - np.datetime64(AS_OF.date(), "D")).astype(float) / 365
    return np.asarray(np.abs(np.log(chain.strike / chain.spot)) < 1.5 * np.sqrt(VARIANCE * years))


@pytest.fixture(scope="module")
def european() -> Fit:
    return fit_surface(ssvi_chain())


def test_an_ssvi_chain_gives_its_surface_back(european: Fit) -> None:
    chain = ssvi_chain()
    assert european.surface.smile.shape.rho == pytest.approx(SHAPE.rho, abs=0.03)
    off = surface_vols(european.surface, chain) - chain.feed_iv
    assert np.abs(off[near(chain)]).max() < 0.0015
    assert european.error_points < 0.1
    assert inside_quotes(chain, reprice(european.surface, chain)).mean() > 0.99
    assert judge(european.surface).arbitrage_free


@pytest.mark.parametrize("dividends", [(), PAID])
def test_an_american_chain_gives_its_surface_back(dividends: tuple[Dividend, ...]) -> None:
    chain = ssvi_chain(style=AMERICAN, dividends=dividends)
    fit = fit_surface(chain)
    off = surface_vols(fit.surface, chain) - chain.feed_iv
    assert np.abs(off[near(chain)]).max() < 0.003
    assert inside_quotes(chain, reprice(fit.surface, chain)).mean() > 0.97
    assert judge(fit.surface).arbitrage_free


@pytest.mark.parametrize(("clock", "off"), [(Clock.CALENDAR_365, 0.0), (Clock.TRADING_278, 0.05)])
def test_vols_at_hand_change_nothing(clock: Clock, off: float) -> None:
    """On another clock they are told and read in other units, and differ by 1e-16: a fit that holds exactly as many
    inequalities as it must then holds others, and prices, well inside the spread, differ by up to 0.03 of 100.
    """
    chain = ssvi_chain(style=AMERICAN, strikes=15)
    alone, handed = (
        fit_surface(chain, clock=clock),
        fit_surface(chain, clock=clock, vols=quote_greeks(chain, clock=clock).iv),
    )
    assert np.max(np.abs(reprice(handed.surface, chain) - reprice(alone.surface, chain))) <= off


@settings(max_examples=8, deadline=None)
@given(bad=st.lists(st.integers(0, 487), min_size=1, max_size=12, unique=True), factor=st.sampled_from([0.3, 3.0]))
def test_a_few_bad_quotes_hardly_move_the_surface(bad: list[int], factor: float) -> None:
    chain = ssvi_chain(strikes=61)
    bid, ask = chain.bid.copy(), chain.ask.copy()
    bid[bad], ask[bad] = bid[bad] * factor, ask[bad] * factor
    fit = fit_surface(with_quotes(chain, bid, ask))
    off = surface_vols(fit.surface, chain) - chain.feed_iv
    assert np.sqrt(np.mean(off[near(chain)] ** 2)) < 0.01
    assert judge(fit.surface).arbitrage_free


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), noise=st.floats(0.05, 1.0))
def test_whatever_the_quotes_the_surface_has_no_arbitrage(seed: int, noise: float) -> None:
    chain = ssvi_chain(strikes=15)
    wrong = chain.mid * np.exp(noise * np.random.default_rng(seed).standard_normal(len(chain)))
    fit = fit_surface(with_quotes(chain, 0.98 * wrong, 1.02 * wrong))
    verdict = judge(fit.surface)
    assert verdict.density.min() >= 0
    assert verdict.calendar_free


def test_a_maturity_without_quotes_follows_its_neighbours(european: Fit) -> None:
    chain = ssvi_chain()
    fit = fit_surface(chain, usable=chain.expiry != np.datetime64(EXPIRIES[1], "D"))
    assert fit.quotes[1] == 0
    own = near(chain) & (chain.expiry == np.datetime64(EXPIRIES[1], "D"))
    off = surface_vols(fit.surface, chain) - chain.feed_iv
    assert np.abs(off[own]).max() < 0.02


def test_filled_and_crossed_quotes_say_nothing() -> None:
    chain = ssvi_chain()
    half = np.arange(len(chain)) % 2 == 0
    crossed = with_quotes(chain, np.where(half, chain.ask * 9, chain.bid), chain.ask)
    filled = replace(
        with_quotes(chain, np.where(half, 1.0, chain.bid), np.where(half, 2.0, chain.ask)), filled=half
    )
    for spoilt in (crossed, filled):
        assert not np.isin(fit_surface(spoilt).seen.row, np.flatnonzero(half)).any()


def test_too_few_quotes_are_told_in_words() -> None:
    chain = ssvi_chain()
    with pytest.raises(DataError, match="gives 2 implied vols"):
        fit_surface(chain, usable=np.isin(np.arange(len(chain)), [15, 16]))


@pytest.mark.parametrize("style", [ExerciseStyle.EUROPEAN, AMERICAN])
def test_greeks_on_the_surface_are_those_of_the_quotes_it_fits(style: ExerciseStyle) -> None:
    chain = ssvi_chain(style=style, dividends=PAID if style is AMERICAN else (), half_spread=0.005)
    ours, quoted = surface_greeks(fit_surface(chain).surface, chain), quote_greeks(chain)
    own = near(chain) & np.isfinite(quoted.delta)
    assert np.abs(ours.delta - quoted.delta)[own].max() < 0.02
    assert ours.iv[own] == pytest.approx(quoted.iv[own], abs=0.01)


def test_the_embedded_market_is_recovered_near_its_own_parameters() -> None:
    market = EmbeddedMarket()
    listed = load_parameters().underlying["XLE"]
    instant = market._instant(market._as_of)
    chain = build_chain(listed, instant, spot=market._spot("XLE", instant))
    fit = fit_surface(chain)
    assert fit.surface.smile.shape.rho == pytest.approx(listed.vol.skew, abs=0.08)
    assert fit.surface.smile.shape.eta == pytest.approx(listed.vol.wing, abs=0.08)
    own = (np.abs(np.log(chain.strike / chain.spot)) < 0.10) & (chain.dte > 20) & (chain.dte < 200)
    off = surface_vols(fit.surface, chain) - chain.feed_iv
    assert np.sqrt(np.mean(off[own] ** 2)) < 0.004
    assert judge(fit.surface).arbitrage_free


def test_one_maturity_is_a_surface_too() -> None:
    chain = ssvi_chain(expiries=EXPIRIES[1:2])
    fit = fit_surface(chain)
    assert judge(fit.surface).arbitrage_free
    assert inside_quotes(chain, reprice(fit.surface, chain)).mean() > 0.99
    assert fit.surface.vol(strike=600.0, expiry=EXPIRIES[3]) == pytest.approx(np.sqrt(VARIANCE), abs=0.01)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), share=st.floats(0.05, 1.0), american=st.booleans())
@example(seed=23285, share=0.5, american=False)  # corrections that overflow
def test_malformed_quotes_end_in_a_clean_surface_or_in_one_sentence(
    seed: int, share: float, american: bool
) -> None:
    """NaN, zero, negative, infinite and crossed prices, strikes of nothing, expired days, in any mixture."""
    random = np.random.default_rng(seed)
    chain = AMERICAN_CHAIN if american else EUROPEAN_CHAIN
    n = len(chain)
    junk = np.array([np.nan, 0.0, -1.0, np.inf, 1e9, 1e-9])

    def spoilt(column: np.ndarray) -> np.ndarray:
        return np.where(random.random(n) < share, random.choice(junk, n), column)

    expiry = np.where(random.random(n) < share / 4, np.datetime64("2026-01-05", "D"), chain.expiry)
    bad = replace(
        chain, bid=spoilt(chain.bid), ask=spoilt(chain.ask), strike=spoilt(chain.strike), expiry=expiry
    ).take(random.random(n) < random.random())
    try:
        fit = fit_surface(bad)
    except DataError:
        event("told in words")
        return
    violations(bad, fit.forwards, maturities(bad)[1])
    assert judge(fit.surface).density.min() >= 0
    assert not np.isinf(surface_vols(fit.surface, chain)).any()


EUROPEAN_CHAIN, AMERICAN_CHAIN = ssvi_chain(strikes=9), ssvi_chain(style=AMERICAN, strikes=9)
