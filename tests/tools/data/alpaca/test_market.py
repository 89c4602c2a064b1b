"""A live snapshot: every row's fate, what is known of the names, and what never passes for fresh."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from tests.peers.alpaca_server import (
    AlpacaServer,
    cash_dividend,
    contract,
    listing,
    snapshot,
    split,
    stock,
    wire_time,
)
from tests.peers.service import Mode
from tests.tools.data.alpaca.conftest import EXPIRIES, NOW, QUICK, STRIKES, TODAY, Open, make_api
from tools.calendar.sessions import NEW_YORK
from tools.data.alpaca.market import AlpacaMarket
from tools.data.alpaca.splits import Split, adjustments, read_splits
from tools.data.company import Company
from tools.domain.chain import Dividend
from tools.domain.contract import ExerciseStyle, Right, occ_symbol
from tools.domain.errors import DataError, InputError
from tools.domain.fact import Fact
from tools.pricing.rates import implied_spot

ROWS = 2 * len(EXPIRIES) * len(STRIKES)
FIRST = occ_symbol("SPY", EXPIRIES[0], Right.CALL, 100)


def test_the_whole_universe_is_read(server: AlpacaServer, market: Open) -> None:
    found = market().snapshot()
    assert (found.as_of, found.source, found.simulated, found.embedded) == (NOW, "alpaca", False, False)
    assert (found.counts.rows, found.counts.used, found.counts.dropped) == (2 * ROWS, 2 * ROWS, {})
    assert sorted(found.chains) == ["AAPL", "SPY"]
    chain = found.chains["AAPL"]
    assert (len(chain), chain.feed, chain.source, chain.spot, chain.style) == (
        ROWS, "indicative", "alpaca", 100.0, ExerciseStyle.AMERICAN,
    )  # fmt: skip
    assert set(chain.expiry.astype(object)) == set(EXPIRIES)
    assert set(chain.right) == {-1, 1}
    assert (chain.open_interest == 237).all()
    assert (chain.volume == 21).all()
    row = int(np.flatnonzero((chain.strike == 100) & (chain.right > 0))[0])
    quote = server.listings["AAPL"].snapshots[chain.contract(row).occ]["latestQuote"]
    assert (chain.bid[row], chain.ask[row]) == (quote["bp"], quote["ap"])
    assert {asked.query.get("feed") for asked in server.seen if "/options/snapshots" in asked.path} == {
        "indicative"
    }


def test_facts_come_with_source_and_time_or_a_reason(market: Open) -> None:
    found = market().snapshot()
    aapl, spy = found.facts["AAPL"], found.facts["SPY"]
    for fact in (aapl.sma_20, aapl.rsi_14, aapl.realised_vol, aapl.beta, aapl.put_call_ratio, aapl.sector):
        assert fact.is_known
        assert fact.source
    assert aapl.sma_20.value == pytest.approx(100, rel=0.1)
    assert spy.beta.value == pytest.approx(1)
    assert found.conditions.average_correlation.is_known
    for unknown in (aapl.rating, aapl.earnings, aapl.iv_rank, found.conditions.vix):
        assert unknown.is_unknown
        assert unknown.reason
    assert spy.earnings.reason == "SPY is a fund"
    assert found.conditions.blackouts.value
    assert any("4% is assumed" in note for note in found.notes)


def test_dividends_are_announced_or_expected(server: AlpacaServer, market: Open) -> None:
    server.listings["AAPL"].dividends += [
        cash_dividend("AAPL", TODAY + timedelta(days=3), 0.26),
        cash_dividend("AAPL", TODAY - timedelta(days=50), 3.0, special=True),
    ]
    chain = market("AAPL").snapshot().chains["AAPL"]
    assert chain.dividends_known
    first, second = chain.dividends[:2]
    assert (first.ex_date, first.cash) == (TODAY + timedelta(days=3), 0.26)
    assert (second.ex_date, second.cash) == (TODAY + timedelta(days=364 - 273), 0.25)
    assert 3.0 not in {each.cash for each in chain.dividends}
    assert chain.dividends[-1].ex_date > EXPIRIES[-1]


@pytest.mark.parametrize(
    ("change", "fate"),
    [
        ({"bp": None}, "nan"),
        ({"ap": float("nan")}, "nan"),
        ({"bp": -1}, "negative"),
        ({"ap": 0, "bp": 0}, "zero"),
        ({"bp": 99.0}, "crossed"),
        ({"ap": 2_000_000}, "huge"),
        ({"bp": "n/a"}, "unparseable"),
        ({"bp": True}, "unparseable"),
        ({"bp": [1]}, "unparseable"),
        ({"t": None}, "unparseable"),
        ({"t": "2026-11-20T15:59:59"}, "unparseable"),  # naive: a time without a zone is none
        ({"t": "yesterday"}, "unparseable"),
        ({"t": "2026-11-20T10:59:59.9+09:00"}, "other_date"),  # Tokyo's clock: last evening in New York
        ({"t": "2026-11-20T10:59:59.9-08:00"}, "after_as_of"),  # Pacific hours: three hours ahead
        ({"t": "2026-11-19T20:30:00Z"}, "stale"),
        ({"t": "2026-11-20T10:00:00Z"}, None),  # before the opening of the same day: it still stands
        ({"t": "0001-01-01T00:00:00Z"}, "unparseable"),  # never quoted
    ],
)
def test_a_bad_quote_has_a_named_fate(
    server: AlpacaServer, market: Open, change: dict[str, Any], fate: str | None
) -> None:
    server.listings["SPY"].snapshots[FIRST]["latestQuote"] |= change
    counts = market("SPY").snapshot().counts
    assert counts.dropped == ({} if fate is None else {fate: 1})
    assert counts.rows == counts.used + sum(counts.dropped.values()) == ROWS


@pytest.mark.parametrize(
    ("change", "fate"),
    [
        ({"strike_price": "101"}, "contradictory"),
        ({"type": "put"}, "contradictory"),
        ({"expiration_date": "2026-12-19"}, "contradictory"),
        ({"size": "150"}, "adjusted"),
        ({"underlying_symbol": "SPX"}, "mixed"),
        ({"tradable": False}, "halted"),
        ({"status": "inactive"}, "halted"),
        ({"symbol": "SPY rubbish"}, "unparseable"),
    ],
)
def test_a_bad_contract_has_a_named_fate(
    server: AlpacaServer, market: Open, change: dict[str, Any], fate: str
) -> None:
    listed = server.listings["SPY"]
    next(row for row in listed.contracts if row["symbol"] == FIRST).update(change)
    if "symbol" in change:
        del listed.snapshots[FIRST]
    counts = market("SPY").snapshot().counts
    assert counts.dropped == {fate: 1}


def test_adjusted_duplicated_unquoted_and_unlisted_rows(server: AlpacaServer, market: Open) -> None:
    listed = server.listings["AAPL"]
    adjusted = occ_symbol("AAPL1", EXPIRIES[0], Right.PUT, 90)
    listed.contracts += [
        contract("AAPL", adjusted, EXPIRIES[0], Right.PUT, 90),
        listed.contracts[0],
        contract("AAPL", occ_symbol("AAPL", EXPIRIES[0], Right.PUT, 500), EXPIRIES[0], Right.PUT, 500),
        None,  # type: ignore[list-item]
    ]
    listed.snapshots[adjusted] = snapshot(at=NOW, bid=1, ask=1.1)
    unlisted = occ_symbol("AAPL", EXPIRIES[0], Right.CALL, 130)
    listed.snapshots[unlisted] = snapshot(at=NOW, bid=0.01, ask=0.03)
    listed.snapshots[occ_symbol("AAPL", EXPIRIES[0], Right.CALL, 131)] = None
    found = market("AAPL").snapshot()
    assert found.counts.dropped == {"adjusted": 1, "duplicated": 1, "unquoted": 2, "unparseable": 1}
    chain = found.chains["AAPL"]
    assert np.isnan(chain.open_interest[chain.strike == 130]).all()


def test_a_halted_underlying_gives_no_chain(server: AlpacaServer, market: Open) -> None:
    server.listings["AAPL"].stock = stock(at=NOW - timedelta(hours=1), price=100)
    found = market().snapshot()
    assert sorted(found.chains) == ["SPY"]
    assert found.counts.dropped == {"halted": ROWS}
    assert found.halted == {"AAPL"}
    assert any("AAPL" in note and "halted" in note for note in found.notes)


def test_a_name_nobody_prices_takes_parity(server: AlpacaServer, market: Open) -> None:
    server.listings["AAPL"].stock = None
    found = market("AAPL").snapshot()
    assert found.chains["AAPL"].spot == pytest.approx(100, abs=0.1)
    assert any("put-call parity implies" in note for note in found.notes)


def test_a_price_that_contradicts_its_options_is_not_used(server: AlpacaServer, market: Open) -> None:
    server.listings["AAPL"].stock = stock(at=NOW, price=400)  # a split the quotes know and the price does not
    found = market().snapshot()
    assert sorted(found.chains) == ["SPY"]
    assert found.counts.dropped == {"no_spot": ROWS}


def test_an_index_needs_no_stock(server: AlpacaServer, market: Open) -> None:
    server.listings["SPX"] = listing(
        "SPX",
        at=NOW,
        spot=6700,
        expiries=EXPIRIES[:2],
        strikes=range(6000, 7400, 50),
        style="european",
        root="SPXW",
    )
    chain = market("SPX").snapshot().chains["SPX"]
    assert chain.style is ExerciseStyle.EUROPEAN
    assert chain.spot == pytest.approx(6700, rel=1e-4)
    assert not chain.dividends_known
    assert all("SPX" not in asked.query.get("symbols", "") for asked in server.seen)


def test_one_failing_name_does_not_take_the_others(server: AlpacaServer, market: Open) -> None:
    found = market("SPY", "AAPL", workers=1)
    server.listings["AAPL"].contracts, server.listings["AAPL"].snapshots = [], {}
    snapshot_ = found.snapshot()
    assert sorted(snapshot_.chains) == ["SPY"]
    assert "AAPL: alpaca lists no options of it" in snapshot_.notes


def test_without_history_and_dividends_the_quotes_still_stand(server: AlpacaServer, market: Open) -> None:
    server.will(Mode.OK, *[Mode.FAILING] * (2 * QUICK.attempts))
    open_market = market("SPY")
    found = open_market.snapshot()
    assert found.facts["SPY"].sma_20.is_unknown
    assert "failing (500)" in found.facts["SPY"].sma_20.reason
    assert not found.chains["SPY"].dividends_known
    assert open_market.snapshot().facts["SPY"].sma_20.is_known  # asked again, and there


def test_slow_data_is_asked_for_once_a_day(server: AlpacaServer, market: Open) -> None:
    opened = market("SPY")
    opened.snapshot()
    first = len(server.seen)
    opened.snapshot()
    assert len(server.seen) - first == 3  # underlyings, contracts, chain


@pytest.mark.parametrize("mode", [Mode.FAILING, Mode.RATE_LIMITED, Mode.TRUNCATED, Mode.DROP, Mode.GARBAGE])
def test_a_failed_source_is_an_error_never_a_snapshot(server: AlpacaServer, market: Open, mode: Mode) -> None:
    server.otherwise = mode
    with pytest.raises(DataError, match=r"^alpaca "):
        market("SPY").snapshot()


def test_quotes_that_stopped_moving_are_no_market(server: AlpacaServer, market: Open) -> None:
    with pytest.raises(DataError, match=r"its newest quote is of 2026-11-20 10:59"):
        market("SPY", now=NOW + timedelta(minutes=45)).snapshot()


def test_a_closed_exchange_shows_its_last_session(server: AlpacaServer, market: Open) -> None:
    """On a Saturday Friday's quotes stand, at Friday's close; Thursday's are stale."""
    bell = datetime(2026, 11, 20, 16, tzinfo=NEW_YORK)
    server.listings["SPY"] = listing("SPY", at=bell, spot=100, expiries=EXPIRIES, strikes=STRIKES)
    server.listings["SPY"].snapshots[FIRST]["latestQuote"]["t"] = "2026-11-19T20:59:00Z"
    server.listings["SPY"].stock = stock(at=bell, price=100) | {
        "latestTrade": {"t": "2026-11-20T23:59:00Z", "p": 97}
    }
    found = market("SPY", now=datetime(2026, 11, 21, 12, tzinfo=NEW_YORK)).snapshot()
    assert found.as_of == datetime(2026, 11, 21, 12, tzinfo=NEW_YORK)
    assert found.counts.dropped == {"stale": 1}
    assert found.chains["SPY"].spot == 100


def test_a_holiday_shows_the_session_before(server: AlpacaServer, market: Open) -> None:
    eve = datetime(2026, 11, 25, 16, tzinfo=NEW_YORK)
    server.listings["SPY"] = listing("SPY", at=eve, spot=100, expiries=EXPIRIES, strikes=STRIKES)
    stamped = server.listings["SPY"].snapshots[FIRST]["latestQuote"]
    stamped["t"] = "2026-11-26T15:00:00Z"  # on Thanksgiving nobody quotes
    found = market("SPY", now=datetime(2026, 11, 26, 12, tzinfo=NEW_YORK)).snapshot()
    assert found.counts.dropped == {"stale": 1}
    assert found.chains["SPY"].spot == 100


def test_a_clock_a_little_behind_takes_the_newest_quote(server: AlpacaServer, market: Open) -> None:
    found = market("SPY", now=NOW - timedelta(seconds=3)).snapshot()
    assert found.counts.dropped == {}
    assert found.as_of == NOW - timedelta(milliseconds=400)
    with pytest.raises(DataError, match="none of its 72 contracts"):
        market("SPY", now=NOW - timedelta(minutes=1)).snapshot()


def test_a_live_market_has_no_past(market: Open) -> None:
    with pytest.raises(InputError, match="present only"):
        market("SPY").snapshot(NOW - timedelta(days=1))
    with pytest.raises(InputError, match="universe is empty"):
        market().__class__(market()._api, universe=(), now=lambda: NOW, blackouts=lambda as_of: None)  # type: ignore[arg-type, return-value]


def test_progress_counts_rows_name_by_name(market: Open) -> None:
    said: list[tuple[str, int, int]] = []
    market("SPY", "AAPL", progress=lambda *step: said.append(step)).snapshot()
    assert {("SPY", ROWS, ROWS), ("AAPL", ROWS, ROWS)} <= set(said)


def test_the_quotes_imply_the_price_they_were_made_of(market: Open) -> None:
    chain = market("SPY").snapshot().chains["SPY"]
    implied = implied_spot(
        as_of=chain.as_of,
        expiry=chain.expiry,
        right=chain.right,
        strike=chain.strike,
        bid=chain.bid,
        ask=chain.ask,
        rate=0.04,
        dividend_yield=0.0,
    )
    assert implied == pytest.approx(100, abs=0.05)


def test_days_and_times_of_the_wire_keep_their_zone() -> None:
    assert wire_time(NOW) == "2026-11-20T16:00:00.000000112Z"
    assert date(2026, 11, 20) == TODAY


class Companies:
    """A source of fundamentals that counts what it is asked."""

    name = "companies"

    def __init__(self, earnings: Fact[tuple[date, ...]]) -> None:
        self.asked: list[str] = []
        self.earnings = earnings

    def company(self, symbol: str, as_of: datetime) -> Company:
        self.asked.append(symbol)
        told: Fact[Any] = Fact.known("Energy", source="companies")
        beta: Fact[float] = Fact.known(1.5, source="companies")
        rating: Fact[str] = Fact.unknown("none")
        return Company(symbol, "Told Inc.", told, rating, beta, self.earnings, Fact.unknown("none"))

    def rate(self, as_of: datetime, years: float) -> float | None:
        return 0.05

    def vix(self, as_of: datetime) -> float | None:
        return 17.5


def test_fundamentals_stand_beside_the_quotes(server: AlpacaServer, market: Open) -> None:
    server.listings["ZZZZ"] = listing("ZZZZ", at=NOW, spot=100.0, expiries=EXPIRIES, strikes=STRIKES)
    source = Companies(Fact.known((date(2027, 1, 28),), source="companies"))
    opened = market("SPY", "AAPL", "ZZZZ", fundamentals=source)
    found = opened.snapshot()
    opened.snapshot()
    assert sorted(source.asked) == ["AAPL", "ZZZZ"]  # no fund, and once a day
    assert found.facts["AAPL"].earnings.value == (date(2027, 1, 28),)
    assert found.facts["AAPL"].sector.value == "Information Technology"  # the reference table is GICS
    assert found.facts["AAPL"].beta.source == "alpaca daily bars"
    assert (found.facts["ZZZZ"].sector.value, found.facts["ZZZZ"].beta.value) == ("Energy", 1.5)
    assert found.facts["ZZZZ"].name == "Told Inc."
    assert found.chains["SPY"].rate == 0.05
    assert found.conditions.vix.value == 17.5
    assert market("SPY", fundamentals=source, rate=0.03).snapshot().chains["SPY"].rate == 0.03


def test_what_was_not_to_be_had_is_asked_for_again_after_half_an_hour(server: AlpacaServer) -> None:
    source, now = Companies(Fact.unknown("fmp is failing (500).")), [NOW]
    market = AlpacaMarket(
        make_api(server),
        universe=["AAPL"],
        now=lambda: now[0],
        blackouts=lambda as_of: Fact.unknown("none"),
        fundamentals=source,
    )
    for minutes, asked in ((0, 1), (5, 1), (15, 1)):
        now[0] = NOW + timedelta(minutes=minutes)
        server.listings["AAPL"].stock = stock(at=now[0], price=100)
        market.snapshot()
        assert len(source.asked) == asked
    now[0] = NOW + timedelta(minutes=31)
    server.listings["AAPL"] = listing("AAPL", at=now[0], spot=100.0, expiries=EXPIRIES, strikes=STRIKES)
    market.snapshot()
    assert len(source.asked) == 2


def test_dividends_of_before_a_split_are_of_fewer_shares(server: AlpacaServer, market: Open) -> None:
    """0.25 a share, then ten shares for one: a tenth is expected. A split to come changes no payment yet."""
    server.listings["AAPL"].splits = [
        split("AAPL", TODAY - timedelta(days=30), new=10, old=1),
        split("AAPL", TODAY + timedelta(days=20), new=1, old=4),
    ]
    found = market().snapshot()
    assert {round(each.cash, 6) for each in found.chains["AAPL"].dividends} == {0.025}
    assert {each.cash for each in found.chains["SPY"].dividends} == {0.25}
    day = TODAY + timedelta(days=20)
    assert [note for note in found.notes if "splits" in note] == [
        f"AAPL: splits 1 for 4 on {day}; contracts are adjusted then"
    ]
    assert found.adjustments == {"AAPL": day}


def test_contracts_are_adjusted_by_splits_and_special_dividends_to_come() -> None:
    soon, later = TODAY + timedelta(days=9), TODAY + timedelta(days=30)
    paid = {
        "REGULAR": [(Dividend(soon, 0.25), True)],
        "SPECIAL": [(Dividend(TODAY, 5.0), False), (Dividend(later, 2.0), False), (Dividend(soon, 1.0), False)],
        "BOTH": [(Dividend(later, 2.0), False)],
    }
    splits = [Split("BOTH", soon, 2, 1), Split("PASSED", TODAY, 4, 1)]
    assert adjustments(TODAY, paid, splits) == {"SPECIAL": soon, "BOTH": soon}


def test_what_is_no_split_is_left_out() -> None:
    rows = [
        {"symbol": "A", "ex_date": "soon", "new_rate": 2, "old_rate": 1},
        {"ex_date": "2026-12-01", "new_rate": 0},
    ]
    assert read_splits(rows) == ()
