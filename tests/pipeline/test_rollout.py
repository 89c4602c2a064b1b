"""The rollout as a user lives it: stages are kept, used by runs, moved on by a review and back by any run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pipeline.home import Home
from pipeline.wiring import open_ledger
from tests.pipeline.conftest import Verb
from tests.tools.ledger.specimens import round_trip
from tools.books.rollout import Stage

PUTS = "cash_secured_put"
Traded = Callable[..., None]


@pytest.fixture(autouse=True)
def few(few_underlyings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")


def begin(monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    monkeypatch.setenv("THETAGATE_BOOKS__ROLLOUT", f'{{"{PUTS}": {stage}}}')


@pytest.fixture
def traded(home: Path) -> Traded:
    """Let time pass in the home, with trades that ended at `paid` on each day of it."""

    def pass_(days: int, *, trades: int, paid: str = "1.00") -> None:
        market = Home(home).read_market()
        assert market is not None
        assert market.as_of is not None
        with open_ledger(Home(home)) as ledger:
            for number in range(trades):
                at = market.as_of + timedelta(minutes=1 + number)
                round_trip(ledger, strike=400 + number, at=at, paid=paid, as_of=at)
        Home(home).write_market(market.at(market.as_of + timedelta(days=days)))

    return pass_


def reviewed(verb: Verb, *arguments: str) -> dict[str, Any]:
    said = verb("books", "review", *arguments, "--json")
    assert said.code == 0, said.err
    (found,) = said.json["books"]
    assert said.json["schema"] == "thetagate.books-review/1"
    return dict(found)


def test_a_run_uses_the_stored_stage(verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(monkeypatch, "0.1")
    data = verb("run", "--json").json
    assert [(each["book"], each["stage"], each["move"]) for each in data["rollout"]] == [(PUTS, "tenth", "stays")]
    with open_ledger(Home(home)) as ledger:
        puts = [ledger.record(each["id"]) for each in data["decisions"] if each["book"] == PUTS]
        said = [limit.text for each in puts if each.fit for limit in each.fit.limits if limit.rule == "J"]
        assert said
        assert all("10 % of it rolled out" in each for each in said)
        assert ledger.standings()[PUTS].stage is Stage.TENTH
        assert dict(ledger.evaluations(PUTS))["rollout/1"].status == "began"


def test_evidence_moves_it_on_when_a_person_reviews(
    verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch, traded: Traded
) -> None:
    begin(monkeypatch, '"paper"')
    verb("run")
    assert "0.0 of 2 weeks in its stage" in reviewed(verb)["reasons"]
    traded(14, trades=12)
    found = reviewed(verb, PUTS)
    assert (found["was"], found["stage"], found["move"], found["reasons"]) == ("paper", "tenth", "promoted", [])
    shown = found["evidence"]
    assert (shown["days"], shown["trades"], shown["wins"], shown["drawdown"]) == (14, 12, 12, 0)
    assert shown["pnl"] == pytest.approx(12 * 297.40)
    again = reviewed(verb)
    assert (again["stage"], again["move"], again["evidence"]["trades"]) == ("tenth", "stays", 0)  # begins anew
    with open_ledger(Home(home)) as ledger:
        assert ledger.standings()[PUTS].stage is Stage.TENTH
        last = ledger.evaluations(PUTS)[-1][1]
        assert (last.status, last.figures["reasons"]) == ("promoted", ["every criterion of its stage holds"])
        assert ledger.verify() == []


def test_a_run_never_gives_more_and_takes_at_once(
    verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch, traded: Traded
) -> None:
    begin(monkeypatch, "0.25")
    verb("run")
    traded(18, trades=12)
    ready = verb("run", "--json").json["rollout"]
    assert [(each["stage"], each["move"]) for each in ready] == [("quarter", "stays")]
    assert "`thetagate books review` moves it on" in ready[0]["reasons"][0]
    traded(1, trades=12, paid="45.00")  # 12 × 8,500 lost of the 250,000 it is let have
    said = verb("run")
    assert f"rollout: {PUTS} steps back from 25 % to 10 %: its drawdown is" in said.out
    with open_ledger(Home(home)) as ledger:
        standing = ledger.standings()[PUTS]
        assert (standing.stage, standing.move) == (Stage.TENTH, "stepped_back")
        assert "above 10.0 %" in standing.reasons[0]
        kept = [each for run, each in ledger.evaluations(PUTS) if run.startswith("rollout/")]
        assert [each.status for each in kept] == ["began", "stepped_back"]
        assert kept[-1].figures["trades"] >= 24
        assert ledger.verify() == []
    assert "rollout:" not in verb("run").out


def test_another_beginning_in_the_settings_is_a_person_s_word(
    verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(monkeypatch, "0.1")
    verb("run")
    begin(monkeypatch, "0.5")
    assert reviewed(verb)["stage"] == "half"
    with open_ledger(Home(home)) as ledger:
        assert ledger.standings()[PUTS].reasons == ("books.rollout begins it at 50 %",)


def test_a_dry_run_writes_no_stage(verb: Verb, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(monkeypatch, "0.1")
    data = verb("run", "--dry-run", "--json").json
    assert data["rollout"] == []
    with open_ledger(Home(home).dry_run) as ledger:
        assert ledger.standings() == {}
        puts = [ledger.record(each["id"]) for each in data["decisions"] if each["book"] == PUTS]
        assert any("10 % of it rolled out" in limit.text for each in puts if each.fit for limit in each.fit.limits)


def test_a_backtest_of_the_same_rules_is_held_beside_it(
    verb: Verb, monkeypatch: pytest.MonkeyPatch, traded: Traded
) -> None:
    pytest.importorskip("arch", reason="arch, which carries the S&P 500 history, is not installed")
    begin(monkeypatch, "0.1")
    verb("run")
    window = ("--from", "2008-09-02", "--to", "2008-10-10", "--people", "approve")
    past = verb("backtest", "--book", PUTS, "--symbols", "IWM", *window, "--json").json["books"][0]
    traded(20, trades=10)
    found = reviewed(verb)
    assert past["trades"] > 0
    assert found["backtest"]["trades"] == past["trades"]
    assert found["backtest"]["win_rate"] == {each["name"]: each["value"] for each in past["figures"]}["win rate"]


def test_what_cannot_be_reviewed_is_one_sentence(verb: Verb, monkeypatch: pytest.MonkeyPatch) -> None:
    said = verb("books", "review")
    assert (said.code, "No book is being rolled out" in said.out) == (0, True)
    assert verb("books", "review", "--json").json["books"] == []
    begin(monkeypatch, "0.1")
    before = verb("books", "review")
    assert (before.code, "Nothing has run" in before.err) == (1, True)
    unknown = verb("books", "review", "primary")
    assert (unknown.code, f"primary is not being rolled out (those are {PUTS})" in unknown.err) == (2, True)
    begin(monkeypatch, "0.3")
    wrong = verb("books", "review")
    assert (wrong.code, "0.3 is no stage; choose paper, 0.1, 0.25, 0.5, 1" in wrong.err) == (2, True)
