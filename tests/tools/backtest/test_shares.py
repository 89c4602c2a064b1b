"""Books of shares in history: bought whole, held, sold for a reason; bills are in nobody's delta."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

import pytest

from tools.backtest.engine import Engine, backtest
from tools.backtest.journal import Journal
from tools.backtest.plan import Plan
from tools.backtest.simulated import SimulatedHistory
from tools.books.book import seen_by
from tools.books.load import shipped_book
from tools.calendar.trading_time import Clock
from tools.data.simulated.past import SimulatedPast
from tools.domain.account import Account, Position
from tools.domain.structure import StructureKind
from tools.portfolio.holdings import availability
from tools.portfolio.positions import read_positions
from tools.risk.profile import MULTI_BOOK, OvernightGap

BOOKS = tuple(shipped_book(name) for name in ("momentum_etf", "crypto_weekend", "reserve"))
FIRST, LAST = date(2013, 1, 3), date(2013, 2, 15)


@lru_cache
def history() -> SimulatedHistory:
    return SimulatedHistory(SimulatedPast(symbols=("XLE", "BTC", "BIL", "SPY")))


@lru_cache
def winter() -> Journal:
    return backtest(history(), Plan(books=BOOKS, first=FIRST, last=LAST))


def test_all_three_trade_whole_shares_within_their_capital() -> None:
    filled = [each for each in winter().decisions if each.units]
    assert {each.candidate.book for each in filled} == {book.name for book in BOOKS}
    for each in filled:
        assert each.candidate.structure is StructureKind.LONG_SHARES
        assert each.units * each.candidate.collateral <= 0.101 * 1e6


def test_they_end_for_the_reasons_their_books_give() -> None:
    ends = {each.book: each.exit.split(":")[0] for each in winter().trades}
    assert ends["momentum_etf"] == "faded"
    assert ends["crypto_weekend"] == ends["reserve"] == "held"
    for each in winter().trades:
        if each.book == "crypto_weekend":
            assert each.opened_at.isoweekday() == 5
            assert each.days in {3, 4}  # Martin Luther King's Monday is no session


def test_a_trade_s_profit_is_what_it_was_sold_for_less_what_it_cost() -> None:
    for each in winter().trades:
        if each.book == "crypto_weekend":  # no dividends, no commission
            assert float(each.pnl) == pytest.approx((each.credit - each.debit) * each.contracts, abs=0.01)


def test_what_a_trade_bought_stays_its_own_until_the_trade_ends() -> None:
    """Delivered shares are closed at the next look; these were decided on."""
    engine = Engine(history(), Plan(books=BOOKS, first=FIRST, last=LAST))
    for snapshot in history().looks(FIRST, LAST):
        engine.day(snapshot)
        held = {(line.trade, line.symbol): line.quantity for line in engine.books.lines()}
        told = {(each.id, each.underlying): each.contracts for each in engine.blotter.open.values()}
        assert held == told
    assert engine.journal.counts["share orders"] == 0


def test_bills_lean_on_nothing_and_still_secure_what_stands_on_margin() -> None:
    (snapshot,) = history().looks(LAST, LAST)
    held = Account(cash=1_000.0, positions=(Position(symbol="BIL", quantity=1_000, price=91.5, book="reserve"),))
    account = seen_by((*BOOKS, shipped_book("strangle")), held)
    assert account.margined == {"strangle"}
    read = read_positions(account, snapshot, clock=Clock.CALENDAR_365, gap=OvernightGap())
    assert [(each.dollar_delta, each.overnight_loss) for each in read.exposures] == [(0.0, 0.0)]
    left = availability(account, snapshot, clock=Clock.CALENDAR_365, profile=MULTI_BOOK)
    assert left.holdings.free_cash == 1_000.0
    assert left.holdings.pledged == pytest.approx(0.90 * 91_500)
    puts = left.of("cash_secured_put")  # for whom the reserve is sold
    assert (puts.free_cash, puts.pledged) == (pytest.approx(1_000 + 0.90 * 91_500), 0.0)
    assert left.of("reserve").free_cash == 1_000.0  # and never for itself


def test_the_same_run_twice_is_the_same() -> None:
    again = backtest(history(), Plan(books=BOOKS, first=FIRST, last=LAST))
    assert [each.nav for each in again.days] == [each.nav for each in winter().days]
