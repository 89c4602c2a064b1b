"""What goes into the history comes out as the file itself would tell it: whole, once, and never ahead of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF, SHARED, Row
from tests.tools.data.store.conftest import NOW, bring, state
from tools.calendar.sessions import NEW_YORK, sessions_between
from tools.data.files.instants import parse_as_of
from tools.data.files.reading import read_chain
from tools.data.store.history import History
from tools.data.store.parts import Parts
from tools.data.store.recording import record
from tools.data.store.schema import QUOTES
from tools.domain.chain import COLUMNS, Chain, Dividend
from tools.domain.errors import ChainError, DataError, InputError
from tools.domain.market import Snapshot

SPX = SHARED / "SPX_cboe_eod_20190425_20190531.parquet"
SCALARS = (
    "underlying", "spot", "rate", "dividend_yield", "style", "source", "feed", "dividends", "dividends_known",
    "multiplier", "as_of",
)  # fmt: skip


def same(one: Chain, other: Chain) -> bool:
    """Whether two chains agree in every column, type and scalar."""
    for name in COLUMNS:
        left, right = getattr(one, name), getattr(other, name)
        if left.dtype != right.dtype or not np.array_equal(left, right, equal_nan=left.dtype.kind == "f"):
            return False
    return all(getattr(one, name) == getattr(other, name) for name in SCALARS)


def days_of(days: Iterable[str]) -> list[Row]:
    return [row for day in days for row in samples.clean_rows(quoted=day)]


def read_file(path: Path, as_of: datetime, form: str = "cboe-eod") -> Snapshot | None:
    try:
        return read_chain(path, format=form, as_of=as_of)
    except ChainError:
        return None


def check_against_file(history: History, path: Path, as_of: datetime, symbol: str = "AAPL") -> None:
    """The chain of the history is the file's own at this instant, or neither has one."""
    direct, stored = read_file(path, as_of), history.read(symbol, as_of)
    assert (direct is None) == (stored is None)
    if direct is not None and stored is not None:
        assert same(stored.chain, direct.chains[symbol])
        assert stored.notes == direct.notes
        assert stored.counts.rows == stored.counts.used + sum(stored.counts.dropped.values())
        assert stored.counts.used == direct.counts.used


@pytest.mark.parametrize(
    "as_of", ["2019-05-31", "2019-05-27", "2019-05-17T10:00", "2019-05-24T10:00", "2019-05-18"]
)
def test_the_history_tells_what_the_real_file_tells(spx_history: History, as_of: str) -> None:
    check_against_file(spx_history, SPX, parse_as_of(as_of), "SPX")


@pytest.fixture(scope="module")
def spx_history(tmp_path_factory: pytest.TempPathFactory) -> History:
    if not SPX.exists():
        pytest.skip(f"{SPX.name} is not at hand")
    history = History.open(tmp_path_factory.mktemp("spx") / "history")
    bring(history, SPX)
    return history


def test_real_rows_are_all_accounted_for(spx_history: History) -> None:
    (done,) = spx_history.catalog.imports()
    assert (done.counts.rows, done.counts.used) == (339_352, 320_852)
    assert done.counts.dropped == {"expired": 5_176, "stale": 13_324}, "2019-05-27 is a holiday: kept, never used"
    assert len(spx_history.days("SPX")) == 24
    assert date(2019, 5, 27) not in spx_history.days("SPX")
    holiday = spx_history.catalog.entries("SPX", day=date(2019, 5, 27))
    assert set(spx_history.rows(holiday[0])["fate"]) == {"stale"}


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_instant_of_any_file_is_told_alike(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Several instants a day, contracts that some of them leave out, defects: the same rules, the same chain."""
    folder = tmp_path_factory.mktemp("alike")
    hours = data.draw(st.lists(st.sampled_from(["10:00", "11:30", "15:45", "16:00"]), min_size=1, unique=True))
    rows = []
    for hour in sorted(hours):
        for row in samples.clean_rows():
            what = data.draw(st.sampled_from(["kept"] * 20 + ["left out", "crossed", "zero", "moved"]))
            changed = {**row, "quoted": f"2024-06-14 {hour}"}
            if what == "crossed":
                changed["bid"], changed["ask"] = row["ask"], row["bid"]
            if what == "zero":
                changed["bid"] = changed["ask"] = "0"
            if what == "moved":
                changed["ask"] = f"{float(row['ask']) + 0.05:.2f}"
            if what != "left out":
                rows.append(changed)
    path = samples.write_cboe_eod(folder, rows)
    with History.open(folder / "history") as history:
        done = bring(history, path).done
        assert done.counts.rows == len(rows) == done.counts.used + sum(done.counts.dropped.values())
        for hour in ("09:45", *sorted(hours)):
            check_against_file(history, path, parse_as_of(f"2024-06-14T{hour}"))
        later = [instant for instant in history.instants("AAPL") if instant > AS_OF]
        assert later == []


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(hours=st.integers(-40, 140))
def test_no_instant_ever_sees_a_later_quote(hours: int, three_days: tuple[History, Path]) -> None:
    history, path = three_days
    as_of = AS_OF + timedelta(hours=hours)
    check_against_file(history, path, as_of)
    entry = history.entry("AAPL", as_of)
    assert entry is None or entry.as_of <= as_of


@pytest.fixture(scope="module")
def three_days(tmp_path_factory: pytest.TempPathFactory) -> tuple[History, Path]:
    folder = tmp_path_factory.mktemp("three")
    path = samples.write_cboe_eod(folder, days_of(["2024-06-13", "2024-06-14", "2024-06-17"]))
    history = History.open(folder / "history")
    bring(history, path)
    return history, path


def test_importing_twice_changes_nothing(history: History, folder: Path, tmp_path: Path) -> None:
    path = samples.write_cboe_eod(tmp_path, days_of(["2024-06-13", "2024-06-14"]))
    first = bring(history, path)
    before, rows = state(folder), history.catalog.entries("AAPL")
    again = bring(history, path)
    assert not first.repeated
    assert again.repeated
    assert again.done == first.done
    assert (state(folder), history.catalog.entries("AAPL")) == (before, rows)
    assert len(history.catalog.imports()) == 1


def test_the_same_content_under_another_name_changes_nothing(history: History, tmp_path: Path) -> None:
    rows = days_of(["2024-06-14"])
    bring(history, samples.write_cboe_eod(tmp_path, rows))
    assert bring(history, samples.write_cboe_eod(tmp_path, rows, name="copy.csv")).repeated
    (entry,) = history.catalog.entries("AAPL")
    assert entry.source == "eod.csv"


def test_days_that_overlap_are_kept_once(history: History, tmp_path: Path) -> None:
    bring(history, samples.write_cboe_eod(tmp_path, days_of(["2024-06-13", "2024-06-14"])))
    bring(history, samples.write_cboe_eod(tmp_path, days_of(["2024-06-14", "2024-06-17"])))
    assert len(history.catalog.entries("AAPL")) == 3


def test_a_corrected_file_takes_the_place_of_the_wrong_one(history: History, folder: Path, tmp_path: Path) -> None:
    rows = days_of(["2024-06-13", "2024-06-14"])
    bring(history, samples.write_cboe_eod(tmp_path, rows))
    with history.writing():
        history.compact()
    corrected = samples.write_cboe_eod(
        tmp_path, [{**row, "ask": f"{float(row['ask']) + 1:.2f}"} for row in rows[: len(rows) // 2]]
    )
    assert len(bring(history, corrected).snapshots) == 1
    old, new = history.chain("AAPL", parse_as_of("2024-06-14")), history.chain("AAPL", parse_as_of("2024-06-13"))
    assert old is not None
    assert new is not None
    assert np.allclose(new.ask - old.ask, 1.0)
    contract = new.contract(5)
    pending = history.contract(contract)["ask"].to_list()
    with history.writing():
        history.compact()
    assert history.contract(contract)["ask"].to_list() == pending == [new.ask[5], old.ask[5]]


def test_a_correction_can_be_taken_back(history: History, tmp_path: Path) -> None:
    rows = days_of(["2024-06-14"])
    first = samples.write_cboe_eod(tmp_path, rows, name="first.csv")
    second = samples.write_cboe_eod(tmp_path, [{**row, "last": "1"} for row in rows], name="second.csv")
    bring(history, first)
    before = history.chain("AAPL", AS_OF)
    bring(history, second)
    assert bring(history, second).repeated
    assert not bring(history, first).repeated
    after = history.chain("AAPL", AS_OF)
    assert before is not None
    assert after is not None
    assert same(before, after)
    assert bring(history, first).repeated


def test_feeds_of_one_instant_live_side_by_side(history: History, tmp_path: Path) -> None:
    rows = days_of(["2024-06-14"])
    bring(history, samples.write_cboe_eod(tmp_path, rows))
    bring(history, samples.write_yfinance(tmp_path, rows[:40]), "yfinance")
    assert [entry.feed for entry in history.catalog.entries("AAPL")] == ["cboe-eod", "yfinance"]
    fullest, named = history.chain("AAPL", AS_OF), history.chain("AAPL", AS_OF, feed="yfinance")
    assert fullest is not None
    assert named is not None
    assert (fullest.feed, len(fullest)) == ("cboe-eod", len(rows))
    assert (named.feed, len(named)) == ("yfinance", 40)


def test_bad_rows_are_evidence_and_never_used(history: History, tmp_path: Path) -> None:
    rows = days_of(["2024-06-14"])
    rows[3] = {**rows[3], "bid": rows[3]["ask"], "ask": rows[3]["bid"]}
    rows[4] = {**rows[4], "ask": "3e11"}
    rows[5] = {**rows[5], "quoted": "yesterday"}
    done = bring(history, samples.write_cboe_eod(tmp_path, rows)).done
    assert done.counts.dropped == {"crossed": 1, "huge": 1, "unparseable": 1}
    (entry,) = history.catalog.entries("AAPL")
    stored = history.rows(entry)
    assert dict(stored.schema) == dict(QUOTES)
    assert stored["fate"].value_counts().sort("fate").rows() == [
        ("crossed", 1),
        ("huge", 1),
        ("used", len(rows) - 3),
    ]
    assert stored.filter(fate="huge")["ask"].to_list() == [3e11]
    chain = history.chain("AAPL", AS_OF)
    assert chain is not None
    assert len(chain) == len(rows) - 3
    assert done.unplaced is not None
    assert history.parts.path(done.unplaced).exists()
    assert set(stored["source"]) == {"eod.csv"}
    assert set(stored["feed"]) == {"cboe-eod"}


def test_an_undated_file_needs_its_time(history: History, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(samples.GERMAN_MAP.replace('quoted = "Stand"\n', ""))
    path = samples.write_column_map(tmp_path, days_of(["2024-06-14"]))
    (tmp_path / "map.toml").write_text(samples.GERMAN_MAP.replace('quoted = "Stand"\n', ""))
    with pytest.raises(ChainError, match=r"give the time with --as-of\.$"):
        bring(history, path, str(tmp_path / "map.toml"))
    done = bring(history, path, str(tmp_path / "map.toml"), as_of=parse_as_of("2024-06-14T15:00"))
    assert [entry.as_of for entry in done.snapshots] == [datetime(2024, 6, 14, 15, tzinfo=NEW_YORK)]


def test_of_a_dated_file_nothing_later_than_as_of_is_taken(history: History, tmp_path: Path) -> None:
    path = samples.write_cboe_eod(tmp_path, days_of(["2024-06-13", "2024-06-14"]))
    done = bring(history, path, as_of=parse_as_of("2024-06-14T10:00")).done
    assert done.counts.dropped == {"after_as_of": done.counts.used}
    assert history.days("AAPL") == [date(2024, 6, 13)]


def test_what_makes_no_sense_is_one_sentence(history: History, tmp_path: Path) -> None:
    path = samples.write_cboe_eod(tmp_path, days_of(["2024-06-14"]))
    with pytest.raises(ChainError, match=r"There is no format 'cboe-oed': did you mean cboe-eod\?"):
        bring(history, path, "cboe-oed")
    with pytest.raises(ChainError, match="There is no file"):
        bring(history, tmp_path / "nothing.csv")
    with pytest.raises(InputError, match="leave --symbol out"):
        bring(history, path, name="AAPL")
    with pytest.raises(ChainError, match=r"none of its \d+ rows can be used"):
        bring(history, samples.write_cboe_eod(tmp_path, [{**row, "ask": "0"} for row in days_of(["2024-06-14"])]))
    assert history.underlyings() == []
    with pytest.raises(DataError, match="no time zone"):
        history.entry("AAPL", datetime(2024, 6, 14))  # noqa: DTZ001


def test_two_writers_are_kept_apart(history: History, folder: Path) -> None:
    with history.writing(), pytest.raises(DataError, match="Another process is importing"), Parts(folder).writer():
        pass


def test_one_contract_reads_the_same_by_day_and_by_contract(history: History, tmp_path: Path) -> None:
    days = [f"{day:%Y-%m-%d}" for day in sessions_between(date(2024, 6, 3), date(2024, 6, 14))]
    bring(history, samples.write_cboe_eod(tmp_path, days_of(days[:-1])))
    chain = history.chain("AAPL", parse_as_of(days[0]))
    assert chain is not None
    contracts = [chain.contract(row) for row in (0, 17, len(chain) - 1)]
    before = [history.contract(contract) for contract in contracts]
    with history.writing():
        assert history.compact() == len(days) - 1
    after = [history.contract(contract) for contract in contracts]
    for one, other in zip(before, after, strict=True):
        assert one.equals(other)
        assert one["as_of"].is_sorted()
        assert len(one) == len(days) - 1
    bring(history, samples.write_cboe_eod(tmp_path, days_of(days[-1:]), name="last.csv"))
    assert [len(history.contract(contract)) for contract in contracts] == [len(days)] * 3, "compacted and not yet"


def test_the_files_of_a_day_become_one(history: History, folder: Path, tmp_path: Path) -> None:
    hours = ["10:00", "12:00", "15:00"]
    for hour in hours:
        rows = [{**row, "quoted": f"2024-06-14 {hour}"} for row in samples.clean_rows()]
        bring(history, samples.write_cboe_eod(tmp_path, rows, name=f"at{hour[:2]}.csv"))
    before = [history.chain("AAPL", parse_as_of(f"2024-06-14T{hour}")) for hour in hours]
    day = folder / "quotes" / "underlying=AAPL" / "date=2024-06-14"
    assert len(list(day.iterdir())) == 3
    with history.writing():
        history.compact()
    assert len(list(day.iterdir())) == 1
    for hour, old in zip(hours, before, strict=True):
        new = history.chain("AAPL", parse_as_of(f"2024-06-14T{hour}"))
        assert old is not None
        assert new is not None
        assert same(old, new)


def test_a_file_of_plain_texts_tells_the_same(history: History, folder: Path, tmp_path: Path) -> None:
    """As days were kept before their texts were coded."""
    bring(history, samples.write_cboe_eod(tmp_path, days_of(["2024-06-14"])))
    (entry,) = history.catalog.entries("AAPL")
    coded, chain = history.rows(entry), history.chain("AAPL", AS_OF)
    coded.write_parquet(folder / entry.part, compression="zstd", statistics=True)
    assert history.rows(entry).equals(coded)
    again = history.chain("AAPL", AS_OF)
    assert chain is not None
    assert again is not None
    assert same(chain, again)


def test_texts_of_a_day_are_coded_and_of_a_contract_plain(history: History, folder: Path, tmp_path: Path) -> None:
    bring(history, samples.write_cboe_eod(tmp_path, days_of(["2024-06-14"])))
    with history.writing():
        history.compact()
    (day,) = folder.glob("quotes/*/*/*.parquet")
    for name, kind in pl.read_parquet_schema(day).items():
        assert isinstance(kind, pl.Enum) == (QUOTES[name] == pl.String)
    for contract in folder.glob("contracts/*/*/*.parquet"):
        assert dict(pl.read_parquet_schema(contract)) == dict(QUOTES)


def test_a_recorded_snapshot_keeps_dividends_and_its_kind(history: History, tmp_path: Path) -> None:
    path = samples.write_cboe_eod(tmp_path, samples.clean_rows())
    read = read_chain(path, format="cboe-eod", as_of=AS_OF)
    chain = replace(read.chains["AAPL"], dividends=(Dividend(date(2024, 8, 9), 0.25),), dividends_known=True)
    snapshot = replace(read, chains={"AAPL": chain}, simulated=True)
    (entry,) = record(history, snapshot, now=NOW)
    assert entry.simulated
    assert record(history, snapshot, now=NOW) == []
    stored = history.chain("AAPL", AS_OF)
    assert stored is not None
    assert same(stored, chain)
