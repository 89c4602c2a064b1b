"""What the quotes of a chain say together: clean ones agree, a slipped one is found, a silent chain says why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF
from tools.data.coherence import cohere
from tools.data.files.reading import read_chain
from tools.domain.chain import Chain
from tools.domain.contract import ExerciseStyle

STRIKES, EXPIRIES = len(samples.STRIKES), len(samples.EXPIRIES)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """European prices on one vol and a rate of 5 %, a nickel either side."""
    path = samples.write_cboe_eod(tmp_path, samples.clean_rows())
    read = read_chain(path, format="cboe-eod", as_of=AS_OF, rate=0.05).chains["AAPL"]
    return replace(read, style=ExerciseStyle.EUROPEAN)


def test_clean_quotes_agree(chain: Chain) -> None:
    found = cohere(chain)
    assert set(found.violations.values()) == {0}
    assert (found.violating, found.filled, found.reason) == (0, 0, "")
    assert found.share_inside == 1.0
    assert found.error_points is not None
    assert found.error_points < 0.5
    assert found.scatter_bp is not None
    assert found.scatter_bp < 2.0
    near = (chain.dte >= 7) & (chain.dte <= 120)
    assert found.liquid == found.inside == int((near & (chain.bid > 0)).sum())
    assert [each.pairs for each in found.maturities] == [STRIKES] * EXPIRIES
    assert sum(each.quotes for each in found.maturities) == len(chain)
    for each, years in zip(found.maturities, (35, 63, 98, 189), strict=True):
        assert each.forward == pytest.approx(100 * np.exp(0.05 * years / 365), rel=5e-4)


@pytest.mark.parametrize("style", list(ExerciseStyle))
def test_a_slipped_quote_is_named(chain: Chain, style: ExerciseStyle) -> None:
    slipped = int(np.flatnonzero((chain.right > 0) & (chain.strike == 100))[1])
    bid, ask = chain.bid.copy(), chain.ask.copy()
    bid[slipped], ask[slipped] = bid[slipped] * 2, ask[slipped] * 2
    found = cohere(replace(chain, style=style, bid=bid, ask=ask))
    assert found.violating > 0
    assert found.violations["vertical"] >= 2
    assert found.violations["butterfly"] >= 3
    assert [each.breaks for each in found.maturities] == [0, 1, 0, 0]
    assert found.share_inside is not None
    assert found.share_inside < 1.0


def test_open_interest_says_which_quotes_are_liquid(chain: Chain) -> None:
    interest = np.where(chain.right > 0, 101.0, 100.0)
    held = cohere(replace(chain, open_interest=interest))
    assert sum(each.liquid for each in held.maturities) == int(((chain.right > 0) & (chain.bid > 0)).sum())
    told = cohere(replace(chain, open_interest=np.full(len(chain), np.nan)))
    assert sum(each.liquid for each in told.maturities) == int((chain.bid > 0).sum())


def test_what_the_surface_could_fill_is_counted(chain: Chain) -> None:
    gone = np.flatnonzero(chain.expiry == chain.expiry[0])[[2, 9]]
    found = cohere(chain.take(np.delete(np.arange(len(chain)), gone)))
    assert [each.filled for each in found.maturities] == [2, 0, 0, 0]


def test_a_chain_without_quotes_says_why_it_has_no_surface(chain: Chain) -> None:
    silent = np.full(len(chain), np.nan)
    found = cohere(replace(chain, bid=silent, ask=silent.copy()))
    assert "a surface needs" in found.reason
    assert found.fit is None
    assert found.share_inside is None
    assert found.scatter_bp is None
    assert [each.forward for each in found.maturities] == [None] * EXPIRIES


def check_any_quotes(seed: int, share: float, style: ExerciseStyle, clean: Chain) -> None:
    """Quotes that the rules let pass or not: a share of them broken; nothing escapes."""
    dice = np.random.default_rng(seed)
    broken = dice.random(len(clean)) < share
    odd = np.array([np.nan, 0.0, -1.0, 0.01, 1e6, np.inf])
    bid = np.where(broken & (dice.random(len(clean)) < 0.5), dice.choice(odd, len(clean)), clean.bid)
    ask = np.where(broken & (dice.random(len(clean)) < 0.5), dice.choice(odd, len(clean)), clean.ask)
    kept = np.flatnonzero(dice.random(len(clean)) > share / 2)
    found = cohere(replace(clean, style=style, bid=bid, ask=ask).take(kept))
    assert 0 <= found.inside <= found.liquid <= len(kept)
    assert 0 <= found.violating <= len(kept)
    assert max(found.violations.values()) <= found.violating <= sum(found.violations.values())
    assert (found.fit is None) == bool(found.reason)
    assert sum(each.quotes for each in found.maturities) == len(kept)
    assert all(each.breaks <= each.pairs for each in found.maturities)
    assert all(each.inside <= each.liquid <= each.quotes for each in found.maturities)
    known = [each.forward for each in found.maturities if each.forward is not None]
    assert np.isfinite(known).all()


ANY = {
    "seed": st.integers(0, 2**32 - 1),
    "share": st.floats(0.0, 1.0),
    "style": st.sampled_from(list(ExerciseStyle)),
}
LENIENT = list(HealthCheck)


@settings(max_examples=15, deadline=None, suppress_health_check=LENIENT)
@given(**ANY)
def test_malformed_quotes_are_checked_all_the_same(
    seed: int, share: float, style: ExerciseStyle, chain: Chain
) -> None:
    check_any_quotes(seed, share, style, chain)


@pytest.mark.fuzz
@pytest.mark.timeout(7200)
@settings(max_examples=10_000, deadline=None, suppress_health_check=LENIENT)
@given(**ANY)
def test_many_malformed_quotes_are_checked_all_the_same(
    seed: int, share: float, style: ExerciseStyle, chain: Chain
) -> None:
    check_any_quotes(seed, share, style, chain)
