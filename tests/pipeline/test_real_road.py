"""Real chains down the whole road by the command line: import, check, surface, screen; skipped without the data."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import pytest

from tests.pipeline.conftest import Verb

SCATTER_BP, INSIDE = 2.0, 0.95
"""Of parity forwards within an expiry's liquid strikes; of liquid rows of 7-120 days repriced from bid to ask."""
SPX_DAYS = ("2019-04-25", "2019-05-07", "2019-05-13", "2019-05-31")


@pytest.fixture
def spx(verb: Verb, shared: Path) -> Path:
    path = shared / "data" / "chains" / "SPX_cboe_eod_20190425_20190531.parquet"
    return imported(verb, path, "cboe-eod")


@pytest.fixture
def apple(verb: Verb, shared: Path) -> Path:
    """Apple's closing quotes, after the Treasury's rates and Apple's daily prices, as a user brings them in."""
    imported(verb, shared / "data" / "rates" / "us_treasury_par_curves_1990_2017.csv.gz", "treasury-par")
    imported(verb, shared / "data" / "stocks" / "lean" / "daily" / "aapl.zip", "lean-daily")
    path = shared / "data" / "chains" / "lean" / "option_daily" / "aapl_2014_quote_american.zip"
    return imported(verb, path, "lean-options")


def imported(verb: Verb, path: Path, form: str) -> Path:
    if not path.exists():
        pytest.skip(f"{path.name} is not beside the project")
    said = verb("data", "import", path, "--format", form, "--json")
    assert said.code == 0, said.err
    (file,) = said.json["files"]
    assert file["rows"] == file["used"] + sum(file["dropped"].values())
    return path


def checked(verb: Verb, symbol: str, day: str) -> Any:
    said = verb("data", "check", symbol, "--as-of", day, "--json")
    assert said.code == 0, said.err
    return said.json["snapshot"]


def test_spx_goes_all_the_way(verb: Verb, spx: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in SPX_DAYS:
        found = checked(verb, "SPX", day)
        scatters = [each["scatter_bp"] for each in found["maturities"] if each["scatter_bp"] is not None]
        assert len(scatters) > 35
        assert max(scatters) < SCATTER_BP
        assert found["liquid"] > 2_000
        assert found["repriced_inside"] >= INSIDE
        assert found["surface_error_points"] < 0.15
        assert found["completeness"] > 0.95
        assert 0 < found["measures"]["index_30"] - found["measures"]["vol_30"] < 0.05, (
            "the index has the wings in it"
        )
        assert found["measures"]["skew_30"] > 0.02, "an index's falls are dear"
        assert "sessions of the last 52 weeks" in found["iv_rank"]["reason"]
    monkeypatch.setenv("THETAGATE_MARKET__SOURCE", "store")
    screened = verb("screen", "--as-of", "2019-05-07", "--json").json
    (candidate,) = screened["candidates"]
    assert candidate["underlying"] == "SPX"
    rank = [each for each in candidate["filters"] if each["rule"] == "iv_percentile"]
    assert all(each["state"] == "unknown" for each in rank)


def test_apple_goes_all_the_way(verb: Verb, apple: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its closing quotes tell no rate and no dividends: the Treasury's and its daily prices do."""
    for day, liquid in (("2014-06-06", 500), ("2014-06-09", 900)):
        found = checked(verb, "AAPL", day)
        assert found["no_surface"] is None
        assert found["liquid"] > liquid
        assert found["repriced_inside"] >= 0.98, "with a rate and dividends the bar of SPX holds, and more"
        near = [each for each in found["maturities"] if each["expiry"] < "2014-08-01" and each["scatter_bp"]]
        assert median(each["scatter_bp"] for each in near) < SCATTER_BP
        assert all(each["inside"] > 0.85 * each["liquid"] for each in near if each["liquid"] > 50)
    monkeypatch.setenv("THETAGATE_MARKET__SOURCE", "store")
    screened = verb("screen", "--as-of", "2014-06-06", "--json")
    assert screened.code == 0, screened.err
    assert [each["symbol"] for each in screened.json["underlyings"]] == ["AAPL"]
    assert screened.json["source"]["used"] == 2_063
    notes = "\n".join(screened.json["notes"])
    assert "AAPL: the quotes tell no rate; 0.04% is that of TREASURY of 2014-06-05" in notes
    assert "3.05 on 2014-08-07 first" in notes, "which is when the next one went ex; it was raised to 3.29"
