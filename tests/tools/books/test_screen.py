"""A book on a snapshot: universe, what is missing, and one ranking over everything."""

from typing import Any

import pytest

from tests.tools.screening.samples import make_chain, make_holdings, make_snapshot
from tools.books.book import Book
from tools.books.load import shipped_book
from tools.books.screen import ranked, screen_book
from tools.domain.chain import Chain
from tools.domain.market import Snapshot


def puts(symbol: str, credit: float = 1.0) -> Chain:
    return make_chain([90.0, 92.0, 94.0, 96.0], underlying=symbol, root=symbol, bid=credit, ask=credit * 1.02)


def calls(symbol: str) -> Chain:
    return make_chain([104.0, 106.0, 108.0], right=1, underlying=symbol, root=symbol, bid=1.0, ask=1.02)


def book(shipped: str = "cash_secured_put", **changes: Any) -> Book:
    return shipped_book(shipped).model_copy(update=changes)


def market() -> Snapshot:
    return make_snapshot(puts("CVX"), puts("XOM", 1.1), puts("AAA", 0.9))


def test_all_means_every_underlying_in_symbol_order() -> None:
    screens = screen_book(book(), market(), make_holdings())
    assert [result.underlying for result in screens.results] == ["AAA", "CVX", "XOM"]
    assert screens.missing == ()


def test_a_named_universe_says_what_the_snapshot_lacks() -> None:
    screens = screen_book(book(universe=("XOM", "ZZZ")), market(), make_holdings())
    assert [result.underlying for result in screens.results] == ["XOM"]
    assert screens.missing == ("ZZZ",)


def test_best_k_bounds_the_candidates_of_each_underlying() -> None:
    for k in (1, 2):
        screens = screen_book(book(best_k=k), market(), make_holdings())
        assert all(len(result.candidates) == min(k, result.passed) for result in screens.results)
        assert len(screens.candidates) > 0


def test_rejections_add_up_over_underlyings_in_the_books_order() -> None:
    screens = screen_book(book(), market(), make_holdings(free_cash=9_100.0))
    assert screens.rejected["cash_secured"] == 9
    order = [criterion.rule.value for criterion in screens.book.criteria]
    assert list(screens.rejected) == [rule for rule in order if rule in screens.rejected]


def test_without_shares_no_call_is_proposed() -> None:
    snapshot = make_snapshot(calls("XOM"))
    covered = book("covered_call")
    assert screen_book(covered, snapshot, make_holdings()).candidates
    bare = screen_book(covered, snapshot, make_holdings(free_shares={}))
    assert bare.candidates == ()
    assert bare.rejected["shares_owned"] == 3


def test_the_ranking_goes_by_book_then_by_score() -> None:
    first = screen_book(book(rank=1), market(), make_holdings())
    second = screen_book(book(rank=2, name="other"), market(), make_holdings())
    order = ranked([second, first])
    assert [candidate.book for candidate in order] == ["cash_secured_put"] * 3 + ["other"] * 3
    scores = [candidate.quantitative or 0.0 for candidate in order[:3]]
    assert scores == sorted(scores, reverse=True)
    assert order == ranked([first, second])


@pytest.mark.parametrize("name", ["cash_secured_put", "covered_call"])
def test_an_empty_snapshot_gives_an_empty_screen(name: str) -> None:
    screens = screen_book(book(name), make_snapshot(), make_holdings())
    assert screens.results == ()
    assert ranked([screens]) == ()
