"""A home that trades at Alpaca: the command line, a live market and a paper account, both on the loopback."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import sources
from pipeline.cli.exits import Exit
from tests.peers.alpaca_exchange import Exchange
from tests.peers.alpaca_server import KEY, SECRET, AlpacaServer, daily_bars, listing
from tests.peers.alpaca_trading_server import TradingServer
from tests.peers.faults import Fault
from tests.pipeline.conftest import Said, Verb
from tests.pipeline.test_live_market import EXPIRIES, NOW, STRIKES


@pytest.fixture
def market(monkeypatch: pytest.MonkeyPatch) -> Iterator[AlpacaServer]:
    """A live market of two underlyings, one of which the account holds."""
    with AlpacaServer(today=NOW.date()) as server:
        for seed, symbol in enumerate(("SPY", "KO")):
            found = listing(symbol, at=NOW, spot=100.0, expiries=EXPIRIES, strikes=STRIKES)
            found.bars = daily_bars(until=NOW.date(), price=100.0, seed=seed)
            server.listings[symbol] = found
        chosen = {
            "MARKET__SOURCE": "alpaca",
            "MARKET__UNIVERSE": '["SPY", "KO"]',
            "MARKET__TRADING_URL": server.url,
            "MARKET__DATA_URL": server.url,
            "MARKET__RATE": "0.04",
            "MODEL__PROVIDER": "offline",
            "SCORE__AUTOMATIC": "0",
            "SCORE__HUMAN": "0",
        }
        for name, value in chosen.items():
            monkeypatch.setenv(f"THETAGATE_{name}", value)
        monkeypatch.setenv("APCA_API_KEY_ID", KEY)
        monkeypatch.setenv("APCA_API_SECRET_KEY", SECRET)
        monkeypatch.setattr(sources, "present", lambda: NOW)
        sources.pace.cache_clear()
        yield server


@pytest.fixture
def account(market: AlpacaServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[TradingServer]:
    """A paper account with shares of SPY, whose market takes whatever comes."""
    exchange = Exchange(now=lambda: NOW, cash="1000000")
    exchange.hold("SPY", 500)
    exchange.market(take=-1)
    with TradingServer(exchange) as server:
        chosen = {"MODE": "paper", "BROKER__KIND": "alpaca", "BROKER__BASE_URL": server.url}
        for name, value in (chosen | {"EXECUTION__STEP_SECONDS": "0.01"}).items():
            monkeypatch.setenv(f"THETAGATE_{name}", value)
        yield server


def orders(verb: Verb) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = verb("broker", "orders", "--json").json["orders"]
    return rows


def sent(said: Said) -> set[str]:
    return {each["order"]["client_order_id"] for each in said.json["decisions"] if each["order"] is not None}


def test_each_approved_decision_becomes_one_order(verb: Verb, account: TradingServer) -> None:
    said = verb("run", "--json")
    assert (said.code, said.json["mode"]) == (Exit.OK, "paper")
    rows = orders(verb)
    assert {row["client_order_id"] for row in rows} == sent(said) != set()
    decided = {each["id"] for each in said.json["decisions"]}
    assert {row["decision_id"] for row in rows} <= decided
    assert all(row["status"] == "filled" and row["legs"] for row in rows)
    assert account.called["submit"] == len(rows)


def test_the_books_agree_with_the_account(verb: Verb, account: TradingServer) -> None:
    verb("run")
    assert verb("reconcile", "--json").json["differences"] == []
    held = {row["symbol"]: row["quantity"] for row in verb("broker", "positions", "--json").json["positions"]}
    ours = {row["symbol"]: row["quantity"] for row in verb("positions", "--json").json["positions"]}
    assert held == ours
    assert held["SPY"] == 500
    assert verb("broker", "cash", "--json").json["cash"] == float(account.exchange.state["cash"])
    assert "agrees with our books" in verb("doctor", "--online").out
    assert "PA3LOOPBACK0" in verb("doctor").out


def test_running_again_sends_nothing_again(verb: Verb, account: TradingServer) -> None:
    verb("run")
    before = orders(verb)
    assert verb("run", "--json").code == Exit.OK
    assert orders(verb) == before
    assert account.called["submit"] == len(before)


def test_a_person_lets_one_more_through(
    verb: Verb, account: TradingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_SCORE__AUTOMATIC", "10")
    verb("run")
    assert orders(verb) == []
    waiting = verb("approvals", "--json").json["approvals"][0]["id"]
    said = verb("approve", waiting, "--json")
    assert said.code == Exit.OK
    (row,) = orders(verb)
    assert (row["decision_id"], row["status"]) == (waiting, "filled")


def test_an_order_nobody_takes_is_walked_and_withdrawn(verb: Verb, account: TradingServer) -> None:
    account.exchange.market()
    assert verb("run").code == Exit.OK
    rows = orders(verb)
    assert rows
    for row in rows:
        assert row["status"] == "cancelled"
        assert row["replaced"] == sorted(row["replaced"], reverse=True)  # type: ignore[type-var]
    assert verb("reconcile", "--json").json["differences"] == []


KILLED = """
import sys
from datetime import datetime
from pipeline import sources
sources.present = lambda: datetime.fromisoformat({now!r})
from pipeline.cli.app import run_app
sys.exit(run_app(["run", "--home", {home!r}]))
"""


@pytest.mark.parametrize("call", ["submit", "fills"])
def test_a_run_that_is_killed_is_gone_on_with(verb: Verb, account: TradingServer, home: Path, call: str) -> None:
    account.will(Fault.READ_TIMEOUT, call)
    code = KILLED.format(now=NOW.isoformat(), home=str(home))
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    until = time.monotonic() + 60
    while not account.called[call] and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert account.called[call] == 1
    assert len(account.exchange.orders(after="", limit=500)) == 1
    said = verb("run", "--json")
    assert said.code == Exit.OK
    rows = orders(verb)
    assert len({row["client_order_id"] for row in rows}) == len(rows) == len({row["decision_id"] for row in rows})
    assert verb("reconcile", "--json").json["differences"] == []


def test_orders_by_other_hands_stop_new_trades_and_are_withdrawn_by_the_kill_switch(
    verb: Verb, account: TradingServer
) -> None:
    verb("run")
    account.exchange.market()
    body = {"symbol": "KO", "side": "buy", "qty": 1, "limit_price": 1.0, "time_in_force": "day"}
    by_hand = account.exchange.accept({**body, "client_order_id": "by-hand"})
    assert {each["kind"] for each in verb("reconcile", "--json").json["differences"]} == {"unknown_order"}
    assert verb("kill", "--by", "anna", "--reason", "a test", "--yes").code == Exit.OK
    assert account.exchange.order(by_hand["id"])["status"] == "canceled"


def test_orders_from_before_the_books_are_none_of_their_business(verb: Verb, account: TradingServer) -> None:
    body = {"symbol": "KO", "side": "buy", "qty": 1, "limit_price": 1.0, "time_in_force": "day"}
    account.exchange.accept(body)
    account.exchange.state["orders"][0]["submitted_at"] = "2026-11-19T15:00:00Z"
    verb("run")
    assert verb("reconcile", "--json").json["differences"] == []


def test_a_dry_run_asks_the_broker_nothing(verb: Verb, account: TradingServer) -> None:
    said = verb("run", "--dry-run", "--json")
    assert (said.code, said.json["mode"]) == (Exit.OK, "dry-run")
    assert account.seen == []


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        ({"BROKER__KIND": "simulated"}, "simulated broker takes no such orders"),
        ({"MODE": "simulated"}, "whose orders are real"),
        ({"MODE": "live"}, "--live"),
        ({"MARKET__SOURCE": "embedded"}, "live market"),
    ],
)
def test_what_does_not_go_together_sends_nothing(
    verb: Verb, account: TradingServer, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str], words: str
) -> None:
    for name, value in chosen.items():
        monkeypatch.setenv(f"THETAGATE_{name}", value)
    said = verb("run")
    assert said.code != Exit.OK
    assert words in said.err
    assert account.seen == []


def test_live_is_meant_twice_and_of_a_live_account(
    verb: Verb, account: TradingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_MODE", "live")
    said = verb("run", "--live")
    assert "is a paper account" in said.err
    assert account.called["submit"] == 0
    account.exchange.state["number"] = "123456789"
    assert verb("run", "--live", "--json").json["mode"] == "live"


def test_a_portfolio_file_opens_no_account_at_a_broker(verb: Verb, account: TradingServer, tmp_path: Path) -> None:
    file = tmp_path / "portfolio.json"
    file.write_text("{}")
    assert "--portfolio opens a simulated account" in verb("run", "--portfolio", file).err


def test_a_home_stays_with_its_account(
    verb: Verb, account: TradingServer, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    verb("run")
    account.exchange.state["number"] = "PA9OTHER"
    assert "the keys are those of PA9OTHER" in verb("run").err
    account.exchange.state["number"] = "PA3LOOPBACK0"
    monkeypatch.setenv("THETAGATE_MODE", "simulated")
    monkeypatch.setenv("THETAGATE_BROKER__KIND", "simulated")
    assert "is PA3LOOPBACK0 at alpaca" in verb("run").err
    assert json.loads((home / "broker.json").read_text())["mode"] == "paper"


def test_a_simulated_home_does_not_move_to_a_broker(
    verb: Verb, account: TradingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THETAGATE_MODE", "simulated")
    monkeypatch.setenv("THETAGATE_BROKER__KIND", "simulated")
    verb("run")
    monkeypatch.setenv("THETAGATE_MODE", "paper")
    monkeypatch.setenv("THETAGATE_BROKER__KIND", "alpaca")
    assert "those of a simulated broker" in verb("run").err


def test_a_broken_settings_file_keeps_nobody_from_withdrawing(
    verb: Verb, account: TradingServer, home: Path
) -> None:
    verb("run")
    account.exchange.market()
    body = {"symbol": "KO", "side": "buy", "qty": 1, "limit_price": 1.0, "time_in_force": "day"}
    resting = account.exchange.accept(body)
    (home / "thetagate.toml").write_text("mode = [")
    verb("kill", "--by", "anna", "--reason", "a test", "--yes")
    assert account.exchange.order(resting["id"])["status"] == "canceled"


def test_a_broker_out_of_reach_is_one_sentence(verb: Verb, account: TradingServer) -> None:
    account.will(Fault.FAILED_BEFORE, "other", times=20)
    said = verb("run", "--json")
    assert said.code == Exit.BROKER_OR_DATA
    assert said.err.count("\n") == 1
    assert SECRET not in said.err


def test_an_assignment_at_the_broker_is_entered_by_the_next_run(verb: Verb, account: TradingServer) -> None:
    verb("run")
    sold = next(row for row in orders(verb) if "P" in row["legs"][0]["symbol"][-9:])  # type: ignore[index]
    put, contracts = sold["legs"][0]["symbol"], sold["quantity"]  # type: ignore[index]
    account.exchange.assign(put, contracts)
    assert all(each["explained"] for each in verb("reconcile", "--json").json["differences"])
    said = verb("run", "--json")
    assert said.code == Exit.OK
    assert verb("reconcile", "--json").json["differences"] == []
    told = verb("why", str(sold["decision_id"])).out
    assert "assign" in told
