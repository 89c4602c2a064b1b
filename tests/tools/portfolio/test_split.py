from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.portfolio.bookkeeping import AT, BOOK, by_symbol, contract, fill, funded, hold, line
from tools.domain.contract import Right
from tools.domain.errors import InputError
from tools.portfolio.accounting import Books
from tools.portfolio.split import Split, after_special, follows, restated, split

PUT, CALL = contract(280.0), contract(285.0, Right.CALL)
OTHER = contract(100.0, root="QQQ")
MARKS = {"SPY": 282.0, PUT.occ: 3.0, CALL.occ: 2.0, OTHER.occ: 1.0, "QQQ": 180.0}


def after(books: Books, *, n: int, m: int) -> Split:
    found = split(
        books.lines(), underlying="SPY", n=n, m=m, contracts=by_symbol(PUT, CALL, OTHER), marks=MARKS, at=AT
    )
    books.enter(found.entries)
    books.restate(found.renamed, n=found.n, m=found.m)
    return found


@given(
    st.sampled_from([(2, 1), (4, 1), (3, 2), (1, 10), (6, 4)]),
    st.lists(st.tuples(st.sampled_from(["SPY", PUT, CALL, OTHER, "QQQ"]), st.integers(-250, 250).filter(bool),
                       st.sampled_from(["a", "b"])), max_size=8),
)  # fmt: skip
def test_a_split_makes_nobody_richer(ratio: tuple[int, int], held: list[tuple[object, int, str]]) -> None:
    books = funded("0")
    hold(books, [line(what, quantity, trade=trade) for what, quantity, trade in held], price="2.00")  # type: ignore[arg-type]
    books.mark(MARKS)
    before, other = books.value, [each for each in books.lines() if each.symbol.startswith("QQQ")]
    shares = sum(each.quantity for each in books.lines() if each.symbol == "SPY")
    found = after(books, n=ratio[0], m=ratio[1])
    assert books.value is not None
    assert abs(books.value - (before or 0)) < Decimal("1e-15")
    assert [each for each in books.lines() if each.symbol.startswith("QQQ")] == other
    left = sum(each.quantity for each in books.lines() if each.symbol == "SPY")
    assert abs(left - shares * Decimal(found.n) / found.m) < 2 * found.n
    assert not found.unknown
    total = sum((books.trade(BOOK, trade).pnl or 0 for trade in ("a", "b", "")), Decimal(0))
    assert abs(total - (books.statement(BOOK).pnl or 0)) < Decimal("1e-15")


def test_two_for_one_doubles_contracts_and_halves_strikes() -> None:
    books = funded()
    books.fill(fill("SPY", 100, "270"), book=BOOK, multiplier=1)
    books.fill(fill(CALL.occ, -1, "2.50"), book=BOOK, multiplier=100, trade="t")
    books.mark(MARKS)
    cash = books.cash
    found = after(books, n=2, m=1)
    held = {position.symbol: position for position in books.account().positions}
    assert books.cash == cash
    assert (held["SPY"].quantity, held["SPY"].average_price, held["SPY"].price) == (200, 135.0, 141.0)
    new = held["SPY181019C00142500"]
    assert (new.quantity, new.average_price, new.price) == (-2, 1.25, 1.0)
    assert found.contracts["SPY181019C00142500"].strike == 142.5
    assert (found.closed, found.rounded) == ((), 0)
    assert books.trade(BOOK, "t").pnl == 50


def test_what_an_uneven_split_makes_of_options_is_closed_at_its_mark_and_counted() -> None:
    books = funded()
    hold(books, [line(CALL, -1), line(PUT, -1), line("SPY", 101, trade="")], price="2.50")
    found = split(
        books.lines(), underlying="SPY", n=6, m=4, contracts=by_symbol(PUT, CALL),
        marks={"SPY": 282.0, CALL.occ: 2.0}, at=AT,
    )  # fmt: skip
    assert (found.n, found.m) == (3, 2)
    assert [each.symbol for each in found.closed] == [CALL.occ]
    assert [each.symbol for each in found.unknown] == [PUT.occ]
    assert [(each.fill.symbol, each.fill.quantity, each.fill.price) for each in found.entries.postings] == [
        (CALL.occ, 1, Decimal(2)), ("SPY", -1, Decimal(282)),
    ]  # fmt: skip
    books.enter(found.entries)
    books.restate(found.renamed, n=3, m=2)
    assert {each.symbol: each.quantity for each in books.lines()} == {PUT.occ: -1, "SPY": 150}


def test_a_strike_is_rounded_to_the_cent_as_the_exchange_does() -> None:
    put = contract(600.0)  # Apple's 7-for-1 of June 2014: 600 became 85.71 (Cboe Research Circular RS14-231)
    found = split([line(put, -1)], underlying="SPY", n=7, m=1, contracts=by_symbol(put), marks={}, at=AT)
    assert [each.strike for each in found.contracts.values()] == [85.71]
    assert found.rounded == 1


def test_a_split_that_is_none() -> None:
    for n, m in ((1, 1), (0, 2), (2, 2)):
        with pytest.raises(InputError, match="no split"):
            split([], underlying="SPY", n=n, m=m, contracts={}, marks={}, at=AT)
    with pytest.raises(InputError, match="no mark"):
        split([line("SPY", 3)], underlying="SPY", n=3, m=2, contracts={}, marks={}, at=AT)
    books = funded()
    hold(books, [line("SPY", 3)])
    with pytest.raises(InputError, match="do not divide"):
        books.restate({"SPY": "SPY"}, n=3, m=2)


@pytest.mark.parametrize(
    ("ratio", "symbol"),
    [
        ((2, 1), "SPY140620P00140000"),
        ((4, 2), "SPY140620P00140000"),
        ((3, 1), "SPY140620P00093330"),
        ((3, 2), "SPY1140620P00280000"),
        ((1, 10), "SPY1140620P00280000"),
    ],
)
def test_what_the_exchange_makes_of_a_contract(ratio: tuple[int, int], symbol: str) -> None:
    """Whole splits divide the strike, any other delivers something else (OCC By-Laws, Article VI, Section 11A)."""
    new = restated(PUT, n=ratio[0], m=ratio[1]).occ
    assert (new[:-15] + new[-15:])[-9:] == symbol[-9:]
    assert new.removesuffix(new[-15:]) == symbol.removesuffix(symbol[-15:])


def test_only_a_special_dividend_from_an_eighth_on_lowers_strikes() -> None:
    assert after_special(PUT, Decimal("0.12")) == PUT
    assert after_special(PUT, Decimal("0.125")).strike == 279.875
    assert after_special(PUT, Decimal(15)).strike == 265


@pytest.mark.parametrize(
    ("new", "each", "true"),
    [
        ("SPY261218P00048000", 10, True),
        ("SPY261218P00160000", 3, True),
        ("SPY261218P00160000", 2, False),
        ("SPY1261218P00480000", 1, True),
        ("SPY1261218P00480000", 2, False),
        ("SPY261218P00465000", 1, True),
        ("SPY261218P00479900", 1, False),
        ("SPY261218P00495000", 1, False),
        ("SPY261218C00048000", 10, False),
        ("SPY261219P00048000", 10, False),
        ("QQQ261218P00480000", 1, False),
    ],
)
def test_one_contract_is_told_from_another(new: str, each: int, true: bool) -> None:
    assert follows("SPY261218P00480000", new, each=Fraction(each)) is true
