"""Prices and volatilities behind the past: nothing known too early, and each name what its parameters say."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import numpy as np
import pytest

from tests.tools.data.simulated.past.samples import (
    autocorrelation,
    correlation,
    driver,
    excess_kurtosis,
    past,
)
from tools.data.simulated.past.parameters import Part, load_parameters, part_of
from tools.data.simulated.past.path import build_path
from tools.data.simulated.schedule import announcements

PARAMETERS = load_parameters()
NAMES = tuple(symbol for symbol in PARAMETERS.symbols if part_of(symbol) is Part.NAME)
STOCKS = tuple(symbol for symbol in NAMES if PARAMETERS.listed[symbol].is_stock)


def returns(symbol: str) -> np.ndarray:
    """Total log returns: what was paid out is put back."""
    closes, paid = past().closes(symbol), past().path.paid[:, past().path.column(symbol)]
    return np.log((closes + paid)[1:] / closes[:-1])


def test_the_past_lists_what_every_book_needs() -> None:
    assert set(past().symbols) >= {
        "SPX", "XSP", "VIX", "SPY", "QQQ", "IWM", "DIA", "XLE", "XLK", "VNQ", "BIL", "BTC", "ETH",
    }  # fmt: skip
    assert len(STOCKS) == 20


@pytest.mark.parametrize("last", [date(1999, 1, 5), date(2001, 9, 17), date(2008, 10, 10), date(2018, 2, 5)])
def test_a_driver_that_ends_earlier_changes_nothing_before(last: date) -> None:
    whole, cut = past().path, build_path(driver().until(last), PARAMETERS, seed=23)
    rows = len(cut.sessions)
    assert cut.sessions[-1] == np.datetime64(last)
    for field in fields(cut):
        column = getattr(cut, field.name)
        if isinstance(column, np.ndarray):
            np.testing.assert_array_equal(column, getattr(whole, field.name)[:rows], err_msg=field.name)


def test_the_index_is_the_drivers_and_xsp_a_tenth() -> None:
    np.testing.assert_allclose(past().closes("SPX"), driver().close, atol=0.0051)
    np.testing.assert_allclose(past().closes("XSP"), driver().close / 10, atol=0.0051)


def test_spy_follows_the_index_and_pays_its_dividends() -> None:
    """In total return it is the index plus the stated yield; each ex-date drops by what it pays."""
    yielded = 12 / 3 * 1.95 / 668.0  # SPY's parameters: four payments of 1.95 at a price of 668
    market = np.diff(np.log(driver().close))
    np.testing.assert_allclose(returns("SPY") - market, yielded / 252, atol=2e-4)
    paid = past().payments("SPY")
    assert len(paid) == 80
    assert sum(each.cash for each in paid) / 20 == pytest.approx(yielded * past().closes("SPY").mean(), rel=0.05)


@pytest.mark.parametrize("symbol", NAMES)
def test_beta_and_premium_are_those_asked_for(symbol: str) -> None:
    """Beta within three standard errors of 20 years; realised over implied near the mixture of the two premiums.

    The index's own ratio over these years is 1.07 of at-the-money volatility (the real VIX's is 0.96), the
    names' own 0.85 without jumps; sampling adds some 5 %.
    """
    listed, market = PARAMETERS.listed[symbol], np.diff(np.log(driver().close))
    mine = returns(symbol)
    slope = np.cov(mine, market)[0, 1] / market.var()
    error = (mine - slope * market).std() / market.std() / np.sqrt(len(market))
    assert abs(slope - listed.beta) < 4 * error
    implied = np.sqrt(np.mean(past().vols(symbol) ** 2))
    assert 0.80 < mine.std() * np.sqrt(252) / implied < 1.12


def test_names_cluster_have_fat_tails_and_fall_into_higher_volatility() -> None:
    for symbol in NAMES:
        mine = returns(symbol)
        assert excess_kurtosis(mine) > 1.5, symbol
        assert autocorrelation(np.abs(mine), 1) > 0.08, symbol
        assert correlation(np.diff(np.log(past().vols(symbol))), mine) < -0.35, symbol
        assert 0.85 < np.mean(past().vols(symbol)) / PARAMETERS.listed[symbol].vol.normal < 1.25, symbol


def test_a_sector_moves_together_beyond_the_market() -> None:
    market = np.diff(np.log(driver().close))
    own = {each: returns(each) - PARAMETERS.listed[each].beta * market for each in ("XOM", "CVX", "XLE", "KO")}
    assert correlation(own["XOM"], own["XLE"]) > 0.4
    assert correlation(own["XOM"], own["CVX"]) > 0.25
    assert abs(correlation(own["XOM"], own["KO"])) < 0.1


def test_earnings_move_the_price_on_announced_dates() -> None:
    """Own moves of the day are larger by the stated jump: √(σ² + move²·0.85²) against σ."""
    path = past().path
    for symbol in ("INTC", "DIS", "WMT"):
        listed = PARAMETERS.listed[symbol]
        first, last = (date.fromisoformat(str(path.sessions[row])) for row in (1, -1))
        days = np.array(announcements(listed.earnings, after=first, until=last), dtype="datetime64[D]")
        assert len(days) in {79, 80}
        loud = np.isin(path.sessions[1:], days)
        own = returns(symbol) - listed.beta * np.diff(np.log(driver().close))
        assert listed.earnings is not None
        move = np.sqrt(own[loud].var() - own[~loud].var())
        assert move == pytest.approx(0.85 * listed.earnings.move, rel=0.3)


def test_prices_stay_where_options_can_be_listed() -> None:
    for symbol in NAMES:
        closes = past().closes(symbol)
        assert closes.min() > 5, symbol
        assert closes.max() < 1000, symbol


def test_the_bill_fund_earns_the_bill_rate_and_nothing_else() -> None:
    earned = returns("BIL").sum()
    stated = np.mean(past().rates()) * 20
    assert earned == pytest.approx(stated - 20 * 0.0014, abs=0.012)
    assert returns("BIL").min() > -2e-4  # a cent of rounding
    assert len(past().payments("BIL")) > 150


def test_coins_never_sleep() -> None:
    """A weekend carries three days of variance; stocks carry one session."""
    gap = np.diff(past().sessions).astype(int)
    for symbol in ("BTC", "ETH"):
        mine = returns(symbol)
        assert mine[gap == 3].var() / mine[gap == 1].var() == pytest.approx(3, rel=0.25)
    assert correlation(returns("BTC"), returns("ETH")) > 0.4


def test_dividends_are_known_before_they_are_paid() -> None:
    """What goes ex is what the evening before expected."""
    path = past().path
    for symbol in ("SPY", "XOM", "DIA"):
        column = path.column(symbol)
        rows = np.flatnonzero(path.paid[:, column])
        np.testing.assert_array_equal(path.paid[rows, column], path.cash[rows - 1, column])
