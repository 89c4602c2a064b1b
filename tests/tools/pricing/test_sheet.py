"""The sheet of a chain: what it says is what pricing says, and no quote is priced twice."""

from __future__ import annotations

import gc
from dataclasses import fields
from datetime import date, timedelta

import numpy as np
import pytest

from tools.calendar.sessions import session_close
from tools.calendar.trading_time import Clock
from tools.data.simulated.past import SimulatedPast, invented
from tools.domain.chain import Chain
from tools.pricing import sheet
from tools.pricing.quotes import QuoteGreeks, quote_greeks
from tools.pricing.sheet import deltas_of, greeks_at, sheets_of


@pytest.fixture(scope="module")
def past() -> SimulatedPast:
    return SimulatedPast(seed=3, driver=invented(seed=3), symbols=("SPY",))


@pytest.fixture
def chain(past: SimulatedPast) -> Chain:
    return past.chain("SPY", session_close(date(2008, 3, 5)) - timedelta(minutes=15))


def test_in_whatever_order_it_is_asked_it_says_what_pricing_says(chain: Chain) -> None:
    live = np.flatnonzero((chain.dte < 50) & (chain.bid > 0) & (np.abs(chain.strike / chain.spot - 1) < 0.05))
    chance = np.random.default_rng(1)
    for clock in (Clock.CALENDAR_365, Clock.TRADING_278):
        whole = quote_greeks(chain.take(live), clock=clock)
        for _ in range(5):
            places = chance.choice(len(live), 12)  # some of them more than once
            found = greeks_at(chain, live[places], clock=clock)
            for column in fields(QuoteGreeks):
                assert getattr(found, column.name).tolist() == getattr(whole, column.name)[places].tolist()


def test_no_quote_is_priced_twice(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    priced: list[int] = []

    def counted(part: Chain, *, clock: Clock) -> QuoteGreeks:
        priced.append(len(part))
        return quote_greeks(part, clock=clock)

    monkeypatch.setattr(sheet, "quote_greeks", counted)
    rows = np.flatnonzero((chain.dte < 20) & (chain.bid > 0))[:30]
    greeks_at(chain, rows[:20])
    greeks_at(chain, rows[10:])
    greeks_at(chain, rows)
    assert priced == [20, 10]


def test_deltas_of_the_whole_chain_are_unknown_where_nobody_asked(chain: Chain) -> None:
    rows = np.flatnonzero((chain.dte < 20) & (chain.bid > 0) & (chain.strike > 0.97 * chain.spot))[:8]
    deltas = deltas_of(chain, rows, clock=Clock.CALENDAR_365)
    assert np.isfinite(deltas[rows]).all()
    assert np.isnan(np.delete(deltas, rows)).all()


def test_a_sheet_goes_with_its_chain(past: SimulatedPast) -> None:
    chain = past.chain("SPY", date(2008, 3, 6))
    greeks_at(chain, np.array([0, 1]))
    kept = len(sheet._SHEETS)
    assert sheets_of(chain)
    del chain
    gc.collect()
    assert len(sheet._SHEETS) < kept
