"""Daily prices and rates: every defect by its rule, adjusted as a reader of that day would, never ahead of time."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.data.files.samples import SHARED
from tests.tools.data.store.conftest import bring
from tools.calendar.sessions import NEW_YORK
from tools.data.files.daily_formats import DAILY_FORMATS, read_daily
from tools.data.store.history import History
from tools.data.store.market import read_snapshot
from tools.domain.chain import SourceCounts
from tools.domain.errors import ChainError, DataError

DATA = SHARED.parent
HEAD = "DATE,OPEN,HIGH,LOW,CLOSE\n"


def at(year: int, month: int, day: int, hour: int = 16, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=NEW_YORK)


def real(name: str) -> Path:
    if not (DATA / name).exists():
        pytest.skip(f"{name} is not at hand")
    return DATA / name


def index_file(folder: Path, body: str) -> Path:
    path = folder / "VIX_daily.csv"
    path.write_text(HEAD + body)
    return path


@pytest.mark.parametrize(
    ("line", "fate"),
    [
        ("2024-06-15,13,14,12,13", "non_session"),
        ("2024-06-19,13,14,12,13", "non_session"),
        ("soon,13,14,12,13", "unparseable"),
        ("1980-06-13,13,14,12,13", "outside_calendar"),
        ("2024-06-13,13,14,12,", "empty"),
        ("2024-06-13,13,14,12,.", "empty"),
        ("2024-06-13,13,14,12,0", "not_positive"),
        ("2024-06-13,13,14,12,inf", "not_positive"),
        ("2024-06-14,13,14,12,13.5", "duplicated"),
    ],
)
def test_each_rule_drops_a_day(line: str, fate: str, tmp_path: Path) -> None:
    (daily,) = read_daily(index_file(tmp_path, f"2024-06-14,13,14,12,13\n{line}\n"), format="cboe-index", name=None)
    assert daily.counts == SourceCounts(2, 1, {fate: 1})
    assert daily.name == "VIX"


@pytest.mark.parametrize("line", ["13,12.5,12,13", "13,14,13.5,13", "13,14,12,15", "-1,14,-2,13"])
def test_prices_that_contradict_each_other_leave_the_close(line: str, tmp_path: Path) -> None:
    (daily,) = read_daily(index_file(tmp_path, f"2024-06-14,{line}\n"), format="cboe-index", name=None)
    row = daily.frame.row(0, named=True)
    assert daily.mended == {"inconsistent": 1}
    assert (row["open"], row["high"], row["low"]) == (None, None, None)
    assert row["close"] == float(line.rpartition(",")[2])


def test_a_run_of_flat_days_knows_only_closes(tmp_path: Path) -> None:
    days = ["2024-06-10", "2024-06-11", "2024-06-12", "2024-06-13", "2024-06-14"]
    flat = "".join(f"{day},13,13,13,13\n" for day in days)
    (daily,) = read_daily(index_file(tmp_path, flat), format="cboe-index", name=None)
    assert daily.mended == {"close_only": 5}
    (short,) = read_daily(index_file(tmp_path, flat.partition("\n")[2]), format="cboe-index", name=None)
    assert short.mended == {}


def test_the_vix_file_has_the_defects_it_is_known_for() -> None:
    (vix,) = read_daily(real("vix/VIX_daily_ohlc.csv"), format="cboe-index", name=None)
    assert vix.counts == SourceCounts(9_235, 9_202, {"non_session": 33})
    assert (vix.missing, vix.mended["inconsistent"]) == (4, 47)
    assert vix.mended["close_only"] == vix.frame.filter(vix.frame["date"].dt.year() < 1992).height


def test_rates_of_the_real_files() -> None:
    (bill,) = read_daily(real("rates/fred_DTB3_2016_2025.csv"), format="fred", name=None)
    assert (bill.name, bill.counts.dropped) == ("DTB3", {"empty": 99})
    (curve,) = read_daily(real("rates/us_treasury_par_curves_1990_2017.csv.gz"), format="treasury-par", name=None)
    assert sorted(set(curve.frame["tenor"]))[0] == pytest.approx(1 / 12)
    assert curve.frame.filter(date=date(1990, 1, 2), tenor=30.0)["rate"].to_list() == [0.08]
    (funds,) = read_daily(real("rates/fred_DFF.csv.gz"), format="fred", name=None)
    assert funds.name == "DFF"
    assert set(funds.counts.dropped) == {"outside_calendar"}


def test_lean_prices_know_their_former_names(history: History) -> None:
    folder = real("stocks/lean/daily")
    (google,) = read_daily(folder / "goog.zip", format="lean-daily", name=None)
    used = google.frame.filter(fate="used")
    assert used["date"].min() == date(2014, 3, 27), "GOOCV until 2014-04-02"
    assert google.missing == 0
    (fund,) = read_daily(folder / "qqq.zip", format="lean-daily", name=None)
    assert fund.missing == 1_588
    assert fund.notes == ("QQQ was QQQQ until 2011-03-22; qqqq.zip is not there",)
    bring(history, folder / "aapl.zip", "lean-daily")
    bars = history.daily.bars("AAPL", until=at(2014, 6, 12))
    assert bars is not None
    week = bars.days >= np.datetime64("2014-06-05")
    # Seven for one on 2014-06-09: raw closes fall to a seventh, compared ones do not.
    assert bars.close[week] == pytest.approx([647.35, 645.57, 93.70, 94.25, 93.86, 92.26])
    assert bars.split_adjusted[week] == pytest.approx(
        [647.35 / 7, 645.57 / 7, 93.70, 94.25, 93.86, 92.26], rel=1e-4
    )


def test_a_later_split_is_not_known_before_it(history: History, tmp_path: Path) -> None:
    lines = ["date,close,adjClose,splitFactor,symbol", "2024-06-12,100,20,1,XYZ", "2024-06-13,102,20.4,1,XYZ",
             "2024-06-14,20.5,20.5,5,XYZ"]  # fmt: skip
    (tmp_path / "xyz.csv").write_text("\n".join(lines))
    bring(history, tmp_path / "xyz.csv", "tiingo")
    before, after = (history.daily.bars("XYZ", until=at(2024, 6, day)) for day in (13, 14))
    assert before is not None
    assert after is not None
    assert before.split_adjusted.tolist() == [100, 102]
    assert after.split_adjusted == pytest.approx([20, 20.4, 20.5])
    assert after.total_return == pytest.approx([20, 20.4, 20.5])


def test_nothing_is_known_before_it_is(history: History, tmp_path: Path) -> None:
    bring(history, index_file(tmp_path, "2024-06-13,13,14,12,13\n2024-06-14,13,14,12,13.5\n"), "cboe-index")
    (tmp_path / "rate.csv").write_text("observation_date,DTB3\n2024-06-13,5.25\n2024-06-14,5.20\n")
    bring(history, tmp_path / "rate.csv", "fred")
    known = {
        hour: bars.close[-1]
        for hour in (9, 15, 16, 17)
        if (bars := history.daily.bars("VIX", until=at(2024, 6, 14, hour)))
    }
    assert known == {9: 13.0, 15: 13.0, 16: 13.0, 17: 13.5}, "the VIX is taken at 16:15"
    assert history.daily.bars("VIX", until=at(2024, 6, 12)) is None
    rates = history.daily.rates("DTB3", until=at(2024, 6, 14, 17))
    assert rates is not None
    assert rates.rate.tolist() == [0.0525]
    assert rates.tenor.tolist() == [0.25]


def test_two_sources_of_one_symbol_are_joined_at_a_common_level(history: History) -> None:
    bring(history, real("stocks/lean/daily/spy.zip"), "lean-daily")
    early = history.daily.bars("SPY")
    bring(history, real("chains/SPY_2021_underlying_tiingo.csv"), "tiingo")
    joined = history.daily.bars("SPY")
    assert early is not None
    assert joined is not None
    assert (len(joined), joined.days[-1]) == (6_040, np.datetime64("2021-12-31"))
    returns = np.diff(np.log(joined.total_return))
    assert np.abs(returns[-250:]).max() < 0.03, "no step where one source follows the other"
    again = history.daily.bars("SPY", until=at(2021, 3, 31))
    assert again is not None
    assert again.total_return == pytest.approx(early.total_return, rel=2e-3)


def test_importing_a_series_twice_changes_nothing(history: History, tmp_path: Path) -> None:
    path = index_file(tmp_path, "2024-06-13,13,14,12,13\n")
    first, second = bring(history, path, "cboe-index"), bring(history, path, "cboe-index")
    assert (first.repeated, second.repeated) == (False, True)
    longer = bring(history, index_file(tmp_path, "2024-06-13,13,14,12,13\n2024-06-14,1,2,1,2\n"), "cboe-index")
    assert longer.series[0].rows == 2


def test_a_map_reads_any_other_layout(history: History, tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_text(
        'kind = "bars"\n[columns]\ndate = "Datum"\nclose = "Schluss"\n[constants]\nname = "DAX"\nscale = 0.01\n'
    )
    (tmp_path / "dax.csv").write_text("Datum;Schluss\n13.06.2024;1.826.500,50\n14.06.2024;1.800.200,25\n")
    bring(history, tmp_path / "dax.csv", str(tmp_path / "map.toml"))
    bars = history.daily.bars("DAX")
    assert bars is not None
    assert bars.close.tolist() == pytest.approx([18_265.005, 18_002.0025])
    (tmp_path / "map.toml").write_text('kind = "bars"\n[columns]\nclose = "x"\n')
    with pytest.raises(ChainError, match=r"columns\.date is wrong"):
        bring(history, tmp_path / "dax.csv", str(tmp_path / "map.toml"))


def test_facts_of_a_stored_market_come_from_daily_prices(history: History, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no chain yet"):
        read_snapshot(history, None)
    bring(history, real("chains/SPY_2021_daily_sample.csv.gz"))
    bring(history, real("chains/SPY_2021_underlying_tiingo.csv"), "tiingo")
    bring(history, real("vix/VIX_daily_ohlc.csv"), "cboe-index")
    snapshot = read_snapshot(history, at(2021, 10, 1))
    facts = snapshot.facts["SPY"]
    assert facts.sma_20.value == pytest.approx(442.4, abs=1.5)
    assert facts.rsi_14.is_known
    assert facts.realised_vol.value == pytest.approx(0.13, abs=0.04)
    assert snapshot.conditions.vix.value == 23.14, "of the day before: at the close the day's own is not yet taken"
    assert read_snapshot(history, None).as_of == at(2021, 12, 31)
    with pytest.raises(DataError, match="its nearest are of 2021-01-04, give --as-of 2021-01-04"):
        read_snapshot(history, at(2020, 1, 2))


@settings(deadline=None)
@given(content=st.binary(max_size=300), form=st.sampled_from(sorted(DAILY_FORMATS)))
def test_whatever_lies_in_a_file_no_exception_escapes(
    content: bytes, form: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("junk") / "junk.csv"
    path.write_bytes(content)
    _read_or_say(path, form)
    path.write_bytes(HEAD.encode() + content)
    _read_or_say(path, form)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as inside:
        inside.writestr("junk.csv", content)
    path.write_bytes(archive.getvalue())
    _read_or_say(path, form)


def _read_or_say(path: Path, form: str) -> None:
    try:
        found = read_daily(path, format=form, name=None)
    except ChainError:
        return
    for daily in found:
        assert daily.counts.rows == daily.counts.used + sum(daily.counts.dropped.values())
        used = daily.frame.filter(fate="used")
        assert used["date"].null_count() == 0
        assert used["close" if "close" in used.columns else "rate"].null_count() == 0
