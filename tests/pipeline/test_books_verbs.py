"""`thetagate books`: list, show, check, new."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.pipeline.conftest import Verb
from tools.books.load import load_book, shipped_book, shipped_names, shipped_text


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own books."""
    made = tmp_path / "mine"
    made.mkdir()
    monkeypatch.setenv("THETAGATE_BOOKS__FOLDER", str(made))
    return made


def test_list_names_what_ships_and_what_is_enabled(verb: Verb) -> None:
    rows = {row["name"]: row for row in verb("books", "list", "--json").json["books"]}
    assert set(rows) == set(shipped_names())
    assert {name for name, row in rows.items() if row["enabled"]} == {"covered_call", "cash_secured_put"}
    assert (rows["income_pop"]["step"], rows["primary"]["capital"]) == ("iv_options", 0.40)
    said = verb("books", "list")
    assert said.code == 0
    assert "* covered_call" in said.out
    assert "  vix_hedge" in said.out


def test_list_shows_a_broken_book_among_the_others(verb: Verb, folder: Path) -> None:
    (folder / "broken.toml").write_text("name = 3\n", encoding="utf-8")
    said = verb("books", "list")
    assert said.code == 0
    assert "broken.toml, line 1" in said.out


def test_show_is_the_commented_text_and_json_every_value(verb: Verb) -> None:
    assert verb("books", "show", "index_put").out == shipped_text("index_put")
    told = verb("books", "show", "index_put", "--json").json["book"]
    assert told["sizing"]["leverage"] == 2.5
    assert told["exits"]["warn_at"] == 0.75  # a default, which the text does not name


def test_an_unknown_book_is_told_with_the_nearest(verb: Verb) -> None:
    said = verb("books", "show", "index_pot")
    assert said.code != 0
    assert "There is no book 'index_pot'; the nearest is 'index_put'" in said.err


def test_check_reads_all_and_names_file_line_and_key(verb: Verb, folder: Path) -> None:
    assert verb("books", "check").code == 0
    text = shipped_text("primary")
    line = next(n for n, each in enumerate(text.splitlines(), 1) if each.startswith("capital"))
    (folder / "bad.toml").write_text(text.replace("capital = 0.40", "capital = 4.0"), encoding="utf-8")
    (folder / "good.toml").write_text(text, encoding="utf-8")
    said = verb("books", "check")
    assert said.code == 1
    assert f"{folder / 'bad.toml'}, line {line}, sizing.capital" in said.out
    assert f"ok     good ({folder / 'good.toml'})" in said.out
    rows = verb("books", "check", "good", str(folder / "bad.toml"), "--json").json["books"]
    assert [row["problem"] is None for row in rows] == [True, False]


@pytest.mark.parametrize("source", shipped_names())
def test_new_writes_any_shipped_book_under_another_name(verb: Verb, folder: Path, source: str) -> None:
    said = verb("books", "new", "mine", "--from", source)
    assert said.code == 0, said.err
    written = load_book(folder / "mine.toml")
    assert written.name == "mine"
    assert written.model_copy(update={"name": source}) == shipped_book(source)
    assert (folder / "mine.toml").read_text(encoding="utf-8").count("#") == shipped_text(source).count("#")


def test_new_never_overwrites(verb: Verb, folder: Path) -> None:
    assert verb("books", "new", "mine").code == 0
    (folder / "mine.toml").write_text("kept", encoding="utf-8")
    said = verb("books", "new", "mine")
    assert said.code == 2
    assert "never overwritten" in said.err
    assert (folder / "mine.toml").read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize("name", ["Mine", "../mine", "1st", "", "a b"])
def test_new_refuses_what_is_no_name(verb: Verb, folder: Path, name: str) -> None:
    assert verb("books", "new", name).code == 2
    assert list(folder.iterdir()) == []


def test_new_asks_where_when_nothing_says_so(verb: Verb, tmp_path: Path) -> None:
    said = verb("books", "new", "mine")
    assert said.code == 2
    assert "books.folder" in said.err
    there = tmp_path / "elsewhere"
    assert verb("books", "new", "mine", "--folder", str(there)).code == 0
    assert tomllib.loads((there / "mine.toml").read_text(encoding="utf-8"))["name"] == "mine"
