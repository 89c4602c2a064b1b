"""What the embedded day says of its underlyings: known, unknown with a reason, or not applicable."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest

from tests.tools.data.simulated.samples import day, february
from tools.calendar.sessions import NEW_YORK
from tools.data.reference import lookup
from tools.data.simulated import EmbeddedMarket
from tools.data.simulated.parameters import load_parameters
from tools.domain.fact import Fact, FactState
from tools.domain.market import UnderlyingFacts

FIGURES = ("iv_rank", "iv_percentile", "put_call_ratio", "sma_20", "rsi_14", "realised_vol", "beta")
STOCKS = tuple(symbol for symbol, listed in load_parameters().underlying.items() if listed.is_stock)


@pytest.mark.parametrize("symbol", load_parameters().symbols)
def test_figures_are_known_with_source_and_time(symbol: str) -> None:
    snapshot = day()
    for name in FIGURES:
        fact: Fact[float] = getattr(snapshot.facts[symbol], name)
        assert fact.is_known, name
        assert (fact.source, fact.as_of) == ("embedded", snapshot.as_of)
        assert np.isfinite(fact.value)
    for name in ("iv_rank", "iv_percentile", "rsi_14"):
        assert 0 <= getattr(snapshot.facts[symbol], name).value <= 100


def test_what_a_fund_cannot_have_does_not_apply() -> None:
    for facts in day().facts.values():
        states = {facts.rating.state, facts.earnings.state, facts.sector_put_call_ratio.state}
        assert (states == {FactState.NOT_APPLICABLE}) == (facts.kind == "etf")
    assert day().facts["XLE"].sector.value == "Energy"
    assert day().facts["SPY"].sector.state is FactState.NOT_APPLICABLE


def test_exactly_one_company_has_no_rating() -> None:
    unknown = [facts for facts in day().facts.values() if facts.rating.is_unknown]
    assert len(unknown) == 1
    assert unknown[0].name in unknown[0].rating.reason


def test_earnings_are_announced_dates_ahead() -> None:
    for symbol in STOCKS:
        announced = day().facts[symbol].earnings.value
        assert announced
        assert all(date(2026, 11, 20) <= each <= date(2027, 3, 20) for each in announced)


def test_the_sector_ratio_lies_among_its_members() -> None:
    facts, parameters = day().facts, load_parameters()
    for symbol in STOCKS:
        mine: UnderlyingFacts = facts[symbol]
        members = [facts[each].put_call_ratio.value for each in STOCKS if facts[each].sector == mine.sector]
        members += parameters.sector_peers[parameters.underlying[symbol].sector or ""]
        assert mine.sector_put_call_ratio.value == pytest.approx(np.mean(np.array(members, dtype=float)), abs=1e-3)


def test_the_put_call_ratio_is_the_chains_own() -> None:
    for symbol, chain in day().chains.items():
        puts, calls = chain.volume[chain.right < 0].sum(), chain.volume[chain.right > 0].sum()
        assert day().facts[symbol].put_call_ratio.value == pytest.approx(puts / calls, abs=5e-4)
        assert puts / calls == pytest.approx(load_parameters().underlying[symbol].put_call, rel=0.25)


def test_rank_and_percentile_are_read_off_the_same_year_and_differ() -> None:
    path = EmbeddedMarket().history()
    for symbol, facts in day().facts.items():
        year = path.vol[-252:, path.column(symbol)]
        rank = 100 * (year[-1] - year.min()) / (year.max() - year.min())
        below = 100 * np.mean(path.vol[-253:-1, path.column(symbol)] < year[-1])
        assert facts.iv_rank.value == pytest.approx(rank, abs=0.01)
        assert facts.iv_percentile.value == pytest.approx(below, abs=0.01)
    assert any(facts.iv_rank.value != facts.iv_percentile.value for facts in day().facts.values())


def test_conditions_of_the_embedded_day() -> None:
    conditions = day().conditions
    assert 10 < (conditions.vix.value or 0) < 30
    assert 0 < (conditions.average_correlation.value or 0) < 1
    windows = conditions.blackouts.value
    assert windows is not None
    assert {each.name.split()[0] for each in windows} == {"FOMC", "CPI", "NFP"}
    assert not any(each.start <= day().as_of < each.end for each in windows)
    fomc = next(each for each in windows if each.name == "FOMC 2026-12-09")
    assert fomc.start == datetime(2026, 12, 8, 14, 0, tzinfo=NEW_YORK)
    assert fomc.end == datetime(2026, 12, 9, 16, 0, tzinfo=NEW_YORK)


def test_before_a_year_of_history_ranks_are_unknown() -> None:
    young = EmbeddedMarket().snapshot(datetime(2025, 9, 2, 12, 0, tzinfo=NEW_YORK))
    facts = young.facts["XOM"]
    assert facts.iv_rank.is_unknown
    assert facts.iv_percentile.is_unknown
    assert facts.beta.is_unknown
    assert facts.sma_20.is_known
    assert young.conditions.average_correlation.is_unknown
    assert young.conditions.blackouts.is_unknown


def test_after_the_event_calendar_blackouts_are_unknown() -> None:
    late = february()
    assert late.conditions.blackouts.is_unknown
    assert "2027-01-31" in late.conditions.blackouts.reason
    assert late.facts["XOM"].iv_rank.is_known


@pytest.mark.parametrize("symbol", load_parameters().symbols)
def test_names_agree_with_the_reference_table(symbol: str) -> None:
    known, facts = lookup(symbol), day().facts[symbol]
    assert (known.name, known.kind, known.broad_index) == (facts.name, facts.kind, facts.broad_index)
    assert known.sector.value == facts.sector.value
