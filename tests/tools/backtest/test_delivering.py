"""Shares are bought for calls and sold where a delivery left them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from tools.backtest.costs import Slippage
from tools.backtest.delivering import Delivering
from tools.backtest.plan import Plan
from tools.books.load import shipped_book
from tools.calendar.sessions import NEW_YORK
from tools.data.simulated.past import SimulatedPast
from tools.domain.market import Snapshot
from tools.domain.order import Fill
from tools.portfolio.accounting import Books

DAY = date(2008, 9, 9)
AT = datetime(2008, 9, 9, 15, 45, tzinfo=NEW_YORK)
WRITER, OTHER = "covered_call", "cash_secured_put"


@pytest.fixture(scope="module")
def look(past: SimulatedPast) -> Snapshot:
    return past.snapshot(AT)


def planned(**changes: object) -> Plan:
    books = (shipped_book(OTHER), shipped_book(WRITER))
    fields = {"books": books, "first": DAY, "last": DAY, "holdings": {"SPY": 300}, **changes}
    return Plan.model_validate(fields)


def opened(plan: Plan) -> tuple[Books, Delivering]:
    books = Books()
    books.allot(Decimal(repr(plan.capital)), book="", at=AT, source=None)
    return books, Delivering(plan, books, Counter())


def deliver(books: Books, book: str, quantity: int) -> None:
    """Shares that an assignment left, at a strike of 100."""
    fill = Fill(
        fill_id=f"{book}/{quantity}",
        client_order_id="expiry/2008-09-08",
        symbol="SPY",
        quantity=quantity,
        price=Decimal(100),
        at=AT,
    )
    books.fill(fill, book=book, multiplier=1)


def held(books: Books) -> dict[str, int]:
    return {line.book: line.quantity for line in books.lines()}


def test_the_writer_of_calls_begins_with_its_shares(look: Snapshot) -> None:
    books, delivering = opened(planned())
    delivering.trade(look)
    assert held(books) == {WRITER: 300}
    paid = books.statement(WRITER).holdings["SPY"].average_price
    assert float(paid or 0) == pytest.approx(look.chains["SPY"].spot * 1.0001, abs=1e-5)
    delivering.trade(look)
    assert held(books) == {WRITER: 300}


def test_what_was_called_away_is_bought_again(look: Snapshot) -> None:
    books, delivering = opened(planned())
    deliver(books, WRITER, 100)
    delivering.trade(look)
    assert held(books) == {WRITER: 300}


def test_a_writer_keeps_more_than_it_was_given(look: Snapshot) -> None:
    books, delivering = opened(planned())
    deliver(books, WRITER, 500)
    delivering.trade(look)
    assert held(books) == {WRITER: 500}


@pytest.mark.parametrize("quantity", [200, -200])
def test_a_book_that_writes_no_calls_ends_without_shares(look: Snapshot, quantity: int) -> None:
    books, delivering = opened(planned(holdings={}))
    deliver(books, OTHER, quantity)
    delivering.trade(look)
    assert held(books) == {}
    spot, side = look.chains["SPY"].spot, 1 if quantity > 0 else -1
    earned = books.statement(OTHER).pnl
    assert float(earned or 0) == pytest.approx(quantity * (spot * (1 - side * 0.0001) - 100), abs=0.01)


def test_shares_without_a_price_wait(look: Snapshot) -> None:
    books, delivering = opened(planned(holdings={}))
    deliver(books, OTHER, 200)
    delivering.trade(replace(look, chains={}))
    assert held(books) == {OTHER: 200}
    assert delivering.counts["share orders without a price"] == 1


def test_shares_beyond_the_cash_are_not_bought(look: Snapshot) -> None:
    books, delivering = opened(planned(capital=10_000.0))
    delivering.trade(look)
    assert held(books) == {}
    assert delivering.counts["shares not bought for want of cash"] == 1


def test_nothing_is_lost_where_shares_cost_nothing(look: Snapshot) -> None:
    books, delivering = opened(planned(slippage=Slippage(shares=0.0)))
    delivering.trade(look)
    assert float(books.value or 0) == pytest.approx(1_000_000.0, abs=0.01)


def test_shares_need_a_book_that_writes_calls() -> None:
    with pytest.raises(ValidationError, match="writes covered calls"):
        planned(books=(shipped_book(OTHER),))
    with pytest.raises(ValidationError, match="whole shares"):
        planned(holdings={"SPY": 0})
