"""The three indices: the exchange's roll notices, a slow ledger, conservation of cash, and nothing known ahead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.backtest.replication import ledger, markets
from tools.backtest.replication import roll_day
from tools.backtest.replication.buy_write import buy_write
from tools.backtest.replication.condor import condor, covered, strikes_of_delta
from tools.backtest.replication.indices import Index
from tools.backtest.replication.market import DailyMarket, FloatArray
from tools.backtest.replication.put_write import contracts, put_write
from tools.backtest.replication.replicate import replicate
from tools.backtest.replication.schedule import Schedule, roll_schedule

Rule = Callable[[DailyMarket, Schedule], FloatArray]
RULES = [(put_write, ledger.put_levels), (buy_write, ledger.buy_levels), (condor, ledger.condor_levels)]


@pytest.mark.parametrize(
    ("strike", "premium", "count", "close_before"),
    [
        # Cboe roll notices of 2021-02-19 and 2021-04-16; the last column is the index's close of the day before.
        (3925.0, 69.0557, 0.540043, 2082.24),
        (4175.0, 67.7773, 0.523745, 2151.05),
    ],
)
def test_contracts_are_those_of_the_roll_notices(
    strike: float, premium: float, count: float, close_before: float
) -> None:
    worth = count * (strike - premium)
    assert worth == pytest.approx(close_before, rel=1e-4), "money does not come or go at a roll"
    found = contracts(money=close_before, strike=strike, premium=premium, discount=1.0)
    assert found == pytest.approx(count, rel=1e-4)


@given(
    money=st.floats(1, 1e9), strike=st.floats(100, 10_000), share=st.floats(0, 0.2), discount=st.floats(0.98, 1.0)
)
def test_bills_cover_every_strike_at_expiry(money: float, strike: float, share: float, discount: float) -> None:
    premium = share * strike
    count = contracts(money=money, strike=strike, premium=premium, discount=discount)
    assert (money + count * premium) / discount == pytest.approx(count * strike)


def test_condors_are_covered_ten_times() -> None:
    count = covered(money=1000.0, width=80.0, premium=9.0)
    assert 1000.0 + count * 9.0 == pytest.approx(10 * count * 80.0)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("rule", "slow"), RULES)
def test_a_slow_ledger_agrees(rule: Rule, slow: Callable[..., list[float]], seed: int) -> None:
    market = markets.random(seed)
    schedule = roll_schedule(market.days)
    assert rule(market, schedule) == pytest.approx(np.array(slow(market, schedule)), rel=1e-10)


@pytest.mark.parametrize("rule", [put_write, buy_write, condor])
def test_nothing_moves_where_nothing_happens(rule: Rule, monkeypatch: pytest.MonkeyPatch) -> None:
    """No volatility, interest or dividends, and settlements where the index stands: not a cent comes or goes."""
    monkeypatch.setattr(roll_day, "SPIKE", 0.0)
    market = markets.flat()
    assert rule(market, roll_schedule(market.days)) == pytest.approx(np.ones(len(market.days)), abs=1e-5)


def test_without_volatility_collateral_earns_its_bills(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll_day, "SPIKE", 0.0)
    rate, market = 2 * np.log1p(0.04 / 2), markets.flat(rate=0.04)
    schedule = roll_schedule(market.days)
    grown = np.exp(rate * (market.days - market.days[0]).astype(np.float64) / 365)
    assert condor(market, schedule) == pytest.approx(grown, rel=1e-5)
    bought = buy_write(markets.flat(dividend=0.02), schedule)
    years = float((market.days[-1] - market.days[0]).astype(np.float64)) / 365
    assert bought[-1] == pytest.approx(1.02**years, rel=1e-4)


@pytest.mark.parametrize("rule", [put_write, condor])
@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_losses_stay_within_the_collateral(rule: Rule, seed: int) -> None:
    market = markets.random(seed)
    assert (rule(market, roll_schedule(market.days)) > 0).all()


def test_strikes_have_the_delta_they_are_sold_for() -> None:
    market = markets.random(4)
    schedule = roll_schedule(market.days)
    near = [strikes_of_delta(market, schedule, right=right, delta=0.20) for right in (-1, 1)]
    far = [strikes_of_delta(market, schedule, right=right, delta=0.05) for right in (-1, 1)]
    spot = market.midday[schedule.row]
    assert (far[0] < near[0]).all()
    assert (near[0] < spot).all()
    assert (spot < near[1]).all()
    assert (near[1] < far[1]).all()


@pytest.mark.parametrize("index", list(Index))
@pytest.mark.parametrize("cut", [150, 214, 260])
def test_a_perturbed_future_leaves_the_past(index: Index, cut: int) -> None:
    """Other prices, other VIX, other rates from one session on: every level before is the same to the last bit."""
    on = markets.days()
    close, vix = markets.walk(on, seed=11)
    three = np.linspace(0.02, 0.04, len(on))
    later = np.arange(len(on)) >= cut
    before = markets.built(on, close, vix, rates=markets.rates(on, three - 0.003, three))
    after = markets.built(
        on,
        np.where(later, close * 1.07, close),
        np.where(later, vix * 2, vix),
        rates=markets.rates(on, three - 0.003, np.where(later, three + 0.02, three)),
    )
    levels = [
        replicate(index, market, first=markets.FIRST, dividends="given").levels[:cut] for market in (before, after)
    ]
    assert (levels[0] == levels[1]).all()


@pytest.mark.parametrize("index", list(Index))
def test_a_window_that_ends_earlier_has_the_same_levels(index: Index) -> None:
    on = markets.days()
    close, vix = markets.walk(on, seed=12)
    end = date(2005, 11, 30)
    whole = replicate(index, markets.built(on, close, vix), first=markets.FIRST, dividends="given")
    short = replicate(index, markets.built(on, close, vix, last=end), first=markets.FIRST, dividends="given")
    assert short.days[-1] == np.datetime64(end)
    assert (whole.levels[: len(short.levels)] == short.levels).all()


@pytest.mark.parametrize("index", list(Index))
def test_a_window_begins_with_the_option_that_was_sold_before_it(index: Index) -> None:
    """From the first roll in it on, a window's returns do not depend on where the window begins."""
    on = markets.days()
    close, vix = markets.walk(on, seed=13)
    begin = date(2005, 6, 1)
    steady = markets.rates(on, 0.02, 0.02)
    whole = replicate(index, markets.built(on, close, vix, rates=steady), first=markets.FIRST, dividends="given")
    part = replicate(
        index, markets.built(on, close, vix, rates=steady, first=begin), first=begin, dividends="given"
    )
    ours = whole.levels[-len(part.levels) :]
    assert part.levels[0] == 100.0
    assert part.levels == pytest.approx(100 * ours / ours[0], rel=1e-9)
