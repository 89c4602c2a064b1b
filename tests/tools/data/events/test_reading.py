"""Calendar files: what their rows become, which known-wrong rows are left out, and what is said of bad files."""

from __future__ import annotations

import gzip
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.calendar.events import DEFAULT_WIDTHS, EventKind, in_blackout
from tools.calendar.sessions import NEW_YORK
from tools.data.events.embedded import embedded_events
from tools.data.events.layout import EARNINGS, MACRO, EventLayout, load_layout
from tools.data.events.reading import read_events
from tools.domain.errors import InputError

HEAD = "date,event,detail,ref_period,time_et,source\n"


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=NEW_YORK)


def write(folder: Path, text: str, name: str = "events.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_every_row_has_one_fate(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        HEAD
        + "2026-12-10,cpi,CPI release,November 2026,08:30,x\n"
        + "2026-12-10,cpi,CPI release again,November 2026,08:30,x\n"
        + "2026-12-09,FOMC_decision,meeting,,14:00,x\n"
        + "2026-13-09,nfp,no such month,,08:30,x\n"
        + "2026-12-04,nfp,no such hour,,25:30,x\n"
        + "0001-01-01,nfp,no such year,,,x\n"
        + "2026-12-31,nfp,too early,December 2026,08:30,x\n"
        + "2026-11-03,election,midterm,,,x\n"
        + "short,line\n",
    )
    read = read_events(path, MACRO)
    assert (read.counts.rows, read.counts.used) == (9, 2)
    assert read.counts.dropped == {"other_kind": 2, "unparseable": 3, "before_its_period": 1, "duplicated": 1}
    (fomc,) = read.book.known(EventKind.FOMC, as_of=at(2026, 12, 1))
    assert fomc.at == at(2026, 12, 9, 14)


def test_a_date_is_seen_once_it_was_announced(tmp_path: Path) -> None:
    layout = MACRO.model_copy(update={"columns": MACRO.columns.model_copy(update={"known_at": "announced"})})
    text = "date,event,ref_period,time_et,announced\n2025-11-20,nfp,September 2025,08:30,2025-11-14\n"
    book = read_events(write(tmp_path, text), layout).book
    assert book.known(EventKind.NFP, as_of=at(2025, 11, 13)) == ()
    assert len(book.known(EventKind.NFP, as_of=at(2025, 11, 14))) == 1


def test_what_was_not_scheduled_is_known_when_it_happens(tmp_path: Path) -> None:
    text = HEAD + "2020-03-03,fomc_intermeeting,cut,,10:00,x\n2020-03-15,fomc_intermeeting,cut (Sunday),,,x\n"
    book = read_events(write(tmp_path, text), MACRO).book
    assert book.known(EventKind.FOMC, as_of=at(2020, 3, 3, 9, 59)) == ()
    assert len(book.known(EventKind.FOMC, as_of=at(2020, 3, 15, 23))) == 1
    assert len(book.known(EventKind.FOMC, as_of=at(2020, 3, 16))) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["no column", "nothing"]),
        ("day,what\n2026-01-01,cpi\n", ["no column date", "day, what"]),
        (HEAD, ["no row", "it has none"]),
        (HEAD + "2026-11-03,election,midterm,,,x\n", ["no row", "1 other_kind"]),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path: Path, text: str, words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        read_events(write(tmp_path, text), MACRO)
    assert [word for word in words if word not in str(caught.value)] == []


def test_unreadable_files_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no calendar file"):
        read_events(tmp_path / "absent.csv", MACRO)
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(gzip.compress(HEAD.encode())[:-9])
    with pytest.raises(InputError, match="cannot be read"):
        read_events(broken, MACRO)
    (tmp_path / "latin.csv").write_bytes(HEAD.encode() + b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        read_events(tmp_path / "latin.csv", MACRO)


def test_a_layout_is_a_toml_file(tmp_path: Path) -> None:
    text = """zone = "UTC"
kind = "earnings"
announced_days = 3
times = { bmo = "12:00" }
[columns]
date = "day"
time = "when"
subject = "name"
"""
    layout = load_layout(str(write(tmp_path, text, "mine.toml")))
    book = read_events(write(tmp_path, "day,when,name\n2026-12-10,bmo,orcl US Equity\n"), layout).book
    (event,) = book.known(EventKind.EARNINGS, as_of=at(2026, 12, 8), subject="ORCL")
    assert event.at == at(2026, 12, 10, 7)
    assert book.known(EventKind.EARNINGS, as_of=at(2026, 12, 7), subject="ORCL") == ()


@pytest.mark.parametrize(
    ("name", "words"),
    [("macros", "did you mean macro?"), ("wrong.toml", "zone"), ("none.toml", "no calendar layout")],
)
def test_a_wrong_layout_is_named(tmp_path: Path, name: str, words: str) -> None:
    write(tmp_path, 'zone = "Mars/Base"\n[columns]\ndate = "day"\n', "wrong.toml")
    with pytest.raises(InputError, match=words):
        load_layout(str(tmp_path / name) if name.endswith(".toml") else name)


def test_the_known_wrong_rows_of_the_published_calendar_are_left_out(shared: Path) -> None:
    """Releases of December 2000 … 2007 that stand in the January before their period."""
    read = read_events(shared / "data" / "calendars" / "macro_events.csv", MACRO)
    assert read.counts.dropped["before_its_period"] == 20
    assert read.counts.dropped.keys() == {"other_kind", "before_its_period"}
    assert read.counts.rows == read.counts.used + sum(read.counts.dropped.values())
    releases = read.book.known(EventKind.NFP, as_of=at(2010, 1, 1))
    assert [event.day for event in releases if event.day.year == 2001][:2] == [date(2001, 2, 2), date(2001, 3, 9)]
    windows = read.book.blackouts(at(2019, 5, 1, 10), DEFAULT_WIDTHS)
    found = in_blackout(at(2019, 5, 1, 10), windows.value or ())
    assert found is not None
    assert found.name == "FOMC 2019-05-01"
    assert in_blackout(at(2019, 5, 7, 10), windows.value or ()) is None


def test_the_real_earnings_calendar_is_read(shared: Path) -> None:
    read = read_events(shared / "data" / "calendars" / "sp500_earnings_yf.csv.gz", EARNINGS)
    assert read.counts.used > 12_000
    assert read.counts.rows == read.counts.used + sum(read.counts.dropped.values())
    known = read.book.known(EventKind.EARNINGS, as_of=at(2020, 8, 10), subject="A")
    assert known[-1].at == at(2020, 8, 18, 16, 15)


def test_the_embedded_calendar_knows_its_year() -> None:
    book = embedded_events()
    found = book.blackouts(at(2026, 11, 20, 15, 45), DEFAULT_WIDTHS)
    assert (found.value or ())[0].name == "NFP 2026-12-04"
    assert book.blackouts(at(2027, 3, 1), DEFAULT_WIDTHS).is_unknown


def test_shipped_layouts_have_kinds() -> None:
    for layout in (MACRO, EARNINGS):
        assert isinstance(layout, EventLayout)
        assert layout.kinds or layout.kind


cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(["cpi", "nfp", "2026-12-10", "9999-12-31", "08:30", "December 2026", '"', "\x00"]),
)


@given(st.lists(st.lists(cells, max_size=7), max_size=8))
def test_no_calendar_is_too_odd(tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]]) -> None:
    path = tmp_path_factory.mktemp("odd") / "events.csv"
    lines = "\n".join(",".join(row) for row in rows)
    path.write_bytes((HEAD + "2026-12-10,cpi,,,08:30,x\n" + lines).encode("utf-8", "surrogatepass"))
    try:
        read = read_events(path, MACRO)
    except InputError:
        return
    assert read.counts.rows == read.counts.used + sum(read.counts.dropped.values())
    assert all(event.known_at <= event.at for event in read.book.known(EventKind.NFP, as_of=at(2059, 1, 1)))
