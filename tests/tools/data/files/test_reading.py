"""One file becomes one snapshot: which session it is of, what it says of its underlyings, and how it refuses."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF, Market
from tools.data.files.formats import FORMATS
from tools.data.files.instants import parse_as_of
from tools.data.files.reading import ChainFile, read_chain
from tools.data.provider import MarketData
from tools.domain.chain import SourceCounts
from tools.domain.contract import ExerciseStyle
from tools.domain.errors import ChainError, InputError

THURSDAY = AS_OF - timedelta(days=1)


def _two_days(folder: Path) -> Path:
    thursday = samples.clean_rows(Market(spot=99), quoted="2024-06-13")
    return samples.write_cboe_eod(folder, [*samples.clean_rows(), *thursday])


def test_a_file_of_two_sessions_gives_the_one_as_of_asks_for(tmp_path: Path) -> None:
    path, size = _two_days(tmp_path), len(samples.clean_rows())
    friday = read_chain(path, format="cboe-eod", as_of=AS_OF)
    assert friday.counts == SourceCounts(2 * size, size, {"other_date": size})
    assert friday.chains["AAPL"].spot == 100
    thursday = read_chain(path, format="cboe-eod", as_of=THURSDAY)
    assert thursday.counts == SourceCounts(2 * size, size, {"after_as_of": size})
    assert thursday.chains["AAPL"].spot == 99
    noon = read_chain(path, format="cboe-eod", as_of=AS_OF - timedelta(hours=4))
    assert noon.chains["AAPL"].spot == 99, "Friday's closing quotes are not known at noon"
    weekend = read_chain(path, format="cboe-eod", as_of=AS_OF + timedelta(days=2))
    assert weekend.chains["AAPL"].spot == 100
    assert weekend.as_of == AS_OF + timedelta(days=2)


def test_without_as_of_the_latest_session_speaks(tmp_path: Path) -> None:
    snapshot = read_chain(_two_days(tmp_path), format="cboe-eod", as_of=None)
    assert snapshot.as_of == AS_OF
    assert snapshot.counts.dropped == {"other_date": snapshot.counts.used}


def test_one_slip_of_the_pen_is_not_the_latest_session(tmp_path: Path) -> None:
    rows = samples.clean_rows()
    rows[0] = {**rows[0], "quoted": "2042-06-13"}
    snapshot = read_chain(samples.write_cboe_eod(tmp_path, rows), format="cboe-eod", as_of=None)
    assert snapshot.as_of == AS_OF
    assert snapshot.counts.dropped == {"after_as_of": 1}


@pytest.mark.parametrize("as_of", ["2024-06-15", "2024-06-17T10:00", "2024-06-17"])
def test_the_last_close_speaks_until_the_next_one_has_passed(as_of: str, tmp_path: Path) -> None:
    snapshot = read_chain(_two_days(tmp_path), format="cboe-eod", as_of=parse_as_of(as_of))
    assert snapshot.chains["AAPL"].spot == 100
    assert snapshot.counts.dropped == {"stale": snapshot.counts.used}, "Thursday's are older than Friday's close"


def test_quotes_older_than_the_last_close_serve_nobody(tmp_path: Path) -> None:
    path, size = _two_days(tmp_path), len(samples.clean_rows())
    with pytest.raises(ChainError) as caught:
        read_chain(path, format="cboe-eod", as_of=parse_as_of("2024-06-17T16:01"))
    assert str(caught.value) == (
        f"eod.csv: none of its {2 * size} rows can be used at 2024-06-17 16:01 New York ({2 * size} stale)."
        " Its nearest quotes are of 2024-06-14; give --as-of 2024-06-14."
    )


def test_two_underlyings_are_two_chains(tmp_path: Path) -> None:
    rows = [*samples.clean_rows(), *samples.clean_rows(Market("XOM", spot=101))]
    snapshot = read_chain(samples.write_cboe_eod(tmp_path, rows), format="cboe-eod", as_of=AS_OF)
    assert list(snapshot.chains) == ["AAPL", "XOM"] == list(snapshot.facts)
    assert [chain.spot for chain in snapshot.chains.values()] == [100, 101]


@pytest.mark.parametrize("written", ["BF.B", "BF/B", "bf-b", " BF.B "])
def test_share_classes_and_their_roots(written: str, tmp_path: Path) -> None:
    rows = [{**row, "underlying": written} for row in samples.clean_rows(Market("BFB"))]
    snapshot = read_chain(samples.write_cboe_eod(tmp_path, rows), format="cboe-eod", as_of=AS_OF)
    assert snapshot.counts.dropped == {}
    assert set(snapshot.chains["BF.B"].root) == {"BFB"}


def test_an_underlying_without_any_price_is_dropped_with_its_rows(tmp_path: Path) -> None:
    lonely = [{**row, "spot": ""} for row in samples.clean_rows(Market("XOM")) if row["right"] == "call"]
    rows = [*samples.clean_rows(), *lonely]
    snapshot = read_chain(samples.write_cboe_eod(tmp_path, rows), format="cboe-eod", as_of=AS_OF)
    assert list(snapshot.chains) == ["AAPL"]
    assert snapshot.counts.dropped == {"no_spot": len(lonely)}


def test_the_same_rows_in_another_order_or_packing_are_the_same_snapshot(tmp_path: Path) -> None:
    rows = samples.clean_rows()
    plain = read_chain(samples.write_cboe_eod(tmp_path, rows), format="cboe-eod", as_of=AS_OF)
    turned = read_chain(samples.write_cboe_eod(tmp_path, rows[::-1]), format="cboe-eod", as_of=AS_OF)
    assert plain.fingerprint == turned.fingerprint
    path = samples.write_cboe_eod(tmp_path, rows, name="eod.csv.gz")
    packed = read_chain(path.rename(tmp_path / "eod.csv"), format="cboe-eod", as_of=AS_OF)
    assert packed.fingerprint == plain.fingerprint
    frame = pl.read_csv(samples.write_cboe_eod(tmp_path, rows), try_parse_dates=True)
    frame.write_parquet(tmp_path / "eod.parquet")
    (tmp_path / "eod.parquet").rename(tmp_path / "eod.csv")
    typed = read_chain(tmp_path / "eod.csv", format="cboe-eod", as_of=AS_OF)
    assert typed.fingerprint == plain.fingerprint
    rows[5] = {**rows[5], "ask": rows[5]["ask"] + "1"}
    other = read_chain(samples.write_cboe_eod(tmp_path, rows), format="cboe-eod", as_of=AS_OF)
    assert other.fingerprint != plain.fingerprint


def test_rows_are_ordered_and_unknown_counts_stay_unknown(tmp_path: Path) -> None:
    rows = samples.clean_rows()[::-1]
    rows[-1] = {**rows[-1], "volume": "", "open_interest": "-4", "iv": "0", "delta": "1"}
    chain = read_chain(samples.write_cboe_eod(tmp_path, rows), format="cboe-eod", as_of=AS_OF).chains["AAPL"]
    assert chain.expiry.tolist() == sorted(chain.expiry.tolist())
    assert chain.strike[:4].tolist() == [80, 80, 84, 84]
    assert chain.right[:4].tolist() == [1, -1, 1, -1]
    assert all(np.isnan(getattr(chain, name)[0]) for name in ("volume", "open_interest", "feed_iv", "feed_delta"))
    assert chain.feed_iv[1] == 0.35
    assert not chain.filled.any()


def test_facts_of_a_stock_file(tmp_path: Path) -> None:
    rows = samples.clean_rows()
    rows = [{**row, "volume": "30" if row["right"] == "put" else "40"} for row in rows]
    snapshot = read_chain(samples.write_cboe_eod(tmp_path, rows), format="cboe-eod", as_of=AS_OF)
    facts = snapshot.facts["AAPL"]
    assert facts.put_call_ratio.value == pytest.approx(0.75)
    assert facts.sector.value == "Information Technology"
    for unknown in (facts.rating, facts.earnings, facts.iv_rank, facts.iv_percentile, facts.beta, facts.rsi_14):
        assert unknown.is_unknown
        assert unknown.reason == "a single-chain file does not tell"
    assert snapshot.conditions.vix.is_unknown
    assert snapshot.conditions.blackouts.is_unknown
    assert not snapshot.simulated
    assert not snapshot.embedded


def test_facts_of_an_index_file_and_of_one_without_counts(tmp_path: Path) -> None:
    rows = [{**row, "volume": ""} for row in samples.clean_rows(Market("XSP"))]
    snapshot = read_chain(samples.write_cboe_eod(tmp_path, rows), format="cboe-eod", as_of=AS_OF)
    facts = snapshot.facts["XSP"]
    assert snapshot.chains["XSP"].style is ExerciseStyle.EUROPEAN
    assert facts.put_call_ratio.value == 1, "open interest stands in for volume"
    assert facts.rating.reason == "XSP is an index"
    assert not facts.earnings.is_unknown
    assert not facts.sector_put_call_ratio.is_known
    silent = [{**row, "volume": "", "open_interest": ""} for row in rows]
    blank = read_chain(samples.write_cboe_eod(tmp_path, silent), format="cboe-eod", as_of=AS_OF)
    assert blank.facts["XSP"].put_call_ratio.is_unknown


def test_index_roots_without_symbols_follow_the_expiry(tmp_path: Path) -> None:
    rows = samples.clean_rows(Market("^SPX"))
    weekly = [{**row, "expiry": "2024-07-17"} for row in rows if row["expiry"] == "2024-07-19"]
    path = samples.write_yfinance(tmp_path, [*rows, *weekly])
    chain = read_chain(path, format="yfinance", as_of=AS_OF).chains["SPX"]
    roots = dict(zip(chain.expiry.tolist(), chain.root.tolist(), strict=True))
    assert roots[date(2024, 7, 17)] == "SPXW"
    assert roots[date(2024, 7, 19)] == "SPX"


def test_a_file_as_a_source_of_market_data(tmp_path: Path) -> None:
    source: MarketData = ChainFile(samples.write_cboe_eod(tmp_path, samples.clean_rows()), "cboe-eod", rate=0.03)
    assert (source.name, source.simulated) == ("eod.csv", False)
    assert source.snapshot(AS_OF).chains["AAPL"].rate == 0.03


def _zipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)[:-20]


def _empty_parquet() -> bytes:
    target = io.BytesIO()
    pl.DataFrame({"underlying": []}).write_parquet(target)
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "chain.csv is empty"),
        (b"\n \n", "chain.csv is empty"),
        (b"\x7fELF\x00\x01\x02", "is a binary file"),
        (bytes(range(128, 256)) * 30, "is a binary file"),
        (b"PAR1 and no more", "is a damaged Parquet file"),
        (_empty_parquet(), "holds no rows"),
        (_zipped(b"a,b\n" * 4000), "is a damaged gzip file"),
        (b"underlying,bid\nAAPL,1\n", r"lacks the columns .*strike.*; found: underlying, bid"),
        (b"a,b\n", r"lacks the columns"),
        (b"#\n1\n", "heading of chain.csv is empty"),
        (b'underlying,"bid\nAAPL,1\n', "stray quotation mark"),
        (b"bid,bid\n1,2\n", "more than one column named bid"),
    ],
)
def test_files_that_are_no_chains(data: bytes, sentence: str, tmp_path: Path) -> None:
    path = tmp_path / "chain.csv"
    path.write_bytes(data)
    with pytest.raises(ChainError, match=sentence):
        read_chain(path, format="cboe-eod", as_of=AS_OF)


def test_a_heading_alone(tmp_path: Path) -> None:
    with pytest.raises(ChainError, match="heading and no rows"):
        read_chain(samples.write_cboe_eod(tmp_path, []), format="cboe-eod", as_of=AS_OF)


def test_no_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(ChainError, match="There is no file"):
        read_chain(tmp_path / "none.csv", format="cboe-eod", as_of=AS_OF)
    with pytest.raises(ChainError, match="is a folder"):
        read_chain(tmp_path, format="cboe-eod", as_of=AS_OF)


def test_text_in_other_encodings(tmp_path: Path) -> None:
    path = samples.write_cboe_eod(tmp_path, samples.clean_rows())
    text = path.read_text(encoding="utf-8").replace("underlying,", "underlying,")
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        path.write_bytes(text.replace("\n", "\r\n").encode(encoding))
        assert read_chain(path, format="cboe-eod", as_of=AS_OF).counts.dropped == {}
    path.write_bytes(text.replace("\n", "\r").encode())
    assert read_chain(path, format="cboe-eod", as_of=AS_OF).counts.dropped == {}


def test_a_wrong_format_name_and_the_wrong_vendor(tmp_path: Path) -> None:
    path = samples.write_cboe_eod(tmp_path, samples.clean_rows())
    with pytest.raises(ChainError, match=r"no chain format 'cboe-oed': did you mean cboe-eod\?$"):
        read_chain(path, format="cboe-oed", as_of=AS_OF)
    with pytest.raises(ChainError, match="choose one of cboe-eod, cboe-quotetable"):
        read_chain(path, format="bloomberg", as_of=AS_OF)
    with pytest.raises(ChainError, match="has no heading with Calls and Puts"):
        read_chain(path, format="cboe-quotetable", as_of=AS_OF)
    with pytest.raises(ChainError, match="does not name its session"):
        read_chain(path, format="lean-universe", as_of=AS_OF)
    assert all(FORMATS.values())


def test_requests_that_make_no_sense(tmp_path: Path) -> None:
    path = samples.write_cboe_eod(tmp_path, samples.clean_rows())
    with pytest.raises(InputError, match="no time zone"):
        read_chain(path, format="cboe-eod", as_of=datetime(2024, 6, 14))  # noqa: DTZ001
    with pytest.raises(InputError, match=r"A rate of 5\.0 makes no sense"):
        read_chain(path, format="cboe-eod", as_of=AS_OF, rate=5.0)
    with pytest.raises(InputError):
        read_chain(path, format="cboe-eod", as_of=datetime(1970, 1, 1, tzinfo=UTC))


def test_european_dates_are_told_by_the_symbols_beside_them(tmp_path: Path) -> None:
    rows = samples.clean_rows()
    early = [
        {**row, "expiry": "12/07/2024", "symbol": row["symbol"].replace("240719", "240712")} for row in rows[:24]
    ]
    path = samples.write_cboe_eod(tmp_path, [{**row, "quoted": "14/06/2024"} for row in early])
    snapshot = read_chain(path, format="cboe-eod", as_of=AS_OF)
    assert snapshot.counts.dropped == {}
    assert set(snapshot.chains["AAPL"].expiry.tolist()) == {date(2024, 7, 12)}


@pytest.mark.parametrize(("symbol", "used"), [("140621", True), ("140620", True), ("140619", False)])
def test_monthly_contracts_expired_on_saturdays(symbol: str, used: bool, tmp_path: Path) -> None:
    """Until January 2015; symbols of resellers carry the Saturday or the Friday."""
    rows = [
        {**row, "quoted": "2014-06-19", "expiry": "2014-06-21", "symbol": row["symbol"].replace("240719", symbol)}
        for row in samples.clean_rows()[:24]
    ]
    path = samples.write_cboe_eod(tmp_path, [*rows, *samples.clean_rows(quoted="2014-06-19")])
    snapshot = read_chain(path, format="cboe-eod", as_of=parse_as_of("2014-06-19"))
    assert snapshot.counts.dropped == ({} if used else {"contradictory": 24})
    late = samples.write_cboe_eod(tmp_path, [{**row, "quoted": "2014-06-20"} for row in rows])
    with pytest.raises(ChainError, match="24 expired"):
        read_chain(late, format="cboe-eod", as_of=None)


def test_a_hundred_thousand_rows_are_read_at_once(tmp_path: Path) -> None:
    """Vectorised: the time would be minutes if a row cost a millisecond of Python."""
    rows = samples.clean_rows()
    lines = samples.write_cboe_eod(tmp_path, rows).read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path / "many.csv"
    path.write_text(lines[0] + "".join(lines[1:]) * (100_000 // len(rows) + 1), encoding="utf-8")
    snapshot = read_chain(path, format="cboe-eod", as_of=AS_OF)
    assert snapshot.counts.rows > 100_000
    assert snapshot.counts.used == len(rows)
    assert snapshot.counts.dropped == {"duplicated": snapshot.counts.rows - len(rows)}
