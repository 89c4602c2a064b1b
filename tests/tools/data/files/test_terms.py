"""Spot, rate and dividend yield of a file, checked against markets whose terms are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF, Market
from tools.data.files.reading import read_chain
from tools.data.files.terms import ASSUMED_RATE
from tools.domain.chain import Chain
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
    assert (chain.rate, chain.dividend_yield) == (ASSUMED_RATE, 0)
    assert "AAPL: no rate was given and the quotes tell none; 4% is assumed" in notes
    assert "AAPL: the file tells no dividends" in notes


def test_a_missing_price_is_implied(tmp_path: Path) -> None:
    chain, notes = _chain(tmp_path, Market("AAPL"), rate=0.05, spot="")
    assert chain.spot == pytest.approx(100, abs=0.1)
    assert "AAPL: the file has no underlying price; put-call parity implies" in notes


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
