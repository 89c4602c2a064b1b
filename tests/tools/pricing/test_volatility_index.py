"""The volatility index against the numbers of its own white paper and a strip summed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.tools.pricing.surface.specimens import EXPIRIES, VARIANCE, ssvi_chain, with_quotes
from tools.pricing.surface.ssvi import Shape
from tools.pricing.volatility_index import Term, index_of, strip_variance, term, volatility_index


def quotes(
    strikes: list[float], calls: list[tuple[float, float]], puts: list[tuple[float, float]]
) -> dict[str, np.ndarray]:
    call, put = np.array(calls), np.array(puts)
    return {
        "strike": np.array(strikes), "call_bid": call[:, 0], "call_ask": call[:, 1], "put_bid": put[:, 0],
        "put_ask": put[:, 1],
    }  # fmt: skip


def test_the_white_papers_forwards() -> None:
    """Cboe VIX white paper (2014-2019 editions), step 1: F₁ = 1965 + e^(0.000305·0.0683486)·(21.05 - 23.15)
    = 1962.89996, F₂ = 1960 + e^(0.000286·0.0882686)·(27.30 - 24.90) = 1962.40006; K₀ = 1960 in both.
    """
    side = [(1.0, 1.0)] * 4
    calls, puts = [side[0], (24.0, 24.5), (21.05, 21.05), side[3]], [side[0], (22.0, 22.5), (23.15, 23.15), side[3]]
    calls[1], puts[1] = (30.0, 30.0), (22.0, 22.0)
    calls[0], puts[3] = (60.0, 60.0), (60.0, 60.0)
    near = term(**quotes([1900.0, 1960.0, 1965.0, 2000.0], calls, puts), minutes=35_924, rate=0.000305)
    assert near.forward == pytest.approx(1962.89996, abs=5e-6)
    assert near.k0 == 1960
    calls[1], puts[1], calls[2], puts[2] = (27.30, 27.30), (24.90, 24.90), (24.0, 24.0), (27.0, 27.0)
    after = term(**quotes([1900.0, 1960.0, 1965.0, 2000.0], calls, puts), minutes=46_394, rate=0.000286)
    assert after.forward == pytest.approx(1962.40006, abs=5e-6)


def test_the_white_papers_index() -> None:
    """Step 3: σ₁² = 0.01846292 over 35,924 minutes and σ₂² = 0.01882101 over 46,394 give VIX 13.69."""
    near = Term(35_924, 1962.89996, 1960.0, 0.01846292, 146)
    after = Term(46_394, 1962.40006, 1960.0, 0.01882101, 107)
    assert index_of(near, after) == pytest.approx(13.685821, abs=5e-5)


def test_a_strip_summed_by_hand() -> None:
    """Strikes 90, 95, 100, 110 at 0.5, 1.2, 2.5, 0.4; T = 0.1, r = 0, F = 101, K₀ = 100.

    ΔK = 5, 5, 7.5, 10. Σ ΔK/K²·Q = 2.5/8100 + 6/9025 + 18.75/10000 + 4/12100 = 0.003179044;
    20·Σ - 10·0.01² = 0.0635808866 - 0.001 = 0.0625808866.
    """
    found = strip_variance(
        strike=np.array([90.0, 95.0, 100.0, 110.0]),
        price=np.array([0.5, 1.2, 2.5, 0.4]),
        forward=101.0,
        k0=100.0,
        years=0.1,
        rate=0.0,
    )
    by_hand = 20 * (2.5 / 8100 + 6 / 9025 + 18.75 / 10_000 + 4 / 12_100) - 0.001
    assert found == pytest.approx(by_hand, rel=1e-12)
    assert found == pytest.approx(0.0625808866, abs=2e-6)


def test_two_zero_bids_end_the_strip_and_single_ones_are_skipped() -> None:
    """The white paper's step 1: beyond two consecutive zero bids nothing counts, even with a bid."""
    strikes = [70.0, 75.0, 80.0, 85.0, 90.0, 95.0, 100.0, 105.0, 110.0]
    put_bids = [0.3, 0.0, 0.0, 0.2, 0.0, 0.8, 2.0, 5.5, 10.0]
    calls = [(max(100 - k, 0) + 2.0, max(100 - k, 0) + 2.2) for k in strikes]
    puts = [(bid, bid + 0.2) for bid in put_bids]
    found = term(**quotes(strikes, calls, puts), minutes=43_200, rate=0.0)
    assert found.k0 == 100
    assert found.strikes == 5  # 85, 95, 100, 105, 110


def test_a_flat_market_gives_its_vol() -> None:
    chain = ssvi_chain(shape=Shape(rho=-0.01, eta=0.02, gamma=0.45), strikes=301, half_spread=1e-4)
    assert volatility_index(chain).value == pytest.approx(100 * np.sqrt(VARIANCE), abs=0.05)


def test_a_chain_without_two_terms_around_thirty_days_is_unknown() -> None:
    chain = ssvi_chain()
    late = chain.take(chain.expiry > np.datetime64(EXPIRIES[0], "D"))
    found = volatility_index(late)
    assert np.isnan(found.value)
    assert found.reason == "no expiry between 7 and 30 days has a strip of quotes to read"


def test_missing_quotes_are_unknown_never_zero() -> None:
    chain = ssvi_chain()
    none = np.full(len(chain), np.nan)
    assert np.isnan(volatility_index(with_quotes(chain, none, none)).value)
    filled = replace(chain, filled=np.ones(len(chain), dtype=bool))
    assert np.isnan(volatility_index(filled).value)
