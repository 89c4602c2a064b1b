"""What is left to commit after positions and reservations."""

from __future__ import annotations

from typing import Any

from tests.tools.portfolio.samples import CLOCK, account, call, chain, facts, occ, put, snapshot
from tools.domain.account import Account, Reservation
from tools.domain.contract import Right
from tools.domain.market import Snapshot
from tools.portfolio.fit import fit
from tools.portfolio.holdings import availability
from tools.risk.profile import INCOME
from tools.screening.holdings import Holdings
from tools.sizing.rule import SizingRule


def holdings(holder: Account, market: Snapshot | None = None) -> Holdings:
    return availability(holder, market or snapshot(), clock=CLOCK, profile=INCOME)


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
