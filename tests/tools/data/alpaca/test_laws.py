"""Whatever stands in the rows of the wire: only our own errors escape, all rows are counted, no bad one passes."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.peers.alpaca_server import cash_dividend, daily_bars, listing
from tests.tools.data.alpaca.conftest import EXPIRIES, NOW, TODAY
from tools.data.alpaca.dividends import read_dividends
from tools.data.alpaca.market import AlpacaMarket
from tools.data.dividends import ahead
from tools.domain.chain import Dividend
from tools.domain.errors import DataError
from tools.domain.fact import Fact
from tools.domain.market import Snapshot

CLEAN = listing("AAPL", at=NOW, spot=100.0, expiries=EXPIRIES[:2], strikes=[90.0, 96.0, 100.0, 104.0, 110.0])
CLEAN.bars = daily_bars(until=TODAY, price=100, seed=1, sessions=40)
CLEAN.dividends = [cash_dividend("AAPL", date(2026, 9, 1), 0.3)]


class RawApi:
    """The API as its rows alone."""

    feed, stock_feed = "indicative", "iex"

    def __init__(self, found: Any) -> None:
        self._found = found

    def contracts(self, symbol: str, *, today: date, on_page: Callable[[int], None]) -> list[dict[str, Any]]:
        return list(self._found.contracts)

    def chain(self, symbol: str, *, on_page: Callable[[int], None]) -> dict[str, dict[str, Any]]:
        return dict(self._found.snapshots)

    def underlyings(self, symbols: list[str]) -> dict[str, dict[str, Any]]:
        return {"AAPL": self._found.stock}

    def bars(self, symbols: list[str], *, start: date, end: date) -> dict[str, list[dict[str, Any]]]:
        return {"AAPL": self._found.bars, "SPY": self._found.bars}

    def corporate_actions(self, symbols: list[str], *, start: date, end: date) -> dict[str, list[dict[str, Any]]]:
        return {"cash_dividends": list(self._found.dividends)}


words = st.sampled_from(
    ["", "nan", "inf", "-1", "1e400", "AAPL1", "2026-11-20T16:00:00", "2026-11-20T16:00:00Z",
     "9999-12-31T23:59:59Z", "0001-01-01T00:00:00-12:00", "AAPL261399C00100000", "AAPL990101C00100000",
     "2026-12-18", "call", "٣"]
)  # fmt: skip
numbers = st.one_of(st.integers(), st.just(10**400), st.floats(), st.sampled_from([0, -1, 1e9, True]))
junk = st.recursive(
    st.one_of(st.none(), words, numbers, st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=4,
)


@st.composite
def malformed(draw: st.DrawFn) -> Any:
    """A clean listing with some fields of some rows replaced by anything, dropped or repeated."""
    found = copy.deepcopy(CLEAN)
    symbols = list(found.snapshots)
    for _ in range(draw(st.integers(1, 6))):
        which = draw(
            st.sampled_from(("contract", "snapshot", "quote", "stock", "bar", "dividend", "repeat", "drop"))
        )
        symbol = draw(st.sampled_from(symbols))
        row: Any = {
            "contract": draw(st.sampled_from(found.contracts)),
            "snapshot": found.snapshots.get(symbol, {}),
            "quote": found.snapshots.get(symbol, {}).get("latestQuote"),
            "stock": found.stock,
            "bar": draw(st.sampled_from(found.bars)),
            "dividend": found.dividends[0],
        }.get(which)
        if which == "repeat":
            found.contracts.append(copy.deepcopy(draw(st.sampled_from(found.contracts))))
        elif which == "drop":
            found.snapshots.pop(symbol, None)
        elif isinstance(row, dict) and row:
            row[draw(st.sampled_from(sorted(row)))] = draw(junk)
    return found


def look(found: Any) -> Snapshot:
    return AlpacaMarket(
        RawApi(found),  # type: ignore[arg-type]
        universe=["AAPL"],
        now=lambda: NOW,
        blackouts=lambda as_of: Fact.unknown("none"),
        workers=1,
    ).snapshot()


def check(found: Any) -> None:
    try:
        snapshot = look(found)
    except DataError:
        return
    counts = snapshot.counts
    assert counts.rows == counts.used + sum(counts.dropped.values())
    chain = snapshot.chains["AAPL"]
    assert len(chain) == counts.used
    assert (np.isfinite(chain.bid) & np.isfinite(chain.ask)).all()
    assert ((chain.bid >= 0) & (chain.ask > 0) & (chain.bid <= chain.ask) & (chain.ask <= 1e6)).all()
    for column in (chain.last, chain.volume, chain.open_interest, chain.feed_iv):
        assert ((column >= 0) & np.isfinite(column) | np.isnan(column)).all()
    assert (chain.expiry >= np.datetime64(TODAY)).all()
    assert math.isfinite(chain.spot)
    assert chain.spot > 0
    assert all(math.isfinite(each.cash) and each.cash > 0 for each in chain.dividends)
    figures = (snapshot.facts["AAPL"].sma_20, snapshot.facts["AAPL"].rsi_14, snapshot.facts["AAPL"].realised_vol)
    assert all(fact.is_unknown or math.isfinite(fact.value or 0) for fact in figures)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(malformed())
def test_no_row_of_the_wire_is_too_odd(found: Any) -> None:
    check(found)


@pytest.mark.fuzz
@pytest.mark.timeout(3600)
@settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck))
@given(malformed())
def test_no_row_of_the_wire_is_too_odd_at_full_size(found: Any) -> None:
    check(found)


days = st.dates(date(2025, 11, 1), date(2027, 3, 1))
paid = st.lists(st.tuples(days, st.floats(0.01, 5), st.booleans()), max_size=8)


@given(paid)
def test_dividends_ahead_are_ahead_and_announced_ones_are_kept(payments: list[tuple[date, float, bool]]) -> None:
    known = [(Dividend(day, cash), regular) for day, cash, regular in payments]
    until = date(2029, 1, 1)
    found, expected = ahead(known, today=TODAY, until=until)
    announced = [each for each, _ in known if each.ex_date > TODAY]
    assert all(TODAY < each.ex_date <= until for each in found)
    assert [each.ex_date for each in found] == sorted(each.ex_date for each in found)
    assert all(each in found for each in announced)
    assert len(found) == expected + len(announced)


def test_rows_without_date_or_amount_are_no_dividends() -> None:
    rows = [
        {"symbol": "A", "ex_date": "2026-13-01", "rate": 1},
        {"symbol": "A", "ex_date": "2026-12-01", "rate": None},
        {"symbol": "A", "ex_date": "2026-12-01", "rate": float("inf")},
        {"symbol": "A", "ex_date": None, "rate": 1},
    ]
    assert read_dividends(rows) == {}
