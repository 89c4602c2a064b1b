"""Marks, NAV and exposures of what is held."""

from __future__ import annotations

import math

import pytest

from tests.tools.portfolio.samples import CLOCK, account, chain, earlier, index_facts, occ, snapshot
from tools.domain.account import Account, Position
from tools.domain.contract import ExerciseStyle, Right
from tools.domain.market import Snapshot
from tools.portfolio.held import read_held
from tools.portfolio.positions import Positions, read_positions
from tools.risk.profile import OvernightGap


def read(holder: Account, market: Snapshot | None = None) -> Positions:
    return read_positions(holder, market or snapshot(), clock=CLOCK, gap=OvernightGap())


class TestNav:
    def test_is_cash_and_signed_values(self) -> None:
        """The portfolio file of the documentation: 250,000 in cash, 300 SPY, two short puts."""
        held = account(
            Position(symbol="SPY", quantity=300, price=512.30),
            Position(symbol="SPY261218P00480000", quantity=-2, price=3.10),
            cash=250_000,
        )
        assert read(held).nav == pytest.approx(250_000 + 300 * 512.30 - 2 * 100 * 3.10)

    def test_marks_missing_in_the_account_come_from_the_snapshot(self) -> None:
        held = account(("XOM", 100), (occ(Right.PUT, 90), -1), cash=0)
        quote = read_held(held, snapshot())[1].quote
        assert read(held).nav == pytest.approx(100 * 100.0 - 100 * quote)

    def test_an_unknown_mark_makes_it_unknown(self) -> None:
        found = read(account(("NVDA", 10)))
        assert math.isnan(found.nav)
        assert found.missing["nav"].startswith("NVDA has no price")

    def test_a_gap_filled_row_is_no_mark(self) -> None:
        filled = chain()
        filled.filled.setflags(write=True)
        filled.filled[:] = True
        assert math.isnan(read(account((occ(Right.PUT, 90), -1)), snapshot(filled)).nav)


class TestExposures:
    def test_shares_have_delta_one(self) -> None:
        exposure = read(account(("XOM", 300))).exposures[0]
        assert exposure.dollar_delta == exposure.collateral == exposure.notional == 30_000
        assert (exposure.gamma_1pct, exposure.vega_point) == (0, 0)
        assert exposure.sectors == {"Energy": 30_000}
        assert exposure.overnight_loss == pytest.approx(9_000)

    def test_a_short_put(self) -> None:
        exposure = read(account((occ(Right.PUT, 95), -2))).exposures[0]
        assert 0.15 < exposure.dollar_delta / (2 * 100 * 100) < 0.35
        assert exposure.gamma_1pct < 0
        assert exposure.vega_point < 0
        assert exposure.theta_day > 0
        assert exposure.collateral == exposure.notional == 19_000
        assert exposure.sectors == {"Energy": 19_000}
        # Intrinsic value at 70 is 25 per share; the premium of about 1.3 is kept.
        assert 4_600 < exposure.overnight_loss < 5_200

    def test_a_covered_call_adds_nothing_but_greeks(self) -> None:
        found = read(account(("XOM", 200), (occ(Right.CALL, 110), -2)))
        call = found.exposures[1]
        assert (call.collateral, call.notional, call.sectors) == (0, 0, {"Energy": 0})
        assert call.dollar_delta < 0
        assert call.overnight_loss < 0
        assert found.free_shares == {"XOM": 0}
        assert found.locked_cash == 0

    def test_a_naked_call_takes_the_larger_of_margin_and_stress(self) -> None:
        """D1: at +30 % the 110 call is at least 20 in the money; its margin is 20 % of spot less 10."""
        found = read(account((occ(Right.CALL, 110), -1)))
        assert found.exposures[0].collateral > 1_900
        assert found.locked_cash == found.exposures[0].collateral

    def test_the_mark_prices_a_contract_that_the_chain_does_not_quote(self) -> None:
        exposure = read(account(Position(symbol=occ(Right.PUT, 92.5), quantity=-1, price=1.0))).exposures[0]
        assert exposure.vega_point < 0

    def test_an_index_weekly_belongs_to_its_index_and_is_exempt(self) -> None:
        market = snapshot(chain("SPX", spot=5_000, style=ExerciseStyle.EUROPEAN), known={"SPX": index_facts("SPX")})
        found = read(account(Position(symbol="SPXW260220P04500000", quantity=-1, price=10.0)), market)
        assert found.optioned == {"SPX"}
        assert found.exposures[0].sector_exempt
        assert found.exposures[0].sectors == {}
        assert not math.isnan(found.exposures[0].dollar_delta)


class TestUnknown:
    def test_no_chain_no_greeks(self) -> None:
        found = read(account(Position(symbol=occ(Right.PUT, 90, symbol="CVX"), quantity=-1, price=1.0)))
        assert math.isnan(found.exposures[0].dollar_delta)
        assert not math.isnan(found.nav)
        assert found.missing["dollar_delta"].endswith("no chain of CVX and the account no price of it")
        assert found.exposures[0].sectors == {"unknown": 9_000}

    def test_a_price_that_no_volatility_explains(self) -> None:
        far = Position(symbol=occ(Right.PUT, 130), quantity=-1, price=1.0)
        found = read(account(far))
        assert math.isnan(found.exposures[0].vega_point)
        assert found.missing["vega_point"].endswith("no volatility explains its price 1.00 with XOM at 100.00")

    def test_an_expired_contract_asks_for_reconciliation(self) -> None:
        symbol = occ(Right.PUT, 90, expiry=earlier(7))
        found = read(account(Position(symbol=symbol, quantity=-1, price=0.01)))
        assert math.isnan(found.exposures[0].dollar_delta)
        assert "expired on 2026-01-08; reconcile" in found.missing["dollar_delta"]

    def test_an_adjusted_contract(self) -> None:
        found = read(account(Position(symbol=occ(Right.PUT, 90, symbol="XOM1"), quantity=-1, price=1.0)))
        assert found.optioned == {"XOM"}
        assert "adjusted" in found.missing["dollar_delta"]

    def test_empty_accounts_hold_nothing(self) -> None:
        found = read(account(cash=5.0))
        assert (found.nav, found.exposures, found.locked_cash, found.missing) == (5.0, (), 0, {})
