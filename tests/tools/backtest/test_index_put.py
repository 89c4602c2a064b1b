"""Index puts in the simulated past: they trade although a tick is more than the house's spread and slippage."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

import numpy as np
import pytest

from tests.tools.screening.samples import make_chain, make_facts, make_snapshot
from tools.backtest.engine import backtest
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.load import shipped_book
from tools.books.screen import screen_book
from tools.data.simulated.past import SimulatedPast
from tools.desk.house import House
from tools.desk.ordering import entry_order
from tools.domain.candidate import Candidate
from tools.domain.contract import ExerciseStyle
from tools.domain.market import InstrumentKind
from tools.portfolio.exposure import candidate_exposure
from tools.screening.holdings import Holdings
from tools.screening.strikes import trading_units

BOOK = shipped_book("index_put")
HOUSE = House()
RICH = Holdings(nav=10e6, free_cash=10e6, free_shares={}, sector_exposure={})
WINDOWS = [
    (date(2006, 5, 1), date(2006, 5, 9)),
    (date(2012, 6, 1), date(2012, 6, 8)),
    (date(2017, 6, 1), date(2017, 6, 8)),
]


@lru_cache
def past() -> SimulatedPast:
    return SimulatedPast(symbols=("SPX", "XSP"))


@pytest.mark.parametrize("window", WINDOWS, ids=lambda window: str(window[0].year))
def test_it_trades_in_every_era_within_its_limits(window: tuple[date, date]) -> None:
    journal = backtest(SimulatedHistory(past()), Plan(books=(BOOK,), first=window[0], last=window[1]))
    filled = [each for each in journal.decisions if each.units]
    assert filled
    for each in filled:
        assert each.fit is not None
        limits = {limit.rule: limit for limit in each.fit.limits}
        assert limits["F15-book"].after is not None
        assert limits["F15-book"].after <= 2.5
        assert limits["F15-overnight"].after is not None
        assert limits["F15-overnight"].after < 1.0
        assert limits["F15-stress"].after is not None
        assert limits["F15-stress"].after <= 0.15
        assert each.candidate.spread <= 0.30


def proposed(day: date, *, before_close: timedelta) -> tuple[Candidate, ...]:
    (snapshot,) = SimulatedHistory(past(), before_close=before_close).looks(day, day)
    return screen_book(BOOK.model_copy(update={"best_k": 99}), snapshot, RICH).candidates


def test_in_the_morning_it_sells_what_expires_the_same_day() -> None:
    """spec B5: same-day expiries with intraday entry, their target by what is left of the session on clock G1.

    At 4,400 a nickel is 18 % of it; at the levels of the simulated past it is more than the book takes.
    """
    bids = np.array([0.05, 0.15, 0.25, 0.35, 0.60])
    chain = make_chain(
        [4270.0, 4290.0, 4305.0, 4315.0, 4330.0], days=0, spot=4400.0, underlying="SPX", root="SPXW",
        as_of=datetime(2026, 1, 15, 15, 0, tzinfo=UTC), style=ExerciseStyle.EUROPEAN, bid=bids, ask=bids + 0.05,
    )  # fmt: skip
    known = make_facts(symbol="SPX", kind=InstrumentKind.INDEX, broad_index=True)
    (found,) = screen_book(BOOK, make_snapshot(chain, facts={"SPX": known}), RICH).candidates
    left = 0.5 * 6.0 / 6.5  # G1: ten o'clock leaves six hours of a session that is half a unit, linear
    assert 1.4e-4 * 4400 * left == pytest.approx(0.2843, abs=1e-4)
    assert (found.dte, found.credit) == (0, pytest.approx(0.275))
    assert found.legs[0].contract.strike == 4305.0


def test_it_is_offered_several_expiries_of_one_week() -> None:
    (snapshot,) = SimulatedHistory(past()).looks(date(2017, 6, 12), date(2017, 6, 12))
    chain = snapshot.chains["SPX"]
    near = chain.take(np.flatnonzero(chain.dte <= 5))
    expiries = dict(zip(near.expiry.astype(object).tolist(), trading_units(near).tolist(), strict=True))
    assert len(expiries) >= 3
    assert {each.dte for each in proposed(date(2017, 6, 12), before_close=timedelta(minutes=15))} >= {2, 4}


def test_an_order_walks_from_the_mid_to_the_bid_of_a_one_tick_market() -> None:
    """0.40 bid, 0.45 asked: by the house's 2 % the only price would be the ask, and nobody pays it."""
    candidate = max(proposed(date(2012, 6, 13), before_close=timedelta(minutes=15)), key=lambda each: each.spread)
    cheap = candidate.model_copy(update={"bid": 0.40, "ask": 0.45, "credit": 0.425, "underlying": "SPX"})
    spx = cheap.legs[0].contract.model_copy(update={"root": "SPXW", "underlying": "SPX"})
    cheap = cheap.model_copy(update={"legs": (cheap.legs[0].model_copy(update={"contract": spx}),)})
    order = entry_order(cheap, book=BOOK, decision_id="d-1", contracts=1, house=HOUSE)
    assert (order.limit_price, order.floor_price) == (Decimal("0.45"), Decimal("0.40"))
    house = entry_order(cheap, book=shipped_book("strangle"), decision_id="d-1", contracts=1, house=HOUSE)
    assert (house.limit_price, house.floor_price) == (Decimal("0.45"), Decimal("0.45"))


def test_the_overnight_loss_is_measured_on_a_fall_of_thirty_percent() -> None:
    """spec F15: one contract loses close to its strike less 70 % of spot."""
    day = date(2012, 6, 13)
    (snapshot,) = SimulatedHistory(past()).looks(day, day)
    candidate = proposed(day, before_close=timedelta(minutes=15))[0]
    added = candidate_exposure(
        candidate,
        chain=snapshot.chains[candidate.underlying],
        facts=snapshot.facts[candidate.underlying],
        gap=HOUSE.profile.overnight,
        broker="simulated",
    )
    intrinsic = candidate.legs[0].contract.strike - 0.70 * candidate.spot - candidate.credit
    assert added.overnight_loss == pytest.approx(100 * intrinsic, rel=0.02)
    assert added.overnight_loss > 0 > added.rise_loss
