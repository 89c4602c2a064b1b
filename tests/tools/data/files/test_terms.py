"""Spot, rate and dividend yield of a file, checked against markets whose terms are known."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF, Market
from tools.calendar.sessions import NEW_YORK
from tools.data.files.coded import repeated
from tools.data.files.parity import Parity, Quotes
from tools.data.files.reading import read_chain
from tools.data.files.terms import ASSUMED_RATE, NOTHING, Beside, find_terms
from tools.domain.chain import Chain, Dividend
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import ChainError


def _chain(folder: Path, market: Market, *, rate: float | None = None, **changes: str) -> tuple[Chain, str]:
    rows = [{**row, **changes} for row in samples.clean_rows(market)]
    snapshot = read_chain(samples.write_cboe_eod(folder, rows), format="cboe-eod", as_of=AS_OF, rate=rate)
    return snapshot.chains[market.ticker], "\n".join(snapshot.notes)


INDEX = Market("XSP", spot=100, rate=0.05, dividend_yield=0.015, scale=50.0)  # pennies of rounding vanish


def test_a_european_chain_tells_its_rate_and_yield(tmp_path: Path) -> None:
    chain, notes = _chain(tmp_path, INDEX)
    assert chain.spot == 5000
    assert chain.rate == pytest.approx(0.05, abs=5e-4)
    assert chain.dividend_yield == pytest.approx(0.015, abs=5e-4)
    assert "a rate of 5.0" in notes
    assert "a dividend yield of 1.5" in notes


def test_a_rate_that_is_given_is_taken(tmp_path: Path) -> None:
    chain, notes = _chain(tmp_path, INDEX, rate=0.03)
    assert chain.rate == 0.03
    assert chain.dividend_yield == pytest.approx(-0.005, abs=1e-3), "what is left of the carry"
    assert "rate of" not in notes


def test_an_american_chain_gets_the_assumed_rate_and_says_so(tmp_path: Path) -> None:
    chain, notes = _chain(tmp_path, Market("AAPL"))
    assert chain.rate == ASSUMED_RATE
    assert not chain.dividends_known
    assert "AAPL: no rate was given and the quotes tell none; 4% is assumed" in notes


def test_a_stock_whose_file_tells_no_dividends_yields_what_parity_says(tmp_path: Path) -> None:
    chain, notes = _chain(tmp_path, Market("AAPL", rate=0.05, dividend_yield=0.02, scale=50.0), rate=0.05)
    assert chain.dividend_yield == pytest.approx(0.02, abs=1e-3)
    assert not chain.dividends_known, "a yield is no date"
    assert "AAPL: the file tells no dividends; a dividend yield of 2.0" in notes


def test_what_is_known_beside_the_file_is_taken_where_its_quotes_tell_none() -> None:
    """A dividend before the nearest expiries is on top of what their forwards say the price is."""
    as_of = datetime(2024, 6, 14, 16, tzinfo=NEW_YORK)
    beside = Beside(0.01, "TREASURY of 2024-06-13", (Dividend(date(2024, 7, 1), 2.0),), "told by hand")
    plain, known = (find_terms(_pairs_around(as_of, 98.0, rate=0.01), rate=rate, beside=each)
                    for rate, each in ((0.01, NOTHING), (None, beside)))  # fmt: skip
    assert plain is not None
    assert known is not None
    assert (known.rate, known.dividend_yield, known.dividends) == (0.01, 0.0, beside.dividends)
    assert known.spot == pytest.approx(plain.spot + 2.0, abs=0.01)
    assert "AAPL: the quotes tell no rate; 1.00% is that of TREASURY of 2024-06-13" in known.notes
    assert "AAPL: told by hand" in known.notes


def _pairs_around(as_of: datetime, spot: float, *, rate: float) -> Quotes:
    """Calls and puts of three expiries that keep parity, without a price of the underlying."""
    strike, right, day = (
        each.ravel()
        for each in np.meshgrid(np.arange(80.0, 121.0, 5), [1, -1], ["2024-08-16", "2024-09-20", "2024-10-18"])
    )
    expiry = day.astype("datetime64[D]")
    years = ((expiry - np.datetime64("2024-06-14")).astype(float)) / 365
    mid = 10 + np.where(right > 0, spot - strike * np.exp(-rate * years), 0) + 30
    unknown = np.full(len(strike), np.nan)
    return Quotes("AAPL", as_of, ExerciseStyle.AMERICAN, False, repeated("AAPL", len(strike)), expiry,
                  right.astype(np.int8), strike, mid - 0.05, mid + 0.05, unknown)  # fmt: skip


def test_a_missing_price_is_implied(tmp_path: Path) -> None:
    chain, notes = _chain(tmp_path, Market("AAPL"), rate=0.05, spot="")
    assert chain.spot == pytest.approx(100, abs=0.1)
    assert "AAPL: the file has no underlying price; put-call parity implies" in notes


def test_strikes_at_the_money_bear_a_price_out_or_do_not() -> None:
    strike = np.tile(np.arange(90.0, 111.0), (2, 1))
    years, spot, rate = np.array([0.1, 0.3]), 101.3, 0.05
    gap = spot - strike * np.exp(-rate * years)[:, None]
    parity = Parity(years, np.array([21, 21]), strike, 5 + gap / 2, 5 - gap / 2)
    assert parity.agrees(spot, rate=rate, within=1e-9, years=1.0)
    assert parity.agrees(spot * 1.004, rate=rate, within=0.005, years=1.0)
    assert not parity.agrees(spot * 1.006, rate=rate, within=0.005, years=1.0)
    assert not parity.agrees(spot, rate=rate, within=1e-9, years=0.05), "nobody near enough tells"


def test_a_few_rows_with_a_wrong_price_do_not_move_it(tmp_path: Path) -> None:
    rows = samples.clean_rows()
    for index in (3, 30, 60):
        rows[index] = {**rows[index], "spot": "7"}
    chain = read_chain(samples.write_cboe_eod(tmp_path, rows), format="cboe-eod", as_of=AS_OF).chains["AAPL"]
    assert chain.spot == 100


def test_a_price_that_contradicts_the_quotes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ChainError, match=r"price of AAPL, 4\.30, contradicts its quotes, which imply (99|100)\."):
        _chain(tmp_path, Market("AAPL"), spot="4.30")


def test_a_price_out_of_step_is_noted(tmp_path: Path) -> None:
    chain, notes = _chain(tmp_path, Market("AAPL"), spot="103")
    assert chain.spot == 103
    assert "AAPL: the file's price 103.00 is out of step with its quotes" in notes
