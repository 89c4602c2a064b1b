"""Quotes against each other: clean chains pass, each trade for nothing is named, wide markets are no violation."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.pricing.surface import real
from tests.tools.pricing.surface.specimens import EXPIRIES, row, ssvi_chain, with_quotes
from tools.domain.chain import Chain
from tools.domain.contract import ExerciseStyle
from tools.pricing.surface.arbitrage import Violation, Violations, violations
from tools.pricing.surface.forwards import implied_forwards
from tools.pricing.surface.maturities import maturities

EUROPEAN, AMERICAN = ssvi_chain(), ssvi_chain(style=ExerciseStyle.AMERICAN)
DAY = EXPIRIES[1]


def judged(chain: Chain) -> Violations:
    return violations(chain, implied_forwards(chain), maturities(chain)[1])


def requoted(chain: Chain, place: int, *, bid: float, ask: float) -> Chain:
    bids, asks = chain.bid.copy(), chain.ask.copy()
    bids[place], asks[place] = bid, ask
    return with_quotes(chain, bids, asks)


@pytest.mark.parametrize("chain", [EUROPEAN, AMERICAN])
def test_a_clean_chain_has_none(chain: Chain) -> None:
    assert judged(chain).counts() == dict.fromkeys((kind.value for kind in Violation), 0)


@pytest.mark.parametrize("chain", [EUROPEAN, AMERICAN])
def test_an_ask_below_exercise_is_below_the_bound(chain: Chain) -> None:
    place = row(chain, day=DAY, right=-1, strike=760)
    found = judged(requoted(chain, place, bid=100.0, ask=101.0))
    assert Violation.BELOW_BOUND in found.reasons(place)


@pytest.mark.parametrize("chain", [EUROPEAN, AMERICAN])
def test_a_bid_above_the_underlying_is_above_the_bound(chain: Chain) -> None:
    place = row(chain, day=DAY, right=1, strike=600)
    assert Violation.ABOVE_BOUND in judged(requoted(chain, place, bid=700.0, ask=701.0)).reasons(place)


@pytest.mark.parametrize("chain", [EUROPEAN, AMERICAN])
def test_a_farther_option_bid_above_a_nearer_ones_ask_is_a_vertical(chain: Chain) -> None:
    place = row(chain, day=DAY, right=-1, strike=500)
    dearer = float(chain.ask[place + 1])
    found = judged(requoted(chain, place, bid=dearer + 0.5, ask=dearer + 1))
    assert Violation.VERTICAL in found.reasons(place)
    assert Violation.VERTICAL in found.reasons(place + 1)


@pytest.mark.parametrize("chain", [EUROPEAN, AMERICAN])
def test_a_middle_bid_above_the_chord_of_the_wings_is_a_butterfly(chain: Chain) -> None:
    own = np.flatnonzero((chain.expiry == np.datetime64(DAY)) & (chain.right == 1))
    low, middle, high = own[[14, 15, 16]]
    share = (chain.strike[high] - chain.strike[middle]) / (chain.strike[high] - chain.strike[low])
    chord = share * chain.ask[low] + (1 - share) * chain.ask[high]
    found = judged(requoted(chain, int(middle), bid=chord + 0.05, ask=chord + 0.1))
    assert all(Violation.BUTTERFLY in found.reasons(int(leg)) for leg in (low, middle, high))


@pytest.mark.parametrize("chain", [EUROPEAN, AMERICAN])
def test_a_later_ask_below_an_earlier_bid_is_a_calendar(chain: Chain) -> None:
    early = row(chain, day=EXPIRIES[0], right=1, strike=600)
    later = row(chain, day=EXPIRIES[1], right=1, strike=600)
    cheap = float(chain.bid[early])
    found = judged(requoted(chain, later, bid=cheap * 0.5, ask=cheap * 0.6))
    assert Violation.CALENDAR in found.reasons(later)


def test_a_european_pair_off_the_forward_is_parity() -> None:
    place = row(EUROPEAN, day=DAY, right=1, strike=600)
    bid, ask = float(EUROPEAN.bid[place]), float(EUROPEAN.ask[place])
    found = judged(requoted(EUROPEAN, place, bid=bid + 0.5, ask=ask + 0.5))
    assert Violation.PARITY in found.reasons(place)
    assert Violation.PARITY in found.reasons(row(EUROPEAN, day=DAY, right=-1, strike=600))


@settings(max_examples=30, deadline=None)
@given(widen=st.lists(st.floats(0.0, 5.0), min_size=20, max_size=20), american=st.booleans())
def test_quotes_that_hold_the_true_price_are_never_blamed(widen: list[float], american: bool) -> None:
    """However wide and lopsided: what holds an arbitrage-free price cannot be traded against."""
    chain = AMERICAN if american else EUROPEAN
    extra = np.resize(np.array(widen), len(chain))
    found = judged(with_quotes(chain, np.maximum(chain.bid - extra, 0), chain.ask + np.roll(extra, 7)))
    assert not found.any.any()


def test_missing_quotes_are_not_judged() -> None:
    none = np.full(len(EUROPEAN), np.nan)
    assert not judged(with_quotes(EUROPEAN, none, none)).any.any()


@pytest.mark.skipif(not real.SPX.exists(), reason="no shared/data beside the project")
def test_a_real_spx_day_is_clean_and_a_slipped_decimal_in_it_is_found() -> None:
    chain = real.spx_chain(date(2019, 5, 14))
    assert judged(chain).any.mean() < 0.001
    place = int(np.flatnonzero((chain.right < 0) & (chain.dte > 30) & (chain.bid > 20))[0])
    slipped = requoted(chain, place, bid=float(chain.bid[place]) * 10, ask=float(chain.ask[place]) * 10)
    assert judged(slipped).reasons(place)
