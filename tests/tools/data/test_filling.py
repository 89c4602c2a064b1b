"""Gap filling: what is missing is valued on the surface and marked; what is quoted is not touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF
from tools.data.files.reading import read_chain
from tools.data.filling import fill
from tools.domain.chain import Chain
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import InputError
from tools.pricing.surface.fit import fit_surface
from tools.pricing.surface.surface import Surface


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """European, on one vol of 0.35, so that a test can say what a value should be."""
    path = samples.write_cboe_eod(tmp_path, samples.clean_rows())
    read = read_chain(path, format="cboe-eod", as_of=AS_OF, rate=0.05).chains["AAPL"]
    return replace(read, style=ExerciseStyle.EUROPEAN)


@pytest.fixture
def surface(chain: Chain) -> Surface:
    return fit_surface(chain).surface


def test_a_whole_chain_is_left_alone(chain: Chain, surface: Surface) -> None:
    assert fill(chain, surface) is chain


def test_the_missing_right_of_a_strike_is_valued_and_marked(chain: Chain) -> None:
    gone = 20
    holed = chain.take(np.delete(np.arange(len(chain)), gone))
    filled = fill(holed, fit_surface(holed).surface)
    assert len(filled) == len(chain)
    assert np.flatnonzero(filled.filled).tolist() == [gone], "in chain order"
    assert filled.contract(gone) == chain.contract(gone)
    assert filled.bid[gone] == filled.ask[gone]
    assert chain.bid[gone] <= filled.bid[gone] <= chain.ask[gone], "what was quoted before it was taken out"
    assert np.isnan([filled.last[gone], filled.volume[gone], filled.open_interest[gone]]).all(), "unknown, not 0"
    quoted = ~filled.filled
    assert np.array_equal(filled.bid[quoted], holed.bid)
    assert np.array_equal(filled.ask[quoted], holed.ask)


def test_american_gaps_are_worth_what_exercise_brings_at_least(chain: Chain) -> None:
    american = replace(chain, style=ExerciseStyle.AMERICAN)
    puts = np.flatnonzero((chain.right < 0) & (chain.strike == chain.strike.max()))
    holed = american.take(np.delete(np.arange(len(chain)), puts))
    filled = fill(holed, fit_surface(holed).surface)
    assert filled.filled.sum() == len(puts)
    assert (filled.bid[filled.filled] >= chain.strike.max() - chain.spot - 1e-9).all()


def test_a_row_without_a_quote_is_valued_in_place(chain: Chain, surface: Surface) -> None:
    bid, ask = chain.bid.copy(), chain.ask.copy()
    bid[[3, 40]] = ask[[3, 40]] = np.nan
    filled = fill(replace(chain, bid=bid, ask=ask), surface)
    assert np.flatnonzero(filled.filled).tolist() == [3, 40]
    assert np.isfinite(filled.mid).all()


def test_the_surface_of_another_instant_fills_nothing(chain: Chain, surface: Surface) -> None:
    late = replace(chain, as_of=chain.as_of + timedelta(hours=1)).take(np.arange(1, len(chain)))
    with pytest.raises(InputError, match="fit the chain's own"):
        fill(late, surface)
