from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.ledger.specimens import AS_OF, approval, candidate, gate, intent, leg, opening, reservation, scan
from tests.tools.portfolio.bookkeeping import AT, BOOK, COMMISSIONS, PRICES, fill, funded
from tools.domain.account import Account, Position
from tools.domain.cash import CashKind, CashMovement
from tools.domain.decision import Outcome
from tools.domain.errors import InputError
from tools.domain.order import Fill
from tools.ledger.store import Ledger
from tools.portfolio.accounting import Books

PUT = "SPY261218P00480000"
SYMBOLS = {PUT: 100, "SPY261218P00470000": 100, "SPY": 1}
FILLS = st.lists(
    st.tuples(
        st.sampled_from(["income", "condors"]),
        st.sampled_from(["a", "b", ""]),
        st.sampled_from(sorted(SYMBOLS)),
        st.integers(-5, 5).filter(bool),
        PRICES,
        COMMISSIONS,
    ),
    max_size=20,
)
MOVEMENTS = st.lists(
    st.tuples(
        st.sampled_from(["income", "condors"]),
        st.sampled_from(["a", ""]),
        st.sampled_from([kind for kind in CashKind if kind is not CashKind.CAPITAL]),
        st.decimals(min_value="-500", max_value="500", places=2),
    ),
    max_size=6,
)


def moved(kind: CashKind, amount: str | Decimal, *, book: str = BOOK, trade: str = "") -> CashMovement:
    return CashMovement(kind=kind, amount=Decimal(amount), book=book, trade=trade, at=AT)


@given(FILLS, MOVEMENTS, st.lists(PRICES, min_size=3, max_size=3))
def test_nothing_is_lost_between_cash_positions_and_profit(
    fills: list[tuple[str, str, str, int, Decimal, Decimal]],
    movements: list[tuple[str, str, CashKind, Decimal]],
    marks: list[Decimal],
) -> None:
    books, expected = Books(), Decimal(0)
    for book in ("income", "condors"):
        books.allot(Decimal("1000.10"), book=book, at=AT, source=None)
    for book, trade, symbol, quantity, price, commission in fills:
        done = fill(symbol, quantity, price, commission=commission)
        assert books.fill(done, book=book, multiplier=SYMBOLS[symbol], trade=trade)
        expected -= quantity * price * SYMBOLS[symbol] + commission
    for book, trade, kind, amount in movements:
        books.move(moved(kind, amount, book=book, trade=trade))
        expected += amount
    prices = dict(zip(sorted(SYMBOLS), marks, strict=True))
    assert books.mark(prices) == ()
    assert books.cash == Decimal("2000.20") + expected
    worth = sum(line.quantity * line.multiplier * prices[line.symbol] for line in books.lines())
    assert books.value == books.cash + worth
    statements = [books.statement(book) for book in books.books]
    assert sum(statement.cash for statement in statements) == books.cash
    for book, statement in zip(books.books, statements, strict=True):
        parts = [books.trade(book, trade) for trade in ("a", "b", "")]
        assert sum((part.pnl or 0 for part in parts), Decimal(0)) == statement.pnl
        for each in (statement, *parts):
            assert each.pnl is not None
            assert each.realised is not None
            assert each.unrealised is not None
            earned = each.commissions + each.dividends + each.interest + each.assignments
            assert abs(each.pnl - each.realised - each.unrealised - earned) < Decimal("1e-12")


@given(FILLS, st.data())
def test_a_fill_may_come_in_parts(
    fills: list[tuple[str, str, str, int, Decimal, Decimal]], data: st.DataObject
) -> None:
    whole, parted = Books(), Books()
    for book, trade, symbol, quantity, price, commission in fills:
        place = {"book": book, "multiplier": SYMBOLS[symbol], "trade": trade}
        whole.fill(fill(symbol, quantity, price, commission=commission * abs(quantity)), **place)  # type: ignore[arg-type]
        first = data.draw(st.integers(1, abs(quantity)))
        for size in (first, abs(quantity) - first):
            signed = size if quantity > 0 else -size
            parted.fill(fill(symbol, signed, price, commission=commission * size), **place)  # type: ignore[arg-type]
    assert parted.cash == whole.cash
    one, other = whole.account(), parted.account()
    assert [held.model_copy(update={"average_price": None}) for held in one.positions] == [
        held.model_copy(update={"average_price": None}) for held in other.positions
    ]
    for left, right in zip(one.positions, other.positions, strict=True):
        assert left.average_price == pytest.approx(right.average_price)


@given(st.integers(-9, 9).filter(bool), PRICES)
def test_there_and_back_at_one_price_without_cost_is_nothing(quantity: int, price: Decimal) -> None:
    books = funded()
    for signed in (quantity, -quantity):
        books.fill(fill(PUT, signed, price), book=BOOK, multiplier=100, trade="t")
    trade = books.trade(BOOK, "t")
    assert (trade.pnl, trade.realised, trade.cash) == (0, 0, 0)
    assert trade.is_flat
    assert books.cash == 100_000
    assert books.account().positions == ()


def test_books_share_nothing() -> None:
    books = Books.of(Account(cash=50_000.0, positions=()))
    books.allot(Decimal(20_000), book="income", at=AT)
    books.allot(Decimal(10_000), book="condors", at=AT)
    books.allot(Decimal(2_500), book="condors", at=AT, source="income")
    books.fill(fill(PUT, -1, "2.50", commission="0.65"), book="income", multiplier=100, trade="a")
    books.fill(fill(PUT, -1, "3.00"), book="condors", multiplier=100, trade="b")
    books.mark({PUT: 2.0})
    income, condors, free = books.statement("income"), books.statement("condors"), books.statement("")
    assert (income.capital, condors.capital, free.capital) == (17_500, 12_500, 20_000)
    assert (income.pnl, condors.pnl, free.pnl) == (Decimal("49.35"), 100, 0)
    assert income.cash == Decimal("17749.35")
    held = {position.book: position for position in books.account().positions}
    assert (held["income"].average_price, held["condors"].average_price) == (2.5, 3.0)
    assert books.value == Decimal("50149.35")
    assert books.balances == {"": 20_000, "income": Decimal("17749.35"), "condors": 12_800}


def test_trades_of_one_contract_keep_their_own_prices_and_the_book_averages() -> None:
    books = funded()
    for trade, price in (("a", "2.00"), ("b", "3.00")):
        books.fill(fill(PUT, -1, price), book=BOOK, multiplier=100, trade=trade)
    books.fill(fill(PUT, 1, "1.00"), book=BOOK, multiplier=100, trade="a")
    books.mark({PUT: 1.0})
    assert [books.trade(BOOK, trade).realised for trade in ("a", "b")] == [100, 0]
    book = books.statement(BOOK)
    assert (book.realised, book.unrealised, book.pnl) == (150, 150, 300)
    assert sum(books.trade(BOOK, trade).pnl or 0 for trade in books.trades(BOOK)) == 300


def test_what_has_no_mark_has_no_value() -> None:
    books = funded()
    books.fill(fill(PUT, -1, "2.50"), book=BOOK, multiplier=100)
    assert books.value is None
    assert books.statement(BOOK).pnl is None
    assert books.mark({"QQQ": 300.0}) == (PUT,)
    assert books.account().positions[0].price is None
    assert books.mark({PUT: 2.0}) == ()
    assert books.mark({PUT: float("nan")}) == (PUT,)
    assert books.value == Decimal("100050")


def test_a_fill_is_taken_once_and_a_multiplier_never_changes() -> None:
    books, once = funded(), fill(PUT, -1, "2.50")
    assert [books.fill(once, book=BOOK, multiplier=100) for _ in range(3)] == [True, False, False]
    assert books.cash == 100_250
    with pytest.raises(InputError, match="adjusted contract"):
        books.fill(fill(PUT, -1, "2.50"), book=BOOK, multiplier=10)


def test_what_was_there_before_is_no_profit() -> None:
    held = (
        Position(symbol="SPY", quantity=100, price=500.0, average_price=400.0, book="income"),
        Position(symbol=PUT, quantity=-1, price=2.0, average_price=None, book="income"),
    )
    books = Books.of(Account(cash=1_000.0, positions=held))
    assert books.statement("income").pnl == 0
    assert books.statement("income").unrealised is None
    assert books.mark({"SPY": 501.0}) == (PUT,)
    assert books.statement("income").pnl == 100
    books.fill(fill(PUT, 1, "1.50"), book="income", multiplier=100)
    assert books.statement("income").realised is None
    assert books.statement("income").pnl == 150
    twice = Position(symbol="SPY", quantity=1, price=1.0)
    with pytest.raises(InputError, match="twice"):
        Books.of(Account(cash=0.0, positions=(twice, twice)))
    unknown = Books.of(Account(cash=0.0, positions=(Position(symbol="SPY", quantity=1, price=None),)))
    assert unknown.statement("").pnl is None


def test_the_ledger_books_the_same_fills_to_the_same_account(tmp_path: Path) -> None:
    put, draw = candidate(leg(480)), Random(7)
    order, occ = intent(put), put.legs[0].contract.occ
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.sqlite'}", now=lambda: AS_OF)
    ledger.open_account(opening())
    ledger.propose(**scan(put))
    ledger.reserve(reservation(put.id))
    ledger.settle(put.id, gate(Outcome.APPROVED), intent=order, approval=approval(order, by="score"))
    books = Books.of(ledger.account())
    for place in range(40):
        quantity, price = draw.choice([-3, -2, -1, 1, 2, 3]), Decimal(draw.randint(1, 900)) / 100
        done = Fill(
            fill_id=str(place), client_order_id=order.client_order_id, symbol=occ, quantity=quantity, price=price,
            commission=draw.choice([Decimal(0), Decimal("0.65")]), at=AS_OF,
        )  # fmt: skip
        assert ledger.record_fill(done)
        assert books.fill(done, book=put.book, multiplier=100, trade=put.id)
        prices = {"SPY": 511.5 + place, occ: draw.randint(1, 900) / 100}
        ledger.mark_prices(prices)
        books.mark(prices)
        live, kept = ledger.account(), books.account()
        assert books.cash == ledger.cash()
        assert (kept.cash, kept.name, kept.broker) == (live.cash, live.name, live.broker)
        assert [held for held in kept.positions if held.symbol == "SPY"] == [live.positions[0]]
        assert [held for held in kept.positions if held.symbol == occ] == list(live.positions[1:])
    ledger.close()


def test_a_closed_trade_is_known_without_a_mark() -> None:
    books = funded()
    books.fill(fill(PUT, -2, "2.50", commission="1.30"), book=BOOK, multiplier=100, trade="t")
    books.fill(fill(PUT, 2, "1.00", commission="1.30"), book=BOOK, multiplier=100, trade="t")
    assert books.trade(BOOK, "t").pnl == Decimal("297.40")
    assert books.trades(BOOK) == ("t",)
    assert books.trade(BOOK, "never").pnl == 0
