"""Real files of the vendors, where they are at hand."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tests.tools.data.files.samples import SHARED
from tools.calendar.sessions import NEW_YORK
from tools.data.files.instants import parse_as_of
from tools.data.files.reading import read_chain
from tools.domain.chain import SourceCounts
from tools.domain.errors import ChainError
from tools.domain.market import Snapshot
from tools.pricing.quotes import quote_greeks

SPX = SHARED / "SPX_cboe_eod_20190425_20190531.parquet"
SPY = SHARED / "SPY_2021_daily_sample.csv.gz"
LEAN = SHARED / "lean"


def _needs(path: Path) -> Path:
    if not path.exists():
        pytest.skip(f"{path.name} is not at hand")
    return path


@cache
def _spx(as_of: str) -> Snapshot:
    return read_chain(_needs(SPX), format="cboe-eod", as_of=parse_as_of(as_of))


def test_the_last_session_of_the_spx_file() -> None:
    snapshot = _spx("2019-05-31")
    assert snapshot.counts == SourceCounts(
        339_352, 13_498, {"stale": 311_892, "other_date": 13_516, "expired": 446}
    )
    chain = snapshot.chains["SPX"]
    assert chain.spot == 2756.04
    assert set(chain.root) == {"SPX", "SPXW"}
    assert chain.multiplier == 100
    assert read_chain(SPX, format="cboe-eod", as_of=None).fingerprint == snapshot.fingerprint


def test_a_holiday_in_the_file_is_stale_and_the_session_before_it_speaks() -> None:
    snapshot = _spx("2019-05-27")
    assert snapshot.chains["SPX"].spot == 2826.06
    assert snapshot.counts.used == 13_752 - 428, "2019-05-24 without what expired that day"
    holiday = 13_324
    before = sum((13_340, 13_570, 13_268, 13_600, 13_356, 13_362, 13_806, 13_438, 13_430, 13_596, 13_678))
    before += sum((13_522, 13_854, 13_854, 13_584, 13_568, 13_522, 13_522, 13_544))
    assert snapshot.counts.dropped["stale"] == before + holiday


def test_a_session_the_file_misses() -> None:
    assert _spx("2019-05-17").chains["SPX"].spot == 2877.72, "until its close, the session before is the latest"
    with pytest.raises(ChainError, match=r"Its nearest quotes are of 2019-05-16; give --as-of 2019-05-16\.$"):
        _spx("2019-05-18")


def test_terms_of_the_spx_file_are_those_of_the_time() -> None:
    # The three-month bill stood at 2.35 % and fed funds at 2.39 %; SPX options are funded a little above.
    for day in ("2019-05-27", "2019-05-31"):
        chain = _spx(day).chains["SPX"]
        assert 0.022 < chain.rate < 0.029
        assert 0.015 < chain.dividend_yield < 0.024


def test_our_deltas_agree_with_the_files_own() -> None:
    chain = _spx("2019-05-31").chains["SPX"]
    month = (chain.dte >= 30) & (chain.dte <= 90)
    sane = (chain.feed_iv > 0.03) & (chain.feed_iv < 1.5) & (chain.bid > 0) & (chain.spread_fraction < 0.3)
    rows = np.flatnonzero(month & sane)
    ours = quote_greeks(chain.take(rows)).delta
    known = np.isfinite(ours)
    assert known.mean() > 0.95
    apart = np.abs(ours - chain.feed_delta[rows])[known]
    assert np.quantile(apart, 0.95) < 0.02


def test_the_spy_sample_drops_its_crossed_quotes() -> None:
    path = _needs(SPY)
    crossed = read_chain(path, format="cboe-eod", as_of=parse_as_of("2021-09-17"))
    assert crossed.counts.dropped["crossed"] == 17
    assert crossed.counts.used == 3
    whole = read_chain(path, format="cboe-eod", as_of=parse_as_of("2021-10-01"))
    assert (whole.counts.rows, whole.counts.used) == (5040, 20)
    assert whole.facts["SPY"].rating.reason == "SPY is a fund"


def test_lean_universes_serve_analysis() -> None:
    path = _needs(LEAN / "option_universes" / "goog" / "20151222.csv.gz")
    snapshot = read_chain(path, format="lean-universe", as_of=None)
    chain = snapshot.chains["GOOG"]
    assert snapshot.as_of == datetime(2015, 12, 22, 16, tzinfo=NEW_YORK)
    assert chain.spot == 748.75
    assert np.isnan(chain.bid).all()
    assert (chain.feed_iv > 0).any()
    assert "analysis" in snapshot.notes[0]


def test_lean_index_universes_keep_their_roots() -> None:
    folder = LEAN / "indexoption_usa" / "universes"
    weekly = read_chain(_needs(folder / "spxw" / "20230623.csv"), format="lean-universe", as_of=None)
    assert set(weekly.chains["SPX"].root) == {"SPXW"}
    monthly = read_chain(folder / "spx" / "20151222.csv", format="lean-universe", as_of=None).chains["SPX"]
    assert set(monthly.root) == {"SPX"}
    assert monthly.spot == pytest.approx(2023, abs=20), "no row of its own: implied by parity"
    assert date(2016, 1, 15) in set(monthly.expiry.tolist())


def test_a_universe_without_any_price_is_refused() -> None:
    path = _needs(LEAN / "indexoption_usa" / "universes" / "nqx" / "20210316.csv")
    with pytest.raises(ChainError, match=r"none of its 2 rows can be used .* \(2 zero\)"):
        read_chain(path, format="lean-universe", as_of=None)


def test_closing_quotes_of_lean() -> None:
    """Open interest and trades lie beside the quotes; old contracts carry the Saturday after their last day."""
    path = _needs(LEAN / "option_daily" / "aapl_2014_quote_american.zip")
    snapshot = read_chain(path, format="lean-options", as_of=parse_as_of("2014-06-06"))
    assert snapshot.counts.rows == 4_532
    assert snapshot.counts.dropped == {"after_as_of": 2_180, "expired": 172, "nan": 117}
    chain = snapshot.chains["AAPL"]
    assert chain.spot == pytest.approx(645.57, rel=2e-3)
    row = int(
        np.flatnonzero((chain.strike == 1000) & (chain.right > 0) & (chain.expiry == np.datetime64("2015-01-17")))[
            0
        ]
    )
    assert (chain.bid[row], chain.ask[row]) == (1.21, 1.33)
    assert chain.open_interest[row] == 9_325
    assert np.isfinite(chain.volume).any()


def test_a_zip_that_is_not_leans_is_told(tmp_path: Path) -> None:
    for name, sentence in (("aapl.zip", "no file of Lean's"), ("aapl_2014_quote_american.zip", "no readable zip")):
        path = tmp_path / name
        path.write_bytes(b"PK nothing")
        with pytest.raises(ChainError, match=sentence):
            read_chain(path, format="lean-options", as_of=None)
