"""The parts of a profit are all of it, for the account, for each book and for each trade."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal

import numpy as np
import pytest

from tests.tools.backtest.conftest import Ran
from tools.backtest.attributing import Attributing, RecordedBooks
from tools.backtest.settling import Settling
from tools.calendar.sessions import NEW_YORK
from tools.domain.cash import CashKind, CashMovement
from tools.domain.order import Fill
from tools.performance.attribution import MILLIONTHS, Attribution, Source

CENT = Decimal("0.01")
AT = datetime(2008, 9, 5, 15, 45, tzinfo=NEW_YORK)


@pytest.fixture
def kept(ran: Ran) -> Attribution:
    assert ran.journal.attribution is not None
    return ran.journal.attribution


def test_the_parts_are_the_profit_of_the_account(ran: Ran, kept: Attribution) -> None:
    value = ran.engine.books.value
    assert value is not None
    assert sum(kept.money().values()) == (value - Decimal(repr(ran.plan.capital))).quantize(CENT)


def test_the_parts_are_the_profit_of_each_book(ran: Ran, kept: Attribution) -> None:
    by_book = kept.by("book")
    found = dict(zip(by_book.keys["book"].tolist(), by_book.pnl.tolist(), strict=True))
    books = [name for name in ran.engine.books.books if name in found]
    assert {"", "primary", "cash_secured_put", "covered_call"} <= set(books)
    for name in books:
        pnl = ran.engine.books.statement(name).pnl
        assert pnl is not None
        assert Decimal(found[name]) / MILLIONTHS == pytest.approx(pnl, abs=CENT / 100)


def test_the_parts_are_the_profit_of_each_trade(ran: Ran, kept: Attribution) -> None:
    by_trade = kept.by("trade")
    found = dict(zip(by_trade.keys["trade"].tolist(), by_trade.pnl.tolist(), strict=True))
    assert len(ran.journal.trades) >= 10
    assert [t for t in ran.journal.trades if abs(Decimal(found[t.id]) / MILLIONTHS - t.pnl) > CENT / 100] == []


def test_each_day_is_the_step_of_the_account(ran: Ran, kept: Attribution) -> None:
    by_day = kept.by("day")
    values = np.array([ran.plan.capital, *(line.nav for line in ran.journal.days)])
    assert by_day.keys["day"].tolist() == [line.day for line in ran.journal.days]
    assert by_day.pnl / MILLIONTHS == pytest.approx(np.diff(values), abs=0.005)


def test_commissions_and_dividends_are_what_the_books_say(ran: Ran, kept: Attribution) -> None:
    books = [ran.engine.books.statement(name) for name in ran.engine.books.books]
    parts = kept.money()
    assert parts[Source.COMMISSIONS] == sum(each.commissions for each in books)
    assert parts[Source.DIVIDENDS] == sum(each.dividends for each in books).quantize(CENT)
    assert parts[Source.INTEREST] == sum(each.interest for each in books).quantize(CENT)
    assert parts[Source.DIVIDENDS] > 0


def test_time_pays_who_sells_options_and_moves_cost_him(kept: Attribution) -> None:
    parts = kept.money()
    assert parts[Source.THETA] > 0 > parts[Source.GAMMA]
    assert parts[Source.SLIPPAGE] < 0


def test_shares_have_no_residual_while_they_are_only_held(ran: Ran, kept: Attribution) -> None:
    """Their whole move is delta; what a fill differs from the mark is slippage."""
    own = (kept.keys["trade"] == "") & (kept.keys["book"] == "covered_call")
    assert own.any()
    assert kept.column(Source.RESIDUAL)[own].sum() == 0
    assert kept.column(Source.DELTA)[own].sum() != 0


def test_a_weekend_is_three_days_of_theta(ran: Ran) -> None:
    books = RecordedBooks()
    kept = Attributing(books, Settling(ran.market, books), Counter())
    kept._at = AT  # a Friday
    assert kept._days_between(datetime(2008, 9, 8, 15, 45, tzinfo=NEW_YORK)) == pytest.approx(3)
    kept._at = datetime(2008, 9, 8, 15, 45, tzinfo=NEW_YORK)  # its close-to-close is the weekend's
    assert kept._days_between(datetime(2008, 9, 9, 15, 45, tzinfo=NEW_YORK)) == pytest.approx(1 / 3)


def test_books_remember_each_entry_once() -> None:
    books = RecordedBooks()
    fill = Fill(fill_id="a", client_order_id="o", symbol="SPY", quantity=10, price=Decimal(100), at=AT)
    assert books.fill(fill, book="b", multiplier=1)
    assert not books.fill(fill, book="b", multiplier=1)
    books.move(CashMovement(kind=CashKind.INTEREST, amount=Decimal(1), book="b", at=AT))
    filled, moved = books.taken()
    assert [each.fill.fill_id for each in filled] == ["a"]
    assert [each.amount for each in moved] == [Decimal(1)]
    assert books.taken() == ([], [])
