"""Options on VIX: measured from the forward of their own expiry, which in a storm lies far below the index."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from tests.tools.data.simulated.past.samples import CALM, STORM
from tests.tools.data.simulated.past.samples import chain as past_chain
from tests.tools.portfolio.samples import CLOCK, account, index_facts, snapshot
from tools.domain.account import Exposure
from tools.domain.chain import Chain
from tools.domain.contract import ExerciseStyle, Right, occ_symbol
from tools.domain.market import Snapshot
from tools.portfolio.overnight import value_after
from tools.portfolio.positions import Positions, read_positions
from tools.portfolio.terms import Terms, forward_terms
from tools.pricing.european import value
from tools.risk.profile import OvernightGap

GAP = OvernightGap()


def market(chain: Chain) -> Snapshot:
    return replace(snapshot(chain, known={"VIX": index_facts("VIX")}), as_of=chain.as_of)


def held(chain: Chain, strike: float, right: Right, expiry: date, quantity: int = -1) -> Positions:
    rows = (chain.strike == strike) & (chain.right == right.sign) & (chain.expiry == np.datetime64(expiry))
    symbol = occ_symbol(str(chain.root[rows][0]), expiry, right, strike)
    return read_positions(account((symbol, quantity)), market(chain), clock=CLOCK, gap=GAP)


def only(positions: Positions) -> Exposure:
    assert positions.missing == {}
    return positions.exposures[0]


def between(chain: Chain, terms: Terms, expiry: date) -> float:
    """A strike half way between the forward and the index."""
    strikes = np.unique(chain.strike[chain.expiry == np.datetime64(expiry)])
    return float(strikes[np.argmin(np.abs(strikes - (terms.spot + chain.spot) / 2))])


@pytest.fixture(scope="module")
def storm() -> Chain:
    return past_chain("VIX", STORM)


@pytest.fixture(scope="module")
def third(storm: Chain) -> tuple[date, Terms]:
    return sorted(forward_terms(storm).items())[2]


def test_forwards_are_those_that_parity_tells(storm: Chain) -> None:
    """In October 2008 the market expected the storm to pass; on a calm day VIX is expected to rise."""
    found = forward_terms(storm)
    assert set(found) == set(np.unique(storm.expiry).tolist())
    ahead = [terms.spot for _, terms in sorted(found.items())]
    assert storm.spot > ahead[0] > ahead[2] > ahead[-1]
    assert all(terms.dividend_yield == terms.rate for terms in found.values())
    calm = past_chain("VIX", CALM)
    assert max(terms.spot for terms in forward_terms(calm).values()) > calm.spot


def test_greeks_are_blacks_on_the_forward(storm: Chain, third: tuple[date, Terms]) -> None:
    """A put below the index and above the forward is in the money: its delta beyond a half says so."""
    expiry, terms = third
    strike = between(storm, terms, expiry)
    assert terms.spot < strike < storm.spot
    exposure = only(held(storm, strike, Right.PUT, expiry))
    delta = exposure.dollar_delta / (100 * terms.spot)
    assert 0.5 < delta < 1
    assert exposure.gamma_1pct < 0
    assert exposure.vega_point < 0

    row = np.flatnonzero((storm.strike == strike) & (storm.right < 0) & (storm.expiry == np.datetime64(expiry)))[0]
    mid, years = float(storm.mid[row]), (expiry - STORM).days / 365
    vols = np.linspace(0.2, 3, 2801)
    prices = value(right=-1, spot=terms.spot, strike=strike, years=years, rate=terms.rate,
                   dividend_yield=terms.rate, vol=vols)  # fmt: skip
    black = float(np.asarray(prices.delta)[np.argmin(np.abs(prices.price - mid))])
    assert delta == pytest.approx(-black, abs=0.02)


def test_a_fall_of_the_market_doubles_it(storm: Chain, third: tuple[date, Terms]) -> None:
    """F15 multiplies every volatility, and VIX is one: its short calls lose that night, its short puts gain."""
    expiry, terms = third
    strike = between(storm, terms, expiry)
    call = held(storm, strike, Right.CALL, expiry)
    mid = float(
        storm.mid[(storm.strike == strike) & (storm.right > 0) & (storm.expiry == np.datetime64(expiry))][0]
    )
    assert call.exposures[0].overnight_loss >= 100 * (GAP.vol_factor * terms.spot - strike - mid) > 0
    assert call.exposures[0].collateral >= call.exposures[0].overnight_loss, "an uncovered call secures that night"
    assert only(held(storm, strike, Right.PUT, expiry)).overnight_loss < 0
    plain, doubled = (
        float(value_after(right=1, strike=40, dte=30, vol=0.9, spot=30, rate=0.02, dividend_yield=0.02, gap=GAP,
                          is_volatility=each)) for each in (False, True)
    )  # fmt: skip
    assert plain < 5
    assert doubled > 20


def test_without_a_forward_it_is_unknown(storm: Chain, third: tuple[date, Terms]) -> None:
    """The index is no stand-in, nor is a price that the account has of it."""
    expiry, terms = third
    calls = storm.take((storm.right > 0) | (storm.expiry != np.datetime64(expiry)))
    strike = between(storm, terms, expiry)
    found = held(calls, strike, Right.CALL, expiry)
    assert math.isnan(found.exposures[0].dollar_delta)
    assert found.missing["dollar_delta"].endswith(f"the snapshot's quotes tell no forward of VIX for {expiry}")
    assert math.isnan(found.exposures[0].collateral)
    other = sorted(forward_terms(calls))[0]
    assert other != expiry
    assert (
        only(held(calls, between(calls, forward_terms(calls)[other], other), Right.CALL, other, 1)).vega_point > 0
    )


def test_the_chain_of_vix_is_european(storm: Chain) -> None:
    """Only so does parity hold strike by strike."""
    assert storm.style is ExerciseStyle.EUROPEAN
