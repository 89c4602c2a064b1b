"""`thetagate compare` as a user runs it: two books, two versions of one, and what is no comparison."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.home import Home
from pipeline.sources import present
from pipeline.wiring import open_ledger
from tests.pipeline.conftest import Verb
from tools.books.load import shipped_text

pytest.importorskip("arch", reason="arch, which carries the S&P 500 history, is not installed")

FORTNIGHT = ("--from", "2008-09-13", "--to", "2008-09-26", "--symbols", "spy")


@pytest.fixture
def sooner(tmp_path: Path) -> Path:
    """Another version of PRIMARY, that takes its profit at once."""
    text = shipped_text("primary").replace("take_profit = 0.50", "take_profit = 0.05")
    path = tmp_path / "sooner.toml"
    path.write_text(text, encoding="utf-8")
    assert text != shipped_text("primary")
    return path


def test_two_versions_of_a_book(verb: Verb, home: Path, sooner: Path) -> None:
    said = verb("compare", "primary", sooner, *FORTNIGHT, "--people", "approve", "--json")
    assert (said.code, said.err) == (0, "")
    data = said.json
    assert data["schema"] == "thetagate.comparison/1"
    assert (data["from"], data["to"], data["sessions"]) == ("2008-09-15", "2008-09-26", 10)
    a, b = data["sides"]
    assert (a["name"], b["name"]) == ("primary", "sooner.toml")
    assert a["books"][0]["name"] == b["books"][0]["name"] == "primary"
    assert a["books"][0]["version"] != b["books"][0]["version"]
    assert data["entries"]["both"] >= 1
    gap = data["difference"]
    assert gap["low"] <= gap["per_year"] <= gap["high"]
    assert gap["per_year"] == pytest.approx(b["mean_return"] - a["mean_return"])
    assert 0 <= gap["chance"] <= 1
    assert "sooner.toml" in data["verdict"]
    with open_ledger(Home(home), now=present) as ledger:
        kept = ledger.evaluations("primary")
        assert [run.rsplit("/", 1)[1] for run, _ in kept] == ["a", "b"]
        assert [each.figures["trades"] for _, each in kept] == [a["trades"], b["trades"]]
        assert {each.figures["difference"] for _, each in kept} == {gap["per_year"]}
        assert len({each.version for _, each in kept}) == 2
        for (run, _), side in zip(kept, (a, b), strict=True):
            assert ledger.portfolio_metrics(run)[-1].nav == pytest.approx(1_000_000 + side["pnl"], abs=0.01)
    verb("compare", "primary", sooner, *FORTNIGHT, "--people", "approve")
    with open_ledger(Home(home), now=present) as ledger:
        assert len(ledger.evaluations()) == 2  # the same comparison takes its own place


def test_a_side_of_several_books(verb: Verb) -> None:
    said = verb("compare", "primary,vix_hedge", "primary", "--symbols", "SPY,VIX", *FORTNIGHT[:4])
    assert said.code == 0
    assert "primary + vix_hedge" in said.out
    assert "primary + vix_hedge alone, 0 of primary alone" in said.out


def test_books_that_never_trade_say_so(verb: Verb, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(shipped_text("vix_hedge").replace("rank = ", "rank = 1"), encoding="utf-8")
    said = verb("compare", "vix_hedge", other, "--symbols", "SPY,VIX", *FORTNIGHT[:4])
    assert (
        "Neither vix_hedge nor other.toml opened a trade in 10 sessions: there is nothing to compare." in said.out
    )


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ("primary", "primary", "primary and primary are the same books; name two"),
        ("primary", "primry", "There is no book 'primry'"),
        ("primary", "nowhere.toml", "The book nowhere.toml cannot be read"),
        ("primary", ",", "A side names at least one book"),
        ("primary", "index_put", "index_put trades SPX, XSP, and this history offers none of them"),
    ],
)
def test_bad_input_is_one_sentence(verb: Verb, a: str, b: str, words: str) -> None:
    said = verb("compare", a, b, *FORTNIGHT)
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert len(said.err.splitlines()) == 1


def test_a_file_that_says_what_ships_is_the_same_book(verb: Verb, tmp_path: Path) -> None:
    copy = tmp_path / "copy.toml"
    copy.write_text(shipped_text("primary"), encoding="utf-8")
    said = verb("compare", "primary", copy, *FORTNIGHT)
    assert (said.code, "the same books" in said.err) == (2, True)


def test_a_file_goes_through_a_backtest_too(verb: Verb, sooner: Path) -> None:
    data = verb("backtest", "--book", sooner, *FORTNIGHT, "--json").json
    assert data["plan"]["books"] == ["primary"]
