"""`thetagate backtest` as a user runs it, on a week of the simulated past and on an imported history."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.home import Home
from pipeline.sources import present
from pipeline.wiring import open_ledger
from tests.pipeline.conftest import Said, Verb
from tools.books.load import shipped_text

pytest.importorskip("arch", reason="arch, which carries the S&P 500 history, is not installed")

WEEK = ("--from", "2008-09-13", "--to", "2008-09-19")  # from a Saturday on
PRIMARY = ("backtest", "--book", "primary", "--symbols", "spy", *WEEK)


def test_the_contract(verb: Verb, home: Path, tmp_path: Path) -> None:
    target = tmp_path / "pages" / "week.html"
    said = verb(*PRIMARY, "--json", "--html", target, "--confidence", "8", "--capital", "250000")
    assert (said.code, said.err) == (0, "")
    data = said.json
    assert data["schema"] == "thetagate.backtest/1"
    assert (data["from"], data["to"], data["sessions"]) == ("2008-09-15", "2008-09-19", 5)
    assert data["source"]["simulated"] is True
    assert data["plan"]["symbols"] == ["SPY"]
    assert (data["plan"]["capital"], data["plan"]["confidence"], data["plan"]["people"]) == (250_000, 8, "refuse")
    assert [each["date"] for each in data["equity"]][:2] == ["2008-09-12", "2008-09-15"]
    assert set(data["regimes"]) == {"trend", "volatility"}
    assert {"name", "value", "unit", "low", "high", "of"} == set(data["figures"][0])
    assert sum(data["attribution"].values()) == pytest.approx(data["pnl"], abs=0.01)
    assert len(data["hoped"]) == 3
    assert data["cannot_tell"]
    assert data["html"] == str(target)
    assert target.read_text(encoding="utf-8").startswith("<!doctype html>")
    check_ledger(home, data)


def check_ledger(home: Path, data: dict[str, Any]) -> None:
    """The run is in the ledger of the home, whose account it leaves alone."""
    with open_ledger(Home(home), now=present) as ledger:
        ((run, kept),) = ledger.evaluations()
        assert run.startswith("backtest/")
        assert (kept.name, kept.figures["pnl"]) == ("primary", data["books"][0]["pnl"])
        assert [each.nav for each in ledger.portfolio_metrics(run)] == pytest.approx(
            [each["value"] for each in data["equity"][1:]], abs=0.01
        )
        assert not ledger.has_account()


def test_the_same_run_says_the_same(verb: Verb, home: Path) -> None:
    first, again = (verb(*PRIMARY, "--json").json for _ in range(2))
    assert first == again
    with open_ledger(Home(home), now=present) as ledger:
        assert len(ledger.evaluations()) == 1


def test_the_terminal_tells_good_and_bad(verb: Verb) -> None:
    said = verb(*PRIMARY)
    assert said.code == 0
    for words in (
        "5 sessions",
        "SPY bought and held",
        "hoped for",
        "95 % of resamples",
        "profit from",
        "cannot tell:",
    ):
        assert words in said.out
    assert "5/5" in said.err


def refused(said: Said) -> str:
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith("thetagate: ")
    assert len(said.err.splitlines()) == 1
    return said.err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (("--from", "2008-09-20", "--to", "2008-09-21"), "no session from 2008-09-20 to 2008-09-21"),
        (("--from", "2008-09-20", "--to", "2008-09-01"), "lies after"),
        (("--from", "yesterday"), "is no day; write 2008-10-15"),
        (("--from", "2030-01-02", "--to", "2030-01-31"), "no session"),
        (("--symbols", "SPYY"), "not in the simulated past; did you mean SPY?"),
        (("--symbols", "XLF"), "XLF"),
        (("--book", "primry"), "There is no book 'primry'"),
        (("--confidence", "11"), "confidence: Input should be less than or equal to 10"),
        (("--capital", "0"), "capital"),
        (("--holdings", "SPY"), "write SPY=500"),
        (("--holdings", "SPY=100"), "writes covered calls"),
        (("--data", "mars"), "choose past or store"),
        (("--people", "maybe"), "choose refuse or approve"),
        (("--data", "store"), "holds no chain yet"),
    ],
)
def test_bad_input_is_one_sentence(verb: Verb, changes: tuple[str, ...], words: str) -> None:
    assert words in refused(verb(*PRIMARY, *changes))


def test_a_book_without_any_of_its_underlyings_is_told(verb: Verb) -> None:
    said = verb("backtest", "--book", "index_put", "--symbols", "SPY", *WEEK)
    assert "index_put trades SPX, XSP, and this history offers none of them" in refused(said)


def test_a_page_that_cannot_be_written_is_told(verb: Verb, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    said = verb(*PRIMARY, "--html", tmp_path / "file" / "page.html", "--json")
    assert (said.code, said.out) == (2, "")
    assert "cannot be written" in said.err


def test_real_quotes_go_through_it(verb: Verb, home: Path, shared: Path) -> None:
    """Five weeks of SPX as Cboe sold them: puts are sold, and their Greeks explain nearly all that came of it.

    IV percentiles of a year are unknown in five weeks, so that every put waits for a person.
    """
    file = shared / "data" / "chains" / "SPX_cboe_eod_20190425_20190531.parquet"
    assert verb("data", "import", file, "--format", "cboe-eod").code == 0
    window = ("--data", "store", "--from", "2019-04-25", "--to", "2019-05-31", "--capital", "20000000")
    data = verb("backtest", "--book", "cash_secured_put", *window, "--people", "approve", "--json").json
    assert data["source"]["simulated"] is False
    assert (data["sessions"], data["counts"]["sessions without quotes"]) == (24, 2)
    assert data["trades"]
    assert data["benchmark"]["symbol"] == "SPX"
    parts = data["books"][0]["attribution"]
    assert sum(data["attribution"].values()) == pytest.approx(data["pnl"], abs=0.01)
    assert parts["theta"] > 0 > parts["slippage"]
    assert abs(parts["residual"]) < 0.1 * sum(map(abs, parts.values()))
    assert "invented" not in " ".join(data["cannot_tell"])


def test_apple_is_held_through_its_split(verb: Verb, shared: Path, tmp_path: Path) -> None:
    """Seven for one on 9 June 2014: puts and a covered call of the Friday before, in the quotes of both days."""
    data = shared / "data"
    for file, form in (
        (data / "rates" / "us_treasury_par_curves_1990_2017.csv.gz", "treasury-par"),
        (data / "stocks" / "lean" / "daily" / "aapl.zip", "lean-daily"),
        (data / "chains" / "lean" / "option_daily" / "aapl_2014_quote_american.zip", "lean-options"),
    ):
        if not file.exists():
            pytest.skip(f"{file.name} is not beside the project")
        assert verb("data", "import", file, "--format", form).code == 0
    books = []
    for name in ("cash_secured_put", "covered_call"):
        books += ["--book", tmp_path / f"{name}.toml"]
        books[-1].write_text(unrated(shipped_text(name)), encoding="utf-8")
    window = ("--data", "store", "--from", "2014-06-06", "--to", "2014-06-09", "--symbols", "AAPL")
    terms = ("--people", "approve", "--holdings", "AAPL=300", "--capital", "5000000")
    data = verb("backtest", *books, *window, *terms, "--json").json
    assert (data["sessions"], data["counts"]["splits of what was held"]) == (2, 1)
    assert data["counts"]["option lines restated by a split"] == 2
    assert sum(data["attribution"].values()) == pytest.approx(data["pnl"], abs=0.01)
    calls = next(each["attribution"] for each in data["books"] if each["name"] == "covered_call")
    # 300 × 645.57 became 2,100 × 93.70 (closes of both days): 3,099 of which the call took its share
    assert 1_500 < calls["delta"] < 3_099
    assert abs(calls["residual"]) < 0.05 * calls["delta"]
    assert abs(data["pnl"]) < 10_000


def unrated(text: str) -> str:
    """The book without what this history cannot tell of Apple."""
    return re.sub(r"\[entry\.(rating|earnings_\w+)\][^\[]*", "", text)
