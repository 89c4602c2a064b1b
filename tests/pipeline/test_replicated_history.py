"""Replications of real markets beside what was published: the S&P 500 of 1999-2018, and SPY through 2020.

The level of the modelled vol was chosen with these years in sight (the assumptions say so): the tests hold what was
reached, they do not prove it.
"""

from __future__ import annotations

import io
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from tests.pipeline.conftest import Verb

WINDOW = ["--from", "1998-12-31", "--to", "2018-12-31"]


@cache
def _sp500() -> str:
    history = pytest.importorskip("arch.data.sp500", reason="no S&P 500 history: install thetagate[past]")
    return str(history.load().to_csv())


@pytest.fixture
def given(shared: Path, tmp_path: Path) -> list[str | Path]:
    (tmp_path / "spx.csv").write_text(_sp500())
    return ["--spx", tmp_path / "spx.csv", *_others(shared)]


def _others(shared: Path) -> list[str | Path]:
    data = shared / "data"
    curve = data / "rates" / "us_treasury_par_curves_1990_2017.csv.gz"
    bills = data / "rates" / "fred_DTB3_2016_2025.csv"
    return ["--vix", data / "vix" / "VIX_daily_ohlc.csv", "--rates", curve, "--rates", bills]


def _changes(said: dict[str, Any]) -> dict[str, tuple[float, float]]:
    """Our change and the published one by the window's last day, where ours covers it."""
    rows = [row for row in said["stats"]["published"] if "change" in row and row["replicated"]]
    return {row["to"]: (row["replicated"]["change"], row["change"]) for row in rows}


def test_put_and_bxm_of_2008_come_near_the_published_year(verb: Verb, given: list[str | Path]) -> None:
    for index in ("PUT", "BXM"):
        ours, published = _changes(verb("replicate", index, *given, *WINDOW, "--json").json)["2008-12-31"]
        assert ours == pytest.approx(published, abs=0.025), index


def test_twenty_years_look_like_the_indices(verb: Verb, given: list[str | Path]) -> None:
    said = {index: verb("replicate", index, *given, *WINDOW, "--json").json for index in ("PUT", "BXM", "CNDR")}
    stats = {index: each["stats"] for index, each in said.items()}
    assert all(each["sessions"] == 5031 for each in stats.values())
    # Published for 1986-2018: PUT 9.95 %, BXM 10.58 %, CNDR 7.19 % volatility.
    assert stats["PUT"]["volatility"] == pytest.approx(0.0995, abs=0.01)
    assert stats["BXM"]["volatility"] == pytest.approx(0.1058, abs=0.01)
    assert stats["CNDR"]["volatility"] == pytest.approx(0.0719, abs=0.01)
    # Deepest months: -32.7 %, -35.8 %, -13.7 %.
    assert stats["PUT"]["max_drawdown"] == pytest.approx(-0.327, abs=0.03)
    assert stats["BXM"]["max_drawdown"] == pytest.approx(-0.358, abs=0.03)
    assert stats["CNDR"]["max_drawdown"] == pytest.approx(-0.137, abs=0.03)
    # PUT with the S&P 500 Total Return 0.844 in 1986-2021.
    assert stats["PUT"]["correlation"] == pytest.approx(0.844, abs=0.04)
    returns = {index: np.diff(np.log([each["level"] for each in one["levels"]])) for index, one in said.items()}
    # BXM with PUT 0.973 in 1986-2021.
    assert np.corrcoef(returns["PUT"], returns["BXM"])[0, 1] > 0.97


def test_opens_are_believed_where_they_are_prices_of_their_own(verb: Verb, given: list[str | Path]) -> None:
    """The index's open repeats the last close until some years ago; from 2017 on it is one."""
    said = verb("replicate", "PUT", *given, *WINDOW, "--json").json["assumptions"]
    settled = next(each for each in said if each.startswith("The opening settlement"))
    assert "241 rolls: 20 from the file's open" in settled


def test_closes_alone_give_nearly_the_same(verb: Verb, given: list[str | Path], tmp_path: Path) -> None:
    """What the opening settlement and midday are estimated from is worth a point of tracking error."""
    whole = verb("replicate", "PUT", *given, *WINDOW, "--json", "--daily").json["levels"]
    real = tmp_path / "ranged.csv"
    real.write_text("Date,Close\n" + "".join(f"{each['date']},{each['level']}\n" for each in whole))
    closes = tmp_path / "closes.csv"
    pl.read_csv(io.StringIO(_sp500())).select("Date", "Close").write_csv(closes)
    said = verb("replicate", "PUT", "--spx", closes, *given[2:], *WINDOW, "--against", real, "--json").json[
        "stats"
    ]["against"]
    assert said["months"] == 239
    assert said["correlation"] > 0.985
    assert said["tracking_error"] < 0.015
    assert abs(said["mean_gap"]) < 0.006


def test_2020_on_spy(verb: Verb, shared: Path, tmp_path: Path) -> None:
    """Ten times SPY stands in for an index history of that year; its quarterly ex-dates are its own."""
    names = ["Date", "Open", "High", "Low", "Close", "Volume"]
    with zipfile.ZipFile(shared / "data" / "stocks" / "lean" / "daily" / "spy.zip") as folder:
        rows = pl.read_csv(folder.read("spy.csv"), has_header=False, new_columns=names, infer_schema=False)
    prices = rows.filter(pl.col("Date") >= "20180101").select(
        pl.col("Date").str.slice(0, 8), *(pl.col(name).cast(pl.Float64) / 1000 for name in names[1:5])
    )
    prices.write_csv(tmp_path / "spy.csv")
    window = ["--from", "2019-06-28", "--to", "2020-12-31"]
    said = {
        index: _changes(
            verb("replicate", index, "--spx", tmp_path / "spy.csv", *_others(shared), *window, "--json").json
        )
        for index in ("PUT", "BXM")
    }
    for ours, published in (said["PUT"]["2020-12-31"], said["PUT"]["2020-03-23"], said["BXM"]["2020-12-31"]):
        assert ours == pytest.approx(published, abs=0.03)
