"""What can be checked from outside: the broker's own book beside ours, and the chain of events."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

import pytest

from pipeline.cli.exits import Exit
from pipeline.home import Home
from pipeline.wiring import open_ledger
from tests.pipeline.conftest import Verb


@pytest.fixture(autouse=True)
def few(few_underlyings: None) -> None:
    """A small market is enough."""


def test_before_anything_was_sent_there_is_nothing(verb: Verb) -> None:
    assert verb("broker", "orders", "--json").json == {"schema": "thetagate.broker.orders/1", "orders": []}
    assert verb("broker", "positions", "--json").json["positions"] == []
    assert verb("broker", "cash", "--json").json["cash"] is None, "unknown is not 0"
    for noun in ("orders", "positions", "cash"):
        assert "no book yet" in verb("broker", noun).out
    audit = verb("audit", "verify", "--json")
    assert (audit.code, audit.json["events"], audit.json["whole"]) == (Exit.OK, 0, True)


def test_the_brokers_book_agrees_with_ours(verb: Verb, home: Path) -> None:
    """One order per approved decision, its walk inside it, and the same holdings and cash on both sides."""
    run = verb("run", "--json").json
    approved = {each["id"] for each in run["decisions"] if each["outcome"] == "approved"}
    orders = verb("broker", "orders", "--json").json["orders"]
    assert approved
    assert Counter(order["decision_id"] for order in orders) == Counter(approved)
    assert len({order["client_order_id"] for order in orders}) == len(orders)
    told = {each["id"]: each for each in run["decisions"]}
    for order in orders:
        limits = [*order["replaced"], order["limit_price"]]
        assert limits == sorted(limits, reverse=True)
        assert all(abs(leg["quantity"]) >= 1 for leg in order["legs"])
        assert order["status"] == told[order["decision_id"]]["order"]["status"]
    with open_ledger(Home(home)) as ledger:
        ours = {held.symbol: held.quantity for held in ledger.account().positions if held.quantity}
        cash = float(ledger.cash())
    theirs = {each["symbol"]: each["quantity"] for each in verb("broker", "positions", "--json").json["positions"]}
    assert theirs == ours
    assert verb("broker", "cash", "--json").json["cash"] == cash
    assert f"{cash:,.2f}" in verb("broker", "cash").out
    shown = verb("broker", "orders").out
    assert all(order["client_order_id"] in shown and order["decision_id"] in shown for order in orders)


def test_an_order_that_nobody_promised_is_shown_as_such(verb: Verb, home: Path) -> None:
    verb("run", "--json")
    (home / "ledger.sqlite").unlink()
    orders = verb("broker", "orders", "--json").json["orders"]
    assert orders
    assert {order["decision_id"] for order in orders} == {None}
    assert "unknown to us" in verb("broker", "orders").out


def test_the_audit_finds_what_was_changed(verb: Verb, home: Path) -> None:
    verb("run", "--json")
    before = verb("audit", "verify", "--json")
    assert before.code == Exit.OK
    assert before.json["events"] > 10
    assert f"{before.json['events']:,} events" in verb("audit", "verify").out
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        connection.execute("UPDATE events SET body = replace(body, '7', '8') WHERE seq = 3")
    after = verb("audit", "verify", "--json")
    assert after.code == Exit.FAILED
    assert not after.json["whole"]
    assert "event 3" in after.json["problems"][0]
    assert "event 3" in verb("audit", "verify").out


def test_a_broken_broker_book_is_one_sentence(verb: Verb, home: Path) -> None:
    home.mkdir()
    (home / "broker.sqlite").write_text("no database")
    said = verb("broker", "orders")
    assert said.code == Exit.BROKER_OR_DATA
    assert "could not be used" in said.err
    assert said.err.count("\n") == 1
