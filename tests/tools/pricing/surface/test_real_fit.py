"""Real quotes: repriced inside bid and ask, without arbitrage, near what the exchange publishes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest

from tests.tools.pricing.surface import real
from tools.domain.chain import Chain, Dividend
from tools.pricing.surface.fit import Fit, fit_surface
from tools.pricing.surface.repricing import inside_quotes, reprice
from tools.pricing.surface.verdict import judge
from tools.pricing.volatility_index import volatility_index

pytestmark = pytest.mark.skipif(not real.SPX.exists(), reason="no shared/data beside the project")
SOME_DAYS = (date(2019, 4, 29), date(2019, 5, 7), date(2019, 5, 16), date(2019, 5, 31))
SHARE = 0.95


def share_inside(chain: Chain, fit: Fit, *, held: bool = True) -> float:
    """Of rows with 7 to 120 days to expiry and, where `held`, open interest above 100."""
    asked = (chain.dte >= 7) & (chain.dte <= 120)
    if held:
        asked &= chain.open_interest > 100
    return float(inside_quotes(chain, reprice(fit.surface, chain))[asked].mean())


def check_spx(day: date) -> None:
    chain = real.spx_chain(day)
    fit = fit_surface(chain)
    assert share_inside(chain, fit) >= SHARE
    assert fit.error_points < 0.15
    verdict = judge(fit.surface)
    assert verdict.arbitrage_free


@pytest.mark.parametrize("day", SOME_DAYS)
def test_spx_is_repriced_inside_its_quotes(day: date) -> None:
    check_spx(day)


@pytest.mark.soak
def test_spx_is_repriced_inside_its_quotes_on_every_day() -> None:
    for day in real.spx_days():
        check_spx(day)


@pytest.mark.parametrize(
    ("symbol", "day", "dividend_yield", "held"),
    [
        ("aapl", date(2014, 6, 9), 0.02, False),  # the file has no open interest of the day after the split
        ("goog", date(2015, 12, 23), 0.0, True),
        ("twx", date(2014, 6, 5), 0.018, True),
    ],
)
def test_american_quotes_are_repriced_inside(symbol: str, day: date, dividend_yield: float, held: bool) -> None:
    chain = real.lean_chain(symbol, day, rate=0.002, dividend_yield=dividend_yield)
    fit = fit_surface(chain)
    assert share_inside(chain, fit, held=held) >= SHARE
    assert judge(fit.surface).arbitrage_free


def test_apple_with_its_dividends_told() -> None:
    """3.29 a quarter before the split of seven for one; untold, calls before an ex-date come out too low."""
    chain = real.lean_chain("aapl", date(2014, 6, 6), rate=0.002, dividend_yield=0.02)
    paid = tuple(Dividend(day, 3.29) for day in (date(2014, 8, 7), date(2014, 11, 6), date(2015, 2, 5)))
    told = replace(chain, dividend_yield=0.0, dividends=paid)
    assert share_inside(told, fit_surface(told)) >= 0.97


def test_the_dividend_of_august_stands_in_the_forwards_of_apple() -> None:
    """Apple paid 0.47 with ex-date 2014-08-07: about 50 bp of a price of 93.70."""
    chain = real.lean_chain("aapl", date(2014, 6, 9), rate=0.002, dividend_yield=0.0)
    found = fit_surface(chain).forwards
    drop = np.log(found.forward / chain.spot) * 1e4
    before, after = found.at.expiry < np.datetime64("2014-08-07"), found.at.expiry > np.datetime64("2014-08-07")
    first_after = np.flatnonzero(after)[0]
    assert drop[before].mean() - drop[first_after] == pytest.approx(50, abs=25)


@pytest.mark.parametrize("day", SOME_DAYS)
def test_the_volatility_index_lies_in_the_days_range_of_the_published_one(day: date) -> None:
    """The snapshot was taken at some moment of the day; VIX itself uses Cboe's bills and its own expiries."""
    published = (
        pl.read_csv(real.VIX)
        .with_columns(pl.col("DATE").cast(pl.String))
        .row(by_predicate=pl.col("DATE") == day.isoformat(), named=True)
    )
    ours = volatility_index(real.spx_chain(day)).value
    assert published["LOW"] - 0.15 <= ours <= published["HIGH"] + 0.15
