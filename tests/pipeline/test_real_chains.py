"""Real chains through the command line; skipped where the shared data is absent."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.pipeline.conftest import Verb


@pytest.fixture(scope="session")
def spx(shared: Path) -> Path:
    return shared / "data" / "chains" / "SPX_cboe_eod_20190425_20190531.parquet"


def test_an_spx_put_passes_the_screen_and_fails_f1(verb: Verb, spx: Path) -> None:
    arguments = ["--chain", spx, "--format", "cboe-eod", "--as-of", "2019-05-07", "--json"]
    screened = verb("screen", *arguments).json
    assert screened["source"]["rows"] == screened["source"]["used"] + sum(screened["source"]["dropped"].values())
    assert [each["symbol"] for each in screened["underlyings"]] == ["SPX"]
    (candidate,) = screened["candidates"]
    assert candidate["structure"] == "cash_secured_put"
    decided = verb("run", *arguments).json
    assert decided["mode"] == "dry-run"
    (decision,) = decided["decisions"]
    assert decision["id"] == candidate["id"]
    assert decision["outcome"] == "refused"
    assert "F1" in {reason["rule"] for reason in decision["reasons"]}
    assert decision["order"] is None


@pytest.mark.parametrize("day", ["2019-04-25", "2019-05-07", "2019-05-31"])
def test_candidates_agree_with_the_files_own_deltas(verb: Verb, spx: Path, day: str) -> None:
    said = verb("screen", "--chain", spx, "--format", "cboe-eod", "--as-of", day, "--json")
    assert said.code == 0, said.err
    year, month, date = day.split("-")
    own = pl.read_parquet(spx).filter(pl.col("quotedate") == f"{month}/{date}/{year}", pl.col("impliedvol") > 0)
    deltas = dict(zip(own["optionroot"], own["delta"], strict=True))
    for candidate in said.json["candidates"]:
        (leg,) = candidate["legs"]
        assert abs(-candidate["greeks"]["delta"] - deltas[leg["occ"]]) <= 0.02


def test_a_lean_universe_is_analysed_and_gives_no_candidate(verb: Verb, shared: Path) -> None:
    path = shared / "data" / "chains" / "lean" / "indexoption_usa" / "universes" / "spx" / "20201230.csv"
    said = verb("screen", "--chain", path, "--format", "lean-universe", "--json")
    assert said.code == 0, said.err
    assert said.json["source"]["used"] > 0
    assert said.json["candidates"] == []


def test_spy_puts_of_2021(verb: Verb, shared: Path) -> None:
    path = shared / "data" / "chains" / "SPY_2021_daily_sample.csv.gz"
    said = verb("screen", "--chain", path, "--format", "cboe-eod", "--as-of", "2021-03-05", "--json")
    assert [candidate["underlying"] for candidate in said.json["candidates"]] == ["SPY"]
