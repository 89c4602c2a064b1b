"""Small fills, contracts and books for the tests of the accounting."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import count

from hypothesis import strategies as st

from tools.domain.contract import ExerciseStyle, OptionContract, Right
from tools.domain.order import Fill
from tools.portfolio.accounting import Books
from tools.portfolio.settlement_price import ExpiryPrices
from tools.portfolio.statement import Line

AT = datetime(2018, 10, 17, 20, tzinfo=UTC)
EXPIRY = date(2018, 10, 19)  # a third Friday
BOOK = "strangle"
_numbers = count()

PRICES = st.decimals(min_value="0.01", max_value="60", places=2)
COMMISSIONS = st.sampled_from([Decimal(0), Decimal("0.65")])


def fill(symbol: str, quantity: int, price: str | Decimal, *, commission: str | Decimal = "0") -> Fill:
    return Fill(
        fill_id=f"f{next(_numbers)}",
        client_order_id="tg",
        symbol=symbol,
        quantity=quantity,
        price=Decimal(price),
        commission=Decimal(commission),
        at=AT,
    )


def contract(
    strike: float, right: Right = Right.PUT, *, root: str = "SPY", expiry: date = EXPIRY, underlying: str = ""
) -> OptionContract:
    index = root in {"SPX", "SPXW", "XSP", "VIX"}
    return OptionContract(
        underlying=underlying or ("SPX" if root == "SPXW" else root.rstrip("0123456789")),
        root=root,
        expiry=expiry,
        right=right,
        strike=strike,
        style=ExerciseStyle.EUROPEAN if index else ExerciseStyle.AMERICAN,
    )


def line(what: OptionContract | str, quantity: int, *, book: str = BOOK, trade: str = "t") -> Line:
    if isinstance(what, str):
        return Line(book, trade, what, quantity, 1)
    return Line(book, trade, what.occ, quantity, what.multiplier)


def by_symbol(*contracts: OptionContract) -> dict[str, OptionContract]:
    return {each.occ: each for each in contracts}


def at_close(
    price: float, *, underlying: str = "SPY", expiry: date = EXPIRY
) -> dict[tuple[str, date], ExpiryPrices]:
    return {(underlying, expiry): ExpiryPrices(close=price)}


def funded(cash: str = "100000", *, book: str = BOOK) -> Books:
    books = Books()
    books.allot(Decimal(cash), book=book, at=AT, source=None)
    return books


def hold(books: Books, lines: list[Line], *, price: str = "0") -> None:
    """Take `lines` in at `price`."""
    for each in lines:
        opening = fill(each.symbol, each.quantity, price)
        books.fill(opening, book=each.book, multiplier=each.multiplier, trade=each.trade)
