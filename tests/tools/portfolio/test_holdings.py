"""What is left to commit after positions and reservations."""

from __future__ import annotations

from typing import Any

from tests.tools.portfolio.samples import CLOCK, account, call, chain, facts, occ, put, snapshot
from tools.domain.account import Account, Position, Reservation
from tools.domain.contract import Right
from tools.domain.fact import Fact
from tools.domain.market import Snapshot
from tools.portfolio.fit import fit
from tools.portfolio.holdings import availability
from tools.risk.profile import INCOME
from tools.screening.holdings import Holdings
from tools.sizing.rule import SizingRule


def holdings(holder: Account, market: Snapshot | None = None) -> Holdings:
    return availability(holder, market or snapshot(), clock=CLOCK, profile=INCOME).holdings


def reserve(candidate: Any, holder: Account, contracts: int) -> Reservation:
    return fit(
        candidate, account=holder, snapshot=snapshot(), clock=CLOCK, profile=INCOME, sizing=SizingRule(),
        contracts=contracts,
    )[1]  # fmt: skip


def test_open_puts_and_reservations_take_cash() -> None:
    holder = account((occ(Right.PUT, 90), -2), cash=100_000)
    assert holdings(holder).free_cash == 82_000
    reserved = account((occ(Right.PUT, 90), -2), cash=100_000, reservations=(reserve(put(85), holder, 3),))
    assert holdings(reserved).free_cash == 82_000 - 25_500


def test_open_calls_and_reservations_take_shares() -> None:
    holder = account(("XOM", 500), (occ(Right.CALL, 110), -2))
    assert holdings(holder).free_shares == {"XOM": 300}
    reserved = account(("XOM", 500), (occ(Right.CALL, 110), -2), reservations=(reserve(call(), holder, 2),))
    assert holdings(reserved).free_shares == {"XOM": 100}


def test_sector_exposure_counts_positions_and_reservations() -> None:
    holder = account(("XOM", 100))
    reserved = account(("XOM", 100), reservations=(reserve(put(90), holder, 1),))
    assert holdings(reserved).sector_exposure == {"Energy": 19_000}


def test_a_fund_is_looked_through() -> None:
    market = snapshot(chain("QQQ"), known={"QQQ": facts("QQQ", sector_weights={"Technology": 0.5, "Energy": 0.1})})
    assert holdings(account(("QQQ", 100)), market).sector_exposure == {"Energy": 1_000, "Technology": 5_000}


def test_an_unknown_sector_makes_the_exposure_unknown() -> None:
    held = account((occ(Right.PUT, 90, symbol="CVX"), -1))
    assert holdings(held).sector_exposure is None


def test_an_unknown_mark_makes_nav_unknown_but_not_cash() -> None:
    found = holdings(account(("NVDA", 10), cash=1_000))
    assert found.nav is None
    assert found.free_cash == 1_000


def test_unknown_margin_makes_cash_unknown() -> None:
    assert holdings(account((occ(Right.CALL, 90, symbol="CVX"), -1))).free_cash is None


class TestSharesOfABook:
    """Books of one account share nothing: calls are written on one's own shares, or on those of no book."""

    @staticmethod
    def of(book: str, *positions: Position, own: bool = False) -> int:
        free = availability(account(*positions), snapshot(), clock=CLOCK, profile=INCOME)
        shares = free.of(book, own_shares=own).free_shares
        assert shares is not None
        return shares.get("XOM", 0)

    @staticmethod
    def lot(symbol: str, quantity: int, book: str) -> Position:
        return Position(symbol=symbol, quantity=quantity, price=1.0 if len(symbol) > 6 else 100.0, book=book)

    def test_nobody_writes_on_another_book_s_shares(self) -> None:
        wheels = self.lot("XOM", 300, "wheel")
        assert self.of("wheel", wheels) == self.of("wheel", wheels, own=True) == 300
        assert self.of("covered_call", wheels) == 0

    def test_shares_of_no_book_are_for_those_who_take_them(self) -> None:
        loose = self.lot("XOM", 300, "")
        assert self.of("covered_call", loose) == 300
        assert self.of("wheel", loose, own=True) == 0

    def test_a_call_locks_the_book_s_own_shares_first(self) -> None:
        held = (
            self.lot("XOM", 100, "wheel"),
            self.lot("XOM", 200, ""),
            self.lot(occ(Right.CALL, 110), -2, "wheel"),
        )
        assert self.of("wheel", *held) == 100  # of 200 one hundred are locked beyond its own
        assert self.of("covered_call", *held) == 100
        assert self.of("wheel", *held, own=True) == 0

    def test_never_more_than_the_account_has_free(self) -> None:
        held = (self.lot("XOM", 200, ""), self.lot(occ(Right.CALL, 110), -1, "covered_call"))
        assert self.of("covered_call", *held) == self.of("primary", *held) == 100


def test_a_book_knows_what_it_has_open_and_the_screen_what_volatility_is_sold() -> None:
    holder = account(Position(symbol=occ(Right.PUT, 90), quantity=-10, price=None, book="wheel"))
    ranked = facts("XOM", iv_rank=Fact[float].known(72.0, source="test"))
    free = availability(holder, snapshot(known={"XOM": ranked}), clock=CLOCK, profile=INCOME)
    assert (free.of("wheel").own_open, free.of("vix_hedge").own_open) == (True, False)
    assert free.holdings.iv_rank == 72.0
    assert free.holdings.vega is not None
    assert free.holdings.vega < 0
    nothing = availability(account(), snapshot(), clock=CLOCK, profile=INCOME).holdings
    assert (nothing.iv_rank, nothing.vega) == (None, 0.0)
