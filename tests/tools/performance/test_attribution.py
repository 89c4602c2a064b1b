from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.domain.cash import CashKind, CashMovement
from tools.domain.errors import InputError
from tools.domain.order import Fill
from tools.performance.attribution import (
    MILLIONTHS,
    Attribution,
    FillRows,
    HeldRows,
    Source,
    attribute,
    cash_rows,
)
from tools.portfolio.accounting import Books
from tools.pricing import european

AT = datetime(2018, 10, 17, 20, tzinfo=UTC)
NAN = float("nan")
PRICE = st.integers(1, 9_000).map(lambda ticks: ticks / 200)  # mids fall between cents


def rows(kind: type[Any], *given_rows: dict[str, Any]) -> Any:
    """Columns from rows."""
    names = [field.name for field in fields(kind)]
    types = {"units": np.int64, "day": "datetime64[D]", "book": np.str_, "trade": np.str_}
    return kind(
        **{name: np.array([row[name] for row in given_rows], types.get(name, np.float64)) for name in names}
    )


def held_row(**changes: Any) -> dict[str, Any]:
    return {
        "day": "2018-10-17", "book": "strangle", "trade": "t", "units": -100, "mark_before": 2.0, "mark_after": 2.0,
        "spot_before": 280.0, "spot_after": 280.0, "iv_before": 0.2, "iv_after": 0.2, "delta": -0.2,
        "gamma": 0.02, "vega_point": 0.3, "theta_day": -0.05, **changes,
    }  # fmt: skip


def fill_row(**changes: Any) -> dict[str, Any]:
    return {
        "day": "2018-10-17", "book": "strangle", "trade": "t", "units": -100, "price": 2.0, "mid": 2.0,
        "mark_after": 2.0, "commission": 0.0, **changes,
    }  # fmt: skip


def told(
    held: list[dict[str, Any]], fills: list[dict[str, Any]] | None = None, *moves: CashMovement
) -> Attribution:
    return attribute(held=rows(HeldRows, *held), fills=rows(FillRows, *(fills or [])), cash=cash_rows(moves))


def test_each_part_is_what_its_greek_says() -> None:
    row = held_row(mark_after=2.31, spot_after=279.0, iv_after=0.21)
    parts = {source: cents / 100 for source, cents in zip(Source, told([row]).cents()[0].tolist(), strict=True)}
    # -100 × (-0.2·-1, ½·0.02·1, -0.05, 0.3·1 point); the rest of -31.00
    assert parts[Source.DELTA] == -20.0
    assert parts[Source.GAMMA] == -1.0
    assert parts[Source.THETA] == 5.0
    assert parts[Source.VEGA] == -30.0
    assert parts[Source.RESIDUAL] == 15.0
    assert sum(parts.values()) == -31.0


def test_slippage_is_the_fill_against_the_mid_and_costs_are_costs() -> None:
    sold = fill_row(price=1.98, mid=2.0, mark_after=1.9, commission=0.65)
    bought = fill_row(units=100, price=2.03, mid=2.0, mark_after=1.9)
    money = told([], [sold, bought]).money()
    assert money[Source.SLIPPAGE] == Decimal("-5.00")
    assert money[Source.COMMISSIONS] == Decimal("-0.65")
    assert money[Source.RESIDUAL] == 0  # the way from 2.00 to 1.90, once won and once lost
    assert told([], [fill_row(price=1.98, mid=NAN, mark_after=1.9)]).money()[Source.RESIDUAL] == 8


@pytest.mark.parametrize("name", ["delta", "gamma", "theta_day", "vega_point", "iv_after", "spot_before"])
def test_without_a_greek_the_whole_move_is_residual_and_counted(name: str) -> None:
    found = told([held_row(mark_after=2.31, **{name: NAN}), held_row()])
    assert found.column(Source.RESIDUAL)[0] == found.pnl[0] == -31 * MILLIONTHS
    assert found.unknown.tolist() == [1, 0]
    assert found.by().unknown.tolist() == [1]


def test_shares_need_no_volatility() -> None:
    shares = held_row(
        units=100, mark_before=280.0, mark_after=281.5, spot_after=281.5, delta=1.0, gamma=0.0, vega_point=0.0,
        theta_day=0.0, iv_before=NAN, iv_after=NAN,
    )  # fmt: skip
    found = told([shares])
    assert found.money()[Source.DELTA] == 150
    assert found.unknown.sum() == 0


def test_a_profit_without_a_mark_is_refused() -> None:
    with pytest.raises(InputError, match="carry the last"):
        told([held_row(mark_after=NAN)])
    with pytest.raises(InputError, match="carry the last"):
        told([], [fill_row(price=NAN)])


def test_cash_goes_where_it_belongs_and_capital_nowhere() -> None:
    amounts = {kind: Decimal(place + 1) for place, kind in enumerate(CashKind)}
    moves = [CashMovement(kind=kind, amount=amount, book="b", at=AT) for kind, amount in amounts.items()]
    money = told([], [], *moves).money()
    assert money[Source.DIVIDENDS] == amounts[CashKind.DIVIDEND]
    assert money[Source.INTEREST] == amounts[CashKind.INTEREST]
    assert money[Source.COMMISSIONS] == amounts[CashKind.COMMISSION]
    assert money[Source.RESIDUAL] == amounts[CashKind.ASSIGNMENT]
    assert sum(money.values()) == sum(amounts.values()) - amounts[CashKind.CAPITAL]
    assert told([], []).money() == dict.fromkeys(Source, Decimal(0))


def test_a_quiet_day_of_an_option_is_explained_to_a_hundredth() -> None:
    """Black-Scholes marks: what the residual holds is of higher order."""
    terms = {"right": -1, "strike": 270.0, "rate": 0.02, "dividend_yield": 0.0}
    start = european.value(spot=280.0, years=0.1, vol=0.18, **terms)
    end = european.value(spot=278.6, years=0.1 - 1 / 365, vol=0.185, **terms)
    found = told([held_row(
        mark_before=float(start.price), mark_after=float(end.price), spot_after=278.6, iv_before=0.18,
        iv_after=0.185, delta=float(start.delta), gamma=float(start.gamma), vega_point=float(start.vega) / 100,
        theta_day=float(start.theta) / 365,
    )])  # fmt: skip
    assert abs(found.column(Source.RESIDUAL)[0]) < 0.015 * abs(found.pnl[0])


GREEK = st.one_of(st.just(NAN), st.floats(-2, 2))
DAYS = ["2018-10-17", "2018-10-18", "2018-10-19"]


@settings(deadline=None)
@given(st.data())
def test_the_parts_sum_to_what_the_books_earned_by_day_by_trade_and_by_book(data: st.DataObject) -> None:
    books = Books()
    held_rows: list[dict[str, Any]] = []
    fill_rows: list[dict[str, Any]] = []
    moves: list[CashMovement] = []
    symbols = {"SPY181019P00280000": 100, "SPY": 1}
    marks = {symbol: data.draw(PRICE) for symbol in symbols}
    earned: list[Decimal] = []
    number = 0
    for day in DAYS:
        after = {symbol: data.draw(PRICE) for symbol in symbols}
        at = datetime.fromisoformat(f"{day}T20:00:00+00:00")
        for line in books.lines():
            held_rows.append(held_row(
                day=day, book=line.book, trade=line.trade, units=line.quantity * line.multiplier,
                mark_before=marks[line.symbol], mark_after=after[line.symbol], delta=data.draw(GREEK),
                gamma=data.draw(GREEK), spot_after=data.draw(PRICE), iv_after=data.draw(GREEK),
            ))  # fmt: skip
        for _ in range(data.draw(st.integers(0, 4))):
            symbol, number = data.draw(st.sampled_from(sorted(symbols))), number + 1
            place = {"book": data.draw(st.sampled_from("xy")), "trade": data.draw(st.sampled_from(["a", "b", ""]))}
            done = Fill(
                fill_id=str(number), client_order_id="tg", symbol=symbol, at=at,
                quantity=data.draw(st.integers(-3, 3).filter(bool)), price=Decimal(repr(data.draw(PRICE))),
                commission=data.draw(st.sampled_from([Decimal(0), Decimal("0.65")])),
            )  # fmt: skip
            books.fill(done, multiplier=symbols[symbol], **place)
            fill_rows.append(fill_row(
                day=day, **place, units=done.quantity * symbols[symbol], price=float(done.price),
                mid=data.draw(st.one_of(PRICE, st.just(NAN))), mark_after=after[symbol],
                commission=float(done.commission),
            ))  # fmt: skip
        kind = data.draw(st.sampled_from(CashKind))
        amount = data.draw(st.decimals(min_value=-99, max_value=99, places=2))
        moves.append(CashMovement(kind=kind, amount=amount, book="x", trade="a", at=at))
        books.move(moves[-1])
        marks = after
        books.mark(marks)
        earned.append(sum((books.statement(book).pnl or Decimal(0) for book in books.books), Decimal(0)))
    found = told(held_rows, fill_rows, *moves)
    by_day = found.by("day")
    for day, profit, before in zip(DAYS, earned, [Decimal(0), *earned], strict=False):
        at_day = by_day.keys["day"] == np.datetime64(day, "D")
        assert Decimal(int(by_day.pnl[at_day].sum())) / MILLIONTHS == profit - before
    by_trade = found.by("book", "trade")
    for book, trade, profit in zip(
        by_trade.keys["book"], by_trade.keys["trade"], by_trade.pnl.tolist(), strict=True
    ):
        assert Decimal(profit) / MILLIONTHS == books.trade(str(book), str(trade)).pnl
    for grouped in (by_day, by_trade, found.by("book"), found.by("day", "book", "trade")):
        assert np.array_equal(grouped.parts.sum(axis=0), found.parts.sum(axis=0))
        assert np.array_equal(grouped.cents().sum(axis=1), np.rint(grouped.pnl / 10_000).astype(np.int64))
