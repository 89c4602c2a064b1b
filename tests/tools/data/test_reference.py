"""The static table of underlyings."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from tools.data.reference import _instruments, lookup, underlying_of
from tools.domain.contract import ExerciseStyle
from tools.domain.market import InstrumentKind

CONSTITUENTS = (
    Path(__file__).resolve().parents[3].parent / "shared" / "data" / "calendars" / "sp500_constituents_gics.csv"
)


def test_kinds_and_styles() -> None:
    spx, spy, xle, aapl = (lookup(symbol) for symbol in ("SPX", "SPY", "XLE", "AAPL"))
    assert (spx.kind, spx.style, spx.broad_index) == (InstrumentKind.INDEX, ExerciseStyle.EUROPEAN, True)
    assert (spy.kind, spy.style, spy.broad_index) == (InstrumentKind.ETF, ExerciseStyle.AMERICAN, True)
    assert not xle.broad_index
    assert xle.sector.value == "Energy"
    assert aapl.sector.value == "Information Technology"
    assert not lookup("VIX").broad_index


def test_an_unknown_symbol_says_so() -> None:
    stranger = lookup("QZX")
    assert stranger.kind is InstrumentKind.STOCK
    assert stranger.style is ExerciseStyle.AMERICAN
    assert stranger.sector.is_unknown
    assert "not in the reference table" in stranger.note


def test_roots_lead_to_their_underlying_and_back() -> None:
    assert [underlying_of(root) for root in ("SPXW", "NDXP", "RUTW", "BRKB", "SPY", "QZX")] == [
        "SPX",
        "NDX",
        "RUT",
        "BRK.B",
        "SPY",
        "QZX",
    ]
    for instrument in _instruments().values():
        assert all(underlying_of(root) == instrument.symbol for root in instrument.roots)


@pytest.mark.parametrize(
    ("symbol", "expiry", "root"),
    [
        ("SPX", date(2026, 12, 18), "SPX"),
        ("SPX", date(2026, 12, 16), "SPXW"),
        ("SPX", date(2019, 4, 18), "SPX"),  # Good Friday: the month's standard expiry is the Thursday
        ("VIX", date(2026, 12, 16), "VIX"),  # the Wednesday 30 days before the third Friday of January
        ("VIX", date(2026, 12, 23), "VIXW"),
        ("XSP", date(2026, 12, 16), "XSP"),
        ("BRK.B", date(2026, 12, 18), "BRKB"),
    ],
)
def test_roots_of_expiries(symbol: str, expiry: date, root: str) -> None:
    assert lookup(symbol).root(expiry) == root


def test_sectors_agree_with_the_published_list() -> None:
    if not CONSTITUENTS.exists():
        pytest.skip("the list of constituents is not there")
    with CONSTITUENTS.open(encoding="utf-8", newline="") as file:
        published = {row["Symbol"]: row["GICS Sector"] for row in csv.DictReader(file)}
    stocks = [each for each in _instruments().values() if each.kind is InstrumentKind.STOCK]
    assert len(stocks) >= 60
    assert {each.sector.value for each in stocks} == set(published.values())
    assert all(each.sector.value == published[each.symbol] for each in stocks if each.symbol in published)
