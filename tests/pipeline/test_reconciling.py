"""Books that disagree with the broker's open nothing new, and say why."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.exits import Exit
from pipeline.reconciling import RULE
from tests.pipeline.conftest import Verb, later


@pytest.fixture(autouse=True)
def few(few_underlyings: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THETAGATE_MODEL__PROVIDER", "offline")


def changed(home: Path, statement: str) -> None:
    """Somebody acts at the broker without us."""
    with sqlite3.connect(home / "broker.sqlite") as connection:
        assert connection.execute(statement).rowcount > 0


def test_books_that_agree_say_so(verb: Verb, home: Path) -> None:
    assert "no book yet" in verb("reconcile").out
    verb("run")
    said = verb("reconcile", "--json")
    assert (said.code, said.json["differences"]) == (Exit.OK, [])
    assert "agree" in verb("reconcile").out
    assert "agrees with our books" in verb("doctor").out


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ('UPDATE book SET value = replace(value, \'"cash": "\', \'"cash": "1\')', "cash"),
        ("DELETE FROM fills WHERE rowid = 1", "position"),
        ("DELETE FROM orders WHERE number = 1", "lost_order"),
        ("UPDATE orders SET status = 'cancelled' WHERE number = 1", "other_end"),
        (
            "UPDATE orders SET client_order_id = replace(client_order_id, 'tg-', 'by-hand-'), "
            "intent = replace(intent, '\"tg-', '\"by-hand-') WHERE number = 1",
            "unknown_order",
        ),
    ],
)
def test_what_cannot_be_explained_opens_nothing_new(verb: Verb, home: Path, statement: str, kind: str) -> None:
    verb("run")
    before = len(verb("broker", "orders", "--json").json["orders"])
    changed(home, statement)
    said = verb("reconcile", "--json")
    assert said.code == Exit.BROKER_OR_DATA
    assert kind in {each["kind"] for each in said.json["differences"]}
    assert kind in verb("reconcile").out
    doctor = verb("doctor")
    assert doctor.code == Exit.FAILED
    assert "✗ broker" in doctor.out
    waiting = verb("approvals", "--json").json["approvals"][0]["id"]
    refused = verb("approve", waiting)
    assert refused.code == Exit.REFUSED
    assert RULE in refused.err
    later(home)
    run = verb("run", "--json").json
    assert run["decisions"]
    assert all(each["order"] is None for each in run["decisions"])
    assert RULE in {each["reasons"][0]["rule"] for each in run["decisions"]}
    assert len(verb("broker", "orders", "--json").json["orders"]) == before - (kind == "lost_order")


def test_a_dry_run_has_nothing_to_reconcile(verb: Verb, home: Path) -> None:
    verb("run")
    changed(home, "DELETE FROM fills WHERE rowid = 1")
    run = verb("run", "--dry-run", "--json").json
    assert RULE not in {reason["rule"] for each in run["decisions"] for reason in each["reasons"]}


def of_the_opening(edit: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """The broker's book began with something else."""

    def act(home: Path) -> None:
        with sqlite3.connect(home / "broker.sqlite") as connection:
            (text,) = connection.execute("SELECT value FROM book WHERE name = 'opening'").fetchone()
            opening = json.loads(text)
            edit(opening)
            connection.execute("UPDATE book SET value = ? WHERE name = 'opening'", (json.dumps(opening),))

    return act


def by_statement(statement: str) -> Callable[[Path], None]:
    return lambda home: changed(home, statement)


def fewer(opening: dict[str, Any]) -> None:
    opening["positions"][min(opening["positions"])] -= 100


@pytest.mark.parametrize(
    "act",
    [
        of_the_opening(lambda opening: opening.update(cash="1000000.005")),
        of_the_opening(lambda opening: opening["positions"].update(TLT=40)),
        of_the_opening(fewer),
        by_statement("DELETE FROM fills WHERE rowid = 1"),
        by_statement("DELETE FROM orders WHERE number = 1"),
        by_statement("UPDATE orders SET status = 'cancelled' WHERE number = 1"),
    ],
    ids=["cash", "more", "less", "fill", "order", "end"],
)
def test_a_person_answers_for_what_differs_and_trading_goes_on(
    verb: Verb, home: Path, act: Callable[[Path], None]
) -> None:
    verb("run")
    act(home)
    assert verb("reconcile").code == Exit.BROKER_OR_DATA
    nobody = verb("account-for", "all", "--by", " ", "--reason", "typo")
    assert (nobody.code, "named person" in nobody.err) == (Exit.USAGE, True)
    unknown = verb("account-for", "tg-nothing", "--by", "anna", "--reason", "typo")
    assert (unknown.code, "is called 'tg-nothing'" in unknown.err) == (Exit.USAGE, True)
    said = verb("account-for", "all", "--by", "anna", "--reason", "a wire from the bank")
    assert said.code == Exit.OK
    assert "anna answers for" in said.out
    assert verb("reconcile").code == Exit.OK
    assert verb("audit", "verify").code == Exit.OK
    later(home)
    decided = verb("run", "--json").json["decisions"]
    assert RULE not in {reason["rule"] for each in decided for reason in each["reasons"]}


def test_a_difference_that_comes_again_is_asked_again(verb: Verb, home: Path) -> None:
    verb("run")
    for _ in range(2):
        of_the_opening(lambda opening: opening.update(cash=str(float(opening["cash"]) + 5)))(home)
        assert verb("reconcile").code == Exit.BROKER_OR_DATA
        verb("account-for", "cash", "--by", "anna", "--reason", "interest")
        assert verb("reconcile").code == Exit.OK
