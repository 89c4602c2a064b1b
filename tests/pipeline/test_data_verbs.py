"""data import, data check, data show, and a market that is read from what they brought in."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.conftest import Verb
from tests.tools.data.files import samples
from tools.pricing.surface.arbitrage import Violation


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = [row for day in ("2024-06-13", "2024-06-14") for row in samples.clean_rows(quoted=day)]
    rows[5] = {**rows[5], "bid": "9", "ask": "8"}
    return samples.write_cboe_eod(tmp_path, rows)


@pytest.fixture
def imported(verb: Verb, file: Path) -> Path:
    assert verb("data", "import", file, "--format", "cboe-eod").code == 0
    return file


def test_import_says_what_became_of_the_rows(verb: Verb, file: Path) -> None:
    said = verb("data", "import", file, "--format", "cboe-eod", "--json").json
    assert said["schema"] == "thetagate.data_import/1"
    (one,) = said["files"]
    assert one["rows"] == one["used"] + sum(one["dropped"].values())
    assert one["dropped"] == {"crossed": 1}
    assert [each["underlying"] for each in one["snapshots"]] == ["AAPL", "AAPL"]
    assert not one["repeated"]
    again = verb("data", "import", file, "--format", "cboe-eod")
    assert "imported before, nothing changed" in again.out


def test_check_lists_what_there_is(verb: Verb, imported: Path) -> None:
    whole = verb("data", "check", "--json").json
    assert whole["schema"] == "thetagate.data_check/1"
    (underlying,) = whole["underlyings"]
    assert (underlying["symbol"], underlying["sessions"], underlying["dropped"]) == ("AAPL", 2, {"crossed": 1})
    one = verb("data", "check", "aapl", "--as-of", "2024-06-13", "--json").json["snapshot"]
    assert one["expiries"][0]["dropped"] == {"crossed": 1}
    assert one["expiries"][0]["completeness"] == pytest.approx(1 - 1 / 24)
    assert "1 crossed" in verb("data", "check").out
    assert "2024-07-19" in verb("data", "check", "AAPL").out


def test_check_says_how_far_the_quotes_agree(verb: Verb, imported: Path) -> None:
    one = verb("data", "check", "AAPL", "--json").json["snapshot"]
    assert one["no_surface"] is None
    assert 0 < one["repriced_inside"] <= 1
    assert one["liquid"] > 50
    assert set(one["violations"]) == {each.value for each in Violation}
    assert [each["settlement"] for each in one["maturities"]] == ["pm"] * 4
    assert all(each["forward"] > 99 and each["scatter_bp"] < 50 for each in one["maturities"])
    (underlying,) = verb("data", "check", "--json").json["underlyings"]
    for name in ("violating_rows", "scatter_bp", "surface_error_points", "liquid", "repriced_inside", "filled"):
        assert underlying[name] == one[name]


def test_show_looks_at_symbol_chain_and_contract(verb: Verb, imported: Path) -> None:
    days = verb("data", "show", "AAPL", "--json").json["snapshots"]
    assert [day["day"] for day in days] == ["2024-06-13", "2024-06-14"]
    chain = verb("data", "show", "AAPL", "--date", "2024-06-14", "--json").json["chain"]
    assert chain["spot"] == 100.0
    assert len(chain["quotes"]) == chain["used"]
    occ = chain["quotes"][3]["occ"]
    quotes = verb("data", "show", "AAPL", "--contract", occ, "--json").json["quotes"]
    assert [quote["fate"] for quote in quotes] == ["used", "used"]
    for arguments in (["AAPL"], ["AAPL", "--date", "2024-06-14"], ["AAPL", "--contract", occ]):
        assert verb("data", "show", *arguments).code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["import", "nothing.csv", "--format", "cboe-eod"], 5, "There is no file"),
        (["import", "nothing.csv", "--format", "cboe"], 5, "did you mean"),
        (["import", "nothing.csv"], 2, "--format"),
        (["show", "AAPL"], 2, "The history is empty"),
        (["check", "AAPL"], 2, "The history is empty"),
        (["check", "--as-of", "2024-06-14"], 2, "belongs to one symbol"),
        (["show", "AAPL", "--date", "2024-06-14", "--contract", "AAPL240719C00100000"], 2, "give one of them"),
        (["show", "AAPL", "--contract", "AAPL"], 2, "not an OCC option symbol"),
        (["show", "AAPL", "--date", "soon"], 2, "no date or time"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(verb: Verb, arguments: list[str], code: int, words: str) -> None:
    said = verb("data", *arguments)
    assert (said.code, said.out) == (code, "")
    assert words in said.err
    assert "Traceback" not in said.err


def test_an_empty_history_says_what_to_do(verb: Verb) -> None:
    assert "thetagate data import" in verb("data", "check").out


def test_a_symbol_or_time_that_is_not_there_is_named(verb: Verb, imported: Path) -> None:
    assert "The history holds no MSFT; it has AAPL." in verb("data", "show", "MSFT").err
    assert "2 sessions from 2024-06-13 to 2024-06-14" in verb("data", "show", "AAPL", "--date", "2024-06-18").err


def test_the_store_is_a_market(verb: Verb, imported: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    direct = verb("screen", "--chain", imported, "--format", "cboe-eod", "--as-of", "2024-06-14", "--json").json
    monkeypatch.setenv("THETAGATE_MARKET__SOURCE", "store")
    stored = verb("screen", "--as-of", "2024-06-14", "--json").json
    assert stored["source"]["name"] == "store"
    assert stored["underlyings"] == direct["underlyings"]
    ours, theirs = ([{**each, "snapshot": ""} for each in said["candidates"]] for said in (stored, direct))
    assert ours == theirs, "but for whose snapshot it was"
    assert verb("screen", "--json").json["as_of"] == stored["as_of"], "the latest of what there is"
    ran = verb("run", "--dry-run", "--as-of", "2024-06-13", "--json")
    assert ran.code == 0, ran.err
    assert ran.json["mode"] == "dry-run"
    assert ran.json["as_of"].startswith("2024-06-13")
    assert verb("run", "--as-of", "2024-06-13", "--json").json["mode"] == "dry-run", "history sends nothing unasked"
    assert verb("doctor").code == 0
    assert verb("screen", "--seed", "3").code == 2
    late = verb("screen", "--as-of", "2024-06-20")
    assert (late.code, "give --as-of 2024-06-14" in late.err) == (5, True)


def test_a_store_without_anything_says_so(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MARKET__SOURCE", "store")
    said = verb("screen")
    assert said.code == 5
    assert "thetagate data import" in said.err
