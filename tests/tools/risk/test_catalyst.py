"""Catalysts: when they are on, what they leave of the limits, and that the tightest holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from itertools import permutations
from typing import Any

import pytest

from tests.tools.portfolio.samples import facts, snapshot
from tests.tools.risk.cases import conditions
from tools.calendar.sessions import NEW_YORK
from tools.domain.fact import Fact
from tools.domain.market import Snapshot, UnderlyingFacts
from tools.risk.catalyst import Active, Flag, by_name, of_account, of_name, under
from tools.risk.profile import INCOME, BookLimits

QUIET = datetime(2026, 11, 13, 12, tzinfo=NEW_YORK)


def snapshot_of(at: datetime, *, vix: float | None = 18.0) -> Snapshot:
    return replace(snapshot(day=conditions(vix=vix)), as_of=at)


def facts_of(symbol: str, *, sector: str = "Energy", earnings: list[date] | None = None) -> UnderlyingFacts:
    told = Fact[tuple[date, ...]].known(tuple(earnings or ()), source="test")
    return facts(symbol, sector=Fact[str].known(sector, source="test"), earnings=told)


def names(found: tuple[Active, ...]) -> list[str]:
    return [each.catalyst.name for each in found]


@pytest.mark.parametrize(
    ("vix", "on"),
    [(18.0, False), (30.0, False), (30.1, True), (None, True)],
    ids=["calm", "at", "above", "unknown"],
)
def test_volatility_is_high_above_thirty_or_unknown(vix: float | None, on: bool) -> None:
    assert ("high_volatility" in names(of_account(snapshot_of(QUIET, vix=vix)))) is on


@pytest.mark.parametrize(
    ("day", "on"),
    [
        (date(2026, 11, 20), False),
        (date(2026, 11, 23), True),  # Thanksgiving is on the 26th
        (date(2026, 11, 27), True),  # and the half day after it of the same week
        (date(2026, 12, 21), True),  # Christmas Day is a Friday
        (date(2026, 11, 30), False),
    ],
)
def test_a_week_with_a_holiday(day: date, on: bool) -> None:
    at = datetime(day.year, day.month, day.day, 11, tzinfo=NEW_YORK)
    assert ("holiday_week" in names(of_account(snapshot_of(at)))) is on


@pytest.mark.parametrize(("days", "on"), [(0, True), (7, True), (8, False), (-1, False)])
def test_earnings_within_seven_days(days: int, on: bool) -> None:
    snapshot = snapshot_of(QUIET)
    told = facts_of("KO", earnings=[date(2026, 11, 13 + days)])
    assert ("earnings" in names(of_name(told, snapshot))) is on


def test_funds_of_foreign_shares() -> None:
    assert names(of_name(facts_of("EFA"), snapshot_of(QUIET))) == ["international"]
    assert names(of_name(facts_of("SPY"), snapshot_of(QUIET))) == []


def test_a_flag_holds_between_its_dates_for_whom_it_is() -> None:
    crisis = Flag(
        catalyst="sector_crisis",
        since=date(2026, 11, 1),
        until=date(2026, 11, 13),
        reason="banks",
        sector="Financials",
    )
    told = facts_of("JPM", sector="Financials")
    assert names(of_name(told, snapshot_of(QUIET), [crisis])) == ["sector_crisis"]
    assert names(of_name(facts_of("KO", sector="Consumer Staples"), snapshot_of(QUIET), [crisis])) == []
    assert names(of_account(snapshot_of(QUIET), [crisis])) == []
    later = datetime(2026, 11, 16, 12, tzinfo=NEW_YORK)
    assert names(of_name(told, snapshot_of(later), [crisis])) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"catalyst": "boredom"}, "there is no catalyst"),
        ({"catalyst": "sector_crisis"}, "needs a sector"),
        ({"sector": "Energy"}, "neither sector"),
        ({"until": date(2026, 10, 1)}, "before it begins"),
        ({"reason": ""}, "at least 1"),
    ],
)
def test_a_flag_that_says_nothing_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Flag.model_validate({"catalyst": "inflation", "since": date(2026, 11, 1), "reason": "CPI at 6 %"} | changes)


def on(*wanted: str) -> tuple[Active, ...]:
    return tuple(Active(catalyst=by_name()[name], because="") for name in wanted)


@pytest.mark.parametrize(
    ("active", "left"),
    [
        # the table of spec F16
        ("high_volatility", {"allocation": 0.03}),
        ("bear_market", {"allocation": 0.035}),
        ("sector_crisis", {"allocation": 0.02}),
        ("earnings", {"allocation": 0.015}),
        ("holiday_week", {"allocation": 0.025, "net_delta": 0.15, "vega": 0.017, "vega_alert": 0.015}),
        ("international", {"allocation": 0.04, "vega": 0.019}),
        ("inflation", {"allocation": 0.045, "gamma": 0.03, "vega": 0.015}),
        ("regulation", {"allocation": 0.02, "underlyings": 8, "vega": 0.013, "vega_alert": 0.013, "sector": 0.20}),
    ],
)
def test_what_each_leaves(active: str, left: dict[str, float]) -> None:
    found = under(INCOME, on(active))
    assert {name: getattr(found, name) for name in left} == pytest.approx(left)
    assert found.source("F1") == active
    assert type(found).model_validate(found.model_dump()) == found  # still a profile that could be written down


def test_the_tightest_holds_in_whatever_order() -> None:
    wanted = ("inflation", "holiday_week", "regulation", "high_volatility")
    for order in permutations(wanted):
        found = under(INCOME, on(*order))
        assert (found.allocation, found.vega, found.gamma, found.net_delta) == (0.02, 0.013, 0.03, 0.15)
        assert (found.source("F1"), found.source("F3")) == ("regulation", "holiday_week")


def test_a_book_that_is_tighter_stays() -> None:
    own = INCOME.with_overrides(BookLimits(allocation=0.01), book="income_pop")
    found = under(own, on("regulation"))
    assert (found.allocation, found.source("F1")) == (0.01, "income_pop")
    assert found.source("F5") == "regulation"


def test_nothing_active_is_the_profile_itself() -> None:
    assert under(INCOME, ()) is INCOME
