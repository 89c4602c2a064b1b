"""The verb `replicate`: its JSON, its table, and files it cannot use."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from tests.pipeline.conftest import Verb
from tests.tools.backtest.replication.markets import days, walk

ON = days(date(2015, 12, 1), date(2018, 6, 15))
CLOSE, VIX = walk(ON, seed=21)
WINDOW = ["--from", "2015-12-31", "--to", "2018-06-15"]


@pytest.fixture
def given(tmp_path: Path) -> dict[str, Path]:
    """Files as people have them: prices and VIX by day, a par curve whose one-month bills are blank at first."""
    prices = [f"{day},{close:.2f}" for day, close in zip(ON, CLOSE, strict=True)]
    fear = [f"{day},{vix:.2f}" for day, vix in zip(ON, VIX, strict=True)]
    curve = [f"{day},{'' if row < 40 else 0.011},0.012" for row, day in enumerate(ON)]
    texts = {
        "spx": ("spx.csv", ["Date,Close", *prices]),
        "vix": ("vix.csv", ["DATE,CLOSE", *fear]),
        "rates": ("rates.csv", ["Time Period,1month,3month", *curve]),
    }
    for name, lines in texts.values():
        (tmp_path / name).write_text("\n".join(lines) + "\n")
    return {option: tmp_path / name for option, (name, _) in texts.items()}


def _arguments(files: dict[str, Path]) -> list[str]:
    return [str(word) for option, path in files.items() for word in (f"--{option}", path)]


@pytest.mark.parametrize("index", ["PUT", "BXM", "CNDR"])
def test_json_has_month_ends_figures_and_assumptions(verb: Verb, given: dict[str, Path], index: str) -> None:
    said = verb("replicate", index, *_arguments(given), *WINDOW, "--json").json
    assert (said["schema"], said["index"]) == ("thetagate.replication/1", index)
    dates = [each["date"] for each in said["levels"]]
    assert dates[0] == "2015-12-31"
    assert dates[-1] == "2018-05-31", "June is not over"
    assert len(dates) == 30
    assert said["levels"][0]["level"] == 100.0
    stats = said["stats"]
    assert stats["months"] == 29
    assert set(stats["calendar_years"]) == {"2016", "2017"}
    assert stats["max_drawdown_daily"] <= stats["max_drawdown"] <= 0
    assert {row["index"] for row in stats["published"]} == {index, "S&P 500 TR"}
    assert [each["option"] for each in stats["sources"]] == ["spx", "vix", "rates", "rates"]
    assert any("At the money it is" in each for each in said["assumptions"])
    assert any("Shiller" in each for each in said["assumptions"])


def test_daily_has_every_session(verb: Verb, given: dict[str, Path]) -> None:
    monthly = verb("replicate", "put", *_arguments(given), *WINDOW, "--json").json["levels"]
    daily = verb("replicate", "put", *_arguments(given), *WINDOW, "--json", "--daily").json["levels"]
    assert len(daily) == len(days(date(2015, 12, 31), date(2018, 6, 15)))
    assert [each for each in daily if each in monthly] == monthly


def test_the_table_stands_beside_what_was_published(verb: Verb, given: dict[str, Path]) -> None:
    said = verb("replicate", "PUT", *_arguments(given), *WINDOW)
    assert said.code == 0, said.err
    assert "Cboe S&P 500 PutWrite · replicated 2015-12-31 to 2018-06-15, 619 sessions" in said.out
    assert "9.54%" in said.out
    assert "Bondarenko 2019" in said.out
    assert "−26.8%" in said.out
    assert "assumed: Options are modelled" in said.out


def test_order_and_doubles_change_nothing_but_the_counts(verb: Verb, given: dict[str, Path]) -> None:
    before = verb("replicate", "BXM", *_arguments(given), *WINDOW, "--json").json
    head, *rows = given["spx"].read_text().splitlines()
    mixed = [rows[place] for place in np.random.default_rng(2).permutation(len(rows))]
    given["spx"].write_text("\n".join([head, *mixed, *(f"{row.split(',')[0]},1" for row in rows[:3])]) + "\n")
    after = verb("replicate", "BXM", *_arguments(given), *WINDOW, "--json").json
    assert after["levels"] == before["levels"]
    source = after["stats"]["sources"][0]
    assert source["dropped"] == {"duplicated": 3}
    assert source["unordered"] > 0


def test_it_is_measured_against_a_real_index(verb: Verb, given: dict[str, Path], tmp_path: Path) -> None:
    levels = verb("replicate", "PUT", *_arguments(given), *WINDOW, "--json").json["levels"]
    real = tmp_path / "put.csv"
    real.write_text("Date,Close\n" + "".join(f"{each['date']},{3 * each['level']}\n" for each in levels))
    said = verb("replicate", "PUT", *_arguments(given), *WINDOW, "--against", real, "--json").json
    assert said["stats"]["against"]["months"] == 29
    assert said["stats"]["against"]["correlation"] == pytest.approx(1.0)
    shown = verb("replicate", "PUT", *_arguments(given), *WINDOW, "--against", real).out
    assert "29 months: correlation 1.000, tracking error 0.00%, mean gap 0.00% a year" in shown


def test_rates_and_dividends_may_come_from_several_files(
    verb: Verb, given: dict[str, Path], tmp_path: Path
) -> None:
    lines = given["rates"].read_text().splitlines()
    given["rates"].write_text("\n".join(lines[:300]) + "\n")
    (tmp_path / "yields.csv").write_text("Year,Yield\n2015,2.11\n")
    cut = verb("replicate", "PUT", *_arguments(given), *WINDOW, "--json").json
    assert any("Sessions without any rate keep the last one before" in each for each in cut["assumptions"])
    funds = tmp_path / "DFF.csv.gz"
    funds.write_bytes(gzip.compress(("date,value\n" + "".join(f"{day},1.0\n" for day in ON)).encode()))
    more = ["--rates", funds, "--dividend-yield", tmp_path / "yields.csv"]
    said = verb("replicate", "PUT", *_arguments(given), *WINDOW, *more, "--json").json
    assert not any("Sessions without any rate" in each for each in said["assumptions"])
    assert any("those of yields.csv" in each for each in said["assumptions"])


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"spx": "Date,Price\n2016-01-04,10\n"}, 5, "lacks the column close"),
        ({"spx": "PK\x03\x04\x00"}, 5, "binary file"),
        ({"vix": "Date,Close\n2016-01-04,15\n"}, 2, "share 1 sessions"),
        ({"rates": "Date,Close\n2016-01-04,15\n"}, 5, "Give a Treasury par curve"),
        ({"rates": "Date,3month\n2017-01-04,0.01\n"}, 2, "give --rates that begin earlier"),
    ],
)
def test_a_bad_file_is_one_sentence(
    verb: Verb, given: dict[str, Path], change: dict[str, str], code: int, words: str
) -> None:
    for option, text in change.items():
        given[option].write_text(text)
    said = verb("replicate", "PUT", *_arguments(given), *WINDOW, "--json")
    assert (said.code, said.out) == (code, "")
    assert words in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["XYZ", *WINDOW], 2, "choose one of PUT, BXM, CNDR"),
        (["PUT", "--from", "2016", "--to", "2018-06-15"], 2, "--from '2016' is no day"),
        (["PUT", "--from", "2018-01-02", "--to", "2016-01-04"], 2, "is empty"),
        (["PUT", "--from", "2019-01-02", "--to", "2019-12-31"], 2, "share 0 sessions"),
        (["PUT", "--from", "2016-01-04"], 2, "--to"),
        (["PUT", *WINDOW, "--spx", "nothing.csv"], 5, "There is no file nothing.csv"),
        (["PUT", *WINDOW, "--against", "nothing.csv"], 5, "There is no file nothing.csv"),
    ],
)
def test_what_cannot_be_meant_is_one_sentence(
    verb: Verb, given: dict[str, Path], arguments: list[str], code: int, words: str
) -> None:
    index, *rest = arguments
    said = verb("replicate", index, *_arguments(given), *rest)
    assert (said.code, said.out) == (code, "")
    assert words in said.err
    assert "Traceback" not in said.err


def test_swapped_files_are_noticed(verb: Verb, given: dict[str, Path]) -> None:
    swapped = given | {"spx": given["vix"], "vix": given["spx"]}
    said = verb("replicate", "PUT", *_arguments(swapped), *WINDOW)
    assert said.code == 2
    assert "is another file meant by --vix" in said.err or "never moved 25%" in said.err
