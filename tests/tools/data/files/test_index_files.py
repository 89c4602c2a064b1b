"""The files of a replication: every rate format of real files, and one sentence for what cannot be read."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from tools.data.files.index_files import read_dividend_yields, read_prices, read_rates, unordered
from tools.domain.errors import ChainError


def _file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def test_prices_need_a_date_and_a_close(tmp_path: Path) -> None:
    text = "Date,Open,Close,Adj Close\n2019-05-01,10,11,9\n2019-05-02,11,12,9\n"
    used = read_prices(_file(tmp_path, "index.csv", text), name="index").used
    assert used["close"].to_list() == [11.0, 12.0]
    assert used["open"].to_list() == [10.0, 11.0]
    assert used["high"].to_list() == [None, None]


def test_prices_as_web_tables_write_them(tmp_path: Path) -> None:
    text = ',Date,Close\n0,"Jul 01, 2022","3,825.33"\n1,"Jun 30, 2022","3,785.38"\n'
    found = read_prices(_file(tmp_path, "web.csv", text), name="index")
    assert found.used["close"].to_list() == [3825.33, 3785.38]
    assert unordered(found) == 1


def test_rows_that_cannot_be_used_are_counted(tmp_path: Path) -> None:
    text = "Date,Close\n2019-05-01,10\n2019-05-01,11\n2019-05-04,12\nsoon,13\n2019-05-06,\n2019-05-07,-1\n"
    found = read_prices(_file(tmp_path, "index.csv", text), name="index")
    assert found.used["close"].to_list() == [10.0], "the first of a doubled day"
    assert found.counts.dropped == {
        "duplicated": 1,
        "non_session": 1,
        "unparseable": 1,
        "empty": 1,
        "not_positive": 1,
    }


def test_a_par_curve_has_its_bills_in_decimals_or_per_cent(tmp_path: Path) -> None:
    decimals = "Time Period,1month,3month,10year\n2005-01-03 00:00:00+00:00,,0.0232,0.0423\n"
    (three,) = read_rates(_file(tmp_path, "par.csv.gz", decimals))
    assert (three.name, three.used["rate"].to_list()) == ("TREASURY 3month", [0.0232])
    per_cent = "Date,1 Mo,3 Mo,10 Yr\n01/03/2005,1.99,2.32,4.23\n"
    found = read_rates(_file(tmp_path, "treasury.csv", per_cent))
    assert [each.used["rate"].to_list() for each in found] == [[pytest.approx(0.0199)], [pytest.approx(0.0232)]]
    assert [each.used["tenor"][0] for each in found] == [1 / 12, 1 / 4]


def test_a_series_of_the_federal_reserve_is_per_cent(tmp_path: Path) -> None:
    (bill,) = read_rates(_file(tmp_path, "x.csv", "observation_date,DTB3\n2016-07-01,0.27\n2016-07-04,\n"))
    assert (bill.name, bill.used["rate"].to_list(), bill.used["tenor"][0]) == (
        "DTB3",
        [pytest.approx(0.0027)],
        0.25,
    )
    (weeks,) = read_rates(_file(tmp_path, "y.csv", "DATE,DTB4WK\n2016-07-01,0.24\n"))
    assert weeks.used["tenor"][0] == 1 / 12
    (funds,) = read_rates(_file(tmp_path, "fred_DFF.csv.gz", "date,value\n2016-07-01,0.41\n"))
    assert (funds.name, funds.used["tenor"][0]) == ("DFF", 0.0)


@pytest.mark.parametrize(
    "name", ["us_treasury_par_curves_1990_2017.csv.gz", "fred_DTB3_2016_2025.csv", "fred_DFF.csv.gz"]
)
def test_every_real_file_of_rates_is_read(shared: Path, name: str) -> None:
    for each in read_rates(shared / "data" / "rates" / name):
        assert each.counts.used > 2000
        assert each.used["rate"].is_between(-0.01, 0.25).all()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Date,Close\n2019-05-01,10\n", "found the columns date, close. Give a Treasury par curve"),
        ("observation_date,DGS10\n2019-05-01,2.5\n", "found the columns observation_date, dgs10"),
        ("Date,10year\n2019-05-01,0.025\n", "no bill rate that is known"),
        ("observation_date,DTB3\n2019-05-01,\n", "none of its 1 rows can be used (1 empty)"),
        ("Date,3month\n2019-05-01,soon\n", "none of its 1 rows can be used"),
        ("", "is empty"),
    ],
)
def test_rates_that_are_none_say_what_is_meant(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ChainError) as error:
        read_rates(_file(tmp_path, "odd.csv", text))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Date,Value\n2019-05-01,10\n", "lacks the column close; found: date, value."),
        ("Date,Close\nx,y\n", "none of its 1 rows can be used (1 unparseable)"),
        ("Date,Close\n", "none of its 0 rows can be used"),
    ],
)
def test_prices_that_are_none_say_so(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ChainError) as error:
        read_prices(_file(tmp_path, "odd.csv", text), name="index")
    assert words in str(error.value)


def test_dividend_yields_are_decimals_or_per_cent(tmp_path: Path) -> None:
    assert read_dividend_yields(_file(tmp_path, "a.csv", "Year,Yield\n2017,2.0\n2018,1.96\n")) == {
        2017: pytest.approx(0.02),
        2018: pytest.approx(0.0196),
    }
    assert read_dividend_yields(_file(tmp_path, "b.csv", "Year,Yield\n2017,0.02\n")) == {2017: 0.02}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Year,Yield\n2017,x\n", "row 1 is no year with its dividend yield"),
        ("Year,Yield\n2017,1.9\n2018.5,1.9\n", "row 2 is no year"),
        ("Year,Yield\n2017,1.9\n2017,2\n", "names a year twice"),
        ("Year,Yield\n", "the table is no year"),
        ("Date,Yield\n2017,1.9\n", "lacks the column year"),
    ],
)
def test_dividend_yields_that_are_none_say_so(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(ChainError) as error:
        read_dividend_yields(_file(tmp_path, "odd.csv", text))
    assert words in str(error.value)
