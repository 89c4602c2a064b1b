"""The embedded chains obey no-arbitrage bounds, and their liquidity thins out where real liquidity does."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tools.data.simulated.samples import day
from tools.data.simulated.parameters import load_parameters
from tools.domain.chain import BoolArray, Chain, FloatArray
from tools.domain.money import tick_size

SYMBOLS = load_parameters().symbols


def by_class(*names: str) -> list[Chain]:
    listed = load_parameters().underlying
    return [day().chains[symbol] for symbol in SYMBOLS if listed[symbol].liquidity in names]


def smiles(chain: Chain) -> list[Chain]:
    """One chain per expiry and right, ascending in strike."""
    return [
        chain.take((chain.expiry == expiry) & (chain.right == right))
        for expiry in np.unique(chain.expiry)
        for right in (-1, 1)
    ]


def tick(chain: Chain) -> FloatArray:
    return np.array([float(tick_size(chain.underlying, float(ask))) for ask in chain.ask])


def delta_between(chain: Chain, low: float, high: float) -> BoolArray:
    size = np.abs(chain.feed_delta)
    return (size >= low) & (size < high) & (chain.dte >= 30) & (chain.dte <= 90)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_every_quote_is_whole(symbol: str) -> None:
    chain = day().chains[symbol]
    assert np.all(chain.bid >= 0)
    assert np.all(chain.ask > chain.bid)
    for side in (chain.bid, chain.ask):
        ticks = np.array([float(tick_size(symbol, float(price))) for price in side])
        np.testing.assert_allclose(side / ticks, np.rint(side / ticks), atol=1e-6)
    known = ("strike", "bid", "ask", "volume", "open_interest", "feed_iv", "feed_delta")
    assert all(np.isfinite(getattr(chain, column)).all() for column in known)
    np.testing.assert_array_equal(np.isnan(chain.last), chain.volume == 0)
    assert not chain.filled.any()
    assert np.all(chain.dte > 0)
    assert len({chain.contract(row).occ for row in range(len(chain))}) == len(chain)


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_mids_are_monotone_and_convex_in_strike(symbol: str) -> None:
    """Call and put spreads and butterflies are worth at least nothing, to within the rounding of their quotes.

    Rounding moves a mid by half a tick at most; a butterfly with wings weighted to one holds two mids.
    """
    for smile in smiles(day().chains[symbol]):
        mid, strike = smile.mid, smile.strike
        coarser = np.maximum(tick(smile)[1:], tick(smile)[:-1]) + 1e-9
        rising = np.diff(mid) * -smile.right[0]
        assert np.all(rising >= -coarser)
        assert np.all(rising <= np.diff(strike) + coarser)
        left = (strike[2:] - strike[1:-1]) / (strike[2:] - strike[:-2])
        butterfly = left * mid[:-2] + (1 - left) * mid[2:] - mid[1:-1]
        assert np.all(butterfly >= -np.maximum(coarser[1:], coarser[:-1]))


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_longer_options_are_worth_more(symbol: str) -> None:
    """An American option can do all that a shorter one of the same strike can."""
    chain = day().chains[symbol]
    order = np.lexsort((chain.expiry, chain.strike, chain.right))
    chain = chain.take(order)
    same = (chain.strike[1:] == chain.strike[:-1]) & (chain.right[1:] == chain.right[:-1])
    gain = (np.diff(chain.mid) + tick(chain)[1:])[same]
    assert gain.min() >= -1e-9


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_american_parity_bounds(symbol: str) -> None:
    """S - PV(D) - K ≤ C - P ≤ S - K·exp(-rT) for American options (Hull, Options, Futures, and Other
    Derivatives, 9th ed., equations 11.7 and 11.11), and neither is worth less than its exercise."""
    chain = day().chains[symbol]
    puts, calls = chain.take(chain.right < 0), chain.take(chain.right > 0)
    np.testing.assert_array_equal(puts.strike, calls.strike)
    years = calls.dte / 365
    paid = sum(
        (each.cash * (calls.expiry >= np.datetime64(each.ex_date)) for each in chain.dividends),
        start=np.zeros(len(calls)),
    )
    gap, slack = calls.mid - puts.mid, tick(calls) + tick(puts)
    assert np.all(gap >= chain.spot - paid - calls.strike - slack)
    assert np.all(gap <= chain.spot - calls.strike * np.exp(-chain.rate * years) + slack)
    intrinsic = np.maximum(chain.right * (chain.spot - chain.strike), 0)
    assert np.all(chain.mid >= intrinsic - tick(chain))


def test_spreads_are_those_of_their_class() -> None:
    """Median bid-ask of 0.15-0.35 delta, 30-90 days: liquid names 1-4 %, the others 4-8 %."""
    for names, low, high in ((("index", "deep"), 0.01, 0.04), (("liquid", "thin"), 0.04, 0.08)):
        for chain in by_class(*names):
            median = np.median(chain.spread_fraction[delta_between(chain, 0.15, 0.35)])
            assert low <= median <= high, chain.underlying


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_liquidity_thins_out(symbol: str) -> None:
    chain = day().chains[symbol]
    near, wing = delta_between(chain, 0.15, 0.35), delta_between(chain, 0.0, 0.05)
    far = chain.dte > 300
    for column in (chain.open_interest, chain.volume):
        assert np.median(column[wing]) < np.median(column[near])
        assert np.mean(column[far]) < np.mean(column[near])
    assert np.nanmedian(chain.spread_fraction[wing]) > 2 * np.median(chain.spread_fraction[near])
    unbid = chain.bid == 0
    assert unbid.any()
    assert np.abs(chain.feed_delta[unbid]).max() < 0.05


def test_monthlies_hold_more_than_weeklies() -> None:
    for chain in day().chains.values():
        near = delta_between(chain, 0.15, 0.35)
        monthly = near & (chain.expiry == np.datetime64("2027-01-15"))
        weekly = near & (chain.expiry == np.datetime64("2027-01-08"))
        assert np.mean(chain.open_interest[monthly]) > 1.5 * np.mean(chain.open_interest[weekly])


def test_puts_carry_the_skew() -> None:
    for chain in day().chains.values():
        monthly = chain.take(chain.expiry == np.datetime64("2027-01-15"))
        put = np.argmin(np.abs(monthly.feed_delta + 0.25))
        call = np.argmin(np.abs(monthly.feed_delta - 0.25))
        assert monthly.feed_iv[put] > monthly.feed_iv[call] + 0.01, chain.underlying
