"""Gap filling: what is missing is valued on the given smile and marked; what is quoted is not touched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF
from tools.data.files.reading import read_chain
from tools.data.filling import fill
from tools.domain.chain import Chain, FloatArray
from tools.domain.contract import ExerciseStyle
from tools.pricing import european


class Smile:
    """A vol that falls with the strike, unknown below 84."""

    def vol(self, *, strike: FloatArray, years: FloatArray) -> FloatArray:
        return np.where(strike < 84, np.nan, 0.35 - 0.001 * (strike - 100) + 0.0 * years)


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """European, so that a test can say what a value should be."""
    path = samples.write_cboe_eod(tmp_path, samples.clean_rows())
    read = read_chain(path, format="cboe-eod", as_of=AS_OF, rate=0.05).chains["AAPL"]
    return replace(read, style=ExerciseStyle.EUROPEAN)


def test_a_whole_chain_is_left_alone(chain: Chain) -> None:
    assert fill(chain, Smile()) is chain


def test_the_missing_right_of_a_strike_is_valued_and_marked(chain: Chain) -> None:
    gone = 20
    holed = chain.take(np.delete(np.arange(len(chain)), gone))
    filled = fill(holed, Smile())
    assert len(filled) == len(chain)
    assert np.flatnonzero(filled.filled).tolist() == [gone], "in chain order"
    assert filled.contract(gone) == chain.contract(gone)
    assert filled.bid[gone] == filled.ask[gone]
    years = (chain.expiry[gone].astype("datetime64[s]").astype(int) + 20 * 3600 - AS_OF.timestamp()) / (365 * 86400)
    expected = european.value(
        right=chain.right[gone], spot=chain.spot, strike=chain.strike[gone], years=years, rate=chain.rate,
        dividend_yield=chain.dividend_yield, vol=0.35 - 0.001 * (chain.strike[gone] - 100),
    ).price  # fmt: skip
    assert filled.bid[gone] == pytest.approx(float(expected), rel=1e-6)
    assert np.isnan([filled.last[gone], filled.volume[gone], filled.open_interest[gone]]).all(), "unknown, not 0"
    quoted = ~filled.filled
    assert np.array_equal(filled.bid[quoted], holed.bid)
    assert np.array_equal(filled.ask[quoted], holed.ask)


def test_a_row_without_a_quote_is_valued_in_place(chain: Chain) -> None:
    bid, ask = chain.bid.copy(), chain.ask.copy()
    bid[[3, 40]] = ask[[3, 40]] = np.nan
    filled = fill(replace(chain, bid=bid, ask=ask), Smile())
    assert np.flatnonzero(filled.filled).tolist() == [3, 40]
    assert np.isfinite(filled.mid).all()


def test_what_the_smile_does_not_know_stays_unknown(chain: Chain) -> None:
    lowest = int(np.argmin(chain.strike))
    holed = chain.take(np.delete(np.arange(len(chain)), lowest))
    assert len(fill(holed, Smile())) == len(holed), "no row is made up without a value"
    bid = chain.bid.copy()
    bid[lowest] = np.nan
    filled = fill(replace(chain, bid=bid), Smile())
    assert np.isnan(filled.bid[lowest])
    assert not filled.filled[lowest]
