"""IV rank and percentile of a stored market: known with a year of days, none of them later, else with a reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF
from tests.tools.data.store.conftest import bring
from tests.tools.data.store.test_catalog import DONE, ENTRY
from tests.tools.data.store.test_history import days_of
from tools.calendar.sessions import sessions_between
from tools.data.measures import Measures, measure
from tools.data.store.entries import Entry, Measured
from tools.data.store.history import History
from tools.data.store.market import read_snapshot
from tools.data.store.vols import YEAR, measure_all, stand
from tools.domain.chain import Chain

TODAY = AS_OF.date()


@pytest.fixture
def chain(history: History, tmp_path: Path) -> Chain:
    """The present: quotes on one vol of 35 %."""
    bring(history, samples.write_cboe_eod(tmp_path, samples.clean_rows()))
    found = history.chain("AAPL", AS_OF)
    assert found is not None
    return found


def past(history: History, vols: dict[date, float | None], *, simulated: bool = False) -> None:
    """Days whose snapshots have been measured."""
    entries = [
        replace(ENTRY, as_of=datetime(day.year, day.month, day.day, 20, tzinfo=UTC), day=day, simulated=simulated)
        for day in vols
    ]
    history.catalog.add(DONE, entries=entries)
    history.catalog.keep([told(entry, vols[entry.day]) for entry in entries])


def told(entry: Entry, vol: float | None) -> Measured:
    return Measured(entry.underlying, entry.as_of, entry.feed, entry.content, vol, vol, 0.0)


def sessions(*, until: date = TODAY) -> list[date]:
    """Those of the 52 weeks before a day."""
    return sessions_between(until - YEAR, until - timedelta(days=1))


def test_the_present_is_measured(chain: Chain) -> None:
    said = measure(chain)
    assert said.vol_30 == pytest.approx(0.35, abs=0.02)
    assert said.skew_30 == pytest.approx(0.0, abs=0.02)


def test_a_year_of_days_gives_rank_and_percentile(history: History, chain: Chain) -> None:
    days = sessions()
    present = measure(chain).vol_30
    assert present is not None
    vols = dict(zip(days, np.linspace(present - 0.20, present + 0.05, len(days)).tolist(), strict=True))
    past(history, vols)
    found = stand(history, "AAPL", chain)
    assert found.rank.value == pytest.approx(80.0)
    below = sum(vol < present for vol in vols.values())
    assert found.percentile.value == pytest.approx(100 * below / len(days))
    facts = read_snapshot(history, AS_OF).facts["AAPL"]
    assert (facts.iv_rank, facts.iv_percentile) == (found.rank, found.percentile)
    assert f"{len(days)} days" in facts.iv_rank.source


def test_a_higher_vol_of_later_days_is_not_looked_at(history: History, chain: Chain) -> None:
    days = sessions()
    past(history, dict.fromkeys(days[:-1], 0.2) | {days[-1]: 0.5})
    before = stand(history, "AAPL", chain)
    past(history, {TODAY + timedelta(days=days): 0.9 for days in range(3, 8)} | {days[0] - timedelta(days=9): 0.01})
    assert stand(history, "AAPL", chain) == before
    assert before.rank.value == pytest.approx(100 * (0.35 - 0.2) / 0.3, abs=7)


def test_before_a_year_it_is_unknown_and_says_how_much_there_is(history: History, chain: Chain) -> None:
    days = sessions()
    past(history, dict.fromkeys(days[: len(days) // 2], 0.2))
    found = stand(history, "AAPL", chain)
    assert found.rank.value is None
    assert found.rank.reason == found.percentile.reason
    assert f"{len(days) // 2} of the {len(days)} sessions" in found.rank.reason
    facts = read_snapshot(history, AS_OF).facts["AAPL"]
    assert facts.iv_rank.is_unknown


def test_days_that_tell_no_vol_do_not_count(history: History, chain: Chain) -> None:
    days = sessions()
    past(history, {day: None if place % 4 == 0 else 0.2 for place, day in enumerate(days)})
    assert "give a 30-day vol" in stand(history, "AAPL", chain).rank.reason


def test_invented_days_are_no_past_of_a_real_market(history: History, chain: Chain) -> None:
    past(history, dict.fromkeys(sessions(), 0.2), simulated=True)
    assert stand(history, "AAPL", chain).rank.is_unknown
    assert stand(history, "AAPL", chain, simulated=True).rank.is_known


def test_quotes_without_a_vol_have_no_rank(history: History, chain: Chain) -> None:
    past(history, dict.fromkeys(sessions(), 0.2))
    assert "give no 30-day vol" in stand(history, "AAPL", chain, Measures()).rank.reason


def test_stored_days_are_measured_once_and_again_when_corrected(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = ["2024-06-12", "2024-06-13", "2024-06-14"]
    rows = days_of(days)
    bring(history, samples.write_cboe_eod(tmp_path, rows))
    first = measure_all(history, "AAPL")
    assert [each.as_of.date().isoformat() for each in first] == days
    assert all(each.vol_30 is not None and 0.3 < each.vol_30 < 0.4 for each in first)
    asked: list[Chain] = []

    def spied(chain: Chain) -> Measures:
        asked.append(chain)
        return measure(chain)

    monkeypatch.setattr("tools.data.store.vols.measure", spied)
    assert measure_all(history, "AAPL") == first
    assert asked == []
    wider: list[samples.Row] = [
        {**row, "ask": f"{float(row['ask']) + 0.4:.2f}"} if row["quoted"] == days[1] else row for row in rows
    ]
    (tmp_path / "later").mkdir()
    bring(history, samples.write_cboe_eod(tmp_path / "later", wider))
    again = measure_all(history, "AAPL")
    assert [chain.as_of.date().isoformat() for chain in asked] == [days[1]]
    assert again[1].vol_30 != first[1].vol_30
    assert (again[0], again[2]) == (first[0], first[2])
