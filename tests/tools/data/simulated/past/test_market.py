"""One seed, one driver and one instant make one market, whatever was asked before and whatever came after."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.tools.data.simulated.past.samples import CALM, MIDDLE, STORM, correlation, driver, past
from tools.calendar.sessions import NEW_YORK, session_close
from tools.data import technicals
from tools.data.provider import MarketData
from tools.data.simulated.past import SimulatedPast, invented
from tools.domain.chain import COLUMNS
from tools.domain.errors import DataError, InputError
from tools.domain.fact import FactState
from tools.domain.market import Snapshot

ROOT = Path(__file__).parents[5]
NOON = datetime(2012, 10, 17, 12, 0, tzinfo=NEW_YORK)
FEW = ("SPX", "VIX", "SPY", "XOM", "BTC", "BIL")


@cache
def noon() -> Snapshot:
    return past().snapshot(NOON)


def test_it_is_a_source_of_market_data_and_says_what_it_is() -> None:
    source: MarketData = past()
    assert (source.name, source.simulated) == ("simulated-past", True)
    snapshot = noon()
    assert (snapshot.simulated, snapshot.embedded, snapshot.source) == (True, False, "simulated-past")
    assert "invented" in snapshot.notes[0]
    assert "S&P 500" in snapshot.notes[0]
    assert set(snapshot.chains) == set(snapshot.facts) == set(past().symbols)
    assert snapshot.counts.rows == sum(len(chain) for chain in snapshot.chains.values())


def test_the_order_of_questions_does_not_matter() -> None:
    fresh = SimulatedPast(driver=driver())
    for day in (STORM, CALM, date(2018, 12, 31)):
        fresh.chain("SPY", day)
    assert fresh.snapshot(NOON).fingerprint == noon().fingerprint


def test_the_same_seed_is_the_same_market_in_another_process() -> None:
    code = (
        "from datetime import datetime; from tools.calendar.sessions import NEW_YORK;"
        "from tools.data.simulated.past import SimulatedPast;"
        "print(SimulatedPast().snapshot(datetime(2012, 10, 17, 12, 0, tzinfo=NEW_YORK)).fingerprint)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "11"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == noon().fingerprint


def test_another_seed_is_another_market_on_the_same_index() -> None:
    other = SimulatedPast(seed=24, driver=driver())
    np.testing.assert_array_equal(other.closes("SPX"), past().closes("SPX"))
    for symbol in ("VIX", "QQQ", "XOM", "BTC"):
        assert not np.array_equal(other.closes(symbol), past().closes(symbol))


@pytest.mark.parametrize("last", [date(2001, 9, 17), date(2008, 10, 15), date(2018, 2, 5)])
def test_nothing_looks_ahead(last: date) -> None:
    """A market whose driver ends on the day shows that day, and those before it, exactly as the whole one."""
    cut, whole = (
        SimulatedPast(driver=driver().until(last), symbols=FEW),
        SimulatedPast(driver=driver(), symbols=FEW),
    )
    at = session_close(last)
    for instant in (at, at - timedelta(hours=3), at - timedelta(days=30, hours=2)):
        assert cut.snapshot(instant).fingerprint == whole.snapshot(instant).fingerprint


def test_the_day_does_not_know_its_close() -> None:
    """Within a session prices lie on a random walk: what is left to go has nothing to do with what has gone.

    The correlation of 700 independent pairs has a standard error of 0.04. Nor does the volatility of the
    morning tell the afternoon's direction.
    """
    rows = np.arange(400, 5000, 7)
    market = SimulatedPast(driver=driver(), symbols=("SPX",))
    gone, left, vix = [], [], []
    for row in rows:
        day = market.sessions[row].astype(object)
        now = market._moment(session_close(day) - timedelta(hours=2))
        before, close = market.closes("SPX")[row - 1 : row + 1]
        gone.append(np.log(now.price("SPX") / before))
        left.append(np.log(close / now.price("SPX")))
        vix.append(np.log(now.price("VIX") / market.closes("VIX")[row - 1]))
    gone, left, vix = (np.array(each) for each in (gone, left, vix))
    assert abs(correlation(np.sign(gone), np.sign(left))) < 0.15
    assert abs(correlation(gone, left)) < 0.25  # the index's own days trend and revert by this much
    assert abs(correlation(vix, left)) < 0.25
    assert correlation(vix, gone) < -0.8


def test_figures_are_those_of_the_path_so_far() -> None:
    snapshot, row = noon(), int(np.searchsorted(past().sessions, np.datetime64("2012-10-17")))
    for symbol in ("SPX", "SPY", "XOM", "VNQ"):
        facts, spot = snapshot.facts[symbol], snapshot.chains[symbol].spot
        closes = np.append(past().closes(symbol)[:row], spot)
        assert facts.sma_20.value == pytest.approx(technicals.moving_average(closes=closes), abs=1e-4)
        assert facts.realised_vol.value == pytest.approx(technicals.realised_volatility(closes=closes), abs=1e-4)
        assert facts.rsi_14.value == pytest.approx(technicals.relative_strength(closes=closes), abs=0.011)
        year = past().vols(symbol)[row - 251 : row]
        now = past()._moment(NOON).vol(symbol)
        low, high = min(year.min(), now), max(year.max(), now)
        assert facts.iv_rank.value == pytest.approx(100 * (now - low) / (high - low), abs=0.01)
        before = past().vols(symbol)[row - 252 : row]
        assert facts.iv_percentile.value == pytest.approx(100 * np.mean(before < now), abs=0.01)
    assert snapshot.facts["SPX"].beta.value == pytest.approx(1, abs=0.01)


def test_what_cannot_be_known_says_so() -> None:
    facts = noon().facts
    assert facts["SPX"].rating.state is FactState.NOT_APPLICABLE
    assert facts["SPX"].earnings.reason == "an index has none"
    assert facts["SPY"].earnings.reason == "a fund has none"
    assert facts["BIL"].iv_rank.state is FactState.NOT_APPLICABLE
    early = past().snapshot(datetime(1999, 3, 3, 12, 0, tzinfo=NEW_YORK))
    assert early.facts["SPY"].iv_rank.is_unknown
    assert "too short" in early.facts["SPY"].beta.reason


def test_earnings_known_on_the_day_are_those_ahead() -> None:
    announced = noon().facts["XOM"].earnings.value
    assert announced is not None
    assert all(NOON.date() <= each <= NOON.date() + timedelta(days=120) for each in announced)
    assert len(announced) in {1, 2}


def test_conditions_carry_vix_and_the_agenda() -> None:
    conditions = noon().conditions
    assert conditions.vix.value == noon().chains["VIX"].spot
    assert 0 < (conditions.average_correlation.value or 0) < 1
    windows = conditions.blackouts.value
    assert windows
    assert all(each.end > NOON for each in windows)


def test_the_market_stands_still_outside_sessions_and_coins_do_not() -> None:
    friday = datetime(2012, 10, 19, 16, 0, tzinfo=NEW_YORK)
    closing, saturday = (past()._moment(each) for each in (friday, friday + timedelta(days=1)))
    for symbol in ("SPX", "VIX", "XOM", "BIL"):
        assert saturday.price(symbol) == closing.price(symbol)
    assert saturday.price("BTC") != closing.price("BTC")
    assert abs(np.log(saturday.price("BTC") / closing.price("BTC"))) < 0.3


def test_prices_arrive_at_their_close() -> None:
    bell = session_close(MIDDLE)
    for symbol in ("SPX", "SPY", "XOM", "BTC"):
        late = past()._moment(bell - timedelta(minutes=1)).price(symbol)
        assert late == pytest.approx(past()._moment(bell).price(symbol), rel=0.005)


def test_a_narrow_market_has_the_same_chains() -> None:
    narrow = SimulatedPast(driver=driver(), symbols=("SPY", "XLE")).snapshot(NOON)
    assert set(narrow.chains) == {"SPY", "XLE"}
    for column in COLUMNS:
        np.testing.assert_array_equal(getattr(narrow.chains["SPY"], column), getattr(noon().chains["SPY"], column))
    assert narrow.facts["SPY"] == noon().facts["SPY"]


def test_an_invented_driver_makes_a_market_too() -> None:
    market = SimulatedPast(driver=invented(seed=3, last=date(2001, 12, 31)), symbols=("SPX", "SPY"))
    snapshot = market.snapshot()
    assert "invented index path" in snapshot.notes[0]
    assert len(snapshot.chains["SPX"]) > 1000


def test_impossible_questions_are_refused() -> None:
    with pytest.raises(InputError, match="did you mean XOM"):
        past().closes("XOMM")
    with pytest.raises(InputError, match="not in the simulated past"):
        SimulatedPast(driver=driver(), symbols=("SPY", "QQQQQ"))
    with pytest.raises(InputError, match="seed"):
        SimulatedPast(seed=-1, driver=driver())
    with pytest.raises(InputError, match="time zone"):
        past().snapshot(datetime(2012, 10, 17, 12, 0))  # noqa: DTZ001
    with pytest.raises(DataError, match="too early"):
        past().snapshot(datetime(1999, 1, 4, 8, 0, tzinfo=NEW_YORK))
    with pytest.raises(DataError, match="too late"):
        past().snapshot(datetime(2019, 2, 1, 12, 0, tzinfo=NEW_YORK))
    with pytest.raises(InputError, match="no session"):
        past().chain("SPY", date(2012, 10, 20))
