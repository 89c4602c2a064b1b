"""What a run came to, measured a second way."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from tests.tools.backtest.conftest import BOOKS, Ran
from tools.backtest.figures import Figure, Unit, account_figures, trade_figures
from tools.backtest.hopes import hopes
from tools.backtest.journal import Journal
from tools.backtest.outcome import Outcome, outcome
from tools.domain.errors import InputError
from tools.performance.statistics import Drawdown, summarise

SEED = 3


def test_figures_of_the_account_are_those_of_its_values(measured: Outcome) -> None:
    rates = np.nan_to_num(measured.rates)
    again = summarise(measured.days, measured.equity, rates=rates)
    assert measured.figure("annual return").value == pytest.approx(again.returns.annual_return)
    assert measured.figure("Sharpe").value == pytest.approx(again.returns.sharpe)
    assert measured.figure("Sortino").value == pytest.approx(again.returns.sortino)
    assert measured.figure("max drawdown").value == pytest.approx(again.drawdown.depth)
    assert measured.figure("Calmar").value == pytest.approx(again.calmar)


def test_an_interval_holds_its_figure_and_repeats_itself(ran: Ran, measured: Outcome) -> None:
    for each in measured.figures:
        assert math.isnan(each.low) or each.low <= each.value <= each.high
    again = outcome(ran.journal, ran.plan, ran.market)
    assert again.figures == measured.figures
    assert outcome(ran.journal, ran.plan, ran.market, seed=SEED).figures != measured.figures


def test_equity_begins_with_the_capital_and_ends_with_the_account(ran: Ran, measured: Outcome) -> None:
    assert measured.equity[0] == ran.plan.capital
    assert measured.equity[-1] == pytest.approx(float(ran.engine.books.value or 0))
    assert len(measured.days) == len(measured.equity) == len(ran.journal.days) + 1
    assert measured.days[0].astype(object) == date(2008, 8, 29)


def test_months_compound_to_the_whole(measured: Outcome) -> None:
    months, returns = measured.months
    assert [str(month) for month in months] == ["2008-09", "2008-10"]
    assert np.prod(1 + returns) == pytest.approx(measured.equity[-1] / measured.equity[0])


def test_books_and_interest_are_the_account(measured: Outcome) -> None:
    books = sum((sum(each.attribution.values(), Decimal(0)) for each in measured.books), Decimal(0))
    whole = sum(measured.attribution.values(), Decimal(0))
    interest = next(part for source, part in measured.attribution.items() if source.value == "interest")
    assert float(books + interest) == pytest.approx(float(whole), abs=0.05)


def test_a_book_that_never_traded_says_why_in_one_sentence(measured: Outcome) -> None:
    silent = {each.name: each.never for each in measured.books if each.never}
    assert list(silent) == ["covered_call", "index_put"]  # the month's IV percentiles lie above those of calls
    assert silent["index_put"].startswith("index_put never traded: no contract passed its screen")
    assert silent["index_put"].count(".") == 1


def test_every_trade_of_every_book_is_counted_once(ran: Ran, measured: Outcome) -> None:
    assert [each.name for each in measured.books] == list(BOOKS)
    assert sum(each.trades.count for each in measured.books) == len(ran.journal.trades) == len(measured.trades)
    assert all(0 <= each.fill_rate <= 1 for each in measured.books if not each.never)


def test_regimes_share_all_days_and_trades(measured: Outcome) -> None:
    for results in (measured.trends, measured.volatilities):
        assert sum(each.share for each in results) == pytest.approx(1)
        assert sum(each.trades.count for each in results if each.trades) == len(measured.trades)
    assert {each.regime for each in measured.volatilities} <= {"calm", "usual", "stressed"}


def test_the_benchmark_is_the_fund_with_its_dividends(ran: Ran, measured: Outcome) -> None:
    held = measured.benchmark
    assert held is not None
    assert (held.symbol, held.words) == ("SPY", "SPY bought and held, dividends reinvested")
    first, last = (ran.market.close("SPY", measured.days[row].astype(object)) for row in (0, -1))
    paid = sum(ran.market.going_ex("SPY", day.astype(object)) for day in measured.days[1:])
    assert held.levels[-1] / held.levels[0] == pytest.approx((last + paid) / first, rel=2e-3)


def test_a_run_without_a_day_is_refused(ran: Ran) -> None:
    with pytest.raises(InputError, match="no session with quotes"):
        outcome(Journal(), ran.plan, ran.market)


def test_a_day_without_a_value_keeps_the_last_and_is_counted(ran: Ran) -> None:
    journal = replace(ran.journal, days=list(ran.journal.days), counts=ran.journal.counts.copy())
    journal.days[3] = replace(journal.days[3], nav=math.nan)
    found = outcome(journal, ran.plan, ran.market)
    assert found.equity[4] == found.equity[3]
    assert found.counts["days whose account had no value"] == 1


def test_what_it_cannot_tell_begins_with_the_invented_market(measured: Outcome) -> None:
    assert "simulated" in measured.cannot_tell[0]
    assert any("confidence of 7 of 10 is assumed" in each for each in measured.cannot_tell)


def test_hopes_are_judged_by_measure_and_by_chance() -> None:
    figures = (
        Figure("Sharpe", 1.5, Unit.RATIO, "", 1.0, 2.0),
        Figure("max drawdown", -0.2, Unit.SHARE, "", -0.3, -0.16),
        Figure("win rate", math.nan, Unit.SHARE, ""),
    )
    fall = Drawdown(-0.2, date(2008, 1, 2), date(2008, 10, 10), None, 300)
    found = {each.name: (each.met, each.sure) for each in hopes(figures, drawdown=fall)}
    assert found == {"Sharpe": (True, False), "max drawdown": (False, True), "win rate": (None, False)}


def test_no_trades_and_flat_returns_have_no_ratios() -> None:
    by_name = {each.name: each for each in trade_figures((), years=1.0, seed=SEED)}
    assert by_name["trades a month"].value == 0
    assert math.isnan(by_name["win rate"].value)
    flat = {each.name: each.value for each in account_figures(np.zeros(30), rates=np.zeros(30), seed=SEED)}
    assert math.isnan(flat["Sharpe"])
    assert flat["max drawdown"] == 0
