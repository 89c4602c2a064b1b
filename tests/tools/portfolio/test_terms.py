"""Held options whose underlying has no chain: what the account itself tells prices them, or they stay unknown."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import pytest

from tests.tools.portfolio.samples import (
    AS_OF,
    CLOCK,
    RATE,
    VOL,
    account,
    chain,
    facts,
    index_facts,
    occ,
    put,
    snapshot,
)
from tests.tools.portfolio.test_fit import by_rule, fitted
from tools.domain.account import Account, Position
from tools.domain.contract import ExerciseStyle, Right
from tools.domain.decision import LimitState
from tools.domain.fact import Fact
from tools.domain.market import InstrumentKind, Snapshot
from tools.portfolio.held import read_held
from tools.portfolio.positions import Positions, read_positions
from tools.portfolio.terms import Terms, read_terms, snapshot_rate
from tools.pricing import american, european
from tools.risk.profile import INCOME

SPX = chain("SPX", spot=5_000, style=ExerciseStyle.EUROPEAN)
MARKET = snapshot(SPX, known={"SPX": index_facts("SPX")})
SPY = Position(symbol="SPY", quantity=300, price=512.30)
SPY_PUT = Position(symbol="SPY261218P00480000", quantity=-2, price=3.10)
DOCUMENTED = account(SPY, SPY_PUT, cash=250_000)


def read(holder: Account, market: Snapshot = MARKET) -> Positions:
    return read_positions(holder, market, clock=CLOCK, gap=INCOME.overnight)


class TestTerms:
    def test_a_chain_is_asked_first(self) -> None:
        holder = account(Position(symbol="SPX", quantity=0, price=1.0), SPY)
        assert read_terms(holder, MARKET) == {"SPX": Terms.of_chain(SPX), "SPY": Terms(AS_OF, 512.30, RATE)}

    def test_the_rate_is_the_median_of_the_chains(self) -> None:
        chains = [replace(chain(symbol), rate=rate) for symbol, rate in (("A", 0.01), ("B", 0.04), ("C", 0.03))]
        assert snapshot_rate(snapshot(*chains)) == 0.03

    def test_no_chain_no_rate_no_terms(self) -> None:
        empty = replace(MARKET, chains={})
        assert math.isnan(snapshot_rate(empty))
        assert read_terms(DOCUMENTED, empty) == {}
        assert "no interest rate" in read(DOCUMENTED, empty).missing["dollar_delta"]


class TestKnown:
    def test_the_documented_portfolio_beside_an_index_chain(self) -> None:
        """3.10 for eleven months, 6 % out of the money, is a volatility near 9 % and a delta near 0.14."""
        found = read(DOCUMENTED)
        assert found.missing == {}
        assert found.free_shares == {"SPY": 300}
        held = found.exposures[1]
        assert 0.12 < held.dollar_delta / (200 * 512.30) < 0.16
        assert held.gamma_1pct < 0
        assert held.vega_point < 0
        assert held.overnight_loss > 0

    def test_f3_to_f5_and_the_overnight_gap_are_measured(self) -> None:
        trade = put(4_500, symbol="SPX", spot=5_000)
        found = by_rule(fitted(trade, DOCUMENTED, MARKET)[0])
        for rule in ("F3", "F4", "F5", "F15-overnight"):
            assert found[rule].state is not LimitState.UNKNOWN, found[rule].text
            assert found[rule].before is not None

    def test_the_volatility_behind_the_mark_is_found(self) -> None:
        """Priced at 25 % on the account's spot, the put has the Greeks of 25 %."""
        years = ((date(2026, 12, 18) - AS_OF.date()).days + 5.5 / 24) / 365
        worth = american.value(
            right=-1, spot=100.0, strike=90.0, years=years, rate=RATE, dividend_yield=0.0, vol=VOL
        )
        symbol = occ(Right.PUT, 90, symbol="CVX", expiry=date(2026, 12, 18))
        holder = account(
            Position(symbol="CVX", quantity=100, price=100.0),
            Position(symbol=symbol, quantity=-1, price=float(worth.price)),
        )
        held = read(holder).exposures[1]
        assert held.dollar_delta == pytest.approx(-float(worth.delta) * 100 * 100, rel=1e-3)
        assert held.vega_point == pytest.approx(-float(worth.vega), rel=1e-3)

    def test_an_index_root_is_european(self) -> None:
        """Deep in the money an American put is worth its exercise; a European one may be worth less."""
        (contract,) = (held.contract for held in read_held(account(("XSP260220P00060000", -1)), MARKET))
        assert contract is not None
        assert (contract.underlying, contract.style) == ("XSP", ExerciseStyle.EUROPEAN)
        mark = european.value(
            right=-1, spot=50.0, strike=60.0, years=(36 + 5.5 / 24) / 365, rate=RATE, dividend_yield=0.0, vol=0.15
        ).price
        assert float(mark) < 10
        spot = Position(symbol="XSP", quantity=0, price=50.0)
        deep = Position(symbol="XSP260220P00060000", quantity=1, price=float(mark))
        assert read(account(spot, deep)).missing == {}
        stock = [each.model_copy(update={"symbol": each.symbol.replace("XSP", "CVX")}) for each in (spot, deep)]
        assert "no volatility explains its price" in read(account(*stock)).missing["dollar_delta"]

    def test_a_share_class_is_the_underlying_of_its_options(self) -> None:
        holder = account(
            Position(symbol="BRK.B", quantity=100, price=480.0),
            Position(symbol="BRKB260220C00500000", quantity=-1, price=6.0),
        )
        found = read(holder)
        assert found.missing == {}
        assert found.free_shares == {"BRK.B": 0}

    def test_far_expiries_are_priced(self) -> None:
        far = Position(symbol="SPY281215P00480000", quantity=-2, price=25.0)
        assert read(account(SPY, far)).missing == {}

    def test_a_naked_call_has_its_margin(self) -> None:
        holder = account(
            Position(symbol="SPY", quantity=50, price=512.30),
            Position(symbol="SPY260220C00560000", quantity=-1, price=1.20),
        )
        assert read(holder).locked_cash > 0.1 * 512.30 * 100


class TestUnknown:
    @pytest.mark.parametrize(
        ("held", "why"),
        [
            ((SPY_PUT,), "the snapshot holds no chain of SPY and the account no price of it"),
            ((SPY, SPY_PUT.model_copy(update={"price": None})), "it has no price"),
            ((SPY, Position(symbol="SPY260109P00480000", quantity=-2, price=3.1)), "it expired on 2026-01-09"),
            ((SPY, Position(symbol="SPY260220P00600000", quantity=-2, price=50.0)), "no volatility explains"),
            ((SPY, Position(symbol="SPY1260220P00480000", quantity=-2, price=3.1)), "adjusted contract"),
            ((SPY, Position(symbol="SPY651218P00480000", quantity=-2, price=3.1)), "beyond the exchange calendar"),
        ],
    )  # fmt: skip
    def test_says_why(self, held: tuple[Position, ...], why: str) -> None:
        found = read(account(*held))
        assert math.isnan(found.exposures[-1].dollar_delta)
        for amount in ("dollar_delta", "gamma_1pct", "vega_point", "overnight_loss"):
            assert why in found.missing[amount]

    def test_shares_without_a_price_tell_no_spot(self) -> None:
        missing = read(account(Position(symbol="SPY", quantity=300, price=None), SPY_PUT)).missing
        assert missing["dollar_delta"] == "the Greeks of SPY are unknown: it has no price"
        assert missing["vega_point"].endswith("no chain of SPY and the account no price of it")


class TestFacts:
    """Facts of held symbols are read wherever the snapshot has them, with a chain or without."""

    def test_a_broad_fund_without_a_chain_is_exempt_from_sectors(self) -> None:
        broad = facts("SPY", kind=InstrumentKind.ETF, broad_index=True, sector=Fact.not_applicable("a broad fund"))
        known = replace(MARKET, facts=MARKET.facts | {"SPY": broad})
        assert all(each.sector_exempt for each in read(DOCUMENTED, known).exposures)
        assert not any(each.sector_exempt for each in read(DOCUMENTED).exposures)

    def test_a_stock_without_a_chain_counts_in_its_own_sector(self) -> None:
        holder = account(Position(symbol="CVX", quantity=1_000, price=150.0))
        market = snapshot(known={"CVX": facts("CVX", sector=Fact.known("Utilities", source="test"))})
        energy = by_rule(fitted(put(90), holder, market)[0])["F6"]
        blind = by_rule(fitted(put(90), holder, snapshot())[0])["F6"]
        assert (energy.before, energy.state) == (0, LimitState.PASS)
        assert blind.before is not None
        assert blind.before > 0.1
        assert "of unknown sector" in blind.text
