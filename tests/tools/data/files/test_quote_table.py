"""Cboe's quote table in its three generations and in other people's languages.

The preambles and rows are those of real downloads, shortened.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.tools.data.files import samples
from tests.tools.data.files.samples import AS_OF
from tools.calendar.sessions import NEW_YORK
from tools.data.files.instants import parse_as_of
from tools.data.files.reading import read_chain
from tools.domain.errors import ChainError
from tools.domain.market import Snapshot

OF_2019 = """\
SPY (SPDR S&P 500 ETF Trust),310.68,1.98
Jun 22 2020 @ 20:42 ET,Bid,0,Ask,0,Size,0x0,Vol,74649389
{heading}
06/22/2020,SPY200622C00310000,0.5,0,0.6,0.7,0,0.02,1,0,1,310.000,SPY200622P00310000,0.01,0,0,0.01,0,24.001,-0.0003,0,113
07/17/2020,SPY200717C00305000,11.9,0,11.92,11.97,20,0.28,0.63,0.02,900,305.000,SPY200717P00305000,6.1,0,6.13,6.17,20,0.28,-0.37,0.02,800
07/17/2020,SPY200717C00310000,8.6,0,8.67,8.71,20,0.27,0.53,0.02,900,310.000,SPY200717P00310000,7.8,0,7.87,7.9,20,0.27,-0.47,0.02,800
07/17/2020,SPY200717C00315000,5.9,0,5.91,5.94,20,0.26,0.43,0.02,900,315.000,SPY200717P00315000,10.1,0,10.1,10.15,20,0.26,-0.57,0.02,800
""".format(heading=samples.QUOTE_TABLE_HEADING.replace("Volume", "Vol").replace("Interest", "Int"))
OF_2013 = """\
IBM (INTL BUSINESS MACHINES),185.08,-0.27,
Dec 29 2013 @ 19:06 ET,Bid,184.60,Ask,185.24,Size,1x2,Vol,3382117,
Calls,Last Sale,Net,Bid,Ask,Vol,Open Int,Puts,Last Sale,Net,Bid,Ask,Vol,Open Int,
13 Dec 185.00 (IBM1327L185),0.0,0.0,0.05,0.10,0,0,13 Dec 185.00 (IBM1327X185),0.0,0.0,0.0,0.01,0,0,
14 Jan 180.00 (IBM1418A180),6.0,0.0,6.10,6.30,10,50,14 Jan 180.00 (IBM1418M180),1.1,0.0,1.10,1.20,4,70,
14 Jan 180.00 (IBM1418A180-4),6.0,0.0,6.00,6.40,10,50,14 Jan 180.00 (IBM1418M180-4),1.1,0.0,1.00,1.30,4,70,
14 Jan 182.50 (IBM1418A182.5),4.1,0.0,4.20,4.40,10,50,14 Jan 182.50 (IBM1418M182.5),1.7,0.0,1.70,1.80,4,70,
"""


def _read(folder: Path, text: str, as_of: datetime | None = None) -> Snapshot:
    path = folder / "quotedata.csv"
    path.write_text(text, encoding="utf-8")
    return read_chain(path, format="cboe-quotetable", as_of=as_of)


def _table(folder: Path, **changes: str) -> str:
    return samples.write_quote_table(folder, samples.clean_rows(), **changes).read_text(encoding="utf-8")


def test_the_table_of_2019(tmp_path: Path) -> None:
    snapshot = _read(tmp_path, OF_2019)
    chain = snapshot.chains["SPY"]
    assert snapshot.as_of == datetime(2020, 6, 22, 16, tzinfo=NEW_YORK), "downloaded after the close"
    assert snapshot.counts.dropped == {"expired": 2}
    assert chain.spot == 310.68
    assert chain.contract(0).occ == "SPY200717C00305000"
    assert (chain.bid[1], chain.ask[1], chain.open_interest[1]) == (6.13, 6.17, 800)


def test_the_table_before_2019(tmp_path: Path) -> None:
    snapshot = _read(tmp_path, OF_2013)
    chain = snapshot.chains["IBM"]
    assert snapshot.as_of == datetime(2013, 12, 27, 16, tzinfo=NEW_YORK), "a Sunday shows Friday's quotes"
    assert snapshot.counts.dropped == {"expired": 2, "duplicated": 2}
    assert chain.spot == 185.08
    assert [chain.contract(row).occ for row in range(4)] == [
        "IBM140118C00180000",
        "IBM140118P00180000",
        "IBM140118C00182500",
        "IBM140118P00182500",
    ]
    assert chain.bid.tolist() == [6.1, 1.1, 4.2, 1.7], "the consolidated row stands before those of exchanges"


@pytest.mark.parametrize(
    "stamp",
    [
        "June 14, 2024 at 4:00 PM EDT",
        "14 June 2024, 4:00 PM EDT",
        "14 de junio de 2024, 16:00 GMT-4",
        "14 июня 2024 г. в 16:00 GMT-4",
        "2024年6月14日 GMT-4 16:00",
        "14. Juni 2024 um 16:00 GMT-4",
        "14 juin 2024 à 16:00 UTC−4",
        "6/14/2024, 4:00 PM EDT",
        "14/06/2024, 16:00 GMT-4",
        "14.06.2024, 16:00 GMT-4",
        "15 June 2024, 9:46 AM EDT",
        "June 14, 2024 at 9:05 PM EDT",
    ],
)
def test_download_times_in_many_languages(stamp: str, tmp_path: Path) -> None:
    snapshot = _read(tmp_path, _table(tmp_path, stamp=stamp))
    assert snapshot.as_of == AS_OF
    assert snapshot.counts.dropped == {}


@pytest.mark.parametrize(("stamp", "day"), [("6/7/2024, 16:00", 7), ("7/6/2024, 16:00", 7)])
def test_an_ambiguous_download_date_is_read_to_fit_the_expiries(stamp: str, day: int, tmp_path: Path) -> None:
    rows = [
        {**row, "expiry": "2024-06-07", "symbol": row["symbol"].replace("240719", "240607")}
        for row in samples.clean_rows()[:24]
    ]
    text = samples.write_quote_table(tmp_path, [*rows, *samples.clean_rows()], stamp=stamp).read_text()
    assert _read(tmp_path, text).as_of == datetime(2024, 6, day, 16, tzinfo=NEW_YORK)


def test_a_table_that_a_spreadsheet_saved_in_europe(tmp_path: Path) -> None:
    lines = _table(tmp_path, spot="1.100,00").splitlines()
    body = [
        line.replace(",", ";")
        .replace(".", ",")
        .replace("Fri Jul 19 2024", "19.07.2024")
        .replace("Fri Aug", "Fri Aug")
        for line in lines[4:]
    ]
    preamble = [";;;", "Apple Inc;Last: 100,00;Change:  1,01", '"Date: 14. Juni 2024 um 16:00 GMT-4";Bid: 99,9']
    snapshot = _read(tmp_path, "\n".join([*preamble, lines[3].replace(",", ";"), *body]))
    assert snapshot.counts.dropped == {}
    assert snapshot.chains["AAPL"].spot == 100
    assert samples.quotes_of(snapshot.chains["AAPL"]) == samples.expected_quotes(samples.clean_rows())


def test_a_price_with_thousands_keeps_its_size(tmp_path: Path) -> None:
    rows = samples.clean_rows(samples.Market("XSP", spot=110, scale=40.0))
    path = samples.write_quote_table(tmp_path, rows, spot="4,400.25")
    assert read_chain(path, format="cboe-quotetable", as_of=AS_OF).chains["XSP"].spot == 4400.25


@pytest.mark.parametrize(("last", "spot"), [("4.400", 4400.0), ("4.400,25", 4400.25), ("4400.2500", 4400.25)])
def test_a_price_is_read_with_the_tables_own_mark_where_it_is_ambiguous(
    last: str, spot: float, tmp_path: Path
) -> None:
    rows = samples.clean_rows(samples.Market("XSP", spot=110, scale=40.0))
    lines = samples.write_quote_table(tmp_path, rows, spot="4400").read_text(encoding="utf-8").splitlines()
    body = [line.replace(",", ";").replace(".", ",") for line in lines[4:]]
    preamble = [f"Mini-SPX;Last: {last};Change:  1", f'"Date: {samples.STAMP}";Bid: 4']
    snapshot = _read(tmp_path, "\n".join([*preamble, lines[3].replace(",", ";"), *body]))
    assert snapshot.chains["XSP"].spot == spot


@pytest.mark.parametrize(
    "title",
    [
        "Apple Inc,Last: 101.5,Change:  -1.01",
        "Apple Inc,Last: 101.5",
        '"Apple, Inc.",Last: 101.5,Change:  -1.01,,,,,,',
        "Apple Inc,Last: 101.5,,,,,,",
        "AAPL (APPLE INC),101.5,-1.01",
        '"AAPL (Apple, Inc.)",101.5,-1.01,,,',
        "^AAPL (APPLE INC),101.50,0.0001,",
        "AAPL (APPLE INC),Last: 101.5,Change:  -1.01",
    ],
)
def test_titles(title: str, tmp_path: Path) -> None:
    lines = _table(tmp_path).splitlines()
    lines[1] = title
    snapshot = _read(tmp_path, "\n".join(lines))
    assert snapshot.chains["AAPL"].spot == 101.5
    assert snapshot.as_of == AS_OF


def test_a_table_without_preamble_needs_as_of_and_implies_its_price(tmp_path: Path) -> None:
    text = "\n".join(_table(tmp_path).splitlines()[3:])
    with pytest.raises(ChainError, match="does not say when it was quoted; give the time with --as-of"):
        _read(tmp_path, text)
    snapshot = _read(tmp_path, text, AS_OF)
    assert snapshot.chains["AAPL"].spot == pytest.approx(100, rel=2e-3)
    assert any("does not say when it was quoted" in note for note in snapshot.notes)
    assert any("put-call parity implies" in note for note in snapshot.notes)


def test_a_download_is_stale_after_the_next_close(tmp_path: Path) -> None:
    text = _table(tmp_path)
    assert _read(tmp_path, text, AS_OF + timedelta(days=3, hours=-1)).counts.dropped == {}
    with pytest.raises(ChainError, match="stale"):
        _read(tmp_path, text, parse_as_of("2024-06-18"))


@pytest.mark.parametrize("as_of", ["2024-06-14", "2024-06-14T10:30", "2024-06-14T11:00"])
def test_a_download_during_the_session_counts_until_its_close(as_of: str, tmp_path: Path) -> None:
    text = _table(tmp_path, stamp="June 14, 2024 at 10:30 AM EDT")
    assert _read(tmp_path, text).as_of == AS_OF.replace(hour=10, minute=30)
    assert _read(tmp_path, text, parse_as_of(as_of)).counts.dropped == {}
    with pytest.raises(ChainError, match="after_as_of"):
        _read(tmp_path, text, parse_as_of("2024-06-14T10:29"))


def test_two_underlyings_in_one_table_are_refused_or_dropped(tmp_path: Path) -> None:
    ours, theirs = samples.clean_rows(), samples.clean_rows(samples.Market("MSFT"))
    path = samples.write_quote_table(tmp_path, [*ours, *theirs[:10]])
    snapshot = read_chain(path, format="cboe-quotetable", as_of=AS_OF)
    assert snapshot.counts.dropped == {"mixed": 10}
    assert list(snapshot.chains) == ["AAPL"]
    path = samples.write_quote_table(tmp_path, [*ours, *theirs])
    with pytest.raises(ChainError, match=r"mixes (AAPL, MSFT|MSFT, AAPL); this format holds one underlying"):
        read_chain(path, format="cboe-quotetable", as_of=AS_OF)


@pytest.mark.parametrize(
    ("heading", "sentence"),
    [
        ("Puts,Bid,Ask,Calls,Bid,Ask", "calls must stand left of puts"),
        ("Calls,Bid,Strike,Puts,Bid,Ask", "lacks ask of its calls"),
        ("Calls,Bid,Ask,Strike,Puts,Last Sale", "lacks bid and ask of its puts"),
    ],
)
def test_headings_that_cannot_be_used(heading: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ChainError, match=sentence):
        _read(tmp_path, f"\nApple,Last: 100,Change: 1\n\n{heading}\n1,2,3,4,5,6\n", AS_OF)


def test_a_heading_and_nothing_below(tmp_path: Path) -> None:
    with pytest.raises(ChainError, match="a heading and no rows"):
        _read(tmp_path, "\n".join(_table(tmp_path).splitlines()[:4]), AS_OF)
