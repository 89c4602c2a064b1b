"""The kill switch as a user lives it: three strengths, a file and a row, lifted by a named person alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.exits import Exit
from pipeline.home import Home
from pipeline.wiring import open_ledger
from tests.pipeline.conftest import Verb, later
from tools.domain.halt import RULE

WHY = ("--reason", "a drill", "--by", "Ada", "--yes")
LIFT = ("resume", "--by", "Grace", "--reason", "the drill is over")


@pytest.fixture(autouse=True)
def few(few_underlyings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")


def opened(run: dict[str, Any]) -> list[str]:
    return [each["id"] for each in run["decisions"] if each["order"] is not None]


def held_at_the_broker(verb: Verb) -> dict[str, int]:
    return {each["symbol"]: each["quantity"] for each in verb("broker", "positions", "--json").json["positions"]}


@pytest.mark.parametrize("strength", ["stop-entries", "flatten", "kill"])
def test_nothing_is_opened_while_it_holds(verb: Verb, strength: str) -> None:
    assert verb(strength, *WHY).code == Exit.OK
    assert f"stopped: {strength} by Ada" in verb("doctor").out
    said = verb("run", "--json").json
    assert said["halt"]["strength"] == strength
    assert said["decisions"]
    assert opened(said) == []
    assert {each["outcome"] for each in said["decisions"]} == {"refused"}
    stopped = [each for each in said["decisions"] if each["reasons"][0]["rule"] == RULE]
    assert stopped
    assert "Ada" in stopped[0]["reasons"][0]["text"]
    assert verb("broker", "orders", "--json").json["orders"] == []
    assert "STOPPED" in verb("run").out


def test_a_resumed_account_trades_again(verb: Verb, home: Path) -> None:
    verb("stop-entries", *WHY)
    verb("run")
    lifted = verb(*LIFT, "--json")
    assert lifted.json["halt"] is None
    assert lifted.json["lifted"]["by"] == "Ada"
    later(home)
    again = verb("run", "--json").json
    assert again["halt"] is None
    assert opened(again)
    assert verb("audit", "verify").code == Exit.OK


@pytest.mark.parametrize("lost", ["file", "row"])
def test_either_the_file_or_the_row_is_enough(verb: Verb, home: Path, lost: str) -> None:
    verb("run")
    verb("stop-entries", *WHY)
    if lost == "file":
        (home / "halt.json").unlink()
    else:
        with open_ledger(Home(home)) as ledger:
            ledger.put_halt(None, by="nobody", reason="lost")
    later(home)
    said = verb("run", "--json").json
    assert said["halt"]["strength"] == "stop-entries"
    assert opened(said) == []


def test_a_file_that_says_nothing_stops_everything(verb: Verb, home: Path) -> None:
    """`touch halt.json` is what an operator does in a hurry."""
    verb("run")
    (home / "halt.json").touch()
    later(home)
    said = verb("run", "--json").json
    assert said["halt"]["strength"] == "kill"
    assert opened(said) == []
    assert verb(*LIFT).code == Exit.OK
    with open_ledger(Home(home)) as ledger:
        assert ledger.halt() is None
        assert ledger.verify() == []
    assert not (home / "halt.json").exists()


def test_it_holds_while_the_database_is_down(verb: Verb, home: Path) -> None:
    verb("run")
    (home / "ledger.sqlite").write_text("no database")
    said = verb("kill", *WHY)
    assert said.code == Exit.OK
    assert "by its file alone" in said.err
    assert (home / "halt.json").exists()
    lift = verb(*LIFT)
    assert lift.code == Exit.FAILED, "what cannot be written down is not lifted"
    assert (home / "halt.json").exists()


@pytest.mark.parametrize(
    ("strength", "down", "cancels"),
    [
        ("kill", False, True),
        ("kill", True, True),
        ("flatten", True, True),
        ("stop-entries", False, False),
        ("stop-entries", True, False),
    ],
)
def test_what_rests_is_cancelled(verb: Verb, home: Path, strength: str, down: bool, cancels: bool) -> None:
    """By the broker's own word, so that it needs no database of ours."""
    verb("run")
    resting = verb("broker", "orders", "--json").json["orders"][0]["client_order_id"]
    with sqlite3.connect(home / "broker.sqlite") as connection:
        connection.execute("UPDATE orders SET status = 'partially_filled' WHERE client_order_id = ?", (resting,))
    if down:
        (home / "ledger.sqlite").write_text("no database")
    said = verb(strength, *WHY, "--json")
    assert said.json["halt"]["strength"] == strength
    assert said.json["cancelled"] == ([resting] if cancels else [])
    assert said.code == (Exit.BROKER_OR_DATA if strength == "flatten" else Exit.OK), "nothing could be closed"
    assert statuses(home)[resting] == ("cancelled" if cancels else "partially_filled")


def test_a_broker_that_cannot_be_asked_is_one_sentence_and_it_is_stopped(verb: Verb, home: Path) -> None:
    verb("run")
    for beside in home.glob("broker.sqlite*"):
        beside.unlink()
    (home / "broker.sqlite").write_text("no database at all, only some words")
    said = verb("kill", *WHY)
    assert said.code == Exit.BROKER_OR_DATA
    assert "Stopped: kill" in said.out
    assert said.err.count("\n") == 1
    assert "could not be cancelled; do that there" in said.err
    assert (home / "halt.json").exists()
    with open_ledger(Home(home)) as ledger:
        assert ledger.halt() is not None


def statuses(home: Path) -> dict[str, str]:
    with sqlite3.connect(home / "broker.sqlite") as connection:
        return dict(connection.execute("SELECT client_order_id, status FROM orders"))


def test_broken_settings_keep_nobody_from_stopping(verb: Verb, home: Path) -> None:
    verb("run")
    (home / "thetagate.toml").write_text("mode = [")
    said = verb("kill", *WHY, "--json")
    assert said.json["halt"]["strength"] == "kill"
    assert "by its file alone" in said.err
    (home / "thetagate.toml").unlink()
    later(home)
    assert opened(verb("run", "--json").json) == []


def test_an_approval_waits_while_it_holds(verb: Verb, home: Path) -> None:
    verb("run")
    waiting = [each["id"] for each in verb("approvals", "--json").json["approvals"]]
    assert waiting
    verb("stop-entries", *WHY)
    said = verb("approve", waiting[0], "--json")
    assert said.code == Exit.REFUSED
    assert RULE in said.err
    assert said.json["outcome"] == "waiting"
    verb(*LIFT)
    assert verb("approve", waiting[0]).code == Exit.OK


def test_flatten_closes_what_was_opened(verb: Verb, home: Path) -> None:
    verb("run")
    before = held_at_the_broker(verb)
    traded = [each for each in verb("broker", "orders", "--json").json["orders"] if each["filled_quantity"]]
    legs = {leg["symbol"] for order in traded for leg in order["legs"]}
    assert legs
    said = verb("flatten", *WHY, "--json")
    assert said.code == Exit.OK
    assert {each["action"] for each in said.json["trades"]} == {"close"}
    assert {each["exits"][0]["rule"] for each in said.json["trades"]} == {"flatten"}
    after = held_at_the_broker(verb)
    assert not legs & after.keys(), "what was traded is gone"
    assert after.items() <= before.items(), "what was held before is untouched"
    orders = verb("broker", "orders", "--json").json["orders"]
    verb("flatten", *WHY)
    later(home)
    verb("run")
    assert verb("broker", "orders", "--json").json["orders"] == orders, "nothing is closed twice"
    assert verb("audit", "verify").code == Exit.OK


def test_kill_sends_no_exit_either(verb: Verb, home: Path) -> None:
    verb("run")
    orders = verb("broker", "orders", "--json").json["orders"]
    verb("kill", *WHY)
    with sqlite3.connect(home / "broker.sqlite") as connection:
        held = connection.execute("SELECT count(*) FROM fills").fetchone()
    later(home, minutes=24 * 60 * 5)
    said = verb("run", "--json").json
    assert all(each["order"] is None for each in said["trades"])
    assert verb("broker", "orders", "--json").json["orders"] == orders
    with sqlite3.connect(home / "broker.sqlite") as connection:
        assert connection.execute("SELECT count(*) FROM fills").fetchone() == held


def test_a_weaker_word_does_not_loosen_a_firmer_one(verb: Verb) -> None:
    verb("kill", *WHY)
    verb("stop-entries", *WHY)
    assert verb("run", "--json").json["halt"]["strength"] == "kill"


def test_a_dry_run_decides_as_if_nothing_were_stopped(verb: Verb) -> None:
    verb("kill", *WHY)
    said = verb("run", "--dry-run", "--json").json
    assert said["halt"] is None
    assert {each["outcome"] for each in said["decisions"]} != {"refused"}
    assert verb("broker", "orders", "--json").json["orders"] == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("kill", "--reason", "x"), "--yes"),
        (("kill", "--reason", " ", "--yes"), "why"),
        (("resume", "--by", " ", "--reason", "x"), "who"),
        (("resume", "--by", "Grace", "--reason", "x"), "Nothing is stopped"),
        (("resume", "--reason", "x"), "--by"),
        (("kill",), "--reason"),
    ],
)
def test_bad_words_change_nothing(verb: Verb, home: Path, words: tuple[str, ...], told: str) -> None:
    said = verb(*words)
    assert said.code == Exit.USAGE
    assert told in said.err
    assert not (home / "halt.json").exists()
