"""A contract's row is its own root's and no other's; what is filled is no price to trade at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.tools.portfolio.samples import CLOCK
from tests.tools.portfolio.trades import CALL, PUT, legs, market, market_day, option, quoted, without
from tools.domain.chain import Chain
from tools.domain.contract import OptionContract
from tools.portfolio.quoting import leg_set_greeks, marks, quote, row_of, rows_of, spread_of


def test_rows_are_found_in_the_order_they_are_asked_for() -> None:
    chain = market()
    asked = [option(CALL, 101), option(PUT, 70), option(PUT, 69), option(CALL, 101)]
    rows = rows_of(chain, asked)
    assert rows[2] == -1
    assert [chain.contract(int(row)) for row in rows[[0, 1, 3]]] == [asked[0], asked[1], asked[3]]
    assert row_of(chain, asked[2]) is None


def test_two_roots_of_one_date_and_strike_stay_apart() -> None:
    chain = market()
    twice = chain.take(np.r_[np.arange(len(chain)), np.arange(len(chain))])
    both = replace(twice, root=np.r_[np.full(len(chain), "XOM1"), np.full(len(chain), "XOM")])
    row = row_of(both, option(PUT, 90))
    assert row is not None
    assert row >= len(chain)
    assert row_of(both, option(PUT, 90, root="XOM2")) is None


def test_a_spread_is_sold_at_bid_less_ask_and_bought_back_at_ask_less_bid() -> None:
    short, long = option(PUT, 90), option(PUT, 85)
    chain = quoted(quoted(market(), short, bid=1.00, ask=1.10), long, bid=0.40, ask=0.46)
    unit = legs((PUT, 90, -1), (PUT, 85, 1))
    assert quote(market_day(chain), unit) == pytest.approx((0.54, 0.70))
    assert spread_of(market_day(chain), unit) == pytest.approx(0.16 / 1.48)
    assert marks(market_day(chain), ("XOM", short.occ, "AAPL")) == pytest.approx({"XOM": 100.0, short.occ: 1.05})


@pytest.mark.parametrize("spoil", [lambda c, o: quoted(c, o, bid=1, ask=1, filled=True), without])
def test_a_filled_or_missing_leg_has_no_price(spoil: Callable[[Chain, OptionContract], Chain]) -> None:
    unit = legs((PUT, 90, -1), (PUT, 85, 1))
    chain = spoil(market(), unit[1].contract)
    assert quote(market_day(chain), unit) is None
    assert np.isnan(spread_of(market_day(chain), unit))


def test_greeks_of_a_leg_set_carry_the_sellers_sign() -> None:
    iv, greeks = leg_set_greeks(market_day(), legs((PUT, 90, -1), (PUT, 85, 1)), clock=CLOCK)
    assert iv == pytest.approx(0.25, abs=1e-4)
    assert greeks is not None
    assert greeks.delta > 0
    assert greeks.vega < 0
    assert leg_set_greeks(market_day(), legs((PUT, 69, -1)), clock=CLOCK) == (None, None)
